import Foundation
import GRDB
import Model
import Testing

@testable import Store

struct LedgerTests {
    @Test(arguments: 0..<12 as Range<UInt64>)
    func `what is read back is the fold of what was appended`(seed: UInt64) throws {
        let place = try Workplace()
        var samples = Samples(seed)
        var expected = Ledger()
        var intent = 0
        for _ in 0..<3 {
            let store = try place.open()
            let term = try store.takeOver()
            for _ in 0..<15 {
                let entries = samples.several(6) { $0.entry(intent: &intent) }
                try store.append(entries, term: term)
                for entry in entries { expected.fold(entry) }
            }
            try expectSame(try store.ledger(), expected)
            store.close()
            try expectSame(try place.ledger(), expected)
        }
        #expect(expected.nextIntent == intent + 1 && !expected.records.isEmpty)
    }

    private func expectSame(_ one: Ledger, _ other: Ledger) throws {
        #expect(one.records == other.records)
        #expect(one.unanswered == other.unanswered)
        #expect(one.leases == other.leases)
        #expect(one.decisions == other.decisions)
        #expect(one.sources == other.sources)
        #expect(one.previews == other.previews && one.approvals == other.approvals)
        #expect(one == other)
    }

    @Test func `an outcome closes its own intent only`() throws {
        var ledger = Ledger()
        ledger.fold(.intent(.sample(5)))
        ledger.fold(.outcome(.file("web"), closes: 4, .sample()))
        #expect(ledger.unanswered[.file("web")]?.intent == 5)
        ledger.fold(.outcome(.file("web"), closes: nil, .sample()))
        #expect(ledger.unanswered[.file("web")]?.intent == 5)
        ledger.fold(.outcome(.file("web"), closes: 5, nil))
        #expect(ledger.unanswered.isEmpty && ledger.records.isEmpty && ledger.nextIntent == 6)
    }

    @Test func `numbers of intents are never used again, not even after their steps ended`() throws {
        let place = try Workplace()
        try place.write([.intent(.sample(41)), .outcome(.file("web"), closes: 41, nil)])
        #expect(try place.ledger().nextIntent == 42)
    }

    @Test func `the greatest intent is no overflow`() throws {
        let place = try Workplace()
        try place.write([.intent(.sample(.max))])
        #expect(try place.ledger().nextIntent == .max)
    }

    @Test func `what is moved takes its leases and decisions along`() throws {
        let handle = SecretHandle(
            ResourceID("secret", "shop", "db"), "password", version: "1", isLeased: true)
        let place = try Workplace()
        try place.write([
            .outcome(.file("old"), closes: nil, .sample(state: [1, 2, 3])),
            .lease(Lease(engine: "vault", handle: handle, consumer: .file("old"), intent: 3)),
            .decision(Decision(.suspend, subject: "infrastructure/shop/old", by: "eve", at: 7)),
            .decision(Decision(.adopt, subject: "infrastructure/shop/other", by: "eve", at: 8)),
            .moved(from: .file("old"), to: .file("new")),
        ])
        let ledger = try place.ledger()
        #expect(ledger.records == [.file("new"): .sample(state: [1, 2, 3])])
        let moved = Lease(engine: "vault", handle: handle, consumer: .file("new"), intent: 3)
        #expect(ledger.leases == [.file("new"): [moved]])
        #expect(
            ledger.decisions.map(\.subject) == ["infrastructure/shop/other", "infrastructure/shop/new"])
    }

    @Test func `a sealed part opens in its own row only`() throws {
        let place = try Workplace()
        try place.write([
            .outcome(.file("one"), closes: nil, .sample(state: [1])),
            .outcome(.file("two"), closes: nil, .sample(state: [2])),
        ])
        let queue = try DatabaseQueue(path: place.databasePath)
        try queue.write { db in
            try db.execute(
                sql: """
                    UPDATE record SET sealed = (SELECT sealed FROM record WHERE id LIKE '%two')
                    WHERE id LIKE '%one'
                    """)
        }
        try queue.close()
        let error = StoreError.damaged(
            row: "record of infrastructure/shop/one", reason: "its sealed part does not open")
        #expect(throws: error) { try place.ledger() }
        #expect(
            error.description
                == "record of infrastructure/shop/one cannot be read back: its sealed part does not open")
    }

    @Test func `a row that can't be read back is named`() throws {
        let place = try Workplace()
        try place.write([.outcome(.file("one"), closes: nil, .sample())])
        let queue = try DatabaseQueue(path: place.databasePath)
        try queue.write { try $0.execute(sql: "UPDATE record SET body = x'92'") }
        try queue.close()
        #expect(
            throws: StoreError.damaged(
                row: "record of infrastructure/shop/one", reason: "it ends too early")
        ) { try place.ledger() }
    }
}
