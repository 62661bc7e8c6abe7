/// A path that git can't merge by itself.
package struct MergeConflict: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Both changed the same lines, or one made a folder of what the other changed.
        case changedByBoth
        case addedByBoth
        /// The base removed what the head changed.
        case removedByBase
        case removedByHead
    }
    /// From the repository's root; what is no UTF-8 of it is replaced.
    package var path: String
    package var kind: Kind

    package init(_ path: String, _ kind: Kind) { (self.path, self.kind) = (path, kind) }
}
