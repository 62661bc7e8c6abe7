import Foundation
import GRDB

extension Store {
    /// Messages whose time has come, those that wait longest first: of each key of a target only the oldest, so
    /// that order holds. One that is being sent is still due; whoever sends knows what it is sending.
    package func due(now: Int, limit: Int = 100) throws(StoreError) -> [OutboxMessage] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT *, EXISTS (
                        SELECT 1 FROM outbox AS later WHERE later.state = 'waiting'
                        AND later.orderKey IS NOT NULL AND later.target = own.target
                        AND later.orderKey = own.orderKey AND later.number > own.number) AS isFollowed
                    FROM outbox AS own WHERE state = 'waiting' AND nextAttempt <= ? AND NOT EXISTS (
                        SELECT 1 FROM outbox AS earlier WHERE earlier.state = 'waiting'
                        AND earlier.orderKey IS NOT NULL AND earlier.target = own.target
                        AND earlier.orderKey = own.orderKey AND earlier.number < own.number)
                    ORDER BY nextAttempt, number LIMIT ?
                    """, arguments: [now, max(limit, 0)]
            ).map(OutboxMessage.init(row:))
        }
    }

    /// When `due` will next have something; nil while nothing waits.
    package func nextDue() throws(StoreError) -> Int? {
        try read { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT min(nextAttempt) FROM outbox AS own WHERE state = 'waiting' AND NOT EXISTS (
                        SELECT 1 FROM outbox AS earlier WHERE earlier.state = 'waiting'
                        AND earlier.orderKey IS NOT NULL AND earlier.target = own.target
                        AND earlier.orderKey = own.orderKey AND earlier.number < own.number)
                    """)
        }
    }

    package func delivered(_ id: String, at now: Int) throws(StoreError) {
        try write { db in
            try db.run(
                """
                UPDATE outbox SET state = 'delivered', endedAt = ?, attempts = attempts + 1, lastError = NULL
                WHERE id = ? AND state = 'waiting'
                """, [now, id])
        }
    }

    /// It is about to be sent: whether that happened is not known until its answer is.
    package func begun(_ id: String, at now: Int) throws(StoreError) {
        try write { db in
            try db.run("UPDATE outbox SET begun = ? WHERE id = ? AND state = 'waiting'", [now, id])
        }
    }

    /// Not tried, and not before that time.
    package func postponed(_ id: String, until time: Int) throws(StoreError) {
        try write { db in
            try db.run("UPDATE outbox SET nextAttempt = ? WHERE id = ? AND state = 'waiting'", [time, id])
        }
    }

    /// What came after it says it all: it is not sent.
    package func overtaken(_ id: String, at now: Int) throws(StoreError) {
        try write { db in
            try db.run(
                "UPDATE outbox SET state = 'overtaken', endedAt = ? WHERE id = ? AND state = 'waiting'",
                [now, id])
        }
    }

    /// Tried in vain. `isUnanswered` where it may have arrived all the same. After `giveUpAfter` attempts it is dead: kept with its error, and no longer in the way of
    /// those behind it. Returns whether it is.
    @discardableResult
    package func failed(
        _ id: String, error: String, now: Int, nextAttempt: Int, isUnanswered: Bool = false,
        giveUpAfter: Int = 12
    ) throws(StoreError) -> Bool {
        try write { db in
            try db.run(
                """
                UPDATE outbox SET attempts = attempts + 1, lastError = ?, nextAttempt = ?,
                    begun = iif(?, begun, NULL),
                    state = iif(attempts + 1 >= ?, 'dead', state),
                    endedAt = iif(attempts + 1 >= ?, ?, NULL)
                WHERE id = ? AND state = 'waiting'
                """, [error, nextAttempt, isUnanswered, giveUpAfter, giveUpAfter, now, id])
            return try String.fetchOne(
                db, sql: "SELECT state FROM outbox WHERE id = ?", arguments: [id]) == "dead"
        }
    }

    /// Given up; newest first.
    package func dead(limit: Int = 100) throws(StoreError) -> [OutboxMessage] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM outbox WHERE state = 'dead' ORDER BY number DESC LIMIT ?",
                arguments: [max(limit, 0)]
            ).map(OutboxMessage.init(row:))
        }
    }

    package func outboxDepth() throws(StoreError) -> OutboxDepth {
        try read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'dead'),
                        min(created) FILTER (WHERE state = 'waiting') FROM outbox
                    """)
            return OutboxDepth(waiting: row?[0] ?? 0, dead: row?[1] ?? 0, oldest: row?[2])
        }
    }

    /// A message that is there already, by its id, stays as it is.
    func insert(_ message: OutboxMessage, _ db: Database) throws {
        try db.run(
            """
            INSERT OR IGNORE INTO outbox
                (id, target, eventType, body, created, attempts, nextAttempt, lastError, orderKey, state)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')
            """,
            [
                message.id, message.target, message.eventType, Data(message.body), message.created,
                message.attempts, message.nextAttempt, message.lastError, message.orderKey,
            ])
        for memory in message.memories { try keep(memory, of: message, db) }
    }
}

extension OutboxMessage {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], target: row["target"], eventType: row["eventType"],
            body: Array(row["body"] as Data), created: row["created"], orderKey: row["orderKey"])
        (attempts, nextAttempt, lastError) = (row["attempts"], row["nextAttempt"], row["lastError"])
        (begun, isFollowed) = (row["begun"], row["isFollowed"] ?? false)
    }
}
