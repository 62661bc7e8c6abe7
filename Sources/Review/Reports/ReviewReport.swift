package import Model
package import Store

/// What requests were shown to change, who approved it, and what waits for that: `martlet reviews`.
package struct ReviewReport: Report {
    package static let schema = "martlet/reviews/v1"

    /// What waits for a person, by source.
    package var waiting: [Waiting]
    /// What was shown and is not yet carried out, the newest first.
    package var plans: [Row]
    /// The newest first.
    package var approvals: [Approval]
    package var madeAt: Timestamp

    package struct Waiting: Codable, Sendable, Equatable {
        package var source: String
        /// Of all that the source would change, in hex.
        package var digest: String
        package var changes: [Change]
        package init(source: String, digest: String, changes: [Change]) {
            (self.source, self.digest, self.changes) = (source, digest, changes)
        }
    }
    /// What of a change was not reviewed.
    package struct Change: Codable, Sendable, Equatable {
        package enum Reason: String, Codable, Sendable, CaseIterable {
            /// Nobody was shown any change of the resource.
            case unseen
            /// Something else was shown to be done to it.
            case action
            /// `fields` were not shown, or otherwise.
            case fields
            /// `request` shows it, and was not merged as it was shown.
            case notMerged
            /// `request` shows it, and nobody has approved that.
            case notApproved
        }
        package var id: ResourceID
        package var reason: Reason
        /// JSON pointers.
        package var fields: [String]
        /// Its address at the forge; nil where no request shows it.
        package var request: String?
        package init(_ id: ResourceID, _ reason: Reason, fields: [String] = [], request: String? = nil) {
            (self.id, self.reason, self.fields, self.request) = (id, reason, fields, request)
        }
    }
    package struct Row: Codable, Sendable, Equatable {
        package var source: String
        package var digest: String
        /// Its address at the forge.
        package var request: String
        package var author: String
        package var shownAt: Timestamp
        /// How many resources it changes, and of how many that was carried out.
        package var changes: Int
        package var done: Int
        package var isMerged: Bool
        /// Somebody else than the author has approved it.
        package var isApproved: Bool
        package init(
            source: String, digest: String, request: String, author: String, shownAt: Timestamp, changes: Int,
            done: Int, isMerged: Bool, isApproved: Bool
        ) {
            (self.source, self.digest, self.request, self.author) = (source, digest, request, author)
            (self.shownAt, self.changes, self.done) = (shownAt, changes, done)
            (self.isMerged, self.isApproved) = (isMerged, isApproved)
        }
    }
    package struct Approval: Codable, Sendable, Equatable {
        package var source: String
        package var digest: String
        package var by: String
        package var way: PlanApproval.Way
        package var at: Timestamp
        package init(source: String, digest: String, by: String, way: PlanApproval.Way, at: Timestamp) {
            (self.source, self.digest, self.by, self.way, self.at) = (source, digest, by, way, at)
        }
    }

    package init(waiting: [Waiting], plans: [Row], approvals: [Approval], madeAt: Timestamp) {
        (self.waiting, self.plans, self.approvals, self.madeAt) = (waiting, plans, approvals, madeAt)
    }
    package var exitCode: ExitCode { waiting.isEmpty ? .done : .changes }
}
