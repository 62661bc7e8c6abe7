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

/// All that was merged between two commits: trees and deltas of `Footprint`, and commits at the heads of merges, in hex.
package struct Footprints: Hashable, Sendable {
    package var found: Set<String> = []
    /// Those whose files are at the last commit what they were made then: nothing that came later has touched them.
    package var standing: Set<String> = []
    package init() {}
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
    /// several together where one request brought several commits; and the heads of those merges that are as git makes
    /// them, with nothing else in them. Of `tip` alone where it does not follow `base`.
    package func footprints(of folder: String, since base: ObjectID?, to tip: ObjectID) async throws(GitError)
        -> Footprints
    {
        let path = try FolderPath(folder, "read folder '\(folder)' at commit \(tip.short)")
        return try await lend { [self] (database) throws(GitError) in
            var commits = [try database.commit(tip)]
            while let last = commits.last, last.id != base, commits.count <= Self.caps.commits,
                let parent = last.parents.first
            {
                commits.append(try database.commit(parent))
            }
            if base == nil || commits.last?.id != base { commits = [commits[0]] }
            commits.reverse()
            var all = try database.footprints(of: path, commits.map(\.tree), pairs: Self.caps.pairs)
            for commit in commits.dropFirst().suffix(Self.caps.pairs) where try isMerge(commit, database) {
                all.add(
                    commit.parents[1].description,
                    isStanding: try database.stands(commit, at: commits[commits.count - 1].tree, path))
            }
            return all
        }
    }

    /// Whether a commit is what git makes of its two parents by itself; not where that can't be told.
    private func isMerge(_ commit: Commit, _ database: Database) throws(GitError) -> Bool {
        guard commit.parents.count == 2 else { return false }
        let operation = "merge \(commit.parents[1].short) into \(commit.parents[0].short)"
        let (ours, theirs) = (
            try database.commit(commit.parents[0]), try database.commit(commit.parents[1])
        )
        let bases = try database.mergeBases(ours.id, theirs.id, operation)
        if bases == [ours.id] { return commit.tree == theirs.tree }
        if bases.count == 1, let base = bases.first, base != theirs.id {
            var merge = TreeMerge(database, operation)
            let tree = try? merge.merge(
                ancestor: try database.commit(base).tree, ours: ours.tree, theirs: theirs.tree)
            if let tree { return tree == commit.tree }
        }
        guard !bases.isEmpty, let whole = try? WholeMerge(self, operation, Stop()).merge(ours, theirs) else {
            return false
        }
        return whole.conflicts.isEmpty && whole.tree == commit.tree
    }
}

extension Database {
    /// - Parameter trees: root trees; the first is what was there before.
    fileprivate func footprints(
        of folder: FolderPath, _ trees: [ObjectID], pairs: Int
    ) throws(GitError) -> Footprints {
        var all = Footprints()
        guard trees.count > 1 else {
            all.found = [try folderTree(folder, below: trees[0])?.description ?? ""]
            all.standing = all.found
            return all
        }
        for (index, tree) in trees.enumerated().dropFirst() {
            let later = Set(try difference(of: folder, from: tree, to: trees[trees.count - 1]).keys)
            let id = try folderTree(folder, below: tree)?.description ?? ""
            all.add(id, isStanding: later.isEmpty)
            let first = trees.count <= pairs ? 0 : index - 1
            for before in trees[first..<index] {
                let changes = try difference(of: folder, from: before, to: tree)
                all.add(try changes.delta, isStanding: later.isDisjoint(with: changes.keys))
            }
        }
        return all
    }

    /// Whether nothing of what a commit changed in the folder was touched after it.
    fileprivate func stands(
        _ commit: Commit, at tip: ObjectID, _ folder: FolderPath
    ) throws(GitError) -> Bool {
        guard let parent = commit.parents.first else { return false }
        let changed = try difference(of: folder, from: tree(of: parent), to: commit.tree)
        let later = try difference(of: folder, from: commit.tree, to: tip)
        return Set(changed.keys).isDisjoint(with: later.keys)
    }

    fileprivate func footprint(
        of folder: FolderPath, from base: ObjectID, to new: ObjectID
    ) throws(GitError) -> Footprint {
        Footprint(
            tree: try folderTree(folder, below: new)?.description ?? "",
            delta: try difference(of: folder, from: base, to: new).delta)
    }

    /// What differs in the folder: by path what is there then, in hex; empty where nothing is.
    private func difference(
        of folder: FolderPath, from base: ObjectID, to new: ObjectID
    ) throws(GitError) -> [String: String] {
        let (before, after) = (try folderTree(folder, below: base), try folderTree(folder, below: new))
        guard before != after else { return [:] }
        var comparison = TreeComparison(
            self, "compare folder '\(folder.text)'", root: new, folder: folder, caps: FolderCaps(),
            matching: { _ in true })
        try comparison.compare(before, after)
        var found: [String: String] = [:]
        for file in comparison.changes.written { found[file.path] = file.blob.description }
        for path in comparison.changes.removed { found[path] = "" }
        let rules = folder.parts + [".martletignore"]
        let (old, ignored) = (try entry(at: rules, below: base)?.id, try entry(at: rules, below: new)?.id)
        if old != ignored { found["/"] = ignored?.description ?? "" }
        return found
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

extension Footprints {
    fileprivate mutating func add(_ footprint: String, isStanding: Bool) {
        guard !footprint.isEmpty else { return }
        found.insert(footprint)
        if isStanding { standing.insert(footprint) }
    }
}

extension [String: String] {
    /// See `Footprint.delta`.
    fileprivate var delta: String {
        get throws(GitError) {
            if isEmpty { return "" }
            let lines = map { "\($0)\0\($1)" }.sorted()
            return try ObjectID(ofText: lines.joined(separator: "\n")).description
        }
    }
}
