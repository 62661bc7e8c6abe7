package import Model
package import Repository
package import Store

/// What a source's load gave: a commit, or a folder as it is.
package struct Load: Sendable {
    package var source: String
    package var commit: Revision
    package var manifests: [ResourceID: Manifest]
    package var removed: Set<ResourceID>
    /// All of the source: what is recorded and not here is removed. Otherwise only what differs from the last load.
    package var isWhole: Bool
    /// With any error, nothing of this load is taken.
    package var problems: [Diagnostic]
    /// What previews that were merged since the last good load are known by, and those of them that nothing has touched
    /// since: see `LocalRepository.footprints`.
    package var merged = Footprints()

    package init(
        source: String, commit: Revision, manifests: some Sequence<Manifest>, removed: Set<ResourceID> = [],
        isWhole: Bool = false, problems: [Diagnostic] = []
    ) {
        (self.source, self.commit, self.removed, self.isWhole) = (source, commit, removed, isWhole)
        self.manifests = Dictionary(manifests.map { ($0.id, $0) }) { $1 }
        self.problems = problems
    }
    /// This after one that was read before it and never taken.
    func following(_ before: Load) -> Load {
        var load = self
        // What was merged by the earlier one may be something else by this.
        load.merged.found.formUnion(before.merged.found)
        guard !isWhole else { return load }
        load.manifests = before.manifests.filter { !removed.contains($0.key) }.merging(manifests) { $1 }
        load.removed = before.removed.subtracting(manifests.keys).union(removed)
        load.isWhole = before.isWhole
        return load
    }
    var isRefused: Bool { problems.contains { $0.severity == .error } }
}

/// A commit as people know it.
package struct Revision: Sendable, Hashable, Codable {
    /// 40 hex digits; a folder that is no repository has the digest of its content.
    package var id: String
    /// The message's first line.
    package var summary: String
    package var author: String
    /// Seconds since 1970.
    package var time: Int
    /// It does not contain what was in force before.
    package var isForced: Bool

    package init(id: String, summary: String = "", author: String = "", time: Int = 0, isForced: Bool = false)
    {
        (self.id, self.summary, self.author) = (id, summary, author)
        (self.time, self.isForced) = (time, isForced)
    }
}

/// What the controller's configuration says of a source.
package struct SourcePolicy: Sendable, Hashable {
    package var grants: Grants
    package var maxDeletes = DeleteBudget()
    /// Nil where changes of manifests wait for nobody.
    package var review: ReviewRule?
    /// Commits need signatures. A branch that was moved to another history waits for a person then: an older commit was
    /// signed too.
    package var isSignatureRequired = false
    /// Path of the source's folder in its repository, for places.
    package var folder = ""
    /// Where all of it is read from, as a path or a URL without credentials; empty where nobody knows.
    package var origin = ""

    package init(grants: Grants) { self.grants = grants }
}

/// When a change of manifests counts as reviewed; others wait for a person.
package enum ReviewRule: String, Sendable, Hashable, CaseIterable {
    /// It was shown in the preview of a request that was merged as it was shown.
    case merged
    /// Somebody other than the request's author approved the digest of its preview.
    case approved
}

/// How many deletes a pass may start by itself.
package struct DeleteBudget: Sendable, Hashable {
    /// Of the source's recorded resources, from 0 to 100.
    package var percent = 10
    package var atLeast = 5
    /// A fixed number instead.
    package var fixed: Int?
    package init() {}
    package init(fixed: Int) { self.fixed = fixed }
    package func limit(of count: Int) -> Int { fixed ?? max(atLeast, count * percent / 100) }
}

/// Where a source stands.
package struct SourceState: Sendable {
    package internal(set) var policy: SourcePolicy
    /// The configuration has it: false for one that was dropped, whose resources are left alone.
    package internal(set) var isConfigured = true
    /// A whole load was taken since the start.
    package internal(set) var isLoaded = false
    /// All of it is to be taken away.
    package internal(set) var isDestroyed = false
    package internal(set) var record: SourceRecord?
    /// Read without a problem, and refused for what other sources have: whoever reads goes on from there.
    var withheld: Load?
    /// Resources that have not been ready at the present commit.
    package internal(set) var outstanding: Set<ResourceID> = []
    package internal(set) var failed: Set<ResourceID> = []
    package internal(set) var tally: [Layer: [ResourceState: Int]] = [:]
    package internal(set) var recordedCount = 0
    /// Of those, how many differ from their record.
    package internal(set) var driftedCount = 0
    /// Pending deletes and replacements.
    package internal(set) var deletions: Set<ResourceID> = []
    package internal(set) var fetchError: String?
    /// Milliseconds since 1970.
    package internal(set) var lastFetched: Int?
    /// When the last fetch began, whether or not it succeeded.
    package internal(set) var lastTried: Int?
    package internal(set) var lastWoken: Int?

    init(policy: SourcePolicy) { self.policy = policy }
    /// Changes of manifests wait until a person has approved their digest.
    package var needsReview: Bool {
        policy.review != nil || policy.isSignatureRequired && record?.trusted != nil
    }
    static var unconfigured: SourceState {
        var state = SourceState(policy: SourcePolicy(grants: Grants(projects: [])))
        state.isConfigured = false
        return state
    }
}
