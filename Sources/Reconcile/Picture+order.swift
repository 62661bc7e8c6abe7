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

    /// Finds out anew what is made anew before the old one goes; whose change was planned otherwise is planned again.
    mutating func followCreatesFirst() {
        guard isOrderOld else { return }
        isOrderOld = false
        let before = madeFirst
        madeFirst = []
        var rest = Array(creatingFirst)
        while let id = rest.popLast() {
            for other in nodes[id]?.manifest?.dependencies ?? [] where madeFirst.insert(other).inserted {
                rest.append(other)
            }
        }
        for id in before.symmetricDifference(madeFirst) {
            guard let node = nodes[id], node.pending != nil, node.unanswered == nil else { continue }
            setPending(nil, of: id)
            dirty.insert(id)
        }
    }

    /// Who was applied while they referred to `id`, and is to be taken away as well: nothing can go while it is used.
    /// Without those who can't go before others are what they are to be, for these may wait for `id` themselves.
    func users(leavingBefore id: ResourceID, _ found: inout Room) -> [ResourceID] {
        (nodes[id]?.users ?? []).filter { isLeaving($0, &found) }.sorted()
    }
    func hasUsers(leavingBefore id: ResourceID, _ found: inout Room) -> Bool {
        nodes[id]?.users.contains { isLeaving($0, &found) } ?? false
    }
    private func isLeaving(_ id: ResourceID, _ found: inout Room) -> Bool {
        if let known = found.leaving[id] { return known }
        guard let node = nodes[id], node.record != nil else { return false }
        let isLeaving: Bool
        if let pending = node.pending {
            isLeaving = pending.takesAwayFirst || node.manifest == nil && pending.takesAway
        } else {
            // What could not be taken away stands, and is tried again.
            isLeaving = node.held != nil && sources[node.source ?? ""]?.deletions.contains(id) ?? false
        }
        guard isLeaving, node.manifest == nil else {
            found.leaving[id] = isLeaving
            return isLeaving
        }
        // No record is asked about while it is being asked about.
        found.leaving[id] = false
        let isFollowed = found.deeper { found in node.users.allSatisfy { self.isLeaving($0, &found) } }
        found.leaving[id] = isFollowed
        return isFollowed
    }

    /// Whether `id` goes, and waits for nothing but for its users to go.
    func isMakingRoom(_ id: ResourceID, _ found: inout Room) -> Bool {
        if let known = found.making[id] { return known }
        guard let node = nodes[id], let pending = node.pending, node.held == nil, node.unanswered == nil,
            !dirty.contains(id), !stale.contains(id), isLeaving(id, &found)
        else { return false }
        // Where each of some waits for the others to make room, all of them do.
        found.making[id] = true
        let isMaking =
            node.manifest == nil
            ? personBlocker(of: id) == nil
            : found.deeper { blockersBesideUsers(of: id, node, pending, &$0).isEmpty }
        found.making[id] = isMaking
        return isMaking
    }
    /// Whether `id` can't be settled before something is made room for.
    func isBehindRoom(_ id: ResourceID, _ found: inout Room) -> Bool {
        if let known = found.behind[id] { return known }
        guard let node = nodes[id], node.pending != nil, let manifest = node.manifest else { return false }
        let isBehind =
            isMakingRoom(id, &found)
            || found.deeper { found in manifest.dependencies.contains { isBehindRoom($0, &found) } }
        found.behind[id] = isBehind
        return isBehind
    }

    /// Who has to go before `id` may be able to, now that `id` waits for nothing else.
    mutating func callUsers(leavingBefore id: ResourceID) {
        var found = Room()
        guard isMakingRoom(id, &found) else {
            calling.remove(id)
            return
        }
        guard calling.insert(id).inserted else { return }
        for other in users(leavingBefore: id, &found) { consider(other) }
    }
    /// What has changed further away may let some of those go by now. False where it does not.
    mutating func callUsersThatMayGo() -> Bool {
        var found = Room()
        let free = calling.flatMap { users(leavingBefore: $0, &found) }.filter(canStart)
        for id in free { consider(id) }
        return !free.isEmpty
    }
}

/// What one question found out about resources that are replaced, so that none is asked about twice.
struct Room {
    fileprivate var leaving: [ResourceID: Bool] = [:]
    fileprivate var making: [ResourceID: Bool] = [:]
    fileprivate var behind: [ResourceID: Bool] = [:]
    private var depth = 0

    /// Further than this nobody is asked: whoever is so far away is taken to go, and to make room.
    private static let deepest = 200
    fileprivate mutating func deeper(_ body: (inout Room) -> Bool) -> Bool {
        guard depth < Self.deepest else { return true }
        depth += 1
        defer { depth -= 1 }
        return body(&self)
    }
}

extension Pending {
    /// It is replaced, and what stands goes first.
    var takesAwayFirst: Bool {
        change.action == .replace && verb == .delete && !isDeposed && swap.isEmpty && restraint == nil
    }
    /// Of what is no longer asked for, something goes.
    fileprivate var takesAway: Bool { verb == .delete && restraint == nil }
}
