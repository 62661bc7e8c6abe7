package import Store

extension Outbox {
    /// The store's own outbox. Its calls block until the disk has them, so they run on a thread of their own, one
    /// after the other.
    package static func store(_ store: Store) -> Outbox {
        let stored = StoredOutbox(store)
        var outbox = Outbox(
            due: { now, limit in try await stored.due(now: now, limit: limit) },
            nextDue: { try await stored.nextDue() },
            delivered: { id, now in try await stored.delivered(id, at: now) },
            failed: { id, error, now, next in try await stored.failed(id, error, now: now, next: next) })
        outbox.begun = { id, now in try await stored.begun(id, at: now) }
        outbox.lost = { id, error, now, next in try await stored.lost(id, error, now: now, next: next) }
        outbox.postponed = { id, time in try await stored.postponed(id, until: time) }
        outbox.overtaken = { id, now in try await stored.overtaken(id, at: now) }
        return outbox
    }
}

private actor StoredOutbox {
    private let store: Store
    private let queue = StoreQueue(label: "martlet.outbox")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(_ store: Store) { self.store = store }

    func due(now: Int, limit: Int) throws(StoreError) -> [Outbox.Message] {
        try store.due(now: now, limit: limit).map {
            var message = Outbox.Message(
                id: $0.id, target: $0.target, body: $0.body, created: $0.created, attempts: $0.attempts)
            (message.isUnanswered, message.isFollowed) = ($0.begun != nil, $0.isFollowed)
            return message
        }
    }
    func nextDue() throws(StoreError) -> Int? { try store.nextDue() }
    func delivered(_ id: String, at now: Int) throws(StoreError) { try store.delivered(id, at: now) }

    func begun(_ id: String, at now: Int) throws(StoreError) { try store.begun(id, at: now) }
    func postponed(_ id: String, until time: Int) throws(StoreError) {
        try store.postponed(id, until: time)
    }
    func overtaken(_ id: String, at now: Int) throws(StoreError) { try store.overtaken(id, at: now) }

    func lost(_ id: String, _ error: String, now: Int, next: Int) throws(StoreError) {
        try store.failed(
            id, error: error, now: now, nextAttempt: next, isUnanswered: true, giveUpAfter: .max)
    }
    /// Who delivers decides when to give up, not the number of attempts.
    func failed(_ id: String, _ error: String, now: Int, next: Int?) throws(StoreError) {
        try store.failed(
            id, error: error, now: now, nextAttempt: next ?? now, giveUpAfter: next == nil ? 0 : .max)
    }
}
