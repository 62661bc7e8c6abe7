import Foundation
import GRDB
import Testing

@testable import Store

struct ToldTests {
    private static func message(_ id: String, _ memories: [OutboxMessage.Memory], target: String = "chat")
        -> OutboxMessage
    {
        var message = OutboxMessage.sample(id, target: target)
        message.memories = memories
        return message
    }

    @Test func `what a target was told lasts with its message, until that is forgotten`() throws {
        let place = try Workplace()
        try place.write(
            [],
            outbox: [
                Self.message("msg_1", [.keeps(topic: "commit.failed shop", matter: "a", since: 5)]),
                Self.message("msg_2", [.keeps(topic: "waiting shop", matter: "b", since: 6)]),
                Self.message("msg_3", [.keeps(topic: "waiting shop", matter: "c", since: 7)], target: "mail"),
            ])
        try place.write(
            [], outbox: [Self.message("msg_4", [.keeps(topic: "commit.failed shop", matter: "d", since: 5)])])
        let store = try place.open()
        defer { store.close() }
        let failed = Told(
            target: "chat", topic: "commit.failed shop", matter: "d", message: "msg_4", since: 5)
        #expect(
            try store.told(of: ["chat"]) == [
                failed, Told(target: "chat", topic: "waiting shop", matter: "b", message: "msg_2", since: 6),
            ])
        try store.enqueue([Self.message("msg_5", [.forgets(topic: "waiting shop")])])
        #expect(try store.told(of: ["chat", "mail"]).map(\.target) == ["chat", "mail"])
        try store.forgetTold(except: ["mail"], sources: ["shop"])
        #expect(try store.told(of: ["chat", "mail"]).map(\.target) == ["mail"])
    }

    @Test func `a source that the configuration has no more leaves nothing of what was told and heard of it`()
        throws
    {
        let store = try Store.inMemory()
        _ = try store.accept([
            Delivery(route: "forge", ids: [], sources: ["shop", "blog"], asks: true, receivedAt: 5)
        ])
        try store.enqueue([
            Self.message("msg_1", [.keeps(topic: "commit.failed shop", matter: "a", since: 5)]),
            Self.message("msg_2", [.keeps(topic: "status blog 8a01b44", matter: "b", since: 6)]),
            Self.message("msg_3", [.keeps(topic: "status shop 8a01b44", matter: "c", since: 7)]),
        ])
        try store.forgetTold(except: ["chat"], sources: ["blog"])
        #expect(try store.told(of: ["chat"]).map(\.topic) == ["status blog 8a01b44"])
        #expect(try store.hearing(of: "shop") == nil && store.hearing(of: "blog") != nil)
    }

    @Test func `a message that was begun stays so until an answer is known`() throws {
        let store = try Store.inMemory()
        try store.enqueue([.sample("msg_1", key: "k"), .sample("msg_2", key: "k"), .sample("msg_3")])
        try store.begun("msg_1", at: 5)
        let due = try store.due(now: 0)
        #expect(due.map(\.id) == ["msg_1", "msg_3"])
        #expect(due.map(\.begun) == [5, nil] && due.map(\.isFollowed) == [true, false])
        try store.failed("msg_1", error: "lost", now: 6, nextAttempt: 7, isUnanswered: true)
        #expect(try store.due(now: 7).first { $0.id == "msg_1" }?.begun == 5)
        try store.failed("msg_1", error: "answered 403", now: 8, nextAttempt: 9)
        #expect(try store.due(now: 9).first { $0.id == "msg_1" }?.begun == nil)
    }

    @Test func `one that is overtaken makes way, and one that is postponed waits without being tried`() throws
    {
        let store = try Store.inMemory()
        try store.enqueue([.sample("msg_1", key: "k"), .sample("msg_2", key: "k")])
        try store.overtaken("msg_1", at: 5)
        try store.postponed("msg_2", until: 100)
        #expect(try store.due(now: 99).isEmpty && store.nextDue() == 100)
        #expect(try store.due(now: 100).map(\.attempts) == [0])
        #expect(try store.outboxDepth() == OutboxDepth(waiting: 1, dead: 0, oldest: 0))
        try store.prune(before: 6)
        try store.enqueue([.sample("msg_1", key: "k")])
        #expect(try store.outboxDepth().waiting == 2, "it was pruned")
    }

    @Test func `a database of before keeps its messages`() throws {
        let place = try Workplace()
        try place.write([], outbox: [.sample("msg_1")])
        let queue = try DatabaseQueue(path: place.database.path(percentEncoded: false))
        // As the first version left it.
        try queue.write { db in
            try db.execute(
                sql: """
                    DROP TABLE told; ALTER TABLE outbox DROP COLUMN begun;
                    DELETE FROM grdb_migrations WHERE identifier = '5 told, begun'
                    """)
        }
        try queue.close()
        let store = try place.open()
        defer { store.close() }
        #expect(try store.due(now: 0).map(\.begun) == [nil])
        #expect(try store.told(of: ["chat"]) == [])
    }

    @Test func `how each target fares`() throws {
        let store = try Store.inMemory()
        try store.enqueue([
            .sample("msg_1", target: "chat"), .sample("msg_2", target: "chat"),
            .sample("msg_3", target: "mail"),
        ])
        try store.failed("msg_1", error: "answered 503\\nwait", now: 4, nextAttempt: 50)
        try store.delivered("msg_2", at: 9)
        try store.failed("msg_3", error: "gone", now: 7, nextAttempt: 7, giveUpAfter: 0)
        let (chat, mail) = (try store.outboxTargets()[0], try store.outboxTargets()[1])
        #expect(chat.name == "chat" && chat.waiting == 1 && chat.lastDelivered == 9 && chat.nextAttempt == 50)
        #expect(chat.error == "answered 503\\nwait" && chat.errorAt == nil)
        #expect(mail.dead == 1 && mail.waiting == 0 && mail.error == "gone" && mail.errorAt == 7)
    }
}
