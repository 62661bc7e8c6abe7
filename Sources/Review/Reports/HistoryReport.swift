package import Model

/// What happened, newest first.
package struct HistoryReport: Report {
    package static let schema = "martlet/history/v1"

    /// Nil for all sources.
    package var source: String?
    package var project: String?
    /// Nil for all resources.
    package var resource: ResourceID?
    package var events: [HistoryLine]
    /// Older ones that are not shown.
    package var older: Int
    package var madeAt: Timestamp

    package init(
        source: String? = nil, project: String? = nil, resource: ResourceID? = nil, events: [HistoryLine],
        older: Int = 0, madeAt: Timestamp
    ) {
        (self.source, self.project, self.resource) = (source, project, resource)
        (self.events, self.older, self.madeAt) = (events, older, madeAt)
    }
    package var exitCode: ExitCode { .done }
}

/// One line of the history: of a commit, or of a resource.
package struct HistoryLine: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case created, updated, replaced, deleted, adopted, forgotten, moved
        case failed, held, uncertain, settled
        case driftFound, driftCorrected
        case suspended, resumed, ignored
        /// A person asked it of a job.
        case stopped, started, restarted, retried
        case pending, converged, overtaken, refused
        /// The branch moved to a commit that does not follow the one before.
        case rewritten
        /// The configuration has the source from another place.
        case relocated
        /// For a person.
        case waiting
        case approved
        /// What was reviewed may start.
        case reviewed
        /// A source has gone.
        case removed
        case secretRotated, leaseRevoked
        /// Of a kind that a later version named.
        case other
    }
    package var at: Timestamp
    package var kind: Kind
    package var source: String
    package var commit: ReportedCommit?
    /// Nil where it concerns the commit as a whole.
    package var id: ResourceID?
    package var cause: Cause?
    package var elapsed: Elapsed?
    package var message: String?
    /// The person who asked for it, where one did.
    package var person: String?

    package init(
        at: Timestamp, _ kind: Kind, source: String, commit: ReportedCommit? = nil, id: ResourceID? = nil,
        cause: Cause? = nil, elapsed: Elapsed? = nil, message: String? = nil, person: String? = nil
    ) {
        (self.at, self.kind, self.source, self.commit, self.id) = (at, kind, source, commit, id)
        (self.cause, self.elapsed, self.message, self.person) = (cause, elapsed, message, person)
    }
}
