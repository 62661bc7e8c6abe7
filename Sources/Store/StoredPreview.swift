/// An open pull or merge request, and what a preview showed of it.
package struct StoredPreview: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is to be previewed, or is being.
        case waiting
        /// It can be applied.
        case ready
        /// Head and base can't be merged.
        case conflict
        /// It does not load, or a plan did not succeed.
        case failed
        /// Its head is in another repository, and such are not looked at.
        case fork
    }
    /// As the configuration names it.
    package var repository: String
    /// Its number at the forge.
    package var request: Int
    package var title = ""
    /// As the forge names them.
    package var author = ""
    package var url = ""
    /// The commit at its head that was previewed last, or is to be.
    package var head = ""
    /// The branch that it would be merged into.
    package var base = ""
    /// The commit of that branch that it was previewed on; empty before.
    package var baseCommit = ""
    package var state = State.waiting
    /// One line.
    package var summary = ""
    /// By source, the digest of what a review of it binds: 64 hex digits. Sources where nothing would change have none.
    package var plans: [String: String] = [:]
    /// What is said below the preview, until there is another.
    package var note = ""
    /// As the forge stamped it when its comments were read last.
    package var stamp = ""
    /// No comment up to this one is heeded any more.
    package var lastComment = 0
    /// When it was first heard of; milliseconds since 1970.
    package var seen: Int
    /// When its last preview ended.
    package var ended: Int?
    /// The status that was put into the outbox last, and of which commit.
    package var told = ""
    /// The comment that was put into the outbox last, in Markdown.
    package var comment = ""
    /// The report, as JSON; empty where there is none, and in a list.
    package var body: [UInt8] = []

    package init(repository: String, request: Int, seen: Int) {
        (self.repository, self.request, self.seen) = (repository, request, seen)
    }
}
