import Model
import Reconcile
import Store

/// One source of a picture, as one report looks at it: what is asked twice is found once.
struct SourceView {
    let picture: Picture
    let name: String
    let now: Int
    let state: SourceState?
    let place: (Manifest, FieldPath) -> ManifestLocation?
    /// Its resources that there may be something to say about, in the order of their ids.
    let notable: [ResourceID]
    /// Whatever can't move by itself, in all sources: held, or waiting for what is.
    let stuck: Set<ResourceID>
    let deletes: HeldDeletes?

    init(
        _ picture: Picture, _ name: String, now: Int,
        place: @escaping (Manifest, FieldPath) -> ManifestLocation? = { _, _ in nil }
    ) {
        (self.picture, self.name, self.now, self.place) = (picture, name, now, place)
        state = picture.sources[name]
        let all = picture.notable
        notable = all.filter { picture.nodes[$0]?.source == name }.sorted()
        stuck = picture.stuck(among: all)
        deletes = picture.heldDeletes(of: name)
    }

    var madeAt: Timestamp { Timestamp(milliseconds: now) }
    var project: String { picture.project(of: name) }
    var commit: ReportedCommit? { picture.commit(of: name) }

    /// How many of its resources are in one of these states.
    func count(_ states: ResourceState..., in layer: Layer? = nil) -> Int {
        (state?.tally ?? [:]).reduce(0) { sum, tally in
            layer == nil || layer == tally.key ? states.reduce(sum) { $0 + (tally.value[$1] ?? 0) } : sum
        }
    }
    var resourceCount: Int { (state?.tally ?? [:]).values.reduce(0) { $0 + $1.values.reduce(0, +) } }

    /// What deserves a word though nothing is wrong with it.
    var warnings: [Notice] {
        let observed = notable.flatMap { id in
            said(of: id).map { Notice($0.safeForDisplay, of: id) }
        }
        let lapsed = picture.lapsing.compactMap { id -> Notice? in
            guard picture.nodes[id]?.source == name,
                let until = picture.nodes[id]?.manifest?.options.suspend?.until, until * 1000 <= now
            else { return nil }
            return Notice(
                "its suspension ended \(Timestamp(seconds: until).ago(madeAt))", of: id,
                hint: "take 'suspend' out of its manifest")
        }
        let ended = picture.decisions.compactMap { subject, said -> Notice? in
            guard let until = said[.suspend]?.until, until * 1000 <= now, let id = ResourceID(subject),
                picture.nodes[id]?.source == name
            else { return nil }
            return Notice(
                "its suspension ended \(Timestamp(seconds: until).ago(madeAt))", of: id,
                hint: "forget it with 'martlet resume \(id.named(in: project))'")
        }
        return observed + (ended + lapsed).sorted { ($0.id?.description ?? "") < ($1.id?.description ?? "") }
    }
}

extension SourceView {
    /// What its engine says of what stands, and of what is to be changed: the same words once.
    func said(of id: ResourceID) -> [String] {
        guard let node = picture.nodes[id] else { return [] }
        let planned = node.pending?.change.warnings ?? []
        let seen = node.seen?.warning?.split(whereSeparator: \.isNewline).map(String.init) ?? []
        return planned + seen.filter { !planned.contains($0) }
    }
}

extension Picture {
    /// The project that a source's resources are named without.
    func project(of source: String) -> String {
        let projects = sources[source]?.policy.grants.projects ?? []
        return projects.contains(source) ? source : projects.min() ?? source
    }
    /// Nil before one was loaded.
    func commit(of source: String) -> ReportedCommit? {
        guard let record = sources[source]?.record, !record.commit.isEmpty else { return nil }
        return ReportedCommit(record.commit, record.summary)
    }

    /// The first 12 hex digits: as people see it, and may write it.
    func shortPlanDigest(of source: String) -> String { String(planDigest(of: source).prefix(12)) }

    func heldDeletes(of source: String) -> HeldDeletes? {
        guard let state = sources[source] else { return nil }
        let ids = state.deletions.filter { blockers(of: $0).contains(.deleteBudget(source: source)) }
        guard !ids.isEmpty else { return nil }
        return HeldDeletes(
            pending: state.deletions.count, budget: state.policy.maxDeletes.limit(of: state.recordedCount),
            digest: deletesDigest(of: source), ids: ids.sorted())
    }

    /// From those that are held, along whoever waits for them.
    fileprivate func stuck(among notable: Set<ResourceID>) -> Set<ResourceID> {
        var stuck = notable.filter(isHeld)
        var rest = Array(stuck)
        while let id = rest.popLast(), let node = nodes[id] {
            let waiting = node.dependants.union(node.record?.dependencies ?? [])
            for other in waiting where !stuck.contains(other) && nodes[other]?.pending != nil {
                let isBlocked = blockers(of: other).contains { $0.other == id }
                if isBlocked, stuck.insert(other).inserted { rest.append(other) }
            }
        }
        return stuck
    }
    /// By itself, and not through others.
    private func isHeld(_ id: ResourceID) -> Bool {
        guard let node = nodes[id], !node.isInFlight else { return false }
        if node.held != nil || node.unanswered != nil { return true }
        guard node.pending != nil else { return node.state == .failed }
        return blockers(of: id).contains { blocker in
            switch blocker {
            case .restraint, .deleteBudget, .review: true
            case .dependency(let other, _): nodes[other]?.manifest == nil
            case .user, .place, .unknown: false
            }
        }
    }
}

extension Blocker {
    /// The resource that has to move first.
    var other: ResourceID? {
        switch self {
        case .dependency(let id, _), .user(let id), .place(let id): id
        case .unknown(let reference): reference.id
        case .restraint, .deleteBudget, .review: nil
        }
    }
}
