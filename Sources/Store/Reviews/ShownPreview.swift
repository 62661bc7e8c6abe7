package import Model

/// What a request was said to change of one source, and where that stands. A newer one of the same request and source
/// takes its place.
package struct ShownPreview: Hashable, Sendable, Codable {
    package var source: String
    /// The request as people find it: its address at the forge.
    package var request: String
    /// Who asks for the merge, as the forge names them: their own word does not count.
    package var author: String
    /// The forge's own word for them, which outlasts a new name; empty where nobody knows.
    package var authorID = ""
    /// The id of the source's folder's tree in the merge, in hex, and the digest of what the merge changes there: see
    /// `LocalRepository.footprint`. The commit that a merge makes is not known before; squashed and rebased, its tree is
    /// the same.
    package var tree: String
    package var delta: String
    /// The commit at its head, in hex: also what both sides changed in one file is merged by git itself.
    package var head = ""
    package var plan: ReviewedPlan
    /// Milliseconds since 1970.
    package var shownAt: Int
    /// What it was of is in force.
    package var isMerged = false
    /// Whose change was carried out: nothing is left to allow.
    package var spent: Set<ResourceID> = []

    package init(
        source: String, request: String, author: String, tree: String, delta: String, plan: ReviewedPlan,
        shownAt: Int
    ) {
        (self.source, self.request, self.author) = (source, request, author)
        (self.tree, self.delta, self.plan, self.shownAt) = (tree, delta, plan, shownAt)
    }
}

/// Somebody's word for a plan.
package struct PlanApproval: Hashable, Sendable, Codable {
    /// How it was said.
    package enum Way: String, Sendable, Codable, CaseIterable {
        /// By `martlet approve`, or over the API.
        case command
        /// In a comment on the request.
        case comment
    }
    package var source: String
    /// All 64 hex digits, whatever was written.
    package var digest: String
    package var by: String
    /// As `ShownPreview.authorID`.
    package var userID = ""
    package var way: Way
    /// Milliseconds since 1970.
    package var at: Int
    /// Whose previews are meant: another request that comes to the same plan later needs a word of its own.
    package var requests: Set<String>

    package init(
        source: String, digest: String, by: String, way: Way, at: Int, requests: Set<String> = []
    ) {
        (self.source, self.digest, self.by, self.way, self.at) = (source, digest, by, way, at)
        self.requests = requests
    }
}
