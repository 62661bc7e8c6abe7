import Model
import Store

/// What a merge causes in one source: what is planned with it, besides what is planned without it.
struct PictureComparison {
    private let before: Picture
    private let after: Picture
    private let blind: [String: EngineError]
    private(set) var preview: SourcePreview

    /// Whose manifests the merge touches.
    private let affected: Set<ResourceID>

    /// - Parameter blind: engines that may not be asked, and why.
    init(
        _ source: String, before: Picture, after: Picture, affected: Set<ResourceID>,
        blind: [String: EngineError]
    ) {
        (self.before, self.after, self.affected, self.blind) = (before, after, affected, blind)
        preview = SourcePreview(source)
        if let record = after.sources[source]?.record, record.refusedCommit != nil,
            record.refusedCommit != before.sources[source]?.record?.refusedCommit
                || record.problems != before.sources[source]?.record?.problems
        {
            preview.problems = record.problems
        }
        if !preview.isRefused { compare() }
        lookBack()
    }

    mutating func place(_ place: (ResourceID) -> ManifestLocation?) {
        let ids =
            preview.plan.entries.map(\.id) + preview.drifted + preview.pending + preview.takenBack
            + preview.failed + preview.unlooked.map(\.id)
        for id in ids { preview.places[id] = place(id) }
    }

    private func isOurs(_ id: ResourceID) -> Bool {
        (after.nodes[id]?.source ?? before.nodes[id]?.source) == preview.source
    }
    private func change(_ id: ResourceID, in picture: Picture) -> Change? {
        guard let pending = picture.nodes[id]?.pending, !pending.isDeposed else { return nil }
        return pending.change
    }

    private mutating func compare() {
        let source = preview.source
        for entry in after.plan(of: { $0.source == source && $0.pending?.isDeposed == false }).entries {
            guard let caused = entry.change.besides(change(entry.id, in: before)) else { continue }
            preview.plan.entries.append(Plan.Entry(id: entry.id, layer: entry.layer, change: caused))
            let (old, new) = (before.nodes[entry.id]?.manifest, after.nodes[entry.id]?.manifest)
            if let old, let new, old.asksForTheSame(as: new) { preview.dependants.insert(entry.id) }
        }
        follow()
        for id in after.held.union(affected) where isOurs(id) { look(at: id) }
        preview.failed.sort()
        preview.unlooked.sort { $0.id < $1.id }
    }

    /// Outputs of what runs are found, and no engine can tell before what they will be.
    private mutating func follow() {
        let planned = Set(preview.plan.entries.map(\.id))
        for entry in preview.plan.entries where entry.layer == .run && entry.change.action == .update {
            for id in (after.nodes[entry.id]?.dependants ?? []).sorted() {
                guard isOurs(id), !planned.contains(id), let manifest = after.nodes[id]?.manifest,
                    manifest.spec.references.contains(where: { $0.id == entry.id })
                else { continue }
                preview.following.append(SourcePreview.Following(id, of: entry.id))
            }
        }
    }

    private mutating func look(at id: ResourceID) {
        guard let node = after.nodes[id] else { return }
        let old = before.nodes[id]
        if let error = node.held?.error, error != old?.held?.error {
            if let engine = node.engine, blind[engine] == error {
                preview.unlooked.append(SourcePreview.Unlooked(id: id, reason: error))
            } else {
                preview.failed.append(id)
            }
        } else if node.unanswered != nil, node.manifest != old?.manifest {
            let reason = EngineError(.retry, "a step of it is under way")
            preview.unlooked.append(SourcePreview.Unlooked(id: id, reason: reason))
        }
    }

    /// What there was to do before.
    private mutating func lookBack() {
        let planned = Set(preview.plan.entries.map(\.id))
        for id in before.changes.sorted() where isOurs(id) {
            guard let pending = before.nodes[id]?.pending, !pending.isDeposed else { continue }
            if pending.change.hasDrift, pending.restraint != .ignored { preview.drifted.append(id) }
            guard !pending.change.isDriftOnly else { continue }
            if change(id, in: after) == nil {
                if after.nodes[id]?.held == nil { preview.takenBack.append(id) }
            } else if !planned.contains(id) {
                preview.pending.append(id)
            }
        }
    }
}

extension Change {
    var hasDrift: Bool {
        cause == .drift || fields.contains { $0.cause == .drift || $0.cause == .both }
    }

    /// What of it is not to be done anyway; nil where that is nothing.
    fileprivate func besides(_ other: Change?) -> Change? {
        guard let other, other.action == action else { return isDriftOnly && other == nil ? nil : self }
        var rest = self
        rest.fields = fields.filter { !other.fields.contains($0) }
        return rest.fields.isEmpty && fields.isEmpty == other.fields.isEmpty ? nil : rest
    }
}
