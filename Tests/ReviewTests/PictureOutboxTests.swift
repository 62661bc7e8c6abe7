import Foundation
import Review
import Store
import Testing

enum JSON {
    static func event(_ message: OutboxMessage) throws -> WebhookEvent {
        try JSONDecoder().decode(WebhookEvent.self, from: Data(message.body))
    }
}

/// The store behind the closures that delivery knows.
@Suite("The store's outbox") struct PictureOutboxTests {
    private func message(_ id: String, key: String? = nil) -> OutboxMessage {
        OutboxMessage(id: id, target: "ops", eventType: "waiting", body: [1], created: 5, orderKey: key)
    }

    @Test func `gives what is due, in order, until it is delivered`() async throws {
        let store = try Store.inMemory()
        try store.append(
            [], outbox: [message("msg_a", key: "shop"), message("msg_b", key: "shop"), message("msg_c")],
            term: try store.takeOver())
        let outbox = Outbox.store(store)
        #expect(try await outbox.due(4, 10).isEmpty)
        #expect(try await outbox.nextDue() == 5)
        #expect(try await outbox.due(5, 10).map(\.id) == ["msg_a", "msg_c"])
        #expect(try await outbox.due(5, 1).map(\.id) == ["msg_a"])
        try await outbox.delivered("msg_a", 6)
        #expect(
            try await outbox.due(6, 10)
                == [
                    Outbox.Message(id: "msg_b", target: "ops", body: [1], created: 5),
                    Outbox.Message(id: "msg_c", target: "ops", body: [1], created: 5),
                ])
    }

    @Test func `tries as often as the schedule says, and gives up only when told`() async throws {
        let store = try Store.inMemory()
        try store.append([], outbox: [message("msg_a")], term: try store.takeOver())
        let outbox = Outbox.store(store)
        for attempt in 1...40 { try await outbox.failed("msg_a", "answered 503", attempt, attempt + 10) }
        #expect(try await outbox.due(100, 10).map(\.attempts) == [40])
        try await outbox.failed("msg_a", "answered 410 Gone", 100, nil)
        #expect(try await outbox.due(.max, 10).isEmpty)
        #expect(try store.dead().map(\.lastError) == ["answered 410 Gone"])
    }

    @Test func `says why it can't be read`() async throws {
        let store = try Store.inMemory()
        let outbox = Outbox.store(store)
        store.close()
        await #expect(throws: StoreError.self) { try await outbox.due(0, 1) }
    }
}
