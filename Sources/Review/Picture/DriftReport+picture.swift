package import Model
package import Reconcile

extension DriftReport {
    /// Times are milliseconds since 1970; `place` is asked only about what is shown.
    package init(
        _ picture: Picture, source: String, controller: String?, now: Int, observedAt: Int? = nil,
        place: @escaping (Manifest, FieldPath) -> ManifestLocation? = { _, _ in nil }
    ) {
        let view = SourceView(picture, source, now: now, place: place)
        self.init(
            source: source, project: view.project, commit: view.commit,
            observedAt: Timestamp(milliseconds: observedAt ?? now), madeAt: view.madeAt,
            resources: view.drift())
        self.controller = controller
        held = view.held().filter { $0.kind == .unobserved }
    }
}

extension SourceView {
    /// Whatever differs because the world changed, also what is ignored.
    func drift() -> [DriftedResource] {
        notable.compactMap { id in
            guard let node = picture.nodes[id], let pending = node.pending, !pending.isDeposed else {
                return nil
            }
            let change = pending.change
            let fields = pending.kept + change.fields.filter { $0.cause == .drift || $0.cause == .both }
            guard !fields.isEmpty || change.cause == .drift || change.cause == .both else { return nil }
            // What is gone differs in every field: that it is gone says it.
            var planned = planned(id, change, fields: change.action == .create ? [] : fields)
            if change.action == .create { planned.names = [] }
            if !pending.kept.isEmpty { planned.action = .update }
            planned.cause = .drift
            var suspension: DriftedResource.Suspension?
            if case .suspended(let reason, let until)? = pending.restraint {
                suspension = .init(
                    reason: reason.safeForDisplay, until: until.map { Timestamp(seconds: $0) })
            }
            return DriftedResource(
                planned, treatment(of: node, pending),
                foundAt: node.driftedSince.map { Timestamp(milliseconds: $0) }, suspension: suspension)
        }
    }

    private func treatment(of node: Node, _ pending: Pending) -> DriftedResource.Treatment {
        switch pending.restraint {
        case .warnOnly: .warn
        case .ignored: .ignore
        case .suspended: .suspended
        case nil where !pending.kept.isEmpty:
            node.manifest?.options.onDrift == .ignore ? .ignore : .warn
        case nil: .correct
        }
    }
}
