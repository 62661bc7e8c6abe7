import Foundation
import GRDB
import Testing

@testable import Store

struct DeliveryTests {
    private func delivery(
        _ ids: [String], route: String = "forge", at time: Int = 5, asks: Bool = true,
        sources: [String] = ["shop"]
    ) -> Delivery { Delivery(route: route, ids: ids, sources: sources, asks: asks, receivedAt: time) }

    @Test func `an id is new once, for each route, also after a restart`() throws {
        let place = try Workplace()
        var store = try place.open()
        let all = [delivery(["a"]), delivery(["a"]), delivery(["b"]), delivery(["a"], route: "other")]
        #expect(try store.accept(all) == [true, false, true, true])
        store.close()
        store = try place.open()
        #expect(try store.accept([delivery(["a"]), delivery(["c"])]) == [false, true])
    }

    @Test func `several events are new while one of them is`() throws {
        let store = try Store.inMemory()
        #expect(
            try store.accept([delivery(["a", "b"]), delivery(["b", "c"]), delivery(["c", "a"])]) == [
                true, true, false,
            ])
    }

    @Test func `what has no id, or asks for nothing, is never seen before`() throws {
        let store = try Store.inMemory()
        let quiet = delivery(["a"], asks: false)
        #expect(
            try store.accept([delivery([]), delivery([]), quiet, quiet, delivery(["a"])]) == [
                true, true, true, true, true,
            ])
    }

    @Test func `what asks for a look at a request is new once, and owes no fetch`() throws {
        let store = try Store.inMemory()
        var look = delivery(["a"], asks: false)
        look.request = 7
        #expect(try store.accept([look, look]) == [true, false])
        #expect(try store.hearing(of: "shop")?.owedSince == nil)
    }

    @Test func `an id may be anything`() throws {
        let store = try Store.inMemory()
        let ids = [
            "", "\0", String(repeating: "x", count: 100_000), "é", "e\u{301}", "'); DROP TABLE delivery",
        ]
        #expect(try store.accept(ids.map { delivery([$0]) }).allSatisfy(\.self))
        #expect(try store.accept(ids.map { delivery([$0]) }).allSatisfy { !$0 })
    }

    @Test func `a fetch is owed until one began later than the newest delivery`() throws {
        let place = try Workplace()
        let store = try place.open()
        #expect(try store.hearing(of: "shop") == nil)
        _ = try store.accept([delivery(["a"], at: 5, sources: ["shop", "blog"]), delivery(["b"], at: 9)])
        #expect(try store.hearing(of: "shop") == Hearing(seenAt: 9, owedSince: 9))
        #expect(try store.hearing(of: "blog") == Hearing(seenAt: 5, owedSince: 5))
        try store.settle(["shop": 8, "blog": 5, "gone": 9])
        #expect(try store.hearing(of: "shop") == Hearing(seenAt: 9, owedSince: 9))
        #expect(try store.hearing(of: "blog") == Hearing(seenAt: 5))
        _ = try store.accept([delivery(["c"], at: 11, asks: false), delivery(["a"], at: 12)])
        #expect(try store.hearing(of: "shop") == Hearing(seenAt: 12, owedSince: 9))
        store.close()
        #expect(try place.open().hearing(of: "shop") == Hearing(seenAt: 12, owedSince: 9))
    }

    @Test func `deliveries are forgotten by their age and their number, the oldest first`() throws {
        let store = try Store.inMemory()
        let all = (1...9).map { delivery(["\($0)"], at: $0) }
        _ = try store.accept(all)
        try store.forgetDeliveries(before: 3, keeping: 9)
        #expect(try store.accept(all).map { $0 ? 1 : 0 } == [1, 1, 0, 0, 0, 0, 0, 0, 0])
        // Those that were forgotten are the newest now.
        try store.forgetDeliveries(before: 0, keeping: 4)
        #expect(try store.accept(all).map { $0 ? 1 : 0 } == [0, 0, 1, 1, 1, 1, 1, 0, 0])
    }

    @Test func `a database from before there were deliveries gets them, and keeps the rest`() throws {
        let place = try Workplace()
        try place.write([.outcome(.file("a"), closes: nil, .sample())])
        let queue = try DatabaseQueue(path: place.databasePath)
        try queue.write { db in
            try db.execute(
                sql: """
                    DROP TABLE delivery; DROP TABLE hearing;
                    DELETE FROM grdb_migrations WHERE identifier = '2 deliveries'
                    """)
        }
        try queue.close()
        let store = try place.open()
        #expect(try store.accept([delivery(["a"])]) == [true])
        #expect(try store.ledger().records.count == 1)
    }

    @Test func `a source that is gone leaves no word of its webhooks`() throws {
        let store = try Store.inMemory()
        _ = try store.accept([delivery(["a"])])
        try store.append([.sourceRemoved("shop")], term: try store.takeOver())
        #expect(try store.hearing(of: "shop") == nil)
    }
}
