package import Model

/// Something that happened, told so that people can read it later: never what the loop decides by.
package struct HistoryEvent: Hashable, Sendable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case created, updated, replaced, deleted, forgot, adopted, moved
        case driftFound = "drift found"
        case driftCorrected = "drift corrected"
        case failed, held, uncertain, settled
        case commitPending = "commit pending"
        case commitConverged = "commit converged"
        case commitFailed = "commit failed"
        case commitOvertaken = "commit overtaken"
        case sourceRefused = "source refused"
        /// The branch moved to a commit that does not follow the one before.
        case sourceRewritten = "source rewritten"
        /// The configuration has it from another place.
        case sourceRelocated = "source relocated"
        case sourceRemoved = "source removed"
        case waiting = "waiting for a person"
        case suspended, resumed, approved, ignored
        /// What was reviewed may start: it was merged as it was shown, or a person let it go.
        case reviewed
        /// A person asked it of a job.
        case stopped, started, restarted, retried
        case secretRotated = "secret rotated"
        case leaseRevoked = "lease revoked"
        /// Of a kind that a later version named.
        case other
    }

    /// One field's difference, as lines that are safe to show.
    package struct Field: Hashable, Sendable, Codable {
        package var path: String
        package var before: String
        package var after: String
        package var cause: String
        package init(path: String, before: String, after: String, cause: String) {
            (self.path, self.before, self.after, self.cause) = (path, before, after, cause)
        }
    }

    /// Given by the store, rising; 0 before it is stored.
    package var number: Int
    /// Milliseconds since 1970.
    package var time: Int
    package var source: String
    /// In hex; empty where no commit has to do with it.
    package var commit: String
    package var resource: ResourceID?
    package var kind: Kind
    package var cause: Cause?
    package var fields: [Field]
    package var message: String
    /// Who asked for it; empty where nobody did.
    package var person = ""

    package init(
        _ kind: Kind, time: Int, source: String, commit: String = "", resource: ResourceID? = nil,
        cause: Cause? = nil, fields: [Field] = [], message: String = ""
    ) {
        (self.number, self.kind, self.time, self.source) = (0, kind, time, source)
        (self.commit, self.resource, self.cause) = (commit, resource, cause)
        (self.fields, self.message) = (fields, message)
    }
}
