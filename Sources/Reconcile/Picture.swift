package import Model
package import Store

/// All that the loop knows, and the plan that follows from it. A value: a preview is a copy that takes another load.
package struct Picture: Sendable {
    package internal(set) var nodes: [ResourceID: Node] = [:]
    package internal(set) var sources: [String: SourceState] = [:]
    /// What people said, by what it is about.
    package internal(set) var decisions: [String: [Decision.Kind: Decision]] = [:]
    /// Nodes with a change that waits for its turn, or is only reported.
    package internal(set) var changes: Set<ResourceID> = []

    /// To be observed, to be planned, and to be looked at for a start.
    var stale: Set<ResourceID> = []
    var dirty: Set<ResourceID> = []
    var candidates: Set<ResourceID> = []
    /// Whose state may have changed in this pass.
    var touched: Set<ResourceID> = []
    var progressing: Set<ResourceID> = []
    var due: [ResourceID: Int] = [:]
    /// Ready, and still deserving a word.
    var warned: Set<ResourceID> = []
    /// Found to be as desired without a step, and so to be recorded.
    var accepted: [ResourceID: Acceptance] = [:]
    /// Without an answer, and so to be asked after.
    var lost: Set<ResourceID> = []
    /// With leases that may have no user any more.
    var toRelease: Set<ResourceID> = []
    var moves: [(from: ResourceID, to: ResourceID)] = []
    /// Sources whose record is to be stored, and decisions that no longer hold.
    var changedSources: Set<String> = []
    var withdrawn: [(kind: Decision.Kind, subject: String)] = []
    /// What a person has approved, in the sources that require a review.
    var reviewed: [ResourceID: Change] = [:]
    /// A manifest or a record went, so that another source may have its id.
    var hasLetGo = false
    /// When the next part of a sweep is due, in milliseconds since 1970.
    package internal(set) var nextSweep: Int?
    /// What has happened in this pass and is to be told.
    var happenings: [Happening] = []

    /// Why a record changes without a step.
    enum Acceptance: Sendable, Equatable {
        case matches, adopted
        case forgotten(source: String)
        case gone
    }

    init(_ ledger: Ledger) {
        for decision in ledger.decisions {
            decisions[decision.subject, default: [:]][decision.kind] = decision
        }
        for (name, record) in ledger.sources {
            sources[name, default: .unconfigured].record = record
            sources[name]?.isDestroyed = record.isDestroyed
            if let grants = record.grants { sources[name]?.policy.grants = grants }
        }
        for (id, record) in ledger.records { setRecord(record, of: id) }
        for (id, step) in ledger.unanswered { nodes[id, default: Node()].unanswered = step }
        lost = Set(ledger.unanswered.keys)
        toRelease = Set(ledger.leases.keys)
        touched = Set(nodes.keys)
        for (id, node) in nodes where node.source.flatMap({ sources[$0]?.isDestroyed }) ?? false {
            dirty.insert(id)
            stale.insert(id)
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
        if let source = before?.source { sources[source]?.recordedCount -= 1 }
        nodes[id, default: Node()].record = record
        for other in record?.dependencies ?? [] { nodes[other, default: Node()].users.insert(id) }
        if let source = record?.source {
            sources[source, default: .unconfigured].recordedCount += 1
        } else if before != nil {
            hasLetGo = true
        }
        touched.insert(id)
    }

    mutating func setPending(_ pending: Pending?, of id: ResourceID) {
        nodes[id]?.pending = pending
        if pending == nil { changes.remove(id) } else { changes.insert(id) }
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
        nodes[id]?.held = Held(
            error: error, spec: spec, seen: node.seen, isBlind: isBlind, retryAt: retryAt,
            since: node.held?.since ?? now)
        due[id] = retryAt
        touched.insert(id)
    }

    mutating func release(_ id: ResourceID) {
        guard nodes[id]?.held != nil else { return }
        nodes[id]?.held = nil
        due[id] = nil
        reconsider(id)
    }

    /// Something happened to it: it, or a neighbour in either direction, may now be able to start.
    mutating func reconsider(_ id: ResourceID) {
        guard let node = nodes[id] else { return }
        candidates.insert(id)
        toRelease.insert(id)
        touched.insert(id)
        candidates.formUnion(node.dependants)
        candidates.formUnion(node.record?.dependencies ?? [])
        candidates.formUnion(node.manifest?.dependencies ?? [])
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
