import GRDB
import Testing

@testable import Store

/// What is kept of open requests.
struct PreviewTests {
    private static func preview(_ request: Int, of repository: String = "infra") -> StoredPreview {
        var preview = StoredPreview(repository: repository, request: request, seen: 5)
        (preview.title, preview.author, preview.url) = ("A title", "ada", "https://forge.example/\(request)")
        (preview.head, preview.base, preview.baseCommit) = ("8a01b44", "main", "3f2c9e1")
        preview.state = .ready
        (preview.summary, preview.note) = ("1 to create", "approved")
        preview.plans = ["shop": "7d4fa1", "blog": "91c2"]
        (preview.stamp, preview.lastComment, preview.ended) = ("stamp", 12, 9)
        (preview.told, preview.comment, preview.body) = ("success", "# Words", Array("{}".utf8))
        return preview
    }

    @Test func `a request is kept with what is told of it, until it is closed`() throws {
        let store = try Store.inMemory()
        let message = OutboxMessage(target: "forge/infra", eventType: "comment", body: [1], created: 3)
        try store.keep(Self.preview(7), telling: [message])
        #expect(try store.preview("infra", 7) == Self.preview(7))
        #expect(try store.due(now: 10, limit: 5).map(\.id) == [message.id])
        var newer = Self.preview(7)
        (newer.state, newer.plans, newer.ended) = (.waiting, [:], nil)
        try store.keep(newer)
        try store.keep(Self.preview(12))
        try store.keep(Self.preview(7, of: "other"))
        #expect(try store.preview("infra", 7) == newer)
        newer.body = []
        #expect(try store.previews(of: "infra").map(\.request) == [12, 7])
        #expect(try store.previews(of: "infra").last == newer, "a list holds no reports")
        try store.forgetPreview("infra", 7)
        #expect(try store.preview("infra", 7) == nil)
        #expect(try store.preview("other", 7) != nil)
        try store.forgetPreviews(except: ["infra"])
        #expect(try store.previews(of: "other").isEmpty && store.previews(of: "infra").count == 1)
    }

    @Test func `what does not fit into the outbox keeps nothing`() throws {
        let store = try Store.inMemory()
        try store.write { try $0.execute(sql: "DROP TABLE outbox") }
        let message = OutboxMessage(target: "forge/infra", eventType: "comment", body: [1], created: 3)
        #expect(throws: StoreError.self) { try store.keep(Self.preview(7), telling: [message]) }
        #expect(try store.preview("infra", 7) == nil)
    }

    @Test func `old reports go, and what they came to stays`() throws {
        let store = try Store.inMemory()
        try store.keep(Self.preview(7))
        try store.forgetPreviewReports(of: "infra", before: 9)
        #expect(try store.preview("infra", 7)?.body.isEmpty == false)
        try store.forgetPreviewReports(of: "infra", before: 10)
        var kept = Self.preview(7)
        kept.body = []
        #expect(try store.preview("infra", 7) == kept)
    }
}
