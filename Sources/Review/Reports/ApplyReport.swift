package import Model

/// What an apply did, and what it did not.
package struct ApplyReport: Report {
    package static let schema = "martlet/apply/v1"

    package enum End: String, Codable, Sendable, CaseIterable {
        case converged
        /// At least one resource failed.
        case failed
        /// All that can be done is done; the rest waits for a person or a time.
        case waiting
        /// By Ctrl-C.
        case interrupted
        /// By `--timeout`.
        case timedOut
        /// A newer commit came first.
        case overtaken
    }
    package var controller: String?
    package var source: String
    package var project: String
    package var commit: ReportedCommit?
    package var end: End
    package var elapsed: Elapsed
    /// By layer and id.
    package var resources: [AppliedResource]
    /// Begun, and not ended when this report was made.
    package var inProgress: [AppliedResource] = []
    package var notStarted: [AppliedResource] = []
    package var held: [HeldResource] = []
    package var deletes: HeldDeletes?
    package var warnings: [Notice] = []
    /// How many were ready and needed nothing.
    package var unchanged: Int
    package var digest: String?
    package var madeAt: Timestamp

    package init(
        source: String, project: String, commit: ReportedCommit?, _ end: End, elapsed: Elapsed,
        resources: [AppliedResource], unchanged: Int = 0, madeAt: Timestamp
    ) {
        (self.source, self.project, self.commit, self.end) = (source, project, commit, end)
        (self.elapsed, self.resources, self.unchanged) = (elapsed, resources, unchanged)
        self.madeAt = madeAt
    }
    package var exitCode: ExitCode { end == .converged ? .done : .error }
}

package struct AppliedResource: Codable, Sendable, Equatable {
    package enum Outcome: String, Codable, Sendable, CaseIterable {
        case done
        /// It failed, and made something all the same, which is recorded.
        case partly
        case failed
        /// Whether it happened is not known.
        case uncertain
        case inProgress
        case notStarted
    }
    package var id: ResourceID
    package var layer: Layer
    package var type: String
    package var action: PlannedResource.Action
    package var outcome: Outcome
    package var cause: Cause
    package var elapsed: Elapsed?
    /// Why it failed, or what it is doing.
    package var message: String?
    package var hint: String?
    package var place: ManifestLocation?

    package init(
        _ id: ResourceID, layer: Layer, type: String, _ action: PlannedResource.Action, _ outcome: Outcome,
        cause: Cause = .commit, elapsed: Elapsed? = nil, message: String? = nil, hint: String? = nil
    ) {
        (self.id, self.layer, self.type, self.action) = (id, layer, type, action)
        (self.outcome, self.cause, self.elapsed) = (outcome, cause, elapsed)
        (self.message, self.hint) = (message, hint)
    }
}
