import Foundation
import GRDB
package import Model

extension Store {
    /// Newest first; `before` is the number of the last event of the page before. At most 1000 at a time.
    package func history(
        resource: ResourceID? = nil, source: String? = nil, limit: Int = 100, before: Int? = nil
    ) throws(StoreError) -> [HistoryEvent] {
        var conditions = ["number < ?"]
        var arguments: StatementArguments = [before ?? .max]
        if let resource {
            conditions.append("resource = ?")
            arguments += [resource.rowKey]
        }
        if let source {
            conditions.append("source = ?")
            arguments += [source.rowKey]
        }
        let sql = """
            SELECT number, body FROM history WHERE \(conditions.joined(separator: " AND "))
            ORDER BY number DESC LIMIT \(min(max(limit, 0), 1000))
            """
        return try read { db in
            try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
                var event: HistoryEvent = try row.unpacked(1, "history \(row[0] as Int)")
                event.number = row[0]
                return event
            }
        }
    }

    func insert(_ event: HistoryEvent, _ db: Database) throws {
        let body = try packed(event, "history of \(event.resource?.description ?? event.source)").bytes
        try db.run(
            "INSERT INTO history (time, source, resource, body) VALUES (?, ?, ?, ?)",
            [event.time, event.source.rowKey, event.resource?.rowKey, Data(body)])
        try follow(event, Int(db.lastInsertedRowID), db)
    }
}
