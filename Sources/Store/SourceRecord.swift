package import Model

/// How far the world has followed a commit.
package enum CommitState: String, Sendable, Codable, CaseIterable {
    /// Not every resource of the source was ready at it yet.
    case pending
    /// Every one was, once.
    case converged
    case failed
    /// A newer one came before it converged.
    case overtaken
}

/// Where a source stands. Times are milliseconds since 1970.
package struct SourceRecord: Hashable, Sendable, Codable {
    package var name: String
    /// Where it was last read from: a path or a URL with its folder, without credentials.
    package var repository: String
    /// The commit that is in force, in hex; empty until one was loaded.
    package var commit: String
    /// The commit in force before the branch was moved to another history, while no person has agreed to that; nil
    /// where `commit` came after what was in force before it.
    package var trusted: String?
    /// The first line of its message.
    package var summary: String
    package var author: String
    package var loadedAt: Int
    /// When the forge said that it was pushed.
    package var pushedAt: Int?
    package var state: CommitState
    package var stateSince: Int
    /// When `commit` converged.
    package var convergedAt: Int?
    /// The last commit that converged: `commit`, or one before it.
    package var lastConverged: String?
    /// What is wrong with `refusedCommit`.
    package var problems: [Diagnostic]
    /// A newer commit that was not taken.
    package var refusedCommit: String?
    /// The first line of its message.
    package var refusedSummary: String?
    package var refusedAt: Int?
    /// The digest of the deletes that were told to wait for a person, and the commit whose review was.
    package var toldDeletes: String?
    package var toldReview: String?
    /// A person has asked to take all of it away.
    package var isDestroyed: Bool
    /// What it may, as last configured: what it made can be taken away by them once the configuration has it no more.
    package var grants: Grants?

    package init(
        _ name: String, repository: String, commit: String = "", summary: String = "", author: String = "",
        loadedAt: Int = 0, pushedAt: Int? = nil, state: CommitState = .pending, stateSince: Int = 0,
        convergedAt: Int? = nil, lastConverged: String? = nil,
        problems: [Diagnostic] = [], refusedCommit: String? = nil, isDestroyed: Bool = false
    ) {
        (self.name, self.repository, self.commit, self.summary) = (name, repository, commit, summary)
        (self.author, self.loadedAt, self.pushedAt) = (author, loadedAt, pushedAt)
        (self.state, self.stateSince, self.convergedAt) = (state, stateSince, convergedAt)
        (self.lastConverged, self.problems) = (lastConverged, problems)
        (self.refusedCommit, self.isDestroyed) = (refusedCommit, isDestroyed)
    }
}
