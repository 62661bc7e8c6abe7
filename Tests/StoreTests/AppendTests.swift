import Foundation
import GRDB
import Model
import Testing

@testable import Store

struct AppendTests {
    @Test func `an older term is fenced, and writes nothing`() throws {
        let store = try Store.inMemory()
        let old = try store.takeOver()
        try store.append([.intent(.sample(1))], term: old)
        let new = try store.takeOver()
        #expect(new == old + 1)
        #expect(throws: StoreError.fenced) {
            try store.append([.intent(.sample(2, "db"))], outbox: [.sample("msg_a")], term: old)
        }
        #expect(throws: StoreError.fenced) { try store.append([], term: new + 1) }
        #expect(try store.ledger().unanswered.count == 1)
        #expect(try store.outboxDepth().waiting == 0)
        try store.append([.intent(.sample(2, "db"))], term: new)
        #expect(try store.ledger().unanswered.count == 2)
    }

    @Test func `terms go on after a restart`() throws {
        let place = try Workplace()
        try place.write([])
        let store = try place.open()
        #expect(throws: StoreError.fenced) { try store.append([], term: 0) }
        #expect(try store.takeOver() == 2)
    }

    @Test func `one entry that can't be kept keeps back all, history and messages too`() throws {
        let store = try Store.inMemory()
        let term = try store.takeOver()
        let deep = (0..<400).reduce(Value.null) { value, _ in .list([value]) }
        var record = Recorded.sample()
        record.spec = deep
        #expect(throws: StoreError.tooLarge("record of infrastructure/shop/b")) {
            try store.append(
                [.outcome(.file("a"), closes: nil, .sample()), .outcome(.file("b"), closes: nil, record)],
                history: [HistoryEvent(.created, time: 1, source: "shop")], outbox: [.sample("msg_a")],
                term: term)
        }
        #expect(try store.ledger() == Ledger())
        #expect(try store.history().isEmpty)
        #expect(try store.outboxDepth() == OutboxDepth(waiting: 0, dead: 0, oldest: nil))
    }

    @Test func `a closed store says so`() throws {
        let place = try Workplace()
        let store = try place.open()
        store.close()
        store.close()
        #expect(throws: StoreError.closed) { try store.ledger() }
        #expect(throws: StoreError.closed) { try store.append([], term: 1) }
        #expect(StoreError.closed.description == "the store is closed")
    }

    @Test func `files are for their owner only`() throws {
        let place = try Workplace()
        let store = try place.open()
        _ = try store.takeOver()
        for name in ["state.db", "state.db-wal", "lock"] {
            let path = place.directory.appending(path: name).path(percentEncoded: false)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
        let mode = try FileManager.default.attributesOfItem(atPath: place.directoryPath)[.posixPermissions]
        #expect(mode as? Int == 0o700)
    }

    @Test func `every transaction is on the disk when append returns`() throws {
        let place = try Workplace()
        let store = try place.open()
        #expect(
            try store.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try store.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
    }
}
