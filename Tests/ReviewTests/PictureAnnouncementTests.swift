import Fixtures
import Model
import Reconcile
import Review
import Store
import Testing

/// Which messages leave the loop, and what exactly stands in them.
@Suite("What is announced") struct PictureAnnouncementTests {
    private static let shop = [
        Wanted.database, Wanted.file("site"), Wanted.file("app", content: Wanted.password),
    ]
    private func types(_ site: PictureSite) -> [String] { site.messages.map(\.eventType) }

    @Test func `a commit that converges`() async throws {
        let site = try await PictureTests.site()
        try await site.commit(Example.raise, Self.shop)
        site.pass(seconds: 60)
        try await site.commit(
            Example.image, Self.shop.dropLast() + [Wanted.file("app", content: Wanted.password, mode: "0600")]
        )
        try expectGolden(site.bodies(), "announced-converged.jsonl")
        let keys = site.messages.map(\.orderKey)
        #expect(keys == [Example.raise, Example.raise, Example.image, Example.image].map { "shop \($0.id)" })
        #expect(site.messages.allSatisfy { $0.id.hasPrefix("msg_") && $0.target == "ops" })
    }

    @Test func `a commit that fails`() async throws {
        let site = try await PictureTests.site()
        site.world.change {
            $0.failing[Wanted.id("site")] = EngineError(
                .waitForChange, "/srv is read-only", hint: "mount it for writing")
        }
        try await site.commit(
            Example.image, Self.shop + [Wanted.file("index", dependsOn: [Wanted.id("site")])])
        try expectGolden(site.bodies(), "announced-failed.jsonl")
    }

    @Test func `drift that is corrected, and drift that is left`() async throws {
        let site = try await PictureTests.site()
        try await site.commit(Example.raise, Self.shop + [Wanted.file("motd") { $0.onDrift = .warn }])
        let before = site.messages.count
        for name in ["site", "motd"] { site.world.edit(Wanted.id(name), "mode", .string("0666")) }
        site.world.change { $0.things[Wanted.id("app")] = nil }
        try await site.look()
        let bodies = site.messages.dropFirst(before).map {
            String(decoding: $0.body, as: UTF8.self) + "\n"
        }
        try expectGolden(bodies.joined(), "announced-drift.jsonl")
    }

    @Test func `a commit that is refused`() async throws {
        let site = try await PictureTests.site()
        try await site.commit(Example.raise, Self.shop)
        try await site.commit(Example.image, [], problems: Example.problems)
        try await site.commit(Example.image, [], problems: Example.problems)
        try expectGolden(
            String(decoding: try #require(site.messages.last).body, as: UTF8.self) + "\n",
            "announced-refused.jsonl")
        #expect(types(site) == ["commit.pending", "commit.converged", "source.refused"])
    }

    @Test func `deletes that wait for a person`() async throws {
        let site = try await PictureTests.site(maxDeletes: 1)
        try await site.commit(Example.raise, Self.shop)
        try await site.commit(Example.image, [Wanted.database])
        try expectGolden(
            String(decoding: try #require(site.messages.last).body, as: UTF8.self) + "\n",
            "announced-deletes.jsonl")
        #expect(types(site).suffix(2) == ["commit.pending", "waiting"])
    }

    @Test func `suspensions that are over by themselves, and by a person's word`() async throws {
        let site = try await PictureTests.site()
        let until = site.now / 1000 + 60
        let motd = Wanted.file("motd") { $0.suspend = .init(reason: "a migration", until: until) }
        try await site.commit(Example.raise, Self.shop + [motd])
        for (subject, until) in [("shop", until), ("\(Wanted.id("site"))", nil)] {
            let said = Decision(
                .suspend, subject: subject, value: "bob mends the proxy", until: until, by: "bob",
                at: site.now / 1000)
            site.inbox.post(.decide(said))
        }
        try await site.run()
        site.world.edit(Wanted.id("site"), "mode", .string("0666"))
        try await site.look()
        let before = site.messages.count
        site.pass(seconds: 90)
        try await site.run()
        for _ in 0..<2 {
            site.inbox.post(.withdraw(.suspend, subject: "\(Wanted.id("site"))", by: "ann"))
            try await site.look()
        }
        let told = site.messages.dropFirst(before).filter { $0.eventType == "suspension.ended" }
        try expectGolden(
            told.map { String(decoding: $0.body, as: UTF8.self) + "\n" }.joined(), "announced-resumed.jsonl")
        #expect(told.count == 2)
    }

    @Test func `a step that only a person can settle, told once`() async throws {
        let site = try await PictureTests.site()
        site.world.change { $0.losing = [Wanted.id("site")] }
        try await site.commit(Example.raise, Self.shop)
        for _ in 0..<3 {
            site.pass(seconds: 60)
            try await site.look()
        }
        let waiting = site.messages.filter { $0.eventType == "waiting" }
        try expectGolden(
            waiting.map { String(decoding: $0.body, as: UTF8.self) + "\n" }.joined(),
            "announced-uncertain.jsonl")
        #expect(waiting.count == 1)
        #expect(try site.store.outboxDepth().waiting == site.messages.count)
    }

    @Test func `five hundred changes are one message, and passes that repeat send none`() async throws {
        let site = try await PictureTests.site()
        try await site.commit(Example.raise, (0..<500).map { Wanted.file("f\($0)") })
        #expect(types(site) == ["commit.pending", "commit.converged"])
        for index in 0..<500 { site.world.edit(Wanted.id("f\(index)"), "mode", .string("0600")) }
        try site.start(width: 0)
        try await site.look()
        try await site.look()
        #expect(types(site).suffix(1) == ["drift.found"])
        let event = try JSON.event(try #require(site.messages.last))
        #expect(event.data.summary == "500 drifted, 0 in sync" && event.data.resources.count == 100)
        let all = site.messages.count
        try await site.look()
        #expect(site.messages.count == all)
    }

    @Test func `nobody gets what nobody asked for`() async throws {
        let site = try PictureSite(sources: ["shop", "blog"])
        site.targets = [
            Subscription(target: "failures", events: [.commitFailed]),
            Subscription(target: "blog", events: [.commitConverged], sources: ["blog"]),
        ]
        try site.start()
        try await site.commit(Example.raise, [Wanted.file("site")])
        try await site.commit(Example.image, [Wanted.file("page", source: "blog")], source: "blog")
        #expect(site.messages.map { "\($0.target) \($0.eventType)" } == ["blog commit.converged"])
    }

    @Test func `no secret's value reaches history or messages`() async throws {
        let site = try await PictureTests.site()
        try await site.commit(Example.raise, Self.shop)
        site.world.change { $0.secrets["shop/db"] = 4 }
        site.world.edit(Wanted.id("site"), "content", .hidden("FINGERPRINT"))
        try await site.look()
        let text = site.bodies() + "\(try site.store.history())"
        #expect(text.contains("(secret, version 4)") && text.contains("(sensitive value)"))
        #expect(!text.contains("CANARY") && !text.contains("FINGERPRINT"))
    }
}
