import Model

/// Resources that want each other's places: none can be made before another is gone, so each gives up its own first.
extension Picture {
    /// Remembers whose place a held one waits for, before it is held or released.
    mutating func setAwaited(_ other: ResourceID?, by id: ResourceID) {
        if let before = nodes[id]?.held?.error.occupant {
            awaitingPlace[before]?.remove(id)
            if awaitingPlace[before]?.isEmpty ?? false { awaitingPlace[before] = nil }
        }
        guard let other else { return }
        awaitingPlace[other, default: []].insert(id)
        consider(other)
    }

    /// Who can't be settled before `id` has left the place where it was.
    func queue(behind id: ResourceID) -> Set<ResourceID> {
        var found = awaitingPlace[id] ?? []
        var rest = Array(found)
        while let next = rest.popLast() {
            for other in nodes[next]?.dependants ?? [] where found.insert(other).inserted {
                rest.append(other)
            }
        }
        return found
    }

    /// The others of a circle in which each wants the place of the next; nil where one of them stays where it is, or
    /// has something that only the world knows and that would be lost on the way.
    private func circle(through id: ResourceID) -> [ResourceID]? {
        var (others, current) = ([ResourceID](), id)
        var visited: Set<ResourceID> = []
        while visited.insert(current).inserted, let node = nodes[current], node.maySwap,
            let next = node.awaited
        {
            if next == id { return others }
            others.append(next)
            current = next
        }
        return nil
    }

    /// Plans once more those that only wait for each other's places.
    mutating func planSwaps(with engines: [String: any Engine], policy: Policy, now: Int) async {
        var waiting: [ResourceID: Held] = [:]
        for id in Set(crowded.flatMap { [$0] + (circle(through: $0) ?? []) }) {
            guard let held = nodes[id]?.held, let others = circle(through: id) else { continue }
            (yielding[id], waiting[id]) = (others, held)
        }
        for id in waiting.keys {
            nodes[id]?.attempts -= 1
            release(id)
            dirty.insert(id)
        }
        if !waiting.isEmpty { await planDirty(with: engines, policy: policy, now: now) }
        (crowded, yielding) = ([], [:])
        dropSwaps(waiting, now: now)
    }

    /// Where one does not give up its place after all, the others stay where they are.
    private mutating func dropSwaps(_ waiting: [ResourceID: Held], now: Int) {
        for id in swapping {
            let isOff = nodes[id]?.pending?.swap.contains { stays($0, wantedBy: id) } ?? false
            guard isOff else { continue }
            setPending(nil, of: id)
            dirty.insert(id)
            guard let held = waiting[id] else { continue }
            hold(id, held.error, spec: held.spec, now: now, retryAt: held.retryAt)
        }
    }
    private func stays(_ other: ResourceID, wantedBy id: ResourceID) -> Bool {
        guard let node = nodes[other], node.record != nil, node.unanswered == nil else { return false }
        return !(node.pending?.swap.contains(id) ?? false)
    }

    /// Whether `other` has given up its place, or could do so at once.
    func isLeaving(_ other: ResourceID, wantedBy id: ResourceID) -> Bool {
        guard let node = nodes[other], node.record != nil else { return true }
        if let step = node.unanswered { return step.verb == .delete && node.isInFlight }
        guard let pending = node.pending, pending.swap.contains(id), node.held == nil else { return false }
        return isFree(other, node, pending)
    }
}

extension Node {
    /// Whose place it is to have.
    fileprivate var awaited: ResourceID? { held?.error.occupant ?? pending?.swap.first }
    fileprivate var maySwap: Bool {
        record != nil && unanswered == nil && !isSuspended && record?.engine == manifest?.engine
            && manifest?.options.ignore.isEmpty == true
    }
}
