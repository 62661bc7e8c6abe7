import Model
package import Store

extension CommitReport {
    /// What is kept of it, and what happened at it since that was kept.
    package init(_ stored: StoredReport, in store: Store, now: Int) throws(StoreError) {
        let kept = try? CommitReport(json: String(decoding: stored.body, as: UTF8.self))
        self =
            kept
            ?? CommitReport(
                stored.number, source: stored.source, project: stored.source,
                commit: ReportedCommit(stored.commit, stored.title), .pending,
                startedAt: Timestamp(milliseconds: stored.started), madeAt: Timestamp(milliseconds: now))
        state = State(stored.state)
        endedAt = stored.ended.map { Timestamp(milliseconds: $0) }
        isCurrent = false
        while true {
            let (events, last) = try store.history(ofReport: stored, after: lastEvent)
            guard let last else { return }
            take(events)
            lastEvent = last
        }
    }

    /// Events of this commit, in their order.
    mutating func take(_ events: [HistoryEvent]) {
        guard !events.isEmpty else { return }
        var changes = Dictionary(resources.map { ($0.id, $0) }) { $1 }
        var drifts = Dictionary(drift.map { ($0.id, $0) }) { $1 }
        for event in events {
            guard let id = event.resource else {
                if event.kind == .reviewed { reviews = (reviews ?? []) + [HistoryLine(event)] }
                continue
            }
            var change = ReportedChange(event, id)
            switch event.kind {
            case .driftFound, .driftCorrected:
                // What was found says more than that it is mended.
                if change.fields.isEmpty { change.fields = drifts[id]?.fields ?? [] }
                put(change, in: &drifts)
            case .held, .waiting, .suspended, .resumed, .approved, .reviewed, .ignored, .leaseRevoked: break
            case .moved: put(change, in: &changes)
            default:
                // A replacement is two steps.
                if event.kind == .created, changes[id]?.kind == .deleted { change.kind = .replaced }
                put(change, in: &changes)
            }
        }
        resources = changes.values.sorted { ($0.layer, $0.id) < ($1.layer, $1.id) }
        drift = drifts.values.sorted { ($0.layer, $0.id) < ($1.layer, $1.id) }
    }

    private mutating func put(_ change: ReportedChange, in changes: inout [ResourceID: ReportedChange]) {
        guard changes[change.id] != nil || changes.count < Self.maxResources else {
            leftOut += 1
            return
        }
        changes[change.id] = change
    }
}

extension ReportedChange {
    init(_ event: HistoryEvent, _ id: ResourceID) {
        self.init(
            id, Layer(ofKind: id.kind), HistoryLine.Kind(event.kind), cause: event.cause,
            at: Timestamp(milliseconds: event.time), message: event.message.isEmpty ? nil : event.message,
            fields: event.fields.map {
                Field($0.path, $0.before, $0.after, cause: Cause(rawValue: $0.cause))
            })
        person = event.person.isEmpty ? nil : event.person
    }
}

extension Layer {
    /// Of a resource's id: also of what nothing else is known of any more.
    init(ofKind kind: String) {
        self =
            switch kind {
            case "secret": .secure
            case "service": .connect
            case "job": .run
            default: .provision
            }
    }
}

extension CommitReport.State {
    init(_ state: StoredReport.State) {
        self =
            switch state {
            case .pending: .pending
            case .converged: .converged
            case .failed: .failed
            case .overtaken: .overtaken
            case .refused: .refused
            }
    }
}
