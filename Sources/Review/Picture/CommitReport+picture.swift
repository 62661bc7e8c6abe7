import Model
package import Reconcile
import Store

extension CommitReport {
    /// Takes in how things stand, where the source is at this commit or refuses it; else nothing is changed.
    package mutating func look(at picture: Picture, now: Int) {
        guard let record = picture.sources[source]?.record else { return }
        let isRefused = state == .refused && record.refusedCommit == commit.id
        guard isRefused || state != .refused && record.commit == commit.id else { return }
        let view = SourceView(picture, source, now: now)
        (isCurrent, project, madeAt) = (true, view.project, view.madeAt)
        if isRefused {
            problems = Array(record.problems.prefix(100))
            return
        }
        let status = SourceStatus(view)
        (layers, held) = (status.layers, Array(status.held.prefix(Self.maxResources)))
        (deletes, warnings) = (status.deletes, Array(status.warnings.prefix(100)))
        let (begun, waiting) = view.unfinished(besides: Set(held.map(\.id)))
        inProgress = Array(begun.prefix(Self.maxResources))
        notStarted = Array(waiting.prefix(Self.maxResources))
        let left = status.drift.filter { $0.treatment != .correct && $0.treatment != .ignore }
        for drifted in left.prefix(Self.maxResources) { add(drifted) }
    }

    /// Drift that stays: history may have told it long ago, at another commit.
    private mutating func add(_ drifted: DriftedResource) {
        let planned = drifted.planned
        guard !drift.contains(where: { $0.id == planned.id }) else { return }
        var change = ReportedChange(
            planned.id, planned.layer, .driftFound, cause: .drift, at: drifted.foundAt ?? madeAt,
            message: drifted.standing,
            fields: planned.fields.prefix(50).map {
                .init($0.path, $0.shownBefore, $0.shownAfter, cause: $0.cause)
            })
        if planned.action == .create { change.fields = [] }
        drift.append(change)
        drift.sort { ($0.layer, $0.id) < ($1.layer, $1.id) }
    }
}

extension DriftedResource {
    fileprivate var standing: String {
        let what: String? = planned.action == .create ? "is gone" : nil
        let then: String? =
            switch treatment {
            case .correct: nil
            case .warn: "left as it is (onDrift: warn)"
            case .ignore: "left as it is (onDrift: ignore)"
            case .suspended: "suspended" + (suspension.map { ": \($0.reason)" } ?? "")
            }
        return [what, then].compactMap(\.self).joined(separator: "; ")
    }
}
