import Foundation
import GRDB

extension Store {
    /// In the order in which they were made.
    package func tokens() throws(StoreError) -> [AccessToken] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM token ORDER BY created, id").map(AccessToken.init(row:))
        }
    }

    /// False where another has its name.
    package func insert(_ token: AccessToken) throws(StoreError) -> Bool {
        try write { db in
            try db.run(
                """
                INSERT OR IGNORE INTO token (id, name, hash, role, created, createdBy, expires, lastUsed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    token.id, token.name, Data(token.hash), token.role, token.created, token.createdBy,
                    token.expires, token.lastUsed,
                ])
            return db.changesCount == 1
        }
    }

    /// False where there is none of this id.
    @discardableResult
    package func removeToken(_ id: String) throws(StoreError) -> Bool {
        try write { db in
            try db.run("DELETE FROM token WHERE id = ?", [id])
            return db.changesCount == 1
        }
    }

    /// When tokens were last used, by id.
    package func noteUse(of tokens: [String: Int]) throws(StoreError) {
        try write { db in
            for (id, time) in tokens { try db.run("UPDATE token SET lastUsed = ? WHERE id = ?", [time, id]) }
        }
    }
}

extension AccessToken {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], name: row["name"], hash: Array(row["hash"] as Data), role: row["role"],
            created: row["created"], createdBy: row["createdBy"], expires: row["expires"])
        lastUsed = row["lastUsed"]
    }
}
