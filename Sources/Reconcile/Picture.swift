package import Model
package import Store

/// All that the loop knows, and the plan that follows from it. A value: a preview is a copy that takes another load.
package struct Picture: Sendable {
    package internal(set) var nodes: [ResourceID: Node] = [:]
    /// The nodes' ids by `Node.source` and `Node.engine`.
    var idsBySource = Groups()
    var idsByEngine = Groups()
    /// What a person wants of this run.
    package internal(set) var focus = Focus()
    package internal(set) var sources: [String: SourceState] = [:]
    /// What people said, by what it is about.
    package internal(set) var decisions: [String: [Decision.Kind: Decision]] = [:]
    /// What requests were said to change, by source and request.
    package internal(set) var previews: [String: [String: ShownPreview]] = [:]
    /// In the order in which they were said.
    package internal(set) var approvals: [PlanApproval] = []
    /// Of the previews, what may be applied, by source.
    var reviewed: [String: [ResourceID: [ReviewedChange]]] = [:]
    /// To be recorded.
    var reviewEntries: [ReviewEntry] = []
    /// Nodes with a change that waits for its turn, or is only reported.
    package internal(set) var changes: Set<ResourceID> = []

    /// To be observed, to be planned, and to be looked at for a start (each once: `Node.isCandidate`).
    var stale: Set<ResourceID> = []
    var dirty: Set<ResourceID> = []
    var candidates: [ResourceID] = []
    /// Whose state may have changed in this pass.
    var touched: Set<ResourceID> = []
    var progressing: Set<ResourceID> = []
    var held: Set<ResourceID> = []
    var due = Deadlines<ResourceID>()
    /// Whose manifest suspends them until a time, be it over or not.
    package internal(set) var lapsing: Set<ResourceID> = []
    /// When suspensions are over by themselves.
    var resuming = Deadlines<Suspending>()
    /// Named by somebody while a step of theirs was under way, so that what it says may be out of date.
    var missed: Set<ResourceID> = []
    /// By the old name, which has a step under way: the name that its record goes to afterwards.
    var awaitedMoves: [ResourceID: ResourceID] = [:]
    /// Who is held because another has its place, by that other.
    var awaitingPlace: [ResourceID: Set<ResourceID>] = [:]
    /// Whose planning has just found another in its place.
    var crowded: Set<ResourceID> = []
    /// Those of this planning that are to give up their places, with whom they swap (see `Pending.swap`).
    var yielding: [ResourceID: [ResourceID]] = [:]
    /// With a pending change that swaps places.
    var swapping: Set<ResourceID> = []
    /// Whose manifest says that a replacement is made first.
    var creatingFirst: Set<ResourceID> = []
    /// To whom these refer, however far away: they are replaced so as well, for none can go while it is used.
    var madeFirst: Set<ResourceID> = []
    /// A manifest came or went since that was found out.
    var isOrderOld = false
    /// Who has nothing to wait for but users to go, all of whom were told to be looked at.
    var calling: Set<ResourceID> = []
    /// Who only reads, and after something else.
    var readers: Set<ResourceID> = []
    /// Ready, and still deserving a word.
    var warned: Set<ResourceID> = []
    /// Found out without a step, and so to be recorded.
    var accepted: [ResourceID: Acceptance] = [:]
    /// Without an answer, and so to be asked after.
    var lost: Set<ResourceID> = []
    /// With leases that may have no user any more.
    var toRelease: Set<ResourceID> = []
    var moves: [(from: ResourceID, to: ResourceID)] = []
    /// Sources whose record is to be stored, and decisions that no longer hold.
    var changedSources: Set<String> = []
    var withdrawn: [(kind: Decision.Kind, subject: String)] = []
    /// A change or an approval came or went since these were last compared.
    var hasNewPlan = false
    /// A manifest or a record went, so that another source may have its id.
    var hasLetGo = false
    /// When the next part of a sweep is due, in milliseconds since 1970.
    package internal(set) var nextSweep: Int?
    /// Nothing comes of it, and no engine is given a value of a secret for it.
    var isPreview = false
    /// What has happened in this pass and is to be told.
    var happenings: [Happening] = []

    /// Who has suspended something.
    enum Suspending: Hashable, Sendable {
        case manifest(ResourceID)
        case person(subject: String)
    }

    /// Why a record changes without a step.
    enum Acceptance: Sendable, Equatable {
        /// With what was found, be it as desired or drift.
        case matches
        case adopted
        case forgotten(source: String)
        case gone
    }

    init(_ ledger: Ledger) {
        for decision in ledger.decisions {
            keep(decision)
        }
        for (name, record) in ledger.sources {
            sources[name, default: .unconfigured].record = record
            sources[name]?.isDestroyed = record.isDestroyed
            if let grants = record.grants { sources[name]?.policy.grants = grants }
        }
        for (id, record) in ledger.records { setRecord(record, of: id) }
        for (id, step) in ledger.unanswered { change(id) { $0.unanswered = step } }
        lost = Set(ledger.unanswered.keys)
        toRelease = Set(ledger.leases.keys)
        (previews, approvals) = (ledger.previews, ledger.approvals)
        touched = Set(nodes.keys)
        for (name, source) in sources where source.isDestroyed {
            dirty.formUnion(idsBySource[name])
            stale.formUnion(idsBySource[name])
        }
    }

    package var plan: Plan {
        plan { !($0.pending?.isDeposed ?? true) }
    }
    /// The changes of the nodes that `isIncluded`, in the order they would be applied.
    package func plan(of isIncluded: (Node) -> Bool) -> Plan {
        let entries = changes.compactMap { id -> (rank: Int, entry: Plan.Entry)? in
            guard let node = nodes[id], let pending = node.pending, isIncluded(node) else { return nil }
            let entry = Plan.Entry(id: id, layer: node.layer ?? .provision, change: pending.change)
            return (node.manifest == nil ? .max - node.rank : node.rank, entry)
        }
        return Plan(entries.sorted { ($0.rank, $0.entry.id) < ($1.rank, $1.entry.id) }.map(\.entry))
    }

    mutating func setRecord(_ record: Recorded?, of id: ResourceID) {
        let before = nodes[id]?.record
        for other in before?.dependencies ?? [] { nodes[other]?.users.remove(id) }
        if let before {
            sources[before.source]?.recordedCount -= 1
            if before.driftedSince != nil { sources[before.source]?.driftedCount -= 1 }
        }
        change(id) { $0.record = record }
        for other in record?.dependencies ?? [] { nodes[other, default: Node()].users.insert(id) }
        if let record {
            sources[record.source, default: .unconfigured].recordedCount += 1
            if record.driftedSince != nil { sources[record.source]?.driftedCount += 1 }
        } else if before != nil {
            hasLetGo = true
        }
        touched.insert(id)
    }

    /// Changes what tells whose a node is: the only way to set its manifest or its record.
    mutating func change(_ id: ResourceID, _ body: (inout Node) -> Void) {
        let (source, engine) = (nodes[id]?.source, nodes[id]?.engine)
        body(&nodes[id, default: Node()])
        idsBySource.move(id, from: source, to: nodes[id]?.source)
        idsByEngine.move(id, from: engine, to: nodes[id]?.engine)
    }

    mutating func setPending(_ pending: Pending?, of id: ResourceID) {
        nodes[id]?.pending = pending
        if pending == nil { changes.remove(id) } else { changes.insert(id) }
        if pending?.swap.isEmpty ?? true { swapping.remove(id) } else { swapping.insert(id) }
        if !calling.isEmpty { calling.remove(id) }
        hasNewPlan = true
        count(id, asDelete: pending.map { $0.deletes && $0.restraint == nil } ?? false)
        reconsider(id)
    }

    /// What the budget of its source counts, be it pending or held after it failed.
    mutating func count(_ id: ResourceID, asDelete isDelete: Bool) {
        guard let source = nodes[id]?.source else { return }
        if isDelete {
            sources[source]?.deletions.insert(id)
        } else {
            sources[source]?.deletions.remove(id)
        }
    }

    mutating func hold(
        _ id: ResourceID, _ error: EngineError, spec: Value?, isBlind: Bool = false, now: Int,
        retryAt: Int? = nil
    ) {
        guard let node = nodes[id] else { return }
        setAwaited(error.occupant, by: id)
        nodes[id]?.held = Held(
            error: error, spec: spec, seen: node.seen, isBlind: isBlind, retryAt: retryAt,
            since: node.held?.since ?? now)
        due[id] = retryAt
        held.insert(id)
        touched.insert(id)
    }

    mutating func release(_ id: ResourceID) {
        guard nodes[id]?.held != nil else { return }
        setAwaited(nil, by: id)
        nodes[id]?.held = nil
        due[id] = nil
        held.remove(id)
        reconsider(id)
    }

    /// Something happened to it: it, or a neighbour in either direction, may now be able to start.
    mutating func reconsider(_ id: ResourceID) {
        guard let node = nodes[id] else { return }
        toRelease.insert(id)
        touched.insert(id)
        consider(id)
        for other in node.dependants { consider(other) }
        for other in node.record?.dependencies ?? [] { consider(other) }
        for other in node.manifest?.dependencies ?? [] { consider(other) }
        for other in node.pending?.swap ?? [] { consider(other) }
    }

    mutating func consider(_ id: ResourceID) {
        guard nodes[id]?.isCandidate == false else { return }
        nodes[id]?.isCandidate = true
        candidates.append(id)
    }
    mutating func takeCandidate() -> ResourceID? {
        guard let id = candidates.popLast() else { return nil }
        nodes[id]?.isCandidate = false
        return id
    }

    /// What `id` is to be, as far as that is known.
    func resolved(_ manifest: Manifest) -> Value {
        manifest.spec.resolved { nodes[$0]?.outputs ?? .unknown }
    }

    /// What dependants may count on: planned outputs while a change waits, then what was seen.
    func visibleOutputs(of id: ResourceID) -> Value {
        guard let node = nodes[id] else { return .unknown }
        // What a dropped source made is still there.
        let isLeft = node.record.map { sources[$0.source]?.isConfigured == false } ?? false
        guard node.manifest != nil || isLeft else { return .unknown }
        if let pending = node.pending, !pending.isDeposed, pending.restraint == nil {
            return pending.change.outputs
        }
        return (node.seen ?? node.record?.observation)?.outputs ?? .unknown
    }

    /// What the source that owns `id` may; nothing where it has none.
    func grants(for id: ResourceID) -> Grants {
        nodes[id]?.source.flatMap { sources[$0]?.policy.grants } ?? Grants(projects: [])
    }
}

extension Pending {
    var deletes: Bool { !isDeposed && (change.action == .delete || change.action == .replace) }
}
