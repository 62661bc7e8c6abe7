import Model
import Store

extension Picture {
    /// Takes what the configuration says of its sources. One that is no longer there keeps its resources.
    mutating func configure(_ policies: [String: SourcePolicy]) {
        for (name, policy) in policies {
            var state = sources[name] ?? SourceState(policy: policy)
            let isChanged = state.policy != policy || !state.isConfigured
            (state.policy, state.isConfigured, state.isDestroyed) = (policy, true, false)
            if let record = state.record {
                let isSame = record.grants == policy.grants && record.repository == policy.origin
                if record.isDestroyed || !isSame { changedSources.insert(name) }
                if !record.repository.isEmpty, record.repository != policy.origin {
                    happenings.append(.relocated(name, from: record.repository, to: policy.origin))
                }
            }
            state.record?.isDestroyed = false
            sources[name] = state
            countReviews(of: name)
            if isChanged { retry(idsBySource[name]) }
        }
        for name in sources.keys where policies[name] == nil { leave(name) }
    }

    /// What a dropped source made stays as it is, and nothing is known of what git asks for there.
    private mutating func leave(_ name: String) {
        sources[name]?.isConfigured = false
        sources[name]?.isLoaded = false
        sources[name]?.withheld = nil
        sources[name]?.outstanding = []
        for id in idsBySource[name] {
            release(id)
            setPending(nil, of: id)
            if nodes[id]?.manifest != nil { setManifest(nil, of: id) }
            dirty.insert(id)
        }
    }

    /// Forgets why nothing was done about these, so that they are tried again.
    mutating func retry(_ ids: some Sequence<ResourceID>) {
        for id in ids where nodes[id]?.unanswered == nil {
            nodes[id]?.attempts = 0
            release(id)
            setPending(nil, of: id)
            dirty.insert(id)
            stale.insert(id)
        }
    }

    /// Takes a load whole or, where it has an error, not at all.
    mutating func take(_ load: Load, now: Int) {
        guard sources[load.source]?.isConfigured ?? false else { return }
        guard !load.isRefused else { return refuse(load, load.problems, now: now) }
        let load = sources[load.source]?.withheld.map(load.following) ?? load
        let conflicts = conflicts(of: load)
        sources[load.source]?.withheld = conflicts.isEmpty ? nil : load
        guard conflicts.isEmpty else { return refuse(load, load.problems + conflicts, now: now) }
        var removed = load.removed
        if load.isWhole {
            for id in idsBySource[load.source] where load.manifests[id] == nil {
                removed.insert(id)
                guard nodes[id]?.manifest == nil else { continue }
                dirty.insert(id)
                if nodes[id]?.seen == nil { stale.insert(id) }
            }
        }
        for manifest in load.manifests.values { move(manifest) }
        for (id, manifest) in load.manifests {
            setManifest(manifest, of: id)
            let until = manifest.options.suspend?.until.map { $0 * 1000 }
            resuming[.manifest(id)] = until.flatMap { $0 > now ? $0 : nil }
        }
        for id in removed where nodes[id]?.manifest?.source == load.source { setManifest(nil, of: id) }
        // Half of a load may have a circle where references are turned round.
        for id in load.manifests.keys { raise(id) }
        followCreatesFirst()
        begin(load, removed: removed, now: now)
    }

    /// Somebody has let go of what a withheld load may have asked for.
    mutating func takeWithheld(now: Int) {
        guard hasLetGo else { return }
        hasLetGo = false
        for load in sources.values.compactMap(\.withheld) { take(load, now: now) }
    }
    var mayTakeWithheld: Bool { hasLetGo && sources.values.contains { $0.withheld != nil } }

    private mutating func setManifest(_ manifest: Manifest?, of id: ResourceID) {
        let before = nodes[id]?.manifest
        if let before, let manifest, before.asksForTheSame(as: manifest) {
            nodes[id]?.manifest = manifest
            return
        }
        for other in before?.dependencies ?? [] { nodes[other]?.dependants.remove(id) }
        if manifest?.options.suspend?.until != nil { lapsing.insert(id) } else { lapsing.remove(id) }
        let reads = manifest.map { $0.dataType != nil && !$0.dependsOn.isEmpty } ?? false
        if reads { readers.insert(id) } else { readers.remove(id) }
        if !creatingFirst.isEmpty { isOrderOld = true }
        if manifest?.createsFirst ?? false { creatingFirst.insert(id) } else { creatingFirst.remove(id) }
        if !creatingFirst.isEmpty { isOrderOld = true }
        if before?.engine != manifest?.engine {
            if nodes[id]?.record == nil { setPending(nil, of: id) }
            if nodes[id]?.held?.isBlind == false { release(id) }
        }
        var manifest = manifest
        if let record = nodes[id]?.record, record.manifest == manifest?.spec {
            manifest?.spec = record.manifest
        }
        change(id) { $0.manifest = manifest }
        if manifest == nil { hasLetGo = true }
        for other in manifest?.dependencies ?? [] { nodes[other, default: Node()].dependants.insert(id) }
        nodes[id]?.attempts = 0
        reconsider(id)
        dirty.insert(id)
        // What a reference to a secret gives is found by looking, not by making it so.
        if nodes[id]?.seen == nil || manifest?.layer == .secure { stale.insert(id) }
        if let manifest, manifest.options.adopt != before?.options.adopt { stale.insert(id) }
    }

    /// Lifts the ranks of whoever comes after; the graph has no cycle (see `conflicts`).
    private mutating func raise(_ id: ResourceID) {
        var pending = [id]
        while let id = pending.popLast(), let node = nodes[id] {
            let rank = (node.manifest?.dependencies ?? []).reduce(0) { max($0, (nodes[$1]?.rank ?? 0) + 1) }
            guard rank > node.rank else { continue }
            nodes[id]?.rank = rank
            pending.append(contentsOf: node.dependants)
        }
    }

    /// A record follows its manifest's new name, inside one source and where the configuration allows it.
    private mutating func move(_ manifest: Manifest) {
        guard let old = manifest.options.movedFrom, let node = nodes[old],
            grantsMove(of: manifest), nodes[manifest.id]?.record == nil
        else { return }
        if let step = node.unanswered, (node.record?.source ?? step.manifest?.source) == manifest.source {
            awaitedMoves[old] = manifest.id
            return
        }
        guard let record = node.record, record.source == manifest.source else { return }
        moves.append((old, manifest.id))
        for user in node.users {
            nodes[user]?.record?.dependencies.remove(old)
            nodes[user]?.record?.dependencies.insert(manifest.id)
            nodes[manifest.id, default: Node()].users.insert(user)
        }
        nodes[old]?.users = []
        nodes[manifest.id, default: Node()].seen = nil
        setPending(nil, of: old)
        setRecord(nil, of: old)
        setRecord(record, of: manifest.id)
        nodes[old]?.seen = nil
        resuming[.person(subject: old.description)] = nil
        for var said in (decisions.removeValue(forKey: old.description) ?? [:]).values {
            said.subject = manifest.id.description
            keep(said)
        }
        stale.insert(manifest.id)
        happenings.append(.moved(from: old, to: manifest.id))
    }
    /// The old name's step has ended: now there is something to move, or nothing.
    mutating func takeAwaitedMove(from old: ResourceID) {
        guard let new = awaitedMoves.removeValue(forKey: old) else { return }
        if let manifest = nodes[new]?.manifest, manifest.options.movedFrom == old { move(manifest) }
        dirty.formUnion([old, new])
        stale.insert(new)
    }

    private func grantsMove(of manifest: Manifest) -> Bool {
        sources[manifest.source]?.policy.grants.mayAdopt ?? false
    }

    /// What only all sources together can tell: one owner for each id, and no cycle across sources.
    private func conflicts(of load: Load) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        for (id, manifest) in load.manifests {
            let place = ManifestLocation(file: manifest.file, line: 1, column: 1)
            if let owner = nodes[id]?.source, owner != load.source {
                problems.append(
                    Diagnostic(
                        at: place, "\(id) belongs to source '\(owner)'",
                        hint:
                            "declare it in one source only, or end the other with 'martlet source forget \(owner)'"
                    ))
            }
        }
        let foreign = load.manifests.values.filter { manifest in
            manifest.dependencies.contains {
                load.manifests[$0] == nil && nodes[$0]?.manifest?.source != load.source
            }
        }
        for manifest in foreign.sorted(by: { $0.id < $1.id }) {
            guard let circle = circle(through: manifest.id, load) else { continue }
            let text = circle.map(\.description).joined(separator: " → ")
            problems.append(
                Diagnostic(
                    at: ManifestLocation(file: manifest.file, line: 1, column: 1),
                    "reference cycle across sources: \(text)"))
            break
        }
        return problems
    }
    private func circle(through start: ResourceID, _ load: Load) -> [ResourceID]? {
        var visited: Set<ResourceID> = []
        var path: [(id: ResourceID, rest: [ResourceID])] = [(start, next(after: start, load))]
        while let last = path.indices.last {
            guard let id = path[last].rest.popLast() else {
                path.removeLast()
                continue
            }
            if id == start { return path.map(\.id) + [start] }
            if visited.insert(id).inserted { path.append((id, next(after: id, load))) }
        }
        return nil
    }
    private func next(after id: ResourceID, _ load: Load) -> [ResourceID] {
        Array((load.manifests[id] ?? nodes[id]?.manifest)?.dependencies ?? [])
    }
}
