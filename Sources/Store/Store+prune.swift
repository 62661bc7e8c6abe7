import GRDB

extension Store {
    /// How many rows of what is only told, and not decided by, are kept at most.
    private static let caps = (history: 500_000, ended: 10_000, reports: 5000)

    /// Forgets history, approvals, messages that ended and reports before a time (milliseconds since 1970), and the oldest of those
    /// beyond the caps. What waits is never pruned, nor is the last report of a source.
    package func prune(before time: Int) throws(StoreError) {
        try prune(
            before: time, history: Self.caps.history, ended: Self.caps.ended, reports: Self.caps.reports)
    }

    func prune(before time: Int, history: Int, ended: Int, reports: Int = .max) throws(StoreError) {
        try write { db in
            try db.run("DELETE FROM history WHERE time < ?", [time])
            try db.run(
                """
                DELETE FROM history WHERE number <=
                    (SELECT number FROM history ORDER BY number DESC LIMIT 1 OFFSET ?)
                """, [history])
            try db.run("DELETE FROM approval WHERE time < ?", [time])
            try db.run("DELETE FROM outbox WHERE state <> 'waiting' AND endedAt < ?", [time])
            try db.run(
                """
                DELETE FROM outbox WHERE state <> 'waiting' AND number <=
                    (SELECT number FROM outbox WHERE state <> 'waiting'
                     ORDER BY number DESC LIMIT 1 OFFSET ?)
                """, [ended])
            try db.run(
                """
                DELETE FROM report WHERE (started < ? OR number <=
                    (SELECT number FROM report ORDER BY number DESC LIMIT 1 OFFSET ?))
                    AND number NOT IN (SELECT max(number) FROM report GROUP BY source)
                """, [time, reports])
        }
    }
}
