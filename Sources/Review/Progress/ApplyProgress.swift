package import Model

/// What is going on, of one source: one moment of it.
package struct ApplyProgress: Codable, Sendable, Equatable {
    package var project: String
    package var commit: ReportedCommit?
    package var startedAt: Timestamp
    package var now: Timestamp
    package var activities: [Activity]
    /// Resources that are ready and not among the activities.
    package var quiet: [Layer: Int] = [:]

    package init(
        project: String, commit: ReportedCommit?, startedAt: Timestamp, now: Timestamp, activities: [Activity]
    ) {
        (self.project, self.commit, self.startedAt) = (project, commit, startedAt)
        (self.now, self.activities) = (now, activities)
    }

    /// One resource at this moment.
    package struct Activity: Codable, Sendable, Equatable {
        package enum State: String, Codable, Sendable, CaseIterable {
            case notStarted, waiting
            /// A step runs.
            case started
            /// The engine has taken it, and it is not ready yet.
            case inProgress
            case ready, failed
        }
        package var id: ResourceID
        package var layer: Layer
        package var state: State
        /// What it does or why: `2 of 3 instances healthy, next in 10 s`.
        package var message: String?
        /// Of the state.
        package var since: Timestamp

        package init(
            _ id: ResourceID, _ layer: Layer, _ state: State, _ message: String? = nil, since: Timestamp
        ) {
            (self.id, self.layer, self.state, self.message, self.since) = (id, layer, state, message, since)
        }
    }
}

extension ApplyProgress.Activity {
    var isGoingOn: Bool { state == .started || state == .inProgress }
}
