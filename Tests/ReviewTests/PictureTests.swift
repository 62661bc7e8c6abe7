import Fixtures
import Model
import Reconcile
import Review
import Store
import Testing

/// What people read of the loop's own picture, one golden text for each situation.
@Suite("What is said of a picture") struct PictureTests {
    static func site(maxDeletes: Int? = nil) async throws -> PictureSite {
        let site = try PictureSite(maxDeletes: maxDeletes)
        site.world.change { $0.secrets["shop/db"] = 3 }
        return site
    }
    private static let shop = [
        Wanted.database, Wanted.file("site"), Wanted.file("app", content: Wanted.password),
    ]
    private func expect(_ name: String, _ parts: (command: String, text: String)...) throws {
        let text = parts.map { "$ martlet \($0.command)\n\($0.text)" }.joined(separator: "\n")
        try expectGolden(text, "picture-\(name).txt")
    }

    @Test func `in sync`() async throws {
        let site = try await Self.site()
        let started = site.now
        site.inbox.post(.fetched(source: "shop", at: site.now, error: nil))
        try await site.commit(Example.raise, Self.shop)
        let applied = site.apply(.converged, since: started)
        site.pass(seconds: 14)
        try expect(
            "in-sync", ("apply", applied), ("status", site.status()), ("plan", site.plan()),
            ("drift", site.drift()), ("get", site.table()),
            ("get infrastructure/app", try site.get(Wanted.id("app"))),
            ("history", try site.history()))
    }

    @Test func `a first plan`() async throws {
        let site = try await Self.site()
        try site.start(width: 0)
        try await site.commit(Example.raise, Self.shop)
        site.pass(seconds: 2)
        try expect("first", ("plan", site.plan()), ("status", site.status()))
    }

    @Test func `suspensions that are over`() async throws {
        let site = try await Self.site()
        let until = site.now / 1000 + 60
        let byManifest = Wanted.file("motd") { $0.suspend = .init(reason: "a migration", until: until) }
        try await site.commit(Example.raise, Self.shop + [byManifest])
        for subject in ["shop", "\(Wanted.id("site"))"] {
            site.inbox.post(
                .decide(
                    Decision(
                        .suspend, subject: subject, value: "bob mends the proxy", until: until, by: "bob",
                        at: site.now / 1000)))
        }
        try await site.run()
        let before = site.status()
        site.pass(seconds: 90)
        try await site.run()
        try expect(
            "resumed", ("status, before", before), ("status", site.status()),
            ("history", try site.history()))
    }

    @Test func `what no engine serves yet`() async throws {
        let site = try await Self.site()
        try await site.commit(
            Example.raise, Self.shop + [Wanted.job, Wanted.file("index", dependsOn: [Wanted.job.id])])
        site.pass(seconds: 2)
        let report = PlanReport(
            site.picture, source: "shop", controller: nil, now: site.now, place: PictureSite.place)
        try expect(
            "unserved", ("plan", site.plan()), ("plan --format markdown", report.markdown(MarkdownStyle())),
            ("plan --format json", try report.json()), ("status", site.status()),
            ("get job/web", try site.get(Wanted.job.id)))
    }

    @Test func `what was deleted is not taken for something in sync`() async throws {
        let site = try await Self.site()
        try await site.commit(Example.raise, Self.shop + [Wanted.file("old")])
        try await site.commit(Example.image, Self.shop)
        #expect(site.bodies().contains(#""1 changed, 3 in sync""#))
    }

    @Test func `failed, with dependants that wait`() async throws {
        let site = try await Self.site()
        let started = site.now
        site.world.change {
            $0.failing[Wanted.id("site")] = EngineError(
                .waitForChange, "/srv is read-only", hint: "mount it for writing")
        }
        try await site.commit(
            Example.image,
            Self.shop + [
                Wanted.file("index", dependsOn: [Wanted.id("site")]),
                Wanted.file("page", dependsOn: [Wanted.id("index")]),
            ])
        let applied = site.apply(.failed, since: started)
        site.pass(seconds: 60)
        try expect(
            "failed", ("apply", applied), ("status", site.status()), ("plan", site.plan()),
            ("get", site.table()),
            ("get infrastructure/site", try site.get(Wanted.id("site"))),
            ("get infrastructure/page", try site.get(Wanted.id("page"))), ("history", try site.history()))
    }

    @Test func `drift corrected, warned, ignored and suspended`() async throws {
        let site = try await Self.site()
        let until = site.now / 1000 + 5400
        let names = ["site", "motd", "cache", "robots", "gone"]
        try await site.commit(
            Example.raise,
            Self.shop + [
                Wanted.file("motd") { $0.onDrift = .warn }, Wanted.file("cache") { $0.onDrift = .ignore },
                Wanted.file("robots"), Wanted.file("gone"),
            ])
        site.inbox.post(
            .decide(
                Decision(
                    .suspend, subject: "\(Wanted.id("robots"))", value: "bob mends the proxy", until: until,
                    by: "bob", at: site.now / 1000)))
        site.pass(seconds: 60)
        for name in names.dropLast() { site.world.edit(Wanted.id(name), "mode", .string("0666")) }
        site.world.change { $0.things[Wanted.id("gone")] = nil }
        try site.start(width: 0)
        try await site.look()
        site.pass(seconds: 3)
        let before = (site.status(), site.drift(), site.plan())
        try site.start()
        try await site.look()
        site.pass(seconds: 3)
        try expect(
            "drift", ("status", before.0), ("drift", before.1), ("plan", before.2),
            ("status, once corrected", site.status()), ("drift, once corrected", site.drift()),
            ("get infrastructure/motd", try site.get(Wanted.id("motd"))), ("history", try site.history()))
    }

    @Test func `deletes above the budget`() async throws {
        let site = try await Self.site(maxDeletes: 2)
        let started = site.now
        try await site.commit(Example.raise, Self.shop + ["a", "b", "c"].map { Wanted.file($0) })
        site.pass(seconds: 60)
        try await site.commit(Example.image, Self.shop)
        let applied = site.apply(.waiting, since: started)
        let held = (site.status(), site.plan())
        let digest = site.picture.deletesDigest(of: "shop")
        site.inbox.post(
            .decide(Decision(.confirmDeletes, subject: "shop", value: digest, by: "ann", at: site.now / 1000))
        )
        try await site.run()
        try expect(
            "deletes", ("apply", applied), ("status", held.0), ("plan", held.1),
            ("status, once confirmed", site.status()), ("history", try site.history()))
    }

    @Test func `a foreign object`() async throws {
        let site = try await Self.site()
        site.world.change {
            $0.things[Wanted.id("site")] = World.Thing(fields: .map([:]), isOurs: false)
        }
        try await site.commit(Example.raise, Self.shop)
        try expect(
            "foreign", ("status", site.status()), ("plan", site.plan()),
            ("get infrastructure/site", try site.get(Wanted.id("site"))))
    }

    @Test func `a newer commit that is refused`() async throws {
        let site = try await Self.site()
        try await site.commit(Example.raise, Self.shop)
        site.pass(seconds: 240)
        try await site.commit(Example.image, [], problems: Example.problems)
        site.pass(seconds: 31)
        let sources = SourceReport(
            site.picture,
            origins: [
                "shop": .init(
                    project: "shop", repository: "https://git.example.org/shop/infra.git", revision: "main",
                    path: "")
            ], now: site.now)
        try expect(
            "refused", ("status", site.status()), ("plan", site.plan()),
            ("source list", sources.text(Style(width: 80))), ("history", try site.history()))
    }

    @Test func `a secret that was rotated`() async throws {
        let site = try await Self.site()
        try await site.commit(Example.raise, Self.shop)
        site.world.change {
            $0.secrets["shop/db"] = 4
            $0.stale["shop/db"] = "its value is 34 days old, and 'maxAge' is 30d"
        }
        site.pass(seconds: 60)
        try site.start(width: 0)
        try await site.look()
        let plan = site.plan()
        try site.start()
        try await site.look()
        try expect("rotated", ("plan", plan), ("status", site.status()), ("history", try site.history()))
    }

    @Test func `a step that nobody can tell about`() async throws {
        let site = try await Self.site()
        let started = site.now
        site.world.change { $0.losing = [Wanted.id("site")] }
        try await site.commit(
            Example.raise, Self.shop + [Wanted.file("index", dependsOn: [Wanted.id("site")])])
        site.pass(seconds: 10)
        try await site.run()
        try expect(
            "uncertain", ("apply", site.apply(.waiting, since: started)), ("status", site.status()),
            ("plan", site.plan()), ("get infrastructure/site", try site.get(Wanted.id("site"))),
            ("history", try site.history()))
    }

    @Test func `a source that was dropped`() async throws {
        let site = try await Self.site()
        try await site.commit(Example.raise, Self.shop)
        site.inbox.post(.configure([:]))
        try await site.run()
        let sources = SourceReport(site.picture, origins: [:], now: site.now)
        try expect(
            "dropped", ("status", site.status()), ("source list", sources.text(Style(width: 80))))
    }
}
