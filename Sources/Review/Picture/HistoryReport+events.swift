package import Model
package import Store

extension HistoryReport {
    /// Newest first; `now` is milliseconds since 1970. `older` are not among the events.
    package init(
        events: [HistoryEvent], source: String? = nil, project: String? = nil,
        resource: ResourceID? = nil, older: Int = 0, now: Int
    ) {
        self.init(
            source: source, project: project, resource: resource, events: events.map(HistoryLine.init),
            older: older, madeAt: Timestamp(milliseconds: now))
    }
}

extension HistoryLine {
    package init(_ event: HistoryEvent) {
        self.init(
            at: Timestamp(milliseconds: event.time), Kind(event.kind), source: event.source,
            id: event.resource,
            cause: event.cause)
        var lines = event.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if !event.commit.isEmpty {
            // What concerns a commit as a whole begins with its title.
            let title = event.resource == nil && !lines.isEmpty ? lines.removeFirst() : ""
            commit = ReportedCommit(event.commit, title)
        }
        lines += event.fields.map(\.words)
        lines.removeAll(where: \.isEmpty)
        message = lines.isEmpty ? nil : lines.joined(separator: "\n")
        person = event.person.isEmpty ? nil : event.person
    }
}

extension HistoryEvent.Field {
    /// `mode "0666" → "0644"`
    fileprivate var words: String {
        [path, [before, after].filter { !$0.isEmpty }.joined(separator: " → ")].joined(separator: " ")
    }
}

extension HistoryEvent.Kind {
    /// Whether the resource is another one since.
    var isChange: Bool {
        switch self {
        case .created, .updated, .replaced, .deleted, .adopted, .driftCorrected, .settled: true
        default: false
        }
    }
}

extension HistoryLine.Kind {
    init(_ kind: HistoryEvent.Kind) {
        self =
            switch kind {
            case .created: .created
            case .updated: .updated
            case .replaced: .replaced
            case .deleted: .deleted
            case .forgot: .forgotten
            case .adopted: .adopted
            case .moved: .moved
            case .driftFound: .driftFound
            case .driftCorrected: .driftCorrected
            case .failed, .commitFailed: .failed
            case .held: .held
            case .uncertain: .uncertain
            case .settled: .settled
            case .commitPending: .pending
            case .commitConverged: .converged
            case .commitOvertaken: .overtaken
            case .sourceRefused: .refused
            case .sourceRewritten: .rewritten
            case .sourceRelocated: .relocated
            case .sourceRemoved: .removed
            case .waiting: .waiting
            case .suspended: .suspended
            case .resumed: .resumed
            case .approved: .approved
            case .reviewed: .reviewed
            case .ignored: .ignored
            case .stopped: .stopped
            case .started: .started
            case .restarted: .restarted
            case .retried: .retried
            case .secretRotated: .secretRotated
            case .leaseRevoked: .leaseRevoked
            case .other: .other
            }
    }
}
