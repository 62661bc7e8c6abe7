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

/// Takes somebody's word for plans that a request's preview showed, by source their whole digests. Nil where it counts; else
/// why it does not, in words that go on from 'because'.
typealias PreviewApprover =
    @Sendable (
        _ preview: StoredPreview, _ plans: [String: String], _ by: ForgeUser
    ) async -> String?
