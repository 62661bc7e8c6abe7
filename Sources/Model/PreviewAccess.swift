/// Whom a preview asks instead of an engine: somebody who wants to merge, and need not be trusted yet, decides what is
/// asked.
package enum PreviewAccess: Sendable {
    /// The engine itself: to observe and to plan, it reads what it is asked about and nothing else, runs nothing of a
    /// repository, and no manifest makes it read for others what they may not.
    case itself
    /// The same with credentials that may read only, and with data sources left alone where they are not safe.
    case other(any Engine)
    /// Nobody, and why, as people are told it.
    case none(EngineError)
}

extension Engine { package var forPreviews: PreviewAccess { .itself } }
