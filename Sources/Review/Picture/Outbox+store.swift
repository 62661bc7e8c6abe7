package import Store

extension Outbox {
    /// The store's own outbox. Its calls block until the disk has them, so they run on a thread of their own, one
    /// after the other.
    package static func store(_ store: Store) -> Outbox {
        let stored = StoredOutbox(store)
        return Outbox(
            due: { now, limit in try await stored.due(now: now, limit: limit) },
            nextDue: { try await stored.nextDue() },
            delivered: { id, now in try await stored.delivered(id, at: now) },
            failed: { id, error, now, next in try await stored.failed(id, error, now: now, next: next) })
    }
}

private actor StoredOutbox {
    private let store: Store
    private let queue = StoreQueue(label: "martlet.outbox")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(_ store: Store) { self.store = store }

    func due(now: Int, limit: Int) throws(StoreError) -> [Outbox.Message] {
        try store.due(now: now, limit: limit).map {
            Outbox.Message(
                id: $0.id, target: $0.target, body: $0.body, created: $0.created, attempts: $0.attempts)
        }
    }
    func nextDue() throws(StoreError) -> Int? { try store.nextDue() }
    func delivered(_ id: String, at now: Int) throws(StoreError) { try store.delivered(id, at: now) }

    /// Who delivers decides when to give up, not the number of attempts.
    func failed(_ id: String, _ error: String, now: Int, next: Int?) throws(StoreError) {
        try store.failed(
            id, error: error, now: now, nextAttempt: next ?? now, giveUpAfter: next == nil ? 0 : .max)
    }
}
