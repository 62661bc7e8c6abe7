import Foundation
import Testing

@testable import Store

struct OutboxTests {
    @Test func `messages of one key leave one after the other, others beside them`() throws {
        let store = try Store.inMemory()
        try store.enqueue([
            .sample("msg_1", key: "shop"), .sample("msg_2", key: "shop"), .sample("msg_3", key: "blog"),
            .sample("msg_4"), .sample("msg_5"), .sample("msg_6", key: "shop", target: "mail"),
        ])
        #expect(try store.due(now: 0).map(\.id) == ["msg_1", "msg_3", "msg_4", "msg_5", "msg_6"])
        #expect(try store.due(now: 0, limit: 2).map(\.id) == ["msg_1", "msg_3"])
        try store.delivered("msg_1", at: 1)
        #expect(try store.due(now: 0, limit: 1).map(\.id) == ["msg_2"])
    }

    @Test func `a message that failed waits, holds back its followers, and keeps its id`() throws {
        let store = try Store.inMemory()
        try store.enqueue([.sample("msg_1", key: "shop", at: 100), .sample("msg_2", key: "shop", at: 100)])
        #expect(try store.due(now: 99).isEmpty)
        #expect(try store.nextDue() == 100)
        #expect(try !store.failed("msg_1", error: "chat answered 503", now: 100, nextAttempt: 900))
        #expect(try store.due(now: 899).isEmpty)
        #expect(try store.nextDue() == 900)
        let again = try #require(try store.due(now: 900).first)
        #expect(again.id == "msg_1" && again.attempts == 1 && again.lastError == "chat answered 503")
    }

    @Test func `a message tried often enough is dead, kept with its error, and out of the way`() throws {
        let store = try Store.inMemory()
        try store.enqueue([.sample("msg_1", key: "shop"), .sample("msg_2", key: "shop")])
        for attempt in 1...3 {
            let isDead = try store.failed(
                "msg_1", error: "try \(attempt)", now: attempt, nextAttempt: attempt, giveUpAfter: 3)
            #expect(isDead == (attempt == 3))
        }
        #expect(try store.due(now: 9).map(\.id) == ["msg_2"])
        #expect(try store.dead().map(\.lastError) == ["try 3"])
        #expect(try store.outboxDepth() == OutboxDepth(waiting: 1, dead: 1, oldest: 0))
        try store.delivered("msg_1", at: 5)
        #expect(try store.outboxDepth().dead == 1)
    }

    @Test func `a message comes back whole after a restart, and is not taken twice`() throws {
        let place = try Workplace()
        var message = OutboxMessage(
            target: "café", eventType: "drift.found", body: [0x7b, 0xff, 0x00, 0x7d], created: 5,
            orderKey: "k")
        try place.write([], outbox: [message])
        let store = try place.open()
        var copy = message
        copy.body = []
        try store.enqueue([copy])
        #expect(try store.due(now: 5) == [message])
        try store.failed(message.id, error: "no answer", now: 6, nextAttempt: 7)
        (message.attempts, message.nextAttempt, message.lastError) = (1, 7, "no answer")
        #expect(try store.due(now: 7) == [message])
        #expect(try store.outboxDepth().waiting == 1)
    }

    @Test func `ids are new each time, and of the agreed form`() {
        let ids = Set((0..<200).map { _ in OutboxMessage.freshID() })
        #expect(ids.count == 200)
        let letters = Set("abcdefghijklmnopqrstuvwxyz234567")
        #expect(
            ids.allSatisfy {
                $0.hasPrefix("msg_") && $0.count == 30 && letters.isSuperset(of: $0.dropFirst(4))
            })
    }
}
