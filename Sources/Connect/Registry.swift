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
    private let state: Mutex<RegistryState>
    private let prober: Prober<ResourceID>
    private let settlesBy = ContinuousClock.now + .seconds(5)

    /// - Parameter start: the first index: milliseconds since 1970, so that no index comes twice in the life of a client.
    init(_ prober: Prober<ResourceID>, start: Int) {
        self.prober = prober
        state = Mutex(RegistryState(index: start))
    }

    /// What was registered, and by which step.
    func registration(of id: ResourceID) -> (spec: Value, service: Service, intent: Int, listing: Listing)? {
        state.withLock { state in
            state.entries[id].map { ($0.spec, $0.service, $0.intent, $0.listing) }
        }
    }

    /// Lists a service, or what is new of it.
    /// - Parameter isRestored: it was listed before the controller was started.
    func register(
        _ id: ResourceID, _ spec: Value, intent: Int, isRestored: Bool = false
    ) throws(EngineError) {
        let service = try Service(spec)
        let places = try service.endpoints().map { (endpoint: $0, targets: service.targets(of: $0)) }
        prober.follow(Set(places.flatMap(\.targets)), for: id)
        let listing = Listing(
            id: id, tags: service.tags, meta: service.meta, allow: service.allow, endpoints: [], index: 0)
        update(id) { state in
            if state.entries[id] == nil { state.order = nil }
            state.entries[id] = RegistryState.Entry(
                spec: spec, service: service, places: places, intent: intent, listing: listing)
            if isRestored { state.unsettled.insert(id) }
        }
    }

    func deregister(_ id: ResourceID) {
        prober.follow([], for: id)
        update(id) { state in (state.entries[id], state.order) = (nil, nil) }
    }

    /// The verdicts of some checks have changed.
    func refresh(_ ids: Set<ResourceID>) {
        for id in ids { update(id) { _ in } }
    }

    private func update(_ id: ResourceID, _ change: (inout RegistryState) -> Void) {
        let woken = state.withLock { state -> [RegistryState.Waiter] in
            let before = state.entries[id]?.listing
            change(&state)
            guard let entry = state.entries[id] else {
                state.unsettled.remove(id)
                return before == nil ? [] : state.remove(id)
            }
            var listing = entry.listing
            listing.endpoints = judged(entry.places)
            listing.index = before?.index ?? 0
            if !listing.endpoints.contains(where: { $0.health == .unknown }) { state.unsettled.remove(id) }
            if listing == before {
                state.entries[id]?.listing = listing
                return []
            }
            let woken = state.advance(id)
            listing.index = state.index
            state.entries[id]?.listing = listing
            return woken
        }
        for waiter in woken { waiter.resume() }
    }

    /// An endpoint is healthy when its job says so and every check does; not yet known while one has no verdict.
    private func judged(_ places: [(endpoint: Endpoint, targets: [ProbeTarget])]) -> [Endpoint] {
        places.map { endpoint, targets in
            guard endpoint.isHealthy, !targets.isEmpty else { return endpoint }
            var endpoint = endpoint
            let verdicts = targets.map(prober.verdict)
            let bad = verdicts.first { if case .unhealthy = $0 { true } else { false } }
            endpoint.health = bad ?? (verdicts.contains(.unknown) ? .unknown : .healthy)
            return endpoint
        }
    }
}

/// What is asked of it.
extension Registry {
    /// Of the last change of any service.
    package var index: Int { state.withLock(\.index) }
    /// Every service, by id.
    package var listings: (index: Int, services: [Listing]) {
        state.withLock { state in
            let order = state.order ?? state.entries.keys.sorted()
            state.order = order
            return (state.index, order.compactMap { state.entries[$0]?.listing })
        }
    }
    package func listing(_ id: ResourceID) -> Listing? { state.withLock { $0.entries[id]?.listing } }
    /// How many wait.
    var waiting: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    /// Returns once something has a greater index than this, of one service or of all; when `index` is ahead of every
    /// one, at once: the client has it from another controller. Ends early in a cancelled task.
    package func wait(beyond index: Int, of id: ResourceID? = nil) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let isClosed = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if state.isPast(index, id) || state.isClosed || Task.isCancelled { return true }
                    state.waiters[id, default: [:]][number] = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
            return state.withLock { $0.isClosed && !$0.isPast(index, id) }
        } onCancel: {
            state.withLock { $0.takeWaiter(number, of: id) }?.resume()
        }
        // Whoever asks again and again until there is another one does so in peace.
        if isClosed { try? await Task.sleep(for: .milliseconds(100)) }
    }
}

/// Its life.
extension Registry {
    /// Whether the checks of what it lists from the time before the controller was started have answered again, or had
    /// the time to: until then nobody is to take for gone what is only not known.
    package var isSettled: Bool {
        ContinuousClock.now > settlesBy || state.withLock { $0.isClosed || $0.unsettled.isEmpty }
    }

    /// Nothing changes any more: nobody waits for it.
    func close() {
        let woken = state.withLock { state in
            state.isClosed = true
            return state.takeWaiters()
        }
        for waiter in woken { waiter.resume() }
    }
}
