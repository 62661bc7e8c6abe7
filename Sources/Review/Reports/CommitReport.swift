package import Model

/// What happened to one commit of a source: while it goes on, and afterwards. A status on a forge links to it.
package struct CommitReport: Report {
    package static let schema = "martlet/report/v1"
    /// More resources are counted, and not shown.
    package static let maxResources = 500

    package enum State: String, Codable, Sendable, CaseIterable {
        case pending, converged, failed, overtaken
        /// Its manifests have an error: nothing of it was applied.
        case refused
    }
    /// `/reports/<number>`; rises with each commit that is taken up.
    package var number: Int
    package var controller: String?
    package var source: String
    package var project: String
    package var commit: ReportedCommit
    package var state: State
    package var startedAt: Timestamp
    /// Of `state`; nil while it is pending.
    package var endedAt: Timestamp?
    /// The source is still at it, or refuses it: what is held, in progress and drifted is as of `madeAt`; else as it was
    /// last seen.
    package var isCurrent = false
    /// What became of each resource, by layer and id.
    package var resources: [ReportedChange] = []
    /// Those that somebody else changed while the commit was in force.
    package var drift: [ReportedChange] = []
    /// Beyond `maxResources`.
    package var leftOut = 0
    package var layers: [LayerStatus] = []
    package var held: [HeldResource] = []
    /// Begun, and neither ready nor failed.
    package var inProgress: [AppliedResource] = []
    package var notStarted: [AppliedResource] = []
    package var deletes: HeldDeletes?
    /// What lets its changes start where they need a review: what was merged as it was shown, and who said so and when.
    /// Nil where nothing does.
    package var reviews: [HistoryLine]?
    package var warnings: [Notice] = []
    /// Of a commit that is refused.
    package var problems: [Diagnostic] = []
    /// Up to which event of history this goes.
    package var lastEvent = 0
    package var madeAt: Timestamp

    package init(
        _ number: Int, source: String, project: String, commit: ReportedCommit, _ state: State,
        startedAt: Timestamp, endedAt: Timestamp? = nil, madeAt: Timestamp
    ) {
        (self.number, self.source, self.project, self.commit) = (number, source, project, commit)
        (self.state, self.startedAt, self.endedAt, self.madeAt) = (state, startedAt, endedAt, madeAt)
    }
    package var exitCode: ExitCode { state == .converged ? .done : .error }
}

/// What last became of a resource.
package struct ReportedChange: Codable, Sendable, Equatable {
    package var id: ResourceID
    package var layer: Layer
    package var kind: HistoryLine.Kind
    package var cause: Cause?
    package var at: Timestamp
    package var message: String?
    /// The person who asked for it, where one did.
    package var person: String?
    package var fields: [Field] = []

    /// One field's difference, as lines that are safe to show.
    package struct Field: Codable, Sendable, Equatable {
        package var path: String
        /// Empty where there was nothing.
        package var before: String
        /// Empty where there is nothing.
        package var after: String
        package var cause: Cause?
        package init(_ path: String, _ before: String, _ after: String, cause: Cause?) {
            (self.path, self.before, self.after, self.cause) = (path, before, after, cause)
        }
    }

    package init(
        _ id: ResourceID, _ layer: Layer, _ kind: HistoryLine.Kind, cause: Cause? = nil, at: Timestamp,
        message: String? = nil, fields: [Field] = []
    ) {
        (self.id, self.layer, self.kind, self.cause, self.at) = (id, layer, kind, cause, at)
        (self.message, self.fields) = (message, fields)
    }
}
