import Foundation
import Model
import Reconcile
import Review
import Store
import Testing

/// Who is told, how often, and when it is over.
@Suite("What people are told") struct NotificationRulesTests {
    private static let problems: Set<WebhookEvent.Kind> = [
        .commitFailed, .driftFound, .sourceRefused, .waiting,
    ]
    private static func people(_ target: String = "team") -> Subscription {
        var subscription = Subscription(target: target, events: problems)
        subscription.isForPeople = true
        return subscription
    }
    private static func site(_ subscriptions: [Subscription], maxDeletes: Int? = nil) throws -> PictureSite {
        let site = try PictureSite(maxDeletes: maxDeletes)
        site.targets = subscriptions
        try site.start()
        return site
    }
    private static func told(_ site: PictureSite, _ target: String = "team") -> [String] {
        site.messages.filter { $0.target == target }.map(\.eventType)
    }
    private static let broken = EngineError(.waitForChange, "/srv is read-only", hint: "mount it for writing")

    @Test func `a failure is told once, on change, and when it is mended`() async throws {
        let site = try Self.site([Self.people()])
        site.world.change { $0.failing[Wanted.id("site")] = Self.broken }
        try await site.commit(Example.raise, [Wanted.file("site")])
        #expect(Self.told(site) == ["commit.failed"])
        // Another commit that fails for the same reason is no news.
        try await site.commit(Example.image, [Wanted.file("site"), Wanted.file("other")])
        #expect(Self.told(site) == ["commit.failed"])
        // Another reason is.
        site.world.change { $0.failing[Wanted.id("site")] = EngineError(.waitForChange, "the disk is full") }
        let third = ReportedCommit(String(repeating: "c", count: 40), "Try again")
        try await site.commit(third, [Wanted.file("site", mode: "0600"), Wanted.file("other")])
        #expect(Self.told(site) == ["commit.failed", "commit.failed"])
        site.pass(seconds: 360)
        site.world.change { $0.failing = [:] }
        let fourth = ReportedCommit(String(repeating: "d", count: 40), "Mount it")
        try await site.commit(fourth, [Wanted.file("site"), Wanted.file("other")])
        #expect(Self.told(site) == ["commit.failed", "commit.failed", "mended"])
        let (told, mended) = (try JSON.event(site.messages[1]), try JSON.event(site.messages[2]))
        #expect(told.data.commit == third.id && mended.data.commit == fourth.id)
        #expect(mended.data.mended?.type == .commitFailed)
        #expect(mended.data.mended?.message == site.messages[1].id)
        #expect(mended.data.mended?.since == Example.now)
        #expect(site.messages.allSatisfy { $0.orderKey == "shop" }, "an end never comes before its beginning")
        try await site.look()
        #expect(site.messages.count == 3)
    }

    @Test func `what was told is remembered across a restart`() async throws {
        let site = try Self.site([Self.people()])
        site.world.change { $0.failing[Wanted.id("site")] = Self.broken }
        try await site.commit(Example.raise, [Wanted.file("site")])
        try site.start()
        try await site.commit(Example.image, [Wanted.file("site"), Wanted.file("other")])
        #expect(Self.told(site) == ["commit.failed"])
        try site.start()
        site.world.change { $0.failing = [:] }
        try await site.commit(
            ReportedCommit(String(repeating: "d", count: 40), "Mount it"), [Wanted.file("site")])
        #expect(Self.told(site) == ["commit.failed", "mended"])
        try site.start()
        try await site.look()
        #expect(Self.told(site).count == 2)
        #expect(try site.store.told(of: ["team"]) == [])
    }

    @Test func `drift is told, and its end, also where nobody but the world mended it`() async throws {
        let site = try Self.site([Self.people()])
        try await site.commit(Example.raise, [Wanted.file("motd") { $0.onDrift = .warn }])
        site.world.edit(Wanted.id("motd"), "mode", .string("0666"))
        try await site.look()
        site.pass(seconds: 120)
        try await site.look()
        #expect(Self.told(site) == ["drift.found"])
        site.world.edit(Wanted.id("motd"), "mode", .string("0644"))
        try await site.look()
        #expect(Self.told(site) == ["drift.found", "mended"])
    }

    @Test func `a refused commit is over with the next that is taken`() async throws {
        let site = try Self.site([Self.people()])
        try await site.commit(Example.raise, [Wanted.file("site")])
        try await site.commit(Example.image, [], problems: Example.problems)
        try await site.commit(Example.image, [], problems: Example.problems)
        try await site.commit(Example.raise, [Wanted.file("site")])
        #expect(Self.told(site) == ["source.refused", "mended"])
    }

    @Test func `what waits for a person is over once it waits no more`() async throws {
        let site = try Self.site([Self.people()], maxDeletes: 1)
        let files = (0..<4).map { Wanted.file("f\($0)") }
        try await site.commit(Example.raise, files)
        try await site.commit(Example.image, [files[0]])
        #expect(Self.told(site) == ["waiting"])
        try site.start()
        try await site.look()
        #expect(Self.told(site) == ["waiting"])
        try await site.commit(ReportedCommit(String(repeating: "d", count: 40), "Keep them"), files)
        #expect(Self.told(site) == ["waiting", "mended"])
    }

    @Test func `a source that is dropped ends what was told of it`() async throws {
        let site = try Self.site([Self.people()])
        site.world.change { $0.failing[Wanted.id("site")] = Self.broken }
        try await site.commit(Example.raise, [Wanted.file("site"), Wanted.file("other")])
        site.sources = [:]
        try site.start()
        try await site.run()
        try await site.run()
        #expect(Self.told(site) == ["commit.failed", "mended"])
        let mended = try JSON.event(try #require(site.messages.last))
        #expect(mended.data.mended?.gone == true)
        #expect(mended.data.summary == "the source is gone from the configuration")
    }

    @Test func `programs hear of every commit, and people's plain events give way to the end`() async throws {
        var people = Self.people()
        people.events?.formUnion([.commitConverged, .driftCorrected])
        let site = try Self.site([Subscription(target: "program"), people])
        site.world.change { $0.failing[Wanted.id("site")] = Self.broken }
        try await site.commit(Example.raise, [Wanted.file("site")])
        try await site.commit(Example.image, [Wanted.file("site"), Wanted.file("other")])
        site.world.change { $0.failing = [:] }
        try await site.commit(
            ReportedCommit(String(repeating: "d", count: 40), "Mount it"), [Wanted.file("site", mode: "0600")]
        )
        #expect(
            Self.told(site, "program") == [
                "commit.pending", "commit.failed", "commit.pending", "commit.failed", "commit.pending",
                "commit.converged", "mended",
            ])
        #expect(Self.told(site) == ["commit.failed", "mended"])
        site.world.edit(Wanted.id("site"), "mode", .string("0666"))
        try await site.look()
        #expect(Self.told(site).suffix(2) == ["drift.found", "mended"])
    }

    @Test func `who did not ask for ends is told of every drift anew`() async throws {
        let site = try Self.site([Subscription(target: "program", events: [.driftFound])])
        try await site.commit(Example.raise, [Wanted.file("site")])
        for _ in 0..<2 {
            site.world.edit(Wanted.id("site"), "mode", .string("0666"))
            try await site.look()
        }
        #expect(Self.told(site, "program") == ["drift.found", "drift.found"])
        #expect(try site.store.told(of: ["program"]) == [])
    }

    @Test func `a rule looks at the resources that an event is about`() async throws {
        var web = Subscription(target: "web", events: [.driftFound])
        web.labels = ["tier": "web"]
        var shop = Subscription(target: "shop", events: [.driftFound, .sourceRefused])
        shop.projects = ["shop"]
        var blog = Subscription(target: "blog", events: [.driftFound, .sourceRefused])
        blog.projects = ["blog"]
        let site = try Self.site([web, shop, blog])
        var labelled = Wanted.file("site")
        labelled.labels = ["tier": "web", "team": "a"]
        try await site.commit(Example.raise, [labelled, Wanted.file("motd")])
        site.world.edit(Wanted.id("motd"), "mode", .string("0666"))
        try await site.look()
        #expect(site.messages.map(\.target) == ["shop"])
        site.world.edit(Wanted.id("site"), "mode", .string("0666"))
        try await site.look()
        #expect(site.messages.map(\.target) == ["shop", "web", "shop"])
        try await site.commit(Example.image, [], problems: Example.problems)
        #expect(site.messages.map(\.target) == ["shop", "web", "shop", "shop"])
    }

    @Test func `five hundred failures are one message to people too`() async throws {
        let site = try Self.site([Self.people()])
        let files = (0..<500).map { Wanted.file("f\($0)") }
        site.world.change { state in
            for file in files { state.failing[file.id] = Self.broken }
        }
        try await site.commit(Example.raise, files)
        #expect(Self.told(site) == ["commit.failed"])
        #expect(try JSON.event(try #require(site.messages.last)).data.resources.count <= 100)
    }
}

/// What is put into the outbox for a forge.
@Suite("Commit statuses") struct CommitStatusTests {
    private static func site(maxDeletes: Int? = nil, isReviewRequired: Bool = false) throws -> PictureSite {
        let site = try PictureSite(maxDeletes: maxDeletes, isReviewRequired: isReviewRequired)
        site.targets = []
        (site.forges, site.url) = (["shop": "forge/infra"], "https://martlet.example")
        try site.start()
        return site
    }
    private static func posted(_ site: PictureSite) throws -> [String] {
        try site.messages.map { message in
            let status = try JSONDecoder().decode(CommitStatus.self, from: Data(message.body))
            #expect(message.target == "forge/infra" && message.eventType == "status")
            #expect(message.orderKey == "shop \(status.commit)")
            #expect(status.url == "https://martlet.example/reports/shop/\(status.commit)")
            return "\(status.commit.prefix(7)) \(status.state): \(status.description)"
        }
    }

    @Test func `each state of a commit is posted once, also after a restart`() async throws {
        let site = try Self.site()
        try await site.commit(
            Example.raise, [Wanted.file("site"), Wanted.file("motd") { $0.onDrift = .warn }])
        let first = [
            "3f2c9e1 pending: 2 to create, 0 to change, 0 to delete", "3f2c9e1 success: 2 changed, 0 in sync",
        ]
        #expect(try Self.posted(site) == first)
        try site.start()
        try await site.look()
        site.world.edit(Wanted.id("motd"), "mode", .string("0666"))
        try await site.look()
        #expect(try Self.posted(site) == first, "what happens later is drift, not the commit's")
        try await site.commit(
            Example.image, [Wanted.file("site", mode: "0600"), Wanted.file("motd") { $0.onDrift = .warn }])
        #expect(
            try Self.posted(site).dropFirst(2) == [
                "8a01b44 pending: 0 to create, 1 to change, 0 to delete",
                "8a01b44 success: 1 changed, 1 drifted, 0 in sync",
            ])
        #expect(try site.store.told(of: ["forge/infra"]).map(\.topic) == ["status shop \(Example.image.id)"])
    }

    @Test func `a failed commit, one that overtakes it, and one that is refused`() async throws {
        let site = try Self.site()
        site.world.change { $0.failing[Wanted.id("site")] = EngineError(.waitForChange, "/srv is read-only") }
        try await site.commit(
            Example.raise, [Wanted.file("site"), Wanted.file("index", dependsOn: [Wanted.id("site")])])
        #expect(try Self.posted(site).last == "3f2c9e1 failure: 1 failed, 1 waits, 0 ready")
        site.world.change { $0.failing = [:] }
        try site.start(width: 0)
        try await site.commit(Example.image, [Wanted.file("site", mode: "0600")])
        #expect(try Self.posted(site).last?.hasPrefix("8a01b44 pending") == true)
        let third = ReportedCommit(String(repeating: "c", count: 40), "Third")
        try await site.commit(third, [Wanted.file("site")])
        #expect(
            try Self.posted(site).suffix(2).first == "8a01b44 overtaken: overtaken by ccccccc")
        try await site.commit(Example.image, [], problems: Example.problems)
        #expect(try Self.posted(site).last?.hasPrefix("8a01b44 failure: ") == true)
        #expect(try Self.posted(site).last?.hasSuffix("stays at ccccccc") == true)
    }

    @Test func `what waits for a person is pending, and says so`() async throws {
        let site = try Self.site(maxDeletes: 1)
        let files = (0..<4).map { Wanted.file("f\($0)") }
        try await site.commit(Example.raise, files)
        try await site.commit(Example.image, [files[0]])
        #expect(try Self.posted(site).last == "8a01b44 pending: 3 deletes wait for a person")
        let review = try Self.site(isReviewRequired: true)
        try await review.commit(Example.raise, files)
        #expect(try Self.posted(review).last == "3f2c9e1 pending: 4 changes wait for a review")
    }

    @Test func `a forge that is configured later gets the state that stands`() async throws {
        let site = try PictureSite()
        try await site.commit(Example.raise, [Wanted.file("site")])
        site.targets = []
        (site.forges, site.url) = (["shop": "forge/infra"], "https://martlet.example")
        try site.start()
        try await site.look()
        #expect(site.messages.last?.target == "forge/infra")
        let status = try JSONDecoder().decode(
            CommitStatus.self, from: Data(try #require(site.messages.last).body))
        #expect(status.description == "1 in sync" && status.state == .success)
    }
}
