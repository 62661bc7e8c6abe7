/// What differs because the world changed, and what is done about it.
package struct DriftReport: Report {
    package static let schema = "martlet/drift/v1"

    package var controller: String?
    package var source: String
    package var project: String
    package var commit: ReportedCommit?
    package var observedAt: Timestamp
    package var madeAt: Timestamp
    package var resources: [DriftedResource]
    /// Resources that could not be observed, so nothing is known of their drift.
    package var held: [HeldResource] = []

    package init(
        source: String, project: String, commit: ReportedCommit?, observedAt: Timestamp, madeAt: Timestamp,
        resources: [DriftedResource]
    ) {
        (self.source, self.project, self.commit) = (source, project, commit)
        (self.observedAt, self.madeAt, self.resources) = (observedAt, madeAt, resources)
    }
    package var exitCode: ExitCode { resources.isEmpty ? .done : .changes }
}

package struct DriftedResource: Codable, Sendable, Equatable {
    package enum Treatment: String, Codable, Sendable, CaseIterable {
        /// The next pass makes it as git says.
        case correct
        /// Left as it is, and said (`onDrift: warn`).
        case warn
        /// Left as it is (`onDrift: ignore`).
        case ignore
        /// Left as it is until the suspension ends.
        case suspended
    }
    /// What mending it would do: fields go from what exists to what git says.
    package var planned: PlannedResource
    package var treatment: Treatment
    package var foundAt: Timestamp?
    /// A suspension's reason and end.
    package var suspension: Suspension?

    package struct Suspension: Codable, Sendable, Equatable {
        package var reason: String
        /// Nil until a person resumes it.
        package var until: Timestamp?
        package init(reason: String, until: Timestamp?) { (self.reason, self.until) = (reason, until) }
    }
    package init(
        _ planned: PlannedResource, _ treatment: Treatment, foundAt: Timestamp? = nil,
        suspension: Suspension? = nil
    ) {
        (self.planned, self.treatment) = (planned, treatment)
        (self.foundAt, self.suspension) = (foundAt, suspension)
    }
}
