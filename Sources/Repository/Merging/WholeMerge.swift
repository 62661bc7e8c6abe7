import CGit2
import Model

/// Tells a database, from any thread, to read nothing more. Unchecked, because the flag is set and read atomically, and
/// lives as long as this.
final class Stop: @unchecked Sendable {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    init() { flag.initialize(to: 0) }
    deinit { flag.deallocate() }
    func set() { git_stop_set(flag) }
    var isSet: Bool { git_stop_is_set(flag) != 0 }
}

/// Merges the files' contents too, by libgit2, over a handle of its own: all that it writes stays in memory.
struct WholeMerge {
    private let database: Database
    private let operation: String
    private let stop: Stop

    init(_ repository: LocalRepository, _ operation: String, _ stop: Stop) throws(GitError) {
        (database, self.operation, self.stop) = (try repository.scratch(stop), operation, stop)
    }

    /// - Throws: `cancelled` soon after it was told to stop.
    func merge(
        _ base: Commit, _ head: Commit
    ) throws(GitError) -> (tree: ObjectID, conflicts: [MergeConflict], made: [MadeObject]) {
        do throws(GitError) { return try merged(base, head) } catch {
            throw stop.isSet ? GitError(.cancelled, operation, "it was cancelled") : error
        }
    }

    private func merged(
        _ base: Commit, _ head: Commit
    ) throws(GitError) -> (tree: ObjectID, conflicts: [MergeConflict], made: [MadeObject]) {
        var options = git_merge_options()
        git_merge_options_init(&options, UInt32(GIT_MERGE_OPTIONS_VERSION))
        let ours = try handle(base)
        let theirs = try handle(head)
        let (repository, left, right) = (database.repository, ours.pointer, theirs.pointer)
        let index = try Handle(operation, free: git_index_free) {
            git_merge_commits(&$0, repository, left, right, &options)
        }
        guard git_index_has_conflicts(index.pointer) == 0 else {
            return (base.tree, try conflicts(in: index), [])
        }
        var id = git_oid()
        try git(operation) { git_index_write_tree_to(&id, index.pointer, repository) }
        let tree = ObjectID(id)
        var made: [MadeObject] = []
        try collect(tree, besides: [base.tree, head.tree], into: &made, depth: 0)
        return (tree, [], made)
    }

    private func handle(_ commit: Commit) throws(GitError) -> Handle {
        var raw = commit.id.raw
        return try Handle(operation, free: git_commit_free) {
            git_commit_lookup(&$0, database.repository, &raw)
        }
    }

    private func conflicts(in index: borrowing Handle) throws(GitError) -> [MergeConflict] {
        let iterator = try Handle(operation, free: git_index_conflict_iterator_free) {
            git_index_conflict_iterator_new(&$0, index.pointer)
        }
        var conflicts: Set<MergeConflict> = []
        var (ancestor, ours, theirs) = (
            UnsafePointer<git_index_entry>?.none, UnsafePointer<git_index_entry>?.none,
            UnsafePointer<git_index_entry>?.none
        )
        while git_index_conflict_next(&ancestor, &ours, &theirs, iterator.pointer) == 0 {
            guard let path = (ours ?? theirs ?? ancestor)?.pointee.path else { continue }
            let kind: MergeConflict.Kind =
                switch (ours, theirs) {
                case (nil, _): .removedByBase
                case (_, nil): .removedByHead
                default: ancestor == nil ? .addedByBoth : .changedByBoth
                }
            conflicts.insert(MergeConflict(String(cString: path), kind))
        }
        return conflicts.sorted { $0.path < $1.path }
    }

    /// What is reached from a tree and is in no database. What stands at the same place in one of `others` is.
    private func collect(
        _ id: ObjectID, besides others: [ObjectID], into made: inout [MadeObject], depth: Int
    ) throws(GitError) {
        guard !others.contains(id) else { return }
        guard depth < 64 else {
            throw GitError(.tooLarge, operation, "a folder is more than 64 levels deep")
        }
        let tree = try Tree(id, in: database)
        defer { withExtendedLifetime(tree) {} }
        made.append(MadeObject(id: id, kind: .tree, bytes: tree.bytes))
        var beside: [[UInt8]: [ObjectID]] = [:]
        for other in others {
            let tree = try Tree(other, in: database)
            defer { withExtendedLifetime(tree) {} }
            var entries = tree.entries
            while let entry = try entries.next() { beside[Array(entry.name), default: []].append(entry.id) }
        }
        var entries = tree.entries
        while let entry = try entries.next() {
            let before = beside[Array(entry.name)] ?? []
            guard !before.contains(entry.id) else { continue }
            switch entry.kind {
            case .tree:
                var trees: [ObjectID] = []
                for other in before where try database.header(of: other).kind == GIT_OBJECT_TREE {
                    trees.append(other)
                }
                try collect(entry.id, besides: trees, into: &made, depth: depth + 1)
            case .file, .symlink, .other:
                let bytes = try database.withBlob(entry.id) { Array($0) }
                made.append(MadeObject(id: entry.id, kind: .blob, bytes: bytes))
            case .submodule: break
            }
        }
    }
}
