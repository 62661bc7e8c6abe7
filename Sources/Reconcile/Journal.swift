import Model
package import Store

/// The loop's way into the store: fenced by its term, with the little that must be known of it at any time.
package actor Journal {
    private let store: Store
    private let term: Int
    private let queue = StoreQueue(label: "martlet.journal")
    private var leases: [ResourceID: Set<Lease>]
    /// Called when messages were put into the outbox.
    private let announced: @Sendable () -> Void
    /// Called before each append; throwing there is a crash, in tests.
    private let beforeAppend: @Sendable () throws -> Void

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Takes over: whoever appended under an earlier term is fenced from here on.
    package init(
        _ store: Store, ledger: Ledger, announced: @escaping @Sendable () -> Void = {},
        beforeAppend: @escaping @Sendable () throws -> Void = {}
    ) throws(StoreError) {
        term = try store.takeOver()
        (self.store, self.announced, self.beforeAppend) = (store, announced, beforeAppend)
        leases = ledger.leases
    }

    func append(_ entries: [Entry], history: [HistoryEvent] = [], outbox: [OutboxMessage] = []) throws {
        guard !entries.isEmpty || !history.isEmpty || !outbox.isEmpty else { return }
        try beforeAppend()
        try store.append(entries, history: history, outbox: outbox, term: term)
        if !outbox.isEmpty { announced() }
        for entry in entries {
            switch entry {
            case .lease(let lease): leases[lease.consumer, default: []].insert(lease)
            case .revoked(let lease):
                leases[lease.consumer]?.remove(lease)
                if leases[lease.consumer]?.isEmpty ?? false { leases[lease.consumer] = nil }
            case .moved(let old, let new):
                for var lease in leases.removeValue(forKey: old) ?? [] {
                    lease.consumer = new
                    leases[new, default: []].insert(lease)
                }
            default: break
            }
        }
    }

    /// Throws when another controller has taken over.
    func check() throws(StoreError) { try store.append([], history: [], outbox: [], term: term) }

    /// Of those of `consumers` that have any.
    func leases(of consumers: Set<ResourceID>) -> [(consumer: ResourceID, leases: Set<Lease>)] {
        consumers.compactMap { consumer in leases[consumer].map { (consumer, $0) } }
    }
}
