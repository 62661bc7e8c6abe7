package import Model
import Probe
import Synchronization

/// What is registered, in memory: it is made again from the records when the controller starts.
package final class Registry: Sendable {
    /// One service, as it is listed.
    package struct Listing: Hashable, Sendable {
        package var id: ResourceID
        package var tags: [String]
        package var meta: [String: String]
        package var allow: [ResourceID]
        package var endpoints: [Endpoint]
        /// The index of its last change.
        package var index: Int
    }
    fileprivate struct Entry {
        /// As it was registered.
        var spec: Value
        var service: Service
        var intent: Int
        var listing: Listing
    }
    fileprivate struct Waiter {
        var id: ResourceID?
        var continuation: CheckedContinuation<Void, Never>
    }
    fileprivate struct State {
        var entries: [ResourceID: Entry] = [:]
        var index: Int
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }
    private let state: Mutex<State>
    private let prober: Prober<ResourceID>

    /// - Parameter start: the first index: milliseconds since 1970, so that no index comes twice in the life of a client.
    init(_ prober: Prober<ResourceID>, start: Int) {
        self.prober = prober
        state = Mutex(State(index: start))
    }

    func spec(of id: ResourceID) -> (spec: Value, intent: Int)? {
        state.withLock { state in state.entries[id].map { ($0.spec, $0.intent) } }
    }
    func service(_ id: ResourceID) -> Service? { state.withLock { $0.entries[id]?.service } }

    /// Lists a service, or what is new of it.
    func register(_ id: ResourceID, _ spec: Value, intent: Int) throws(EngineError) {
        let service = try Service(spec)
        let endpoints = try service.endpoints()
        prober.follow(Set(endpoints.flatMap(service.targets)), for: id)
        let listing = Listing(
            id: id, tags: service.tags, meta: service.meta, allow: service.allow, endpoints: [], index: 0)
        update(id) { state in
            state.entries[id] = Entry(spec: spec, service: service, intent: intent, listing: listing)
        }
    }

    func deregister(_ id: ResourceID) {
        prober.follow([], for: id)
        update(id) { $0.entries[id] = nil }
    }

    /// The verdicts of some checks have changed.
    func refresh(_ ids: Set<ResourceID>) {
        for id in ids { update(id) { _ in } }
    }

    private func update(_ id: ResourceID, _ change: (inout State) -> Void) {
        let woken = state.withLock { state -> [Waiter] in
            let before = state.entries[id]?.listing
            change(&state)
            guard let entry = state.entries[id] else { return before == nil ? [] : state.advance(id) }
            var listing = entry.listing
            listing.endpoints = judged(entry.service)
            listing.index = before?.index ?? 0
            if listing == before { return [] }
            let woken = state.advance(id)
            listing.index = state.index
            state.entries[id]?.listing = listing
            return woken
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// An endpoint is healthy when its job says so and every check does; not yet known while one has no verdict.
    private func judged(_ service: Service) -> [Endpoint] {
        // What can't be read was refused when it was registered.
        let endpoints = (try? service.endpoints()) ?? []
        return endpoints.map { endpoint in
            guard endpoint.isHealthy else { return endpoint }
            var endpoint = endpoint
            let verdicts = service.targets(of: endpoint).map(prober.verdict)
            let bad = verdicts.first { if case .unhealthy = $0 { true } else { false } }
            endpoint.health = bad ?? (verdicts.contains(.unknown) ? .unknown : .healthy)
            return endpoint
        }
    }
}

/// What is asked of it.
extension Registry {
    /// Every service, by id.
    package var listings: (index: Int, services: [Listing]) {
        state.withLock { state in
            (state.index, state.entries.values.map(\.listing).sorted { $0.id < $1.id })
        }
    }
    package func listing(_ id: ResourceID) -> Listing? { state.withLock { $0.entries[id]?.listing } }

    /// Returns once something has a greater index than this, of one service or of all; when `index` is ahead of every
    /// one, at once: the client has it from another controller. Ends early in a cancelled task.
    package func wait(beyond index: Int, of id: ResourceID? = nil) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    let present = id.map { state.entries[$0]?.listing.index ?? 0 } ?? state.index
                    if present > index || index > state.index || Task.isCancelled { return true }
                    state.waiters[number] = Waiter(id: id, continuation: continuation)
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
    }
}

extension Registry.State {
    /// Counts a change of a service; who waits for it.
    fileprivate mutating func advance(_ id: ResourceID) -> [Registry.Waiter] {
        index += 1
        let woken = waiters.filter { $0.value.id == nil || $0.value.id == id }
        for number in woken.keys { waiters[number] = nil }
        return Array(woken.values)
    }
}
