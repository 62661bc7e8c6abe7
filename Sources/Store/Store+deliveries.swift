import Crypto
import Foundation
import GRDB

extension Store {
    /// Keeps deliveries in one transaction, and says of each whether it is new: one with ids that were all seen before
    /// is not. A new one that asks for a fetch leaves its sources owing one until `settle`.
    package func accept(_ deliveries: [Delivery]) throws(StoreError) -> [Bool] {
        try write { db in try deliveries.map { try accept($0, db) } }
    }

    private func accept(_ delivery: Delivery, _ db: Database) throws -> Bool {
        let isNoted = delivery.asks || delivery.request != nil
        var isNew = delivery.ids.isEmpty || !isNoted
        for id in delivery.ids where isNoted {
            try db.run(
                "INSERT OR IGNORE INTO delivery (key, received) VALUES (?, ?)",
                [Self.key(id, of: delivery.route), delivery.receivedAt])
            if db.changesCount > 0 { isNew = true }
        }
        let owed = delivery.asks && isNew ? delivery.receivedAt : nil
        for source in delivery.sources {
            try db.run(
                """
                INSERT INTO hearing VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET
                    seen = max(seen, excluded.seen), owed = ifnull(max(owed, excluded.owed), ifnull(excluded.owed, owed))
                """, [source.rowKey, delivery.receivedAt, owed])
        }
        return isNew
    }

    /// Sources were fetched after these times: what came until then is owed no more.
    package func settle(_ fetched: [String: Int]) throws(StoreError) {
        try write { db in
            for (source, time) in fetched {
                try db.run(
                    "UPDATE hearing SET owed = NULL WHERE source = ? AND owed <= ?", [source.rowKey, time])
            }
        }
    }

    /// Forgets deliveries from before a time (milliseconds since 1970), and the oldest beyond a number: they would be
    /// taken for new ones if they came again.
    package func forgetDeliveries(before time: Int, keeping count: Int = 100_000) throws(StoreError) {
        try write { db in
            try db.run("DELETE FROM delivery WHERE received < ?", [time])
            try db.run(
                """
                DELETE FROM delivery WHERE number <=
                    (SELECT number FROM delivery ORDER BY number DESC LIMIT 1 OFFSET ?)
                """, [count])
        }
    }

    /// Where a source stands with its webhooks; nil where it never saw one.
    package func hearing(of source: String) throws(StoreError) -> Hearing? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT seen, owed FROM hearing WHERE source = ?", arguments: [source.rowKey]
            ).map { Hearing(seenAt: $0[0], owedSince: $0[1]) }
        }
    }

    /// Senders choose their ids, and routes are named by people: what is kept of both has one length.
    private static func key(_ id: String, of route: String) -> Data {
        var digest = SHA256()
        digest.update(data: Data(route.utf8))
        digest.update(data: Data([0]))
        digest.update(data: Data(id.utf8))
        return Data(digest.finalize().prefix(16))
    }
}
