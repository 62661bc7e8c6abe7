package import Model
package import Reconcile

extension ApplyReport {
    /// Of one source, from all that happened since `started` and from how things stand at the end. Times are
    /// milliseconds since 1970; `place` is asked only about what is shown.
    package init(
        _ source: String, picture: Picture, happenings: [Happening], started: Int, end: End, now: Int,
        place: @escaping (Manifest, FieldPath) -> ManifestLocation? = { _, _ in nil }
    ) {
        let view = SourceView(picture, source, now: now, place: place)
        let applied = view.applied(happenings)
        let held = view.held()
        let ready = view.count(.ready)
        let done = applied.count { resource in
            resource.outcome == .done && picture.nodes[resource.id]?.state == .ready
        }
        self.init(
            source: source, project: view.project, commit: view.commit, end,
            elapsed: Elapsed(milliseconds: max(0, now - started)), resources: applied,
            unchanged: max(0, ready - done), madeAt: view.madeAt)
        let failed = Set(applied.filter { $0.outcome.isFailure }.map(\.id))
        // What has just failed is said where it failed.
        self.held = held.filter { !failed.contains($0.id) || $0.kind == .waiting }
        (inProgress, notStarted) = view.unfinished(besides: Set(held.map(\.id)))
        (deletes, warnings) = (view.deletes, view.warnings)
    }
}

extension SourceView {
    /// The last thing that became of each resource, by layer and id: steps of one pass end in any order.
    fileprivate func applied(_ happenings: [Happening]) -> [AppliedResource] {
        var applied: [ResourceID: AppliedResource] = [:]
        for happening in happenings {
            guard case .ended(let step, name, let change, let ending) = happening,
                !step.deletesReplaced(change)
            else {
                mark(happening, in: &applied)
                continue
            }
            let isSecondLeg = applied[step.id]?.action == .replace
            let action = isSecondLeg ? .replace : change.map { PlannedResource.Action($0.action) }
            applied[step.id] = self.applied(
                step, action ?? PlannedResource.Action(step.verb), change, ending)
        }
        return applied.values.sorted { ($0.layer, $0.id) < ($1.layer, $1.id) }
    }

    private func applied(
        _ step: Step, _ action: PlannedResource.Action, _ change: Change?, _ ending: Happening.Ending
    ) -> AppliedResource {
        let node = picture.nodes[step.id]
        let type = step.type.map { $0.contains("_") ? $0 : "\(step.engine) \($0)" } ?? step.id.kind
        var resource = AppliedResource(
            step.id, layer: step.manifest?.layer ?? node?.layer ?? .provision, type: type.safeForDisplay,
            action, .done, cause: change?.commonCause ?? .commit)
        resource.place = (step.manifest ?? node?.manifest).flatMap { place($0, FieldPath()) }
        if case .failed(let error) = ending {
            resource.outcome = node?.record?.intent == step.intent ? .partly : .failed
            (resource.message, resource.hint) = (error.message, error.hint)
        }
        return resource
    }

    private func mark(_ happening: Happening, in applied: inout [ResourceID: AppliedResource]) {
        guard case .uncertain(let id, let error) = happening, applied[id] != nil else { return }
        applied[id]?.outcome = .uncertain
        applied[id]?.message = error.message
    }

    /// What goes on, and what had no turn.
    func unfinished(
        besides held: Set<ResourceID>
    ) -> (inProgress: [AppliedResource], notStarted: [AppliedResource]) {
        var (inProgress, notStarted): ([AppliedResource], [AppliedResource]) = ([], [])
        for id in notable where !held.contains(id) {
            guard let node = picture.nodes[id], let layer = node.layer else { continue }
            let pending = node.pending.flatMap { $0.isDeposed || $0.restraint != nil ? nil : $0 }
            let action = pending.map { PlannedResource.Action($0.change.action) } ?? .update
            var resource = AppliedResource(
                id, layer: layer, type: typeWords(of: id), action, .inProgress,
                cause: pending?.change.commonCause ?? .commit)
            if node.state == .progressing {
                resource.message = node.isInFlight ? nil : node.seen?.message
                inProgress.append(resource)
            } else if pending != nil, deletes.map({ !$0.ids.contains(id) }) ?? true {
                resource.outcome = .notStarted
                notStarted.append(resource)
            }
        }
        return (inProgress, notStarted)
    }
}

extension Step {
    /// Takes away what create first, delete later left behind: the replacement was told already.
    func deletesReplaced(_ change: Change?) -> Bool {
        verb == .delete && manifest != nil && change?.action == .delete
    }
}

extension PlannedResource.Action {
    init(_ verb: Step.Verb) {
        self =
            switch verb {
            case .create: .create
            case .update: .update
            case .delete: .delete
            }
    }
}

extension Change {
    /// Drift where all of it mends drift; of the first field that differs from that else.
    var commonCause: Cause {
        isDriftOnly ? .drift : fields.first { $0.cause != .drift && $0.cause != .engine }?.cause ?? cause
    }
}
