import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

@testable import Review

/// What a status's link shows, from the loop's own happenings.
@Suite("The report of a commit") struct CommitReportTests {
    private static let shop = [
        Wanted.database, Wanted.file("site"), Wanted.file("app", content: Wanted.password),
    ]
    private static func site() async throws -> PictureSite {
        let site = try await PictureTests.site()
        try await site.commit(Example.raise, shop)
        site.pass(seconds: 60)
        return site
    }
    private static func failed() async throws -> PictureSite {
        let site = try await site()
        site.world.change {
            $0.failing[Wanted.id("index")] = EngineError(
                .waitForChange, "/srv is read-only", hint: "mount it for writing")
        }
        try await site.commit(
            Example.image,
            shop.dropLast() + [
                Wanted.file("app", content: Wanted.password, mode: "0600"), Wanted.file("index"),
                Wanted.file("late", dependsOn: [Wanted.id("index")]),
            ])
        return site
    }

    @Test func `a commit that fails says what failed, what waits for that, and what was done`() async throws {
        let site = try await Self.failed()
        let report = try site.report(2)
        #expect(report.state == .failed && report.isCurrent)
        #expect(report.headline == "infrastructure/index failed")
        #expect(report.resources.map { "\($0.id.name) \($0.kind)" } == ["app updated", "index failed"])
        #expect(report.resources[0].fields.map(\.words) == ["\"0644\" → \"0600\""])
        #expect(
            report.held.map { "\($0.id.name) \($0.kind) \($0.waitsFor.map(\.name))" } == [
                "index failed []", "late waiting [\"index\"]",
            ])
    }

    @Test func `a pending commit says what has had no turn, and asks again by itself`() async throws {
        let site = try await Self.site()
        try site.start(width: 0)
        try await site.commit(Example.image, Self.shop + [Wanted.file("index")])
        let report = try site.report(2)
        #expect(report.state == .pending && report.endedAt == nil)
        #expect(
            report.headline == "in progress: 3 of 4 ready" && report.notStarted.map(\.id.name) == ["index"])
        let page = report.html(signedIn: false).text
        #expect(page.contains(#"<meta http-equiv="refresh" content="10">"#) && !page.contains("Sign out"))
        try await site.commit(Example.raise, Self.shop)
        let overtaken = try site.report(2)
        #expect(overtaken.state == .overtaken && !overtaken.isCurrent)
        #expect(!overtaken.html(signedIn: false).text.contains("refresh"))
    }

    @Test func `drift is told with the commit that it happened at`() async throws {
        let site = try await Self.site()
        try await site.commit(Example.image, Self.shop + [Wanted.file("motd") { $0.onDrift = .warn }])
        site.pass(seconds: 30)
        for name in ["site", "motd"] { site.world.edit(Wanted.id(name), "mode", .string("0666")) }
        try await site.look()
        let report = try site.report(2)
        #expect(report.state == .converged && report.resources.map(\.id.name) == ["motd"])
        #expect(
            report.drift.map { "\($0.id.name) \($0.kind)" } == ["motd driftFound", "site driftCorrected"])
        #expect(
            report.drift.map { $0.fields.map(\.words) } == [["\"0666\" → \"0644\""], ["\"0666\" → \"0644\""]])
        #expect(report.summary == "1 changed, 2 drifted, 4 ready")
        try expectGolden(report.html(signedIn: true).text, "page-drifted.html")
        try await site.commit(Example.raise, Self.shop + [Wanted.file("motd") { $0.onDrift = .warn }])
        #expect(try site.report(3).drift.map(\.id.name) == ["motd"])
        #expect(try site.report(2).drift.map(\.id.name) == ["motd", "site"])
    }

    @Test func `a refused commit has a report of its own, with every problem`() async throws {
        let site = try await Self.site()
        try await site.commit(Example.image, [], problems: Example.problems)
        let report = try site.report(2)
        #expect(report.state == .refused && report.problems == Example.problems && report.resources.isEmpty)
        #expect(report.html(signedIn: true).text.contains("unknown key &#39;cuont&#39;"))
        let before = try site.report(1)
        #expect(before.state == .converged && before.isCurrent)
    }

    @Test func `what waited is still told once the source is at another commit`() async throws {
        let site = try await Self.failed()
        let keeper = ReportKeeper(site.store, now: { [log = site.log] in log.now.withLock(\.self) })
        keeper.happened(site.log.happenings.withLock(\.self))
        keeper.ended(site.picture)
        try keeper.flush()
        site.world.change { $0.failing = [:] }
        try await site.commit(Example.raise, Self.shop)
        let report = try site.report(2)
        #expect(!report.isCurrent && report.state == .failed && report.commit == Example.image)
        #expect(report.held.map(\.id.name) == ["index", "late"])
        #expect(report.resources.map(\.id.name) == ["app", "index"])
        #expect(try site.store.report(2)?.body.isEmpty == false)
    }

    @Test func `between two looks nothing is kept, but a commit's end is at once`() async throws {
        let site = try await Self.failed()
        let keeper = ReportKeeper(site.store, now: { [log = site.log] in log.now.withLock(\.self) })
        func keep(_ happening: Happening) throws -> Bool {
            try site.store.setBody([], ofReport: 2)
            keeper.happened([happening])
            keeper.ended(site.picture)
            try keeper.flush()
            return try site.store.report(2)?.body.isEmpty == false
        }
        let step = Happening.held(Wanted.id("index"), EngineError(.retry, "x"), retryAt: nil)
        #expect(try keep(step))
        #expect(try !keep(step))
        let record = try #require(site.picture.sources["shop"]?.record)
        #expect(try keep(.commit("shop", record, .failed)))
        site.pass(seconds: 5)
        #expect(try keep(step))
    }

    @Test func `a report has a bound, and counts what it leaves out`() async throws {
        let site = try await PictureTests.site()
        let all = (0..<1200).map {
            Wanted.file("f\($0)", content: .literal(String(repeating: "x", count: 300)))
        }
        try await site.commit(Example.raise, all)
        let keeper = ReportKeeper(site.store, now: { 0 })
        keeper.happened(site.log.happenings.withLock(\.self))
        keeper.ended(site.picture)
        try keeper.flush()
        let report = try site.report(1)
        #expect(report.resources.count == 500 && report.leftOut == 700)
        #expect(report.html(signedIn: false).text.contains("700 more that are not shown"))
        let body = try #require(try site.store.report(1)?.body)
        #expect(body.count > 1000 && body.count <= 256 << 10)
    }

    @Test func `no secret's value is on a page`() async throws {
        let site = try await Self.site()
        site.world.change { $0.secrets["shop/db"] = 4 }
        try await site.look()
        let page = try site.report(1).html(signedIn: true).text
        #expect(page.contains("(secret, version 4)") && !page.contains("CANARY"))
    }
}

extension PictureSite {
    /// As a page asks for it.
    func report(_ number: Int) throws -> CommitReport {
        let stored = try #require(try store.report(number))
        var report = try CommitReport(stored, in: store, now: now)
        report.controller = "shop-prod"
        report.look(at: picture, now: now)
        return report
    }
}
