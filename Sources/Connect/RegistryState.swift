import Model
import Probe

/// What a registry holds, under its lock.
struct RegistryState {
    typealias Waiter = CheckedContinuation<Void, Never>
    struct Entry {
        /// As it was registered.
        var spec: Value
        var service: Service
        /// What stands behind it as its job says, and what is asked of each.
        var places: [(endpoint: Endpoint, targets: [ProbeTarget])]
        var intent: Int
        var listing: Registry.Listing
    }
    var entries: [ResourceID: Entry] = [:]
    /// The ids, sorted; nil after one has come or gone, until somebody asks.
    var order: [ResourceID]?
    var index: Int
    /// The index at which a service went the last time; any may have gone before the first.
    var lastRemoval: Int
    /// By the service that they wait for; nil is any.
    var waiters: [ResourceID?: [Int: Waiter]] = [:]
    var nextWaiter = 0
    /// Listed before the controller was started, and not asked yet.
    var unsettled: Set<ResourceID> = []
    var isClosed = false

    init(index: Int) { (self.index, lastRemoval) = (index, index) }

    /// Whether somebody who has seen this index has something to learn. Which services have gone is not kept: who waits
    /// for one that is not there looks again when any has gone.
    func isPast(_ seen: Int, _ id: ResourceID?) -> Bool {
        let present = id.map { entries[$0]?.listing.index ?? lastRemoval } ?? index
        return present > seen || seen > index
    }

    /// Counts a change of a service; who waits for it.
    mutating func advance(_ id: ResourceID) -> [Waiter] {
        index += 1
        var woken: [Waiter] = []
        for key in [id, nil] {
            if let waiting = waiters.removeValue(forKey: key) { woken += waiting.values }
        }
        return woken
    }
    /// The same of one that has gone.
    mutating func remove(_ id: ResourceID) -> [Waiter] {
        defer { lastRemoval = index }
        return advance(id)
    }

    mutating func takeWaiter(_ number: Int, of id: ResourceID?) -> Waiter? {
        let waiter = waiters[id]?.removeValue(forKey: number)
        if waiters[id]?.isEmpty ?? false { waiters[id] = nil }
        return waiter
    }
    mutating func takeWaiters() -> [Waiter] {
        defer { waiters = [:] }
        return waiters.values.flatMap(\.values)
    }
}
