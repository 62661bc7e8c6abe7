import GRDB

extension Store {
    /// What these targets were told last.
    package func told(of targets: Set<String>) throws(StoreError) -> [Told] {
        try read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT * FROM told ORDER BY target, topic")
            let all = rows.map { row in
                Told(
                    target: row["target"], topic: row["topic"], matter: row["matter"],
                    message: row["message"],
                    since: row["since"])
            }
            return all.filter { targets.contains($0.target) }
        }
    }

    /// Forgets what was told to others, or of other sources, and what was heard of these: nobody is there to be told more,
    /// and nothing more comes of them. A topic names its source second.
    package func forgetTold(except targets: Set<String>, sources: Set<String>) throws(StoreError) {
        let keys = Set(sources.map(\.rowKey))
        try write { db in
            for row in try Row.fetchAll(db, sql: "SELECT target, topic FROM told") {
                let (target, topic): (String, String) = (row[0], row[1])
                let words = topic.split(separator: " ", maxSplits: 2)
                let isOurs = words.count < 2 || sources.contains(String(words[1]))
                if targets.contains(target) && isOurs { continue }
                try db.run("DELETE FROM told WHERE target = ? AND topic = ?", [target, topic])
            }
            for source in try String.fetchAll(db, sql: "SELECT source FROM hearing")
            where !keys.contains(source) {
                try db.run("DELETE FROM hearing WHERE source = ?", [source])
            }
        }
    }

    func keep(_ memory: OutboxMessage.Memory, of message: OutboxMessage, _ db: Database) throws {
        switch memory {
        case .keeps(let topic, let matter, let since):
            try db.run(
                "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?)",
                [message.target, topic, matter, message.id, since])
        case .forgets(let topic):
            try db.run("DELETE FROM told WHERE target = ? AND topic = ?", [message.target, topic])
        }
    }

    /// How each target fares that has messages.
    package func outboxTargets() throws(StoreError) -> [OutboxTarget] {
        try read { db in
            let counts = try Row.fetchAll(
                db,
                sql: """
                    SELECT target, count(*) FILTER (WHERE state = 'waiting') AS waiting,
                        count(*) FILTER (WHERE state = 'dead') AS dead,
                        max(endedAt) FILTER (WHERE state = 'delivered') AS lastDelivered
                    FROM outbox GROUP BY target ORDER BY target
                    """)
            return try counts.map { row in
                var target = OutboxTarget(row["target"])
                (target.waiting, target.dead) = (row["waiting"], row["dead"])
                target.lastDelivered = row["lastDelivered"]
                let last = try Row.fetchOne(
                    db,
                    sql: """
                        SELECT lastError, endedAt, nextAttempt, state FROM outbox
                        WHERE target = ? AND lastError IS NOT NULL AND state IN ('waiting', 'dead')
                        ORDER BY state = 'dead', iif(state = 'dead', -number, number) LIMIT 1
                        """, arguments: [target.name])
                if let last {
                    (target.error, target.errorAt) = (last["lastError"], last["endedAt"])
                    if last["state"] == "waiting" { target.nextAttempt = last["nextAttempt"] }
                }
                return target
            }
        }
    }
}
