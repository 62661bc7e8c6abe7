import Review
import Store

/// What a preview of a request came to.
struct PreviewOutcome: Sendable {
    /// `ready`, `conflict` or `failed`.
    var state: StoredPreview.State
    /// One line that says it all.
    var summary: String
    /// By source, the digest of its plan: see `StoredPreview.plans`.
    var plans: [String: String]
    /// Markdown, as long as the forge takes it.
    var comment: String
    /// The whole report, as JSON.
    var report: [UInt8]
    /// The commit at the head that was looked at, whole.
    var head: String
    /// The commit that it would be merged into.
    var base: String
    /// What the gate is to know of it, once people are told the same.
    var shown: [ShownPreview] = []
}

/// Why there is no outcome.
enum PreviewProblem: Error, Sendable, Hashable {
    /// The head is another commit by now, or gone: the forge is asked again.
    case headMoved
    /// It is tried again: in words, why.
    case notNow(String)
    /// The same will come of the same request: in words, why.
    case refused(String)
}

/// Makes previews, for as many sources as read the repository.
typealias PreviewMaker = @Sendable (ChangeRequest) async throws(PreviewProblem) -> PreviewOutcome

/// Tells the gate what a request was shown to change, in place of what it was told before; false where it can't be
/// recorded now.
typealias PreviewShower = @Sendable (_ shown: [ShownPreview], _ request: String) async -> Bool

/// Takes somebody's word for plans that a request's preview showed, by source their whole digests. Nil where it counts; else
/// why it does not, in words that go on from 'because'.
typealias PreviewApprover =
    @Sendable (
        _ preview: StoredPreview, _ plans: [String: String], _ by: ForgeUser
    ) async -> String?

/// Takes somebody's word for a plan of the repository's sources that waits, or that a merged request was shown to make. Nil
/// where it counts; else why it does not.
typealias PlanReleaser =
    @Sendable (_ request: String, _ digest: String, _ by: ForgeUser) async -> String?
