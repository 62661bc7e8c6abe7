import CGit2

package struct Commit: Hashable, Sendable, Codable {
    package var id: ObjectID
    package var tree: ObjectID
    package var parents: [ObjectID]
    package var author: String
    /// The first line of its message.
    package var summary: String
    /// When it was committed, in seconds since 1970 in UTC.
    package var time: Int
}

extension Commit {
    init(_ commit: borrowing Handle) {
        let pointer = commit.pointer
        id = ObjectID(git_commit_id(pointer).pointee)
        tree = ObjectID(git_commit_tree_id(pointer).pointee)
        parents = (0..<git_commit_parentcount(pointer)).compactMap { index in
            git_commit_parent_id(pointer, index).map { ObjectID($0.pointee) }
        }
        author = git_commit_author(pointer).flatMap { $0.pointee.name }.map { String(cString: $0) } ?? ""
        summary = git_commit_summary(pointer).map { String(cString: $0) } ?? ""
        time = Int(git_commit_time(pointer))
    }
}
