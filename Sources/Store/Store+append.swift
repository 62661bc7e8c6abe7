import Foundation
import GRDB
import Model

extension Store {
    /// Begins a new term: who writes under an older one is fenced from now on.
    package func takeOver() throws(StoreError) -> Int {
        try write { db in
            try db.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'term'")
            return try Self.number("term", db)
        }
    }

    /// All or nothing, and on the disk when this returns. What is told of it (history, messages) is kept with it.
    /// Throws `fenced` when `term` is not the newest.
    package func append(
        _ entries: [Entry], history: [HistoryEvent] = [], outbox: [OutboxMessage] = [], term: Int
    ) throws(StoreError) {
        try write { db in
            guard try Self.number("term", db) == term else { throw StoreError.fenced }
            for entry in entries { try apply(entry, db) }
            for event in history { try insert(event, db) }
            for message in outbox { try insert(message, db) }
        }
    }

    /// What `Ledger.fold` does, on rows.
    private func apply(_ entry: Entry, _ db: Database) throws {
        switch entry {
        case .intent(let step): try insert(step, db)
        case .outcome(let id, let intent, let record):
            try set(record, of: id, db)
            guard let intent else { return }
            try db.run("DELETE FROM step WHERE id = ? AND intent = ?", [id.rowKey, intent])
        case .lease(let lease): try insert(lease, db)
        case .revoked(let lease): try db.run("DELETE FROM lease WHERE key = ?", [lease.rowKey])
        case .decision(let decision): try insert(decision, db)
        case .withdrawn(let kind, let subject):
            try db.run(
                "DELETE FROM decision WHERE kind = ? AND subject = ?", [kind.rawValue, subject.rowKey])
        case .source(let source):
            let body = try packed(source, "source '\(source.name)'").bytes
            try db.run("INSERT OR REPLACE INTO source VALUES (?, ?)", [source.name.rowKey, Data(body)])
        case .sourceRemoved(let name):
            try db.run("DELETE FROM source WHERE name = ?", [name.rowKey])
            try db.run("DELETE FROM hearing WHERE source = ?", [name.rowKey])
            try forgetReviews(of: name, db)
        case .review(let entry): try apply(entry, db)
        case .moved(let old, let new): try move(from: old, to: new, db)
        }
    }

    private func insert(_ step: Step, _ db: Database) throws {
        let row = Self.row(of: step)
        let packed = try packed(step, row)
        try db.run(
            "INSERT OR REPLACE INTO step VALUES (?, ?, ?, ?)",
            [step.id.rowKey, step.intent, Data(packed.bytes), try sealer.seal(packed.aside, for: row)])
        try db.run(
            "UPDATE meta SET value = max(value, ?) WHERE name = 'nextIntent'", [step.intent.nextIntent])
    }

    private func set(_ record: Recorded?, of id: ResourceID, _ db: Database) throws {
        guard let record else { return try db.run("DELETE FROM record WHERE id = ?", [id.rowKey]) }
        let row = Self.row(of: id)
        let packed = try packed(NamedRecord(id: id, record: record), row)
        try db.run(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?)",
            [id.rowKey, Data(packed.bytes), try sealer.seal(packed.aside, for: row)])
    }

    private func insert(_ lease: Lease, _ db: Database) throws {
        try db.run(
            "INSERT OR REPLACE INTO lease VALUES (?, ?, ?)",
            [lease.rowKey, lease.consumer.rowKey, Data(try packed(lease, "lease '\(lease.name)'").bytes)])
    }

    private func insert(_ decision: Decision, _ db: Database) throws {
        let body = try packed(decision, "decision on \(decision.subject)").bytes
        // Replacing gives a new number, so that the order is the one in which they were said.
        try db.run(
            "INSERT OR REPLACE INTO decision (kind, subject, body) VALUES (?, ?, ?)",
            [decision.kind.rawValue, decision.subject.rowKey, Data(body)])
    }

    private func move(from old: ResourceID, to new: ResourceID, _ db: Database) throws {
        guard old != new else { return }
        if let record = try record(of: old, db) {
            try set(nil, of: old, db)
            try set(record, of: new, db)
        }
        for var lease in try leases(db, of: old) {
            try db.run("DELETE FROM lease WHERE key = ?", [lease.rowKey])
            lease.consumer = new
            try insert(lease, db)
        }
        for var decision in try decisions(db, on: old.description) {
            try db.run(
                "DELETE FROM decision WHERE kind = ? AND subject = ?",
                [decision.kind.rawValue, decision.subject.rowKey])
            decision.subject = new.description
            try insert(decision, db)
        }
    }

    func packed(_ value: some Packable, _ what: String) throws -> Packed {
        do { return try Packer.packed(value) } catch { throw StoreError.tooLarge(what) }
    }
    static func number(_ name: String, _ db: Database) throws -> Int {
        let value = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT value FROM meta WHERE name = ?"), arguments: [name])
        guard let value else { throw StoreError.damaged(row: name, reason: "it is missing") }
        return value
    }
    /// What a sealed part is bound to.
    static func row(of id: ResourceID) -> String { "record of \(id.rowKey)" }
    static func row(of step: Step) -> String { "step \(step.intent) of \(step.id.rowKey)" }
}

extension Lease {
    /// Equal exactly for equal leases.
    fileprivate var rowKey: Data {
        var packer = Packer()
        let parts = [engine, handle.source.rowKey, handle.output, handle.version, consumer.rowKey]
        (parts.map(\.rowKey) + ["\(handle.isLeased)", "\(intent)"]).pack(into: &packer)
        return Data(packer.bytes)
    }
}

extension Database {
    /// A statement that is prepared once.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
