package import Model
package import Reconcile
import Store

extension ReviewReport {
    /// How many approvals are shown.
    private static let limit = 50

    /// Of one source, or of all. `now` is milliseconds since 1970.
    package init(_ picture: Picture, source: String? = nil, now: Int) {
        let names = source.map { [$0] } ?? picture.sources.keys.sorted()
        let shown = names.flatMap { (picture.previews[$0] ?? [:]).values }.sorted {
            ($1.shownAt, $0.source, $0.request) < ($0.shownAt, $1.source, $1.request)
        }
        let approvals = picture.approvals.filter { source == nil || $0.source == source }
        self.init(
            waiting: names.compactMap { picture.waiting(of: $0) }, plans: shown.map { Row($0, of: picture) },
            approvals: approvals.suffix(Self.limit).reversed().map(Approval.init),
            madeAt: Timestamp(milliseconds: now))
    }
}

extension Picture {
    /// What of a source waits for a review, and why; nil where nothing does.
    fileprivate func waiting(of source: String) -> ReviewReport.Waiting? {
        let changes = awaitingReview(of: source).compactMap { id in
            ReviewReport.Change(id, in: self)
        }
        guard !changes.isEmpty else { return nil }
        return ReviewReport.Waiting(source: source, digest: planDigest(of: source), changes: changes)
    }
}

extension ReviewReport.Change {
    /// Nil where it waits for no review.
    package init?(_ id: ResourceID, in picture: Picture) {
        guard let unreviewed = picture.unreviewed(id) else { return nil }
        if let preview = picture.uncounted(id) {
            let isMerging = picture.sources[preview.source]?.policy.review == .merged
            self.init(
                id, isMerging ? .notMerged : .notApproved, request: preview.request.safeForDisplay)
            return
        }
        switch unreviewed {
        case .unseen: self.init(id, Reason.unseen)
        case .action: self.init(id, Reason.action)
        case .fields(let paths): self.init(id, Reason.fields, fields: paths.map(\.pointer.safeForDisplay))
        }
    }
}

extension ReviewReport.Row {
    fileprivate init(_ preview: ShownPreview, of picture: Picture) {
        self.init(
            source: preview.source, digest: preview.plan.digest, request: preview.request.safeForDisplay,
            author: preview.author.safeForDisplay, shownAt: Timestamp(milliseconds: preview.shownAt),
            changes: preview.plan.changes.count, done: preview.spent.count, isMerged: preview.isMerged,
            isApproved: picture.isApproved(preview))
    }
}

extension ReviewReport.Approval {
    fileprivate init(_ approval: PlanApproval) {
        self.init(
            source: approval.source, digest: approval.digest, by: approval.by.safeForDisplay,
            way: approval.way, at: Timestamp(milliseconds: approval.at))
    }
}
