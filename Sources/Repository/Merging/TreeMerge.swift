import CGit2

/// Merges three trees where no file was changed by both: opens only folders that both changed.
struct TreeMerge {
    private let database: Database
    private let operation: String
    private(set) var made: [MadeObject] = []

    init(_ database: Database, _ operation: String) {
        (self.database, self.operation) = (database, operation)
    }

    /// The root of the merge; nil where contents have to be merged.
    mutating func merge(ancestor: ObjectID, ours: ObjectID, theirs: ObjectID) throws(GitError) -> ObjectID? {
        switch try merged(Sides(folder(ancestor), folder(ours), folder(theirs)), depth: 0) {
        case .clean(let side?): side.id
        case .clean(nil): try make([])
        case .contested: nil
        }
    }

    /// An entry of a tree without its name.
    private struct Side: Equatable {
        var mode: UInt32
        var id: ObjectID
        var isTree: Bool { mode == 0o040000 }
    }
    private struct Sides {
        var ancestor, ours, theirs: Side?
        init(_ ancestor: Side?, _ ours: Side?, _ theirs: Side?) {
            (self.ancestor, self.ours, self.theirs) = (ancestor, ours, theirs)
        }
        /// Both are folders, and whatever was there before was one.
        var areTrees: Bool { ours?.isTree == true && theirs?.isTree == true && ancestor?.isTree ?? true }
    }
    private enum Result {
        /// Nil where nothing is left.
        case clean(Side?)
        case contested
    }
    private func folder(_ id: ObjectID) -> Side { Side(mode: 0o040000, id: id) }

    private mutating func merged(_ sides: Sides, depth: Int) throws(GitError) -> Result {
        if sides.ours == sides.theirs || sides.ancestor == sides.theirs { return .clean(sides.ours) }
        if sides.ancestor == sides.ours { return .clean(sides.theirs) }
        guard sides.areTrees else { return .contested }
        guard depth < 64 else {
            throw GitError(.tooLarge, operation, "a folder is more than 64 levels deep")
        }
        var names: [[UInt8]: Sides] = [:]
        try read(sides.ancestor) { names[$0, default: Sides(nil, nil, nil)].ancestor = $1 }
        try read(sides.ours) { names[$0, default: Sides(nil, nil, nil)].ours = $1 }
        try read(sides.theirs) { names[$0, default: Sides(nil, nil, nil)].theirs = $1 }
        var entries: [(name: [UInt8], side: Side)] = []
        for (name, sides) in names {
            switch try merged(sides, depth: depth + 1) {
            case .contested: return .contested
            case .clean(nil): break
            case .clean(let side?): entries.append((name, side))
            }
        }
        return .clean(entries.isEmpty ? nil : folder(try make(entries)))
    }

    private func read(_ side: Side?, _ take: ([UInt8], Side) -> Void) throws(GitError) {
        guard let side else { return }
        let tree = try Tree(side.id, in: database)
        defer { withExtendedLifetime(tree) {} }
        var entries = tree.entries
        while let entry = try entries.next() { take(Array(entry.name), Side(mode: entry.mode, id: entry.id)) }
    }

    /// As git writes a tree: sorted by bytes, with a slash behind a folder's name.
    private mutating func make(_ entries: [(name: [UInt8], side: Side)]) throws(GitError) -> ObjectID {
        func key(_ entry: (name: [UInt8], side: Side)) -> [UInt8] {
            entry.side.isTree ? entry.name + [UInt8(ascii: "/")] : entry.name
        }
        var bytes: [UInt8] = []
        for entry in entries.sorted(by: { key($0).lexicographicallyPrecedes(key($1)) }) {
            bytes += Array(String(entry.side.mode, radix: 8).utf8) + [UInt8(ascii: " ")] + entry.name + [0]
            bytes += entry.side.id.bytes
        }
        var id = git_oid()
        try git(operation) { git_odb_hash(&id, bytes, bytes.count, GIT_OBJECT_TREE) }
        let object = MadeObject(id: ObjectID(id), kind: .tree, bytes: bytes)
        if !database.has(object.id) { made.append(object) }
        return object.id
    }
}

extension Database {
    func has(_ id: ObjectID) -> Bool {
        var raw = id.raw
        return git_odb_exists(objects, &raw) == 1
    }

    /// The commits from which the two may be said to have parted; several where they were merged crosswise.
    func mergeBases(_ left: ObjectID, _ right: ObjectID, _ operation: String) throws(GitError) -> [ObjectID] {
        var (first, second, bases) = (left.raw, right.raw, git_oidarray())
        let status = git_merge_bases(&bases, repository, &first, &second)
        if status == GIT_ENOTFOUND.rawValue { return [] }
        try git(operation) { status }
        defer { git_oidarray_dispose(&bases) }
        return (0..<bases.count).map { ObjectID(bases.ids[$0]) }
    }
}
