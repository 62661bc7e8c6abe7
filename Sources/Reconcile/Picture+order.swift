import Model

/// What others' replacements and reads mean for the order in which things happen.
extension Picture {
    /// Whether what is read for `id` may be another once that which it depends on is as it is to be.
    func isEarly(_ id: ResourceID, _ manifest: Manifest) -> Bool {
        manifest.dataType != nil && manifest.dependsOn.contains { !isDone($0) }
    }
    private func isDone(_ id: ResourceID) -> Bool {
        guard let node = nodes[id], node.record != nil else { return false }
        let isIdle = node.pending.map { $0.isDeposed || $0.restraint != nil } ?? true
        return isIdle && node.held == nil && node.unanswered == nil
    }

    /// Those who only read, and do so after `id`.
    func readers(after id: ResourceID) -> [ResourceID] {
        guard !readers.isEmpty, let node = nodes[id] else { return [] }
        return node.dependants.filter {
            readers.contains($0) && nodes[$0]?.manifest?.dependsOn.contains(id) ?? false
        }
    }

    /// Whether anybody who refers to `id`, however far away, is made anew before the old one goes.
    func hasUserThatCreatesFirst(_ id: ResourceID) -> Bool {
        guard !creatingFirst.isEmpty, nodes[id]?.layer == .provision else { return false }
        var (seen, rest) = (Set<ResourceID>(), [id])
        while let next = rest.popLast() {
            for other in nodes[next]?.dependants ?? [] where seen.insert(other).inserted {
                if creatingFirst.contains(other) { return true }
                rest.append(other)
            }
        }
        return false
    }

    /// Who refers to `id` and is to be taken away as well: nothing can go while it is used.
    func users(leavingBefore id: ResourceID) -> [ResourceID] {
        guard let node = nodes[id] else { return [] }
        return node.dependants.union(node.users).filter { nodes[$0]?.isTakenAway ?? false }.sorted()
    }

    /// Whether `id` waits for nothing but for those who refer to it to be taken away.
    func isMakingRoom(_ id: ResourceID, _ found: inout Room) -> Bool {
        if let known = found.making[id] { return known }
        guard let node = nodes[id], let pending = node.pending, pending.takesAwayFirst, node.held == nil,
            node.unanswered == nil, !dirty.contains(id), !stale.contains(id)
        else { return false }
        let isMaking = ownBlockers(of: id, node, pending, &found).allSatisfy { blocker in
            if case .user = blocker { true } else { false }
        }
        found.making[id] = isMaking
        return isMaking
    }
    /// Whether `id` can't be settled before something is made room for.
    func isBehindRoom(_ id: ResourceID, _ found: inout Room) -> Bool {
        if let known = found.behind[id] { return known }
        guard let node = nodes[id], node.pending != nil, let manifest = node.manifest else { return false }
        let isBehind = manifest.dependencies.contains {
            isMakingRoom($0, &found) || isBehindRoom($0, &found)
        }
        found.behind[id] = isBehind
        return isBehind
    }
}

/// What one question found out about resources that are replaced, so that none is asked about twice.
struct Room {
    fileprivate var making: [ResourceID: Bool] = [:]
    fileprivate var behind: [ResourceID: Bool] = [:]
}

extension Node {
    /// Whether it stands, and the next that happens to it is that it goes.
    fileprivate var isTakenAway: Bool {
        guard record != nil, let pending, pending.restraint == nil, !pending.isDeposed else { return false }
        return pending.takesAwayFirst || (manifest == nil && pending.verb == .delete)
    }
}

extension Pending {
    /// It is replaced, and what stands goes first.
    var takesAwayFirst: Bool {
        change.action == .replace && verb == .delete && !isDeposed && swap.isEmpty && restraint == nil
    }
}
