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

    package mutating func formUnion(_ other: Footprints) {
        found.formUnion(other.found)
        standing.formUnion(other.standing)
    }
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
            let line = try Line(database, path, since: base, to: tip, atMost: Self.caps.commits)
            guard let line else {
                var alone = Footprints()
                alone.found = [
                    try database.folderTree(path, below: database.tree(of: tip))?.description ?? ""
                ]
                alone.standing = alone.found
                return alone
            }
            var all = try database.footprints(of: path, line, pairs: Self.caps.pairs)
            for index in line.commits.indices.dropFirst().suffix(Self.caps.pairs) {
                let commit = line.commits[index]
                // A merge of what was merged already brings nothing: what it finds there may be anything.
                guard commit.parents.count == 2,
                    commit.tree != line.commits[index - 1].tree,
                    try makes(commit.tree, of: commit.parents, database)
                else { continue }
                all.add(
                    commit.parents[1].description,
                    isStanding: line.stands(line.touched[index], after: index))
            }
            return all
        }
    }

    /// Of `heads`, those that git itself merges into what stood after `base` to just what stood later, though no commit has
    /// them as a parent: squashed, or rebased. Whoever asks for a merge made them, so that nothing in them, nor how long
    /// they take, is in anybody's way: what can't be told within its share of the time is left out. All folders are
    /// looked at: in that of a source which only follows another, nothing differs.
    package func squashed(
        _ heads: [ObjectID], since base: ObjectID, to tip: ObjectID, within time: Duration = .seconds(5)
    ) async -> Footprints {
        let end = ContinuousClock.now + time
        var all = Footprints()
        let line = try? await lend { (database) throws(GitError) in
            let root = try FolderPath("", "read commit \(tip.short)")
            return try Line(database, root, since: base, to: tip, atMost: Self.caps.pairs)
        }
        guard let line else { return all }
        for (index, head) in heads.enumerated() {
            let share = (end - ContinuousClock.now) / (heads.count - index)
            for stands in await places(of: head, in: line, within: share) {
                all.add(head.description, isStanding: stands)
            }
        }
        return all
    }

    private func places(of head: ObjectID, in line: Line, within time: Duration) async -> [Bool] {
        let stop = Stop()
        let timer = Task {
            try await Task.sleep(for: time)
            stop.set()
        }
        defer { timer.cancel() }
        let found = try? await Blocking.run { [self] () throws(GitError) in
            try places(of: head, in: line, try scratch(stop), stop)
        }
        return found ?? []
    }

    /// Where a line has what git makes of a head: for each, whether nothing later touches what the head changes.
    private func places(
        of head: ObjectID, in line: Line, _ database: Database, _ stop: Stop
    ) throws(GitError) -> [Bool] {
        guard let last = line.commits.last else { return [] }
        let theirs = try database.commit(head)
        guard let fork = try database.mergeBases(head, last.id, "merge \(head.short)").first else {
            return []
        }
        let files = Set(
            try database.difference(of: line.folder, from: database.tree(of: fork), to: theirs.tree).keys)
        var places: [Bool] = []
        for start in line.commits.indices.dropLast() {
            // What merging changes first is the request's own; what else there may be takes longer to find out.
            let next = line.touched[start + 1]
            guard !next.isEmpty, next.isSubset(of: files),
                let tree = try merged([line.commits[start].id, head], database, stop),
                tree != line.commits[start].tree,
                let end = line.commits.lastIndex(where: { $0.tree == tree }), end > start
            else { continue }
            places.append(line.stands(files, after: end))
        }
        return places
    }

    /// Whether git by itself makes this tree of the second commit merged into the first; not where that can't be told.
    private func makes(_ tree: ObjectID, of parents: [ObjectID], _ database: Database) throws(GitError)
        -> Bool
    {
        try merged(parents, database, Stop()) == tree
    }

    /// What git by itself makes of the second commit merged into the first; nil where it can't, or that can't be told.
    private func merged(
        _ parents: [ObjectID], _ database: Database, _ stop: Stop
    ) throws(GitError) -> ObjectID? {
        let operation = "merge \(parents[1].short) into \(parents[0].short)"
        let (ours, theirs) = (try database.commit(parents[0]), try database.commit(parents[1]))
        let bases = try database.mergeBases(ours.id, theirs.id, operation)
        if bases == [ours.id] { return theirs.tree }
        if bases == [theirs.id] { return ours.tree }
        if bases.count == 1, let base = bases.first {
            var merge = TreeMerge(database, operation)
            let tree = try? merge.merge(
                ancestor: try database.commit(base).tree, ours: ours.tree, theirs: theirs.tree)
            if let tree { return tree }
        }
        guard !bases.isEmpty, let whole = try? WholeMerge(self, operation, stop).merge(ours, theirs) else {
            return nil
        }
        return whole.conflicts.isEmpty ? whole.tree : nil
    }
}

/// A branch's commits by first parents, the first of them what was there before.
private struct Line: Sendable {
    let folder: FolderPath
    var commits: [Commit]
    /// What each has changed in the folder: see `Database.difference`.
    var changes: [[String: String]]
    /// Of that, the files alone.
    var touched: [Set<String>]

    /// Nil where `tip` does not follow `base` within so many commits.
    init?(
        _ database: Database, _ folder: FolderPath, since base: ObjectID?, to tip: ObjectID, atMost limit: Int
    ) throws(GitError) {
        var found = [try database.commit(tip)]
        while let last = found.last, last.id != base, found.count <= limit, let parent = last.parents.first {
            found.append(try database.commit(parent))
        }
        guard base != nil, found.last?.id == base else { return nil }
        (self.folder, commits) = (folder, found.reversed())
        changes = [[:]]
        for index in commits.indices.dropFirst() {
            let (before, after) = (commits[index - 1].tree, commits[index].tree)
            changes.append(try database.difference(of: folder, from: before, to: after))
        }
        touched = changes.map { Set($0.keys) }
    }

    /// Whether nothing after a commit touches these files, or which files count.
    func stands(_ files: some Sequence<String>, after index: Int) -> Bool {
        let files = Set(files)
        return touched[(index + 1)...].allSatisfy {
            $0.isDisjoint(with: files) && !$0.contains(where: \.isRules)
        }
    }
}

extension Database {
    fileprivate func footprints(
        of folder: FolderPath, _ line: Line, pairs: Int
    ) throws(GitError) -> Footprints {
        let trees = line.commits.map(\.tree)
        var all = Footprints()
        for (index, tree) in trees.enumerated().dropFirst() {
            let id = try folderTree(folder, below: tree)?.description ?? ""
            all.add(id, isStanding: line.touched[(index + 1)...].allSatisfy(\.isEmpty))
            let first = trees.count <= pairs ? 0 : index - 1
            for before in first..<index {
                let isNext = before == index - 1
                let changes =
                    isNext ? line.changes[index] : try difference(of: folder, from: trees[before], to: tree)
                all.add(try changes.delta, isStanding: line.stands(changes.keys, after: index))
            }
        }
        return all
    }

    fileprivate func footprint(
        of folder: FolderPath, from base: ObjectID, to new: ObjectID
    ) throws(GitError) -> Footprint {
        Footprint(
            tree: try folderTree(folder, below: new)?.description ?? "",
            delta: try difference(of: folder, from: base, to: new).delta)
    }

    /// What differs in the folder: by path what is there then, in hex; empty where nothing is.
    fileprivate func difference(
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
    fileprivate func folderTree(_ folder: FolderPath, below root: ObjectID) throws(GitError) -> ObjectID? {
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

extension String {
    /// Whether what is found here says which files count: that of the folder itself is found at `/`.
    fileprivate var isRules: Bool { self == "/" || split(separator: "/").last == ".martletignore" }
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
