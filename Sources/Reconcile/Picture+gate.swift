package import Model
import Store

/// Why a pending change does not start.
package enum Blocker: Hashable, Sendable {
    case restraint(Restraint)
    /// Another resource must be settled first; `mustBeReady` where it is named by `dependsOn`.
    case dependency(ResourceID, mustBeReady: Bool)
    /// Others were applied while they referred to it, and must go first.
    case user(ResourceID)
    /// It swaps places with another, which can't give up its own yet.
    case place(ResourceID)
    /// An output that nobody gives yet.
    case unknown(Reference)
    /// More deletes are pending in its source than the budget allows: see `Picture.deletesDigest`.
    case deleteBudget(source: String)
    /// A person has to approve the source's plan: see `Picture.planDigest`.
    case review(source: String)
}

extension SourceState {
    var isOverBudget: Bool { deletions.count > policy.maxDeletes.limit(of: recordedCount) }
}

extension Picture {
    /// Whether `id` holds up nobody: nothing is to be done about it, or only reported.
    func isSettled(_ id: ResourceID, mustBeReady: Bool) -> Bool {
        guard let node = nodes[id], node.manifest != nil || node.record == nil, !dirty.contains(id),
            !stale.contains(id)
        else { return false }
        let isIdle = node.pending.map { $0.isDeposed || $0.restraint != nil } ?? true
        guard isIdle && node.held == nil && node.unanswered == nil else { return false }
        guard mustBeReady else { return true }
        return node.seen?.health == .ready && node.seen?.presence == .ours
    }

    /// Why the pending change of `id` can't start now; empty when it can.
    package func blockers(of id: ResourceID) -> [Blocker] {
        guard let node = nodes[id], let pending = node.pending else { return [] }
        let blockers = ownBlockers(of: id, node, pending)
        guard blockers.isEmpty else { return blockers }
        return pending.swap.filter { !isLeaving($0, wantedBy: id) }.map(Blocker.place)
    }

    /// Without those whom it swaps places with.
    private func ownBlockers(of id: ResourceID, _ node: Node, _ pending: Pending) -> [Blocker] {
        var found = Room()
        let blockers = blockersBesideUsers(of: id, node, pending, &found)
        guard pending.takesAwayFirst, node.manifest != nil else { return blockers }
        return blockers + users(leavingBefore: id, &found).map(Blocker.user)
    }
    /// The same as that being empty, found sooner.
    func isFree(_ id: ResourceID, _ node: Node, _ pending: Pending) -> Bool {
        var found = Room()
        guard blockersBesideUsers(of: id, node, pending, &found).isEmpty else { return false }
        return !pending.takesAwayFirst || node.manifest == nil || !hasUsers(leavingBefore: id, &found)
    }

    /// Without those, either, who refer to what is replaced and are to go before it.
    func blockersBesideUsers(of id: ResourceID, _ node: Node, _ pending: Pending, _ found: inout Room)
        -> [Blocker]
    {
        if let restraint = pending.restraint { return [.restraint(restraint)] }
        let policy = policyBlocker(of: id, node, pending).map { [$0] } ?? []
        guard let manifest = node.manifest else {
            return policy + node.users.sorted().map(Blocker.user)
        }
        if pending.isDeposed {
            let users = users(ofDeposed: id, node)
            return node.seen?.health == .ready
                ? users.sorted().map(Blocker.user) : [.dependency(id, mustBeReady: true)]
        }
        var blockers = policy
        // What `id` was applied with, and has to go before.
        var room: Set<ResourceID> = []
        if pending.takesAwayFirst {
            room = Set(node.record?.dependencies ?? []).filter { isMakingRoom($0, &found) }
        }
        func isAwaited(_ other: ResourceID) -> Bool { room.isEmpty || !isBehindRoom(other, &found) }
        for other in manifest.dependencies.sorted() {
            let mustBeReady = manifest.dependsOn.contains(other)
            if nodes[other]?.manifest == nil || !isSettled(other, mustBeReady: mustBeReady), isAwaited(other)
            {
                blockers.append(.dependency(other, mustBeReady: mustBeReady))
            }
        }
        guard blockers.isEmpty, !(pending.asked?.isKnown ?? true) else { return blockers }
        // What goes to make room for another is made anew once that stands.
        return manifest.spec.references.filter { !outputIsKnown($0) && isAwaited($0.id) }.map(Blocker.unknown)
    }
    /// Who can't be ready before what was replaced is gone is not waited for; who has left something, may use it there.
    private func users(ofDeposed id: ResourceID, _ node: Node) -> Set<ResourceID> {
        let behind = queue(behind: id)
        return node.dependants.union(node.users).filter { other in
            guard !behind.contains(other) else { return false }
            let user = nodes[other]
            return !isSettled(other, mustBeReady: true)
                || user?.record?.deposed.isEmpty == false && user?.pending?.restraint == nil
        }
    }
    private func outputIsKnown(_ reference: Reference) -> Bool {
        Expression.reference(reference).resolved { nodes[$0]?.outputs ?? .unknown }.isKnown
    }

    /// Whether the pending change of `id` may start now: the same as `blockers` being empty, found sooner.
    func canStart(_ id: ResourceID) -> Bool {
        guard let node = nodes[id], let pending = node.pending, node.unanswered == nil, node.held == nil,
            node.record?.source == nil || sources[node.record?.source ?? ""]?.isConfigured ?? true
                || sources[node.record?.source ?? ""]?.isDestroyed ?? false
        else { return false }
        return pending.restraint == nil && isFree(id, node, pending)
            && pending.swap.allSatisfy { isLeaving($0, wantedBy: id) }
    }

    private func policyBlocker(of id: ResourceID, _ node: Node, _ pending: Pending) -> Blocker? {
        guard let name = node.source, let source = sources[name], !source.isDestroyed else { return nil }
        if source.deletions.contains(id), source.isOverBudget, !isConfirmed(id) {
            return .deleteBudget(source: name)
        }
        guard source.needsReview, unreviewed(id, node, pending, of: name) != nil else { return nil }
        return .review(source: name)
    }

    /// What a person has to say before the pending change of `id` may start.
    func personBlocker(of id: ResourceID) -> Blocker? {
        guard let node = nodes[id], let pending = node.pending, pending.restraint == nil else { return nil }
        return policyBlocker(of: id, node, pending)
    }

    private func isConfirmed(_ id: ResourceID) -> Bool { decisions[id.description]?[.confirmDeletes] != nil }

    /// The digest that a person names to let a source's pending deletes start.
    package func deletesDigest(of source: String) -> String {
        let lines = (sources[source]?.deletions ?? []).map { id in
            "\(nodes[id]?.manifest == nil ? "delete" : "replace") \(id)"
        }
        return digest(of: lines.sorted().joined(separator: "\n"))
    }
}
