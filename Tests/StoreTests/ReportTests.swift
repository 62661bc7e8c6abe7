import Model
import Testing

@testable import Store

/// A commit's turn is kept with the history that it is made of.
struct ReportTests {
    private static func event(
        _ kind: HistoryEvent.Kind, _ time: Int, _ commit: String, _ name: String? = nil,
        source: String = "shop"
    ) -> HistoryEvent {
        HistoryEvent(
            kind, time: time, source: source, commit: commit, resource: name.map { .file($0) },
            message: name == nil ? "Title of \(commit)\nmore" : "")
    }
    private let a = String(repeating: "a", count: 40)
    private let b = String(repeating: "b", count: 40)

    @Test func `a commit's turn begins, ends and begins again`() throws {
        let store = try Store.inMemory()
        try store.addHistory([
            Self.event(.commitPending, 1, a), Self.event(.created, 2, a, "x"),
            Self.event(.commitConverged, 3, a),
            Self.event(.sourceRefused, 4, b), Self.event(.driftFound, 5, a, "x"),
            Self.event(.commitPending, 6, b), Self.event(.commitOvertaken, 7, b),
            Self.event(.commitPending, 8, a),
            Self.event(.updated, 9, a, "x"), Self.event(.commitFailed, 10, a),
        ])
        let all = try store.reports(source: "shop")
        #expect(all.map(\.number) == [4, 3, 2, 1])
        #expect(all.map(\.state) == [.failed, .overtaken, .refused, .converged])
        #expect(all.map(\.ended) == [10, 7, 4, 3])
        #expect(all.map(\.title) == [a, b, b, a].map { "Title of \($0)" })
        let (first, last) = (try #require(try store.report(1)), try #require(try store.report(4)))
        #expect(first.next == last.first && last.next == nil)
        let early = try store.history(ofReport: first, after: 0)
        #expect(early.events.map(\.time) == [1, 2, 3, 5] && early.last == 7)
        #expect(try store.history(ofReport: last, after: 0).events.map(\.time) == [8, 9, 10])
        #expect(try store.history(ofReport: first, after: 7).last == nil)
    }

    @Test func `a page of history goes on where the one before ended`() throws {
        let store = try Store.inMemory()
        try store.addHistory(
            [Self.event(.commitPending, 1, a)] + (2...20).map { Self.event(.updated, $0, a, "x") })
        let report = try #require(try store.report(1))
        var (times, after): ([Int], Int) = ([], 0)
        while case (let events, let last?) = try store.history(ofReport: report, after: after, limit: 6) {
            times += events.map(\.time)
            after = last
        }
        #expect(times == Array(1...20))
    }

    @Test func `a commit is found by how its id begins, in its own source`() throws {
        let store = try Store.inMemory()
        let other = "aaaaaaab" + String(repeating: "0", count: 32)
        try store.addHistory([
            Self.event(.commitPending, 1, a), Self.event(.commitPending, 2, other),
            Self.event(.commitPending, 3, a, source: "blog"),
        ])
        #expect(try store.report(source: "shop", commit: a)?.number == 1)
        #expect(try store.report(source: "shop", commit: "aaaaaaab")?.number == 2)
        #expect(try store.report(source: "shop", commit: "aaaaaaa")?.number == 2)
        #expect(try store.report(source: "blog", commit: "aaaaaaa")?.number == 3)
        for wrong in ["aaaaaa", "aaaaaaac", "AAAAAAA", "aaaaaa%", "aaaaaa_", "", "' OR 1=1"] {
            #expect(try store.report(source: "shop", commit: wrong) == nil, "\(wrong)")
        }
        #expect(try store.report(source: "none", commit: a) == nil)
    }

    @Test func `old ones go, and the last of each source stays`() throws {
        let store = try Store.inMemory()
        try store.addHistory([
            Self.event(.commitPending, 1, a), Self.event(.commitPending, 2, b),
            Self.event(.commitPending, 3, a, source: "blog"), Self.event(.commitPending, 50, a),
        ])
        try store.prune(before: 10)
        #expect(try store.reports().map(\.number) == [4, 3])
        try store.addHistory((60..<70).map { Self.event(.commitPending, $0, b) })
        try store.prune(before: 0, history: 100, ended: 100, reports: 4)
        #expect(try store.reports(limit: 100).map(\.number) == [14, 13, 12, 11, 3])
    }

    @Test func `what was seen is kept, and is in no list`() throws {
        let place = try Workplace()
        try place.write([], history: [Self.event(.commitPending, 1, a)])
        let store = try place.open()
        try store.setBody([1, 2, 3], ofReport: 1)
        store.close()
        let again = try place.open()
        defer { again.close() }
        #expect(try again.report(1)?.body == [1, 2, 3])
        #expect(try again.reports().first?.body == [])
    }
}
