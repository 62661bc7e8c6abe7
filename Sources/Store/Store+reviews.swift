import Foundation
import GRDB
import Model

extension Store {
    /// What `Ledger.fold` does of reviews, on rows.
    func apply(_ entry: ReviewEntry, _ db: Database) throws {
        switch entry {
        case .shown(let preview):
            let body = try packed(preview, "review '\(preview.request)'").bytes
            try db.run(
                "INSERT OR REPLACE INTO review VALUES (?, ?, ?)",
                [preview.source.rowKey, preview.request.rowKey, Data(body)])
            try db.run(
                "DELETE FROM spent WHERE source = ? AND request = ?",
                [preview.source.rowKey, preview.request.rowKey])
            for id in preview.spent { try spend(id, preview.source, preview.request, db) }
        case .spent(let source, let request, let id): try spend(id, source, request, db)
        case .ended(let source, let request):
            for table in ["review", "spent"] {
                try db.run(
                    "DELETE FROM \(table) WHERE source = ? AND request = ?", [source.rowKey, request.rowKey])
            }
        case .approved(let approval):
            let body = try packed(approval, "approval of '\(approval.digest)'").bytes
            try db.run(
                "INSERT INTO approval (source, time, body) VALUES (?, ?, ?)",
                [approval.source.rowKey, approval.at, Data(body)])
        }
    }
    private func spend(_ id: ResourceID, _ source: String, _ request: String, _ db: Database) throws {
        let body = Data(try packed(id, "a spent review").bytes)
        try db.run(
            "INSERT OR IGNORE INTO spent VALUES (?, ?, ?, ?)",
            [source.rowKey, request.rowKey, id.rowKey, body])
    }

    /// Reviews of a source that is gone.
    func forgetReviews(of source: String, _ db: Database) throws {
        for table in ["review", "spent", "approval"] {
            try db.run("DELETE FROM \(table) WHERE source = ?", [source.rowKey])
        }
    }

    func readReviews(into ledger: inout Ledger, _ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT body, request FROM review ORDER BY source, request") {
            var preview: ShownPreview = try row.unpacked(0, "review '\(row[1] as String)'")
            let spent = try Row.fetchAll(
                db, sql: "SELECT body, resource FROM spent WHERE source = ? AND request = ?",
                arguments: [preview.source.rowKey, preview.request.rowKey])
            preview.spent = Set(try spent.map { try $0.unpacked(0, "review of \($0[1] as String)") })
            ledger.fold(.review(.shown(preview)))
        }
        for row in try Row.fetchAll(db, sql: "SELECT body, number FROM approval ORDER BY number") {
            ledger.approvals.append(try row.unpacked(0, "approval \(row[1] as Int)"))
        }
    }
}
