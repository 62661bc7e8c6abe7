import Foundation
import GRDB

extension Store {
    package func report(_ number: Int) throws(StoreError) -> StoredReport? {
        try reports("number = ?", [number], limit: 1).first
    }

    /// The newest of a commit; `commit` is its whole id in hex, or how that begins.
    package func report(source: String, commit: String) throws(StoreError) -> StoredReport? {
        let isHex = commit.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard isHex, (7...64).contains(commit.utf8.count) else { return nil }
        return try reports(
            "source = ? AND commitID >= ? AND commitID < ?", [source.rowKey, commit, commit + "g"], limit: 1
        ).first
    }

    /// Newest first, without their bodies.
    package func reports(source: String? = nil, limit: Int = 20) throws(StoreError) -> [StoredReport] {
        try reports(
            source == nil ? "1" : "source = ?", source.map { [$0.rowKey] } ?? [], limit: limit, body: "x''")
    }

    /// - Parameter body: what is read for it, in SQL: a body may have a megabyte.
    private func reports(
        _ condition: String, _ arguments: StatementArguments, limit: Int, body: String = "body"
    ) throws(StoreError) -> [StoredReport] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT number, source, name, commitID, title, state, started, ended, first, \(body) AS body, (SELECT min(first) FROM report AS later WHERE later.source = own.source
                        AND later.commitID = own.commitID AND later.number > own.number) AS next
                    FROM report AS own WHERE \(condition) ORDER BY number DESC LIMIT \(limit)
                    """, arguments: arguments
            ).map(StoredReport.init(row:))
        }
    }

    /// Keeps what was last seen of a commit.
    package func setBody(_ body: [UInt8], ofReport number: Int) throws(StoreError) {
        try write { db in
            try db.run("UPDATE report SET body = ? WHERE number = ?", [Data(body), number])
        }
    }

    /// What happened at one commit of a source, oldest first: events numbered from `first`, and below `next`. At most
    /// `limit` events of the source are looked at; `last` is the number of the last of them, nil once there is none.
    package func history(
        ofReport report: StoredReport, after last: Int, limit: Int = 1000
    ) throws(StoreError) -> (events: [HistoryEvent], last: Int?) {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT number, body FROM history WHERE source = ? AND number >= ? AND number < ?
                    ORDER BY number LIMIT ?
                    """,
                arguments: [report.source.rowKey, max(report.first, last + 1), report.next ?? .max, limit])
            let events = try rows.map { row in
                var event: HistoryEvent = try row.unpacked(1, "history \(row[0] as Int)")
                event.number = row[0]
                return event
            }
            return (events.filter { $0.commit == report.commit }, events.last?.number)
        }
    }

    /// A commit's turn begins and ends with what history says of it, in one transaction with that.
    func follow(_ event: HistoryEvent, _ number: Int, _ db: Database) throws {
        switch event.kind {
        case .commitPending: try begin(event, .pending, number, db)
        case .sourceRefused: try begin(event, .refused, number, db)
        case .commitConverged: try end(event, .converged, db)
        case .commitFailed: try end(event, .failed, db)
        case .commitOvertaken: try end(event, .overtaken, db)
        default: break
        }
    }

    private func begin(_ event: HistoryEvent, _ state: StoredReport.State, _ number: Int, _ db: Database)
        throws
    {
        let title = event.message.split(separator: "\n", omittingEmptySubsequences: false).first ?? ""
        try db.run(
            """
            INSERT INTO report (source, name, commitID, title, state, started, ended, first, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, x'')
            """,
            [
                event.source.rowKey, event.source, event.commit, String(title), state.rawValue, event.time,
                state == .refused ? event.time : nil, number,
            ])
    }
    private func end(_ event: HistoryEvent, _ state: StoredReport.State, _ db: Database) throws {
        try db.run(
            """
            UPDATE report SET state = ?, ended = ? WHERE number =
                (SELECT max(number) FROM report WHERE source = ? AND commitID = ?)
            """, [state.rawValue, event.time, event.source.rowKey, event.commit])
    }
}

extension StoredReport {
    fileprivate init(row: Row) {
        self.init(
            number: row["number"], source: row["name"], commit: row["commitID"], title: row["title"],
            state: State(rawValue: row["state"]) ?? .overtaken, started: row["started"], ended: row["ended"],
            first: row["first"], next: row["next"], body: Array(row["body"] as Data))
    }
}
