package import Model
package import Reconcile
import Store

extension PlanReport {
    /// What the loop would do of a source now, or, out of a preview, would do. `now` and `observedAt` (the same where
    /// left out) are milliseconds since 1970; `place` is asked only about what is shown.
    package init(
        _ picture: Picture, source: String, controller: String?, now: Int, observedAt: Int? = nil,
        place: @escaping (Manifest, FieldPath) -> ManifestLocation? = { _, _ in nil }
    ) {
        let view = SourceView(picture, source, now: now, place: place)
        let entries = picture.plan {
            $0.source == source && $0.pending?.isDeposed == false && $0.pending?.restraint == nil
                && ($0.unanswered == nil || $0.isInFlight)
        }.entries
        self.init(
            source: source, project: view.project, commit: view.commit,
            observedAt: Timestamp(milliseconds: observedAt ?? now), madeAt: view.madeAt,
            resources: entries.map { view.planned($0.id, $0.change) })
        self.controller = controller
        held = view.held()
        movedSecrets = view.movedSecrets(entries)
        warnings = view.warnings + view.leftDrift
        deletes = view.deletes
        let isReviewed = resources.contains {
            $0.cause.isReviewed || $0.fields.contains { $0.cause.isReviewed }
        }
        if isReviewed { digest = picture.shortPlanDigest(of: source) }
        guard let refused = view.refused else { return }
        if resources.isEmpty {
            (commit, problems) = (refused.commit, refused.problems)
        } else {
            warnings.append(Notice(refused.words, hint: "see why with 'martlet status \(source)'"))
        }
    }
}

extension SourceView {
    /// Secrets that a change is due to, though no manifest asks for anything else than before.
    fileprivate func movedSecrets(_ entries: [Plan.Entry]) -> [MovedSecret] {
        var moved: [ResourceID: MovedSecret] = [:]
        for entry in entries {
            guard let node = picture.nodes[entry.id], let record = node.record,
                record.manifest == node.manifest?.counted
            else { continue }
            let before = Dictionary(
                record.spec.secrets.map { (SecretPlace($0), $0.version) }, uniquingKeysWith: { one, _ in one }
            )
            for handle in node.pending?.asked?.secrets ?? [] {
                guard let old = before[SecretPlace(handle)], old != handle.version else { continue }
                moved[handle.source] = MovedSecret(
                    handle.source, from: old.safeForDisplay, to: handle.version.safeForDisplay)
            }
        }
        return moved.values.sorted { $0.id < $1.id }
    }

    /// A plan leaves drift out that apply would leave.
    fileprivate var leftDrift: [Notice] {
        let count = picture.changes.count { id in
            guard let node = picture.nodes[id], node.source == name else { return false }
            return node.pending?.restraint == .warnOnly
        }
        guard count > 0 else { return [] }
        let words = counted(count, "resource has", "resources have")
        return [
            Notice("\(words) drifted and stays so (onDrift: warn)", hint: "see it with 'martlet drift'")
        ]
    }
}

private struct SecretPlace: Hashable {
    let source: ResourceID
    let output: String
    init(_ handle: SecretHandle) { (source, output) = (handle.source, handle.output) }
}
