package import Model

/// What merging one commit into another makes. Nothing of it is written: trees and files that are in neither are kept
/// in memory, and read through `repository`.
package struct Merge: Sendable {
    /// What is merged into, and what is merged.
    package var base: Commit
    package var head: Commit
    /// The root tree of the merge; with conflicts that of the base.
    package var tree: ObjectID
    /// In the order of their paths; empty where the merge is clean.
    package var conflicts: [MergeConflict]
    /// Reads all that was there before, and what the merge made.
    package var repository: LocalRepository
}

/// An object that is in no database.
struct MadeObject: Sendable {
    enum Kind: Sendable { case tree, blob }
    var id: ObjectID
    var kind: Kind
    var bytes: [UInt8]
}

extension LocalRepository {
    /// Merges `head` into `base` as `git merge` would. Its work follows what the two changed since they parted, but
    /// for files that both changed: those are merged by libgit2, which walks all.
    /// - Throws: `missing` where one is not there, or the two have no history in common; `cancelled`, at the next object
    ///   that is read.
    package func merge(_ head: ObjectID, into base: ObjectID) async throws(GitError) -> Merge {
        let operation = "merge \(head.short) into \(base.short)"
        let found = try await lend { (database) throws(GitError) in
            let (ours, theirs) = (try database.commit(base), try database.commit(head))
            let bases = try database.mergeBases(ours.id, theirs.id, operation)
            guard let first = bases.first else {
                throw GitError(
                    .missing, operation, "they have no history in common",
                    hint: "rebase the head onto the base")
            }
            if first == head { return Outcome(ours, theirs, tree: ours.tree) }
            if first == base { return Outcome(ours, theirs, tree: theirs.tree) }
            guard bases.count == 1 else { return Outcome(ours, theirs, tree: nil) }
            var merge = TreeMerge(database, operation)
            let tree = try merge.merge(
                ancestor: try database.commit(first).tree, ours: ours.tree, theirs: theirs.tree)
            return Outcome(ours, theirs, tree: tree, made: merge.made)
        }
        if let tree = found.tree {
            return Merge(
                base: found.base, head: found.head, tree: tree, conflicts: [],
                repository: having(found.made))
        }
        let whole = try await whole(found.base, found.head, operation)
        return Merge(
            base: found.base, head: found.head, tree: whole.tree, conflicts: whole.conflicts,
            repository: having(whole.made))
    }

    private func whole(
        _ base: Commit, _ head: Commit, _ operation: String
    ) async throws(GitError) -> (tree: ObjectID, conflicts: [MergeConflict], made: [MadeObject]) {
        let stop = Stop()
        let result = await withTaskCancellationHandler {
            do throws(GitError) {
                return Result<_, GitError>.success(
                    try await Blocking.run { () throws(GitError) in
                        try WholeMerge(self, operation, stop).merge(base, head)
                    })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            stop.set()
        }
        return try result.get()
    }

    private struct Outcome: Sendable {
        var base: Commit
        var head: Commit
        /// Nil where the contents of files have to be merged, too.
        var tree: ObjectID?
        var made: [MadeObject] = []
        init(_ base: Commit, _ head: Commit, tree: ObjectID?, made: [MadeObject] = []) {
            (self.base, self.head, self.tree, self.made) = (base, head, tree, made)
        }
    }
}
