import Foundation
import GRDB
import Model

extension Store {
    /// Everything that is remembered, read once at the start.
    package func ledger() throws(StoreError) -> Ledger {
        try read { db in
            var ledger = Ledger()
            ledger.nextIntent = try Self.number("nextIntent", db)
            try readRecords(into: &ledger, db)
            try readSteps(into: &ledger, db)
            for lease in try leases(db) { ledger.leases[lease.consumer, default: []].insert(lease) }
            ledger.decisions = try decisions(db)
            let sources = try Row.fetchCursor(db, sql: "SELECT name, body FROM source")
            while let row = try sources.next() {
                let source: SourceRecord = try row.unpacked(1, "source '\(row[0] as String)'")
                ledger.sources[source.name] = source
            }
            try readReviews(into: &ledger, db)
            return ledger
        }
    }

    private func readRecords(into ledger: inout Ledger, _ db: Database) throws {
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM record") ?? 0
        ledger.records.reserveCapacity(count)
        let rows = try Row.fetchCursor(db, sql: "SELECT id, body, sealed FROM record")
        while let row = try rows.next() {
            let name = "record of \(row[0] as String)"
            let aside = try sealer.open(row[2], of: name)
            let named: NamedRecord = try row.unpacked(1, name, aside: aside)
            ledger.records[named.id] = named.record
        }
    }

    private func readSteps(into ledger: inout Ledger, _ db: Database) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT id, intent, body, sealed FROM step")
        while let row = try rows.next() {
            let name = "step \(row[1] as Int) of \(row[0] as String)"
            let aside = try sealer.open(row[3], of: name)
            let step: Step = try row.unpacked(2, name, aside: aside)
            ledger.unanswered[step.id] = step
        }
    }

    func record(of id: ResourceID, _ db: Database) throws -> Recorded? {
        let row = try Row.fetchOne(
            db, sql: "SELECT body, sealed FROM record WHERE id = ?", arguments: [id.rowKey])
        guard let row else { return nil }
        let name = Self.row(of: id)
        let named: NamedRecord = try row.unpacked(0, name, aside: try sealer.open(row[1], of: name))
        return named.record
    }

    func leases(_ db: Database, of consumer: ResourceID? = nil) throws -> [Lease] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT consumer, body FROM lease WHERE consumer = coalesce(?, consumer)",
            arguments: [consumer?.rowKey])
        return try rows.map { row in try row.unpacked(1, "lease of \(row[0] as String)") }
    }

    func decisions(_ db: Database, on subject: String? = nil) throws -> [Decision] {
        let rows = try Row.fetchAll(
            db,
            sql: "SELECT subject, body FROM decision WHERE subject = coalesce(?, subject) ORDER BY number",
            arguments: [subject?.rowKey])
        return try rows.map { row in try row.unpacked(1, "decision on \(row[0] as String)") }
    }
}

extension Row {
    /// What a column's bytes hold; `name` says which row it is where they can't be read.
    func unpacked<T: Packable>(_ column: Int, _ name: String, aside: [[UInt8]] = []) throws -> T {
        let bytes = try withUnsafeData(atIndex: column) { Array($0 ?? Data()) }
        do {
            return try Unpacker.unpacked(T.self, Packed(bytes: bytes, aside: aside))
        } catch {
            throw StoreError.damaged(row: name, reason: error.description)
        }
    }
}
