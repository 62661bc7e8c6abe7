/// How instances take each other's places. `target` is the version that shall run.
extension Rollout {
    private var live: [Instance] { instances.filter { $0.phase == .live } }
    private var leavingCount: Int { instances.count { $0.phase == .leaving } }

    func stopAll() -> [Action] {
        instances.compactMap { instance -> Action? in
            switch instance.phase {
            case .live: .stop(serial: instance.serial)
            case .leaving: nil
            case .completed, .failed: goal.count == 0 ? .discard(serial: instance.serial) : nil
            }
        }
    }

    /// Two versions of a batch job are never there at once.
    func replaceBatch() -> [Action] {
        let old = instances.filter { $0.version != goal.version }
        var actions = old.compactMap { instance -> Action? in
            switch instance.phase {
            case .live: .stop(serial: instance.serial)
            case .leaving: nil
            case .completed, .failed: .discard(serial: instance.serial)
            }
        }
        let own = instances.filter { $0.version == goal.version && $0.phase != .leaving }
        let isClear = leavingCount == 0 && !old.contains { $0.phase == .live }
        if isClear, deployment.outcome == .running {
            actions += repeatElement(.start(version: goal.version), count: max(0, goal.count - own.count))
        }
        return actions
    }

    func replace(with target: String) -> [Action] {
        let discards = instances.filter { $0.version != target && $0.phase.isOver }.map {
            Action.discard(serial: $0.serial)
        }
        let surplus = shedSurplus(of: target)
        return discards + (surplus.isEmpty ? retire(for: target) : surplus) + starts(of: target)
    }

    /// The new ones: as many as are missing, and beside the old ones as many as `maxParallel` has room for.
    private func starts(of target: String) -> [Action] {
        let own = live.filter { $0.version == target }
        let failed = instances.count { $0.version == target && $0.phase.isOver }
        let needed = goal.count - failed - own.count
        let vacant = max(0, goal.count - failed - live.count)
        let unproved = own.count { !$0.hasProved }
        let surge = goal.startsFirst ? max(0, min(goal.maxParallel - unproved, needed - vacant)) : 0
        let limit = goal.startsFirst ? goal.count + goal.maxParallel : goal.count
        let room = limit - live.count - leavingCount
        let count = min(room, needed, vacant + surge)
        return Array(repeatElement(.start(version: target), count: max(0, count)))
    }

    /// The old ones that may go: with the new first, as many as have proved successors; else as many as `maxParallel`
    /// has room for.
    private func retire(for target: String) -> [Action] {
        let (own, old) = (live.filter { $0.version == target }, live.filter { $0.version != target })
        guard !old.isEmpty else { return [] }
        let proved = own.count { $0.hasProved && $0.healthySince != nil }
        let surplus = proved + old.count - goal.count
        let unproved = own.count { !$0.hasProved }
        let allowed = goal.startsFirst ? surplus : max(surplus, goal.maxParallel - unproved - leavingCount)
        return stop(upTo: allowed, of: old.sorted { $0.isMoreExpendable(than: $1, newestFirst: false) })
    }

    /// More of one version than there shall be: the newest go first. With no target, more than there shall be in all.
    func shedSurplus(of target: String?) -> [Action] {
        let own = live.filter { target == nil || $0.version == target }
        let failed = instances.count { $0.version == target && $0.phase.isOver }
        return stop(
            upTo: own.count + failed - goal.count,
            of: own.sorted { $0.isMoreExpendable(than: $1, newestFirst: true) })
    }

    /// As many of these, in their order, as leaves enough healthy ones.
    private func stop(upTo limit: Int, of candidates: [Instance]) -> [Action] {
        var healthy = live.count { $0.healthySince != nil }
        var actions: [Action] = []
        for instance in candidates where actions.count < limit {
            if instance.healthySince != nil {
                guard healthy - 1 >= goal.count - goal.maxParallel else { break }
                healthy -= 1
            }
            actions.append(.stop(serial: instance.serial))
        }
        return actions
    }
}

extension Rollout.Instance {
    fileprivate func isMoreExpendable(than other: Self, newestFirst: Bool) -> Bool {
        guard (healthySince == nil) == (other.healthySince == nil) else { return healthySince == nil }
        return newestFirst ? serial > other.serial : serial < other.serial
    }
}

extension Rollout.Instance.Phase {
    var isOver: Bool {
        switch self {
        case .live, .leaving: false
        case .completed, .failed: true
        }
    }
}
