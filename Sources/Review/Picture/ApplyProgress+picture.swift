import Model
package import Reconcile

extension ApplyProgress {
    /// One moment of a source. Times are milliseconds since 1970. Whoever was shown in `earlier` is shown still, with
    /// the moment at which it came to its state; what was ready all the time is only counted.
    package init(
        _ picture: Picture, source: String, started: Int, now: Int, after earlier: ApplyProgress? = nil
    ) {
        let view = SourceView(picture, source, now: now)
        let before = Dictionary(
            (earlier?.activities ?? []).map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
        let ids = Set(view.notable).union(before.keys.filter { picture.nodes[$0]?.source == source })
        let activities = ids.sorted().compactMap { id -> Activity? in
            guard var activity = view.activity(of: id) else { return nil }
            if let old = before[id], old.state == activity.state { activity.since = old.since }
            return activity
        }
        self.init(
            project: view.project, commit: view.commit, startedAt: Timestamp(milliseconds: started),
            now: view.madeAt, activities: activities)
        for layer in Layer.allCases {
            let shown = activities.count { $0.layer == layer && $0.state == .ready }
            quiet[layer] = max(0, view.count(.ready, .drifted, .suspended, in: layer) - shown)
        }
    }
}

extension SourceView {
    fileprivate func activity(of id: ResourceID) -> ApplyProgress.Activity? {
        guard let node = picture.nodes[id], let layer = node.layer, let state = node.state else { return nil }
        let step: ApplyProgress.Activity.State =
            switch state {
            case .ready, .drifted, .suspended: .ready
            case .failed, .uncertain: .failed
            case .progressing: node.isInFlight ? .started : .inProgress
            case .waiting: picture.blockers(of: id).isEmpty && node.held == nil ? .notStarted : .waiting
            case .unknown: .notStarted
            }
        let message: String? =
            switch step {
            case .notStarted, .started, .ready: nil
            case .waiting, .inProgress, .failed: words(about: id)
            }
        return ApplyProgress.Activity(id, layer, step, message, since: madeAt)
    }
}
