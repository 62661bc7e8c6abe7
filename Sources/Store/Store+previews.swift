import Foundation
import GRDB

extension Store {
    /// Keeps what is known of a request, and puts what is to be told of it into the outbox, in one transaction: what is kept as
    /// told will be, also after a crash.
    package func keep(_ preview: StoredPreview, telling messages: [OutboxMessage] = []) throws(StoreError) {
        try write { db in
            try db.run(
                """
                INSERT OR REPLACE INTO preview VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    preview.repository.rowKey, preview.request, preview.title, preview.author, preview.url,
                    preview.head, preview.base, preview.baseCommit, preview.state.rawValue, preview.summary,
                    preview.plans.packed,
                    preview.note, preview.stamp, preview.lastComment, preview.seen, preview.ended,
                    preview.told, preview.comment, Data(preview.body),
                ])
            for message in messages { try insert(message, db) }
        }
    }

    /// Puts into the outbox what is told of a request of which nothing is kept any more.
    package func tell(_ message: OutboxMessage) throws(StoreError) {
        try write { db in try insert(message, db) }
    }

    /// With its body; nil where the request is not known, or closed.
    package func preview(_ repository: String, _ request: Int) throws(StoreError) -> StoredPreview? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM preview WHERE repository = ? AND request = ?",
                arguments: [repository.rowKey, request]
            ).map { StoredPreview(row: $0, repository, body: Array($0["body"] as Data)) }
        }
    }

    /// Those of one repository, the newest request first, without their bodies.
    package func previews(of repository: String) throws(StoreError) -> [StoredPreview] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM preview WHERE repository = ? ORDER BY request DESC",
                arguments: [repository.rowKey]
            ).map { StoredPreview(row: $0, repository, body: []) }
        }
    }

    /// A request was closed.
    package func forgetPreview(_ repository: String, _ request: Int) throws(StoreError) {
        try write { db in
            try db.run(
                "DELETE FROM preview WHERE repository = ? AND request = ?", [repository.rowKey, request])
        }
    }

    /// Forgets all of the repositories that are previewed no more.
    package func forgetPreviews(except repositories: Set<String>) throws(StoreError) {
        try write { db in
            for name in try String.fetchAll(db, sql: "SELECT DISTINCT repository FROM preview") {
                if repositories.contains(where: { $0.rowKey == name }) { continue }
                try db.run("DELETE FROM preview WHERE repository = ?", [name])
            }
        }
    }

    /// Forgets the reports that were made before a time (milliseconds since 1970); what they came to stays.
    package func forgetPreviewReports(of repository: String, before time: Int) throws(StoreError) {
        try write { db in
            try db.run(
                "UPDATE preview SET body = x'' WHERE repository = ? AND ended < ? AND body <> x''",
                [repository.rowKey, time])
        }
    }
}

extension StoredPreview {
    fileprivate init(row: Row, _ repository: String, body: [UInt8]) {
        self.init(repository: repository, request: row["request"], seen: row["seen"])
        (title, author, url) = (row["title"], row["author"], row["url"])
        (head, base, baseCommit) = (row["head"], row["base"], row["baseCommit"])
        (summary, plans) = (row["summary"], Self.plans(row["plans"]))
        state = State(rawValue: row["state"]) ?? .waiting
        (note, stamp, lastComment) = (row["note"], row["stamp"], row["lastComment"])
        (ended, told, comment) = (row["ended"], row["told"], row["comment"])
        self.body = body
    }

    private static func plans(_ text: String) -> [String: String] {
        let pairs = text.split(separator: " ").map { $0.split(separator: "=") }.filter { $0.count == 2 }
        return Dictionary(pairs.map { (String($0[0]), String($0[1])) }) { $1 }
    }
}

extension [String: String] {
    /// `blog=7d4f… shop=91c2…`: names of sources have neither.
    fileprivate var packed: String {
        sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
    }
}
