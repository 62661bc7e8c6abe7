package import Model
package import Reconcile
import Store

extension StatusReport {
    /// Of the named sources, or of all. Times are milliseconds since 1970.
    package init(
        _ picture: Picture, sources: [String]? = nil, controller: ControllerStatus?, nextSweep: Int?,
        now: Int,
        place: @escaping (Manifest, FieldPath) -> ManifestLocation? = { _, _ in nil }
    ) {
        let names = (sources ?? Array(picture.sources.keys)).filter { picture.sources[$0] != nil }.sorted()
        self.init(
            controller: controller,
            sources: names.map {
                SourceStatus(picture, $0, nextSweep: nextSweep, now: now, place: place)
            }, madeAt: Timestamp(milliseconds: now))
    }
}

extension SourceStatus {
    package init(
        _ picture: Picture, _ name: String, nextSweep: Int? = nil, now: Int,
        place: @escaping (Manifest, FieldPath) -> ManifestLocation? = { _, _ in nil }
    ) {
        self.init(SourceView(picture, name, now: now, place: place), nextSweep: nextSweep)
    }

    init(_ view: SourceView, nextSweep: Int? = nil) {
        let (held, drift) = (view.held(), view.drift())
        self.init(
            name: view.name, project: view.project, view.sync(held), commit: view.commit,
            layers: view.layers(drift), fetch: view.fetch(nextSweep: nextSweep))
        (self.held, self.drift, deletes, warnings) = (held, drift, view.deletes, view.warnings)
        guard let record = view.state?.record else { return }
        pushedAt = commit == nil ? nil : record.pushedAt.map { Timestamp(milliseconds: $0) }
        since = view.since(of: sync)
        if record.state == .converged, let end = record.convergedAt {
            convergedAfter = Elapsed(milliseconds: max(0, end - record.loadedAt))
        }
        refused = view.refused
        if !(view.state?.isConfigured ?? true) { keptResources = view.resourceCount }
    }
}

extension SourceView {
    var refused: RefusedCommit? {
        guard let record = state?.record, let id = record.refusedCommit else { return nil }
        return RefusedCommit(
            ReportedCommit(id, record.refusedSummary ?? ""),
            at: Timestamp(milliseconds: record.refusedAt ?? now), problems: record.problems)
    }

    fileprivate func sync(_ held: [HeldResource]) -> SourceStatus.Sync {
        guard let state else { return .inProgress }
        if !state.isConfigured { return state.isDestroyed ? .inProgress : .notInSync }
        if state.record?.refusedCommit != nil { return .notInSync }
        guard commit != nil else { return .inProgress }
        if !state.failed.isEmpty || deletes != nil { return .notInSync }
        let waits = held.contains { $0.kind == .unconfirmed || $0.kind == .waiting }
        let isTriedAgain = notable.contains { picture.nodes[$0]?.held != nil }
        if waits && !isTriedAgain { return .notInSync }
        return count(.progressing, .waiting, .unknown) > 0 || !state.isLoaded
            || state.record?.state == .pending
            ? .inProgress : .inSync
    }

    /// In the order in which people think of them; none that the source has nothing in.
    fileprivate func layers(_ drift: [DriftedResource]) -> [LayerStatus] {
        Layer.allCases.compactMap { layer in
            let status = LayerStatus(
                layer, ready: count(.ready, .drifted, in: layer),
                inProgress: count(.progressing, .waiting, .unknown, in: layer),
                failed: count(.failed, .uncertain, in: layer),
                drifted: drift.count { $0.planned.layer == layer && $0.treatment != .ignore })
            let isEmpty = (state?.tally[layer] ?? [:]).values.allSatisfy { $0 == 0 }
            return isEmpty ? nil : status
        }
    }

    fileprivate func since(of sync: SourceStatus.Sync) -> Timestamp? {
        guard let record = state?.record else { return nil }
        let time: Int? =
            switch (sync, record.state) {
            case (.inSync, .converged), (.inProgress, .pending), (.notInSync, .failed): record.stateSince
            case (.notInSync, _): state?.failed.compactMap { picture.nodes[$0]?.held?.since }.min()
            default: nil
            }
        return time.map { Timestamp(milliseconds: $0) }
    }

    fileprivate func fetch(nextSweep: Int?) -> FetchStatus {
        var fetch = FetchStatus()
        guard let state, state.isConfigured else { return fetch }
        fetch.webhookAt = state.lastWoken.map { Timestamp(milliseconds: $0) }
        fetch.polledAt = state.lastFetched.map { Timestamp(milliseconds: $0) }
        fetch.fetchedAt = fetch.polledAt
        fetch.nextSweepAt = nextSweep.map { Timestamp(milliseconds: $0) }
        fetch.problem = state.fetchError.map { Notice($0) }
        return fetch
    }
}
