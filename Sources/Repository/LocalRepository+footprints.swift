import CGit2
import Model

/// What the merge of a request makes of a folder, to be known again in whatever commit brings it.
package struct Footprint: Hashable, Sendable {
    /// The id of the folder's tree, in hex; empty where there is no such folder.
    package var tree: String
    /// An id of what differs in the folder's manifests, and what they are then: the same whatever else was merged
    /// meanwhile. Empty where nothing differs.
    package var delta: String
    package init(tree: String, delta: String) { (self.tree, self.delta) = (tree, delta) }
}

extension LocalRepository {
    /// How many commits, and how many of those in all their pairs, are looked at for what was merged.
    private static let caps = (commits: 256, pairs: 12)

    /// From one commit or root tree to another.
    package func footprint(of folder: String, from base: ObjectID, to new: ObjectID) async throws(GitError)
        -> Footprint
    {
        let path = try FolderPath(folder, "read folder '\(folder)' at commit \(new.short)")
        return try await lend { (database) throws(GitError) in
            try database.footprint(of: path, from: database.tree(of: base), to: database.tree(of: new))
        }
    }

    /// Trees and deltas of all that was merged after `base`, which `tip` follows: by first parents, one by one, and
    /// several together where one request brought several commits. Of `tip` alone where it does not follow `base`.
    package func footprints(of folder: String, since base: ObjectID?, to tip: ObjectID) async throws(GitError)
        -> Set<String>
    {
        let path = try FolderPath(folder, "read folder '\(folder)' at commit \(tip.short)")
        return try await lend { (database) throws(GitError) in
            var trees = [try database.commit(tip).tree]
            var next: ObjectID? = tip
            while let commit = next, commit != base, trees.count <= Self.caps.commits {
                next = try database.commit(commit).parents.first
                if let parent = next { trees.append(try database.commit(parent).tree) }
            }
            if base == nil || next != base { trees = [trees[0]] }
            return try database.footprints(of: path, Array(trees.reversed()), pairs: Self.caps.pairs)
        }
    }
}

extension Database {
    /// - Parameter trees: root trees; the first is what was there before.
    fileprivate func footprints(
        of folder: FolderPath, _ trees: [ObjectID], pairs: Int
    ) throws(GitError) -> Set<String> {
        var found: Set<String> = []
        guard trees.count > 1 else { return [try folderTree(folder, below: trees[0])?.description ?? ""] }
        for (index, tree) in trees.enumerated().dropFirst() {
            let first = trees.count <= pairs ? 0 : index - 1
            for before in trees[first..<index] {
                let footprint = try footprint(of: folder, from: before, to: tree)
                found.formUnion([footprint.tree, footprint.delta])
            }
        }
        return found.subtracting([""])
    }

    fileprivate func footprint(
        of folder: FolderPath, from base: ObjectID, to new: ObjectID
    ) throws(GitError) -> Footprint {
        let (before, after) = (try folderTree(folder, below: base), try folderTree(folder, below: new))
        guard before != after else { return Footprint(tree: after?.description ?? "", delta: "") }
        var comparison = TreeComparison(
            self, "compare folder '\(folder.text)'", root: new, folder: folder, caps: FolderCaps(),
            matching: { _ in true })
        try comparison.compare(before, after)
        var lines = comparison.changes.written.map { "\($0.path)\0\($0.blob)" }
        lines += comparison.changes.removed.map { "\($0)\0" }
        let rules = folder.parts + [".martletignore"]
        let (old, ignored) = (try entry(at: rules, below: base)?.id, try entry(at: rules, below: new)?.id)
        if old != ignored { lines.append("/\(ignored?.description ?? "")") }
        guard !lines.isEmpty else { return Footprint(tree: after?.description ?? "", delta: "") }
        return Footprint(
            tree: after?.description ?? "",
            delta: try ObjectID(ofText: lines.sorted().joined(separator: "\n")).description)
    }

    /// Nil where there is no such folder.
    private func folderTree(_ folder: FolderPath, below root: ObjectID) throws(GitError) -> ObjectID? {
        let found = try entry(at: folder.parts, below: root)
        return found?.kind == .tree ? found?.id : nil
    }
}

extension ObjectID {
    /// As a blob of these bytes would have it.
    fileprivate init(ofText text: String) throws(GitError) {
        var id = git_oid()
        let bytes = Array(text.utf8)
        try git("hash a list of files") { git_odb_hash(&id, bytes, bytes.count, GIT_OBJECT_BLOB) }
        self.init(id)
    }
}
