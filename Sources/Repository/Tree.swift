import CGit2

/// A tree object's bytes, read entry by entry. Nothing in them is trusted: names and order are checked.
final class Tree {
    private let object: Handle
    private let id: ObjectID

    init(_ id: ObjectID, in database: Database) throws(GitError) {
        self.id = id
        object = try database.object(id, GIT_OBJECT_TREE)
    }

    var bytes: [UInt8] { Array(object.objectBytes) }

    /// Names in them are valid as long as the tree is.
    var entries: TreeEntries { TreeEntries(rest: object.objectBytes, tree: id) }
}

struct TreeEntry {
    enum Kind: Equatable { case file, tree, symlink, submodule, other }
    var kind: Kind
    /// With the bits that say whether a file is executable.
    var mode: UInt32
    /// Borrowed from the tree.
    var name: UnsafeRawBufferPointer
    var id: ObjectID

    func isSame(as other: TreeEntry) -> Bool { id == other.id && mode == other.mode }

    /// Negative, zero or positive, as git sorts: bytes, with a slash behind a tree's name.
    func compare(to other: TreeEntry) -> Int {
        let shared = min(name.count, other.name.count)
        for index in 0..<shared where name[index] != other.name[index] {
            return Int(name[index]) - Int(other.name[index])
        }
        func next(_ entry: TreeEntry) -> Int {
            shared < entry.name.count ? Int(entry.name[shared]) : entry.kind == .tree ? 0x2f : 0
        }
        return next(self) - next(other)
    }
}

/// `mode SP name NUL id`, again and again.
struct TreeEntries {
    private var rest: UnsafeRawBufferPointer
    private let tree: ObjectID
    private var last: TreeEntry?

    init(rest: UnsafeRawBufferPointer, tree: ObjectID) { (self.rest, self.tree) = (rest, tree) }

    mutating func next() throws(GitError) -> TreeEntry? {
        guard !rest.isEmpty else { return nil }
        var (mode, index) = (UInt32(0), 0)
        while index < rest.count, rest[index] &- 0x30 < 8, index < 7 {
            mode = mode << 3 | UInt32(rest[index] - 0x30)
            index += 1
        }
        guard index > 0, index < rest.count, rest[index] == 0x20 else {
            throw malformed("has a mode that is none")
        }
        let start = index + 1
        guard let end = rest[start...].firstIndex(of: 0), rest.count - end > 20 else {
            throw malformed("ends in the middle of an entry")
        }
        let entry = TreeEntry(
            kind: TreeEntry.Kind(mode: mode), mode: mode,
            name: UnsafeRawBufferPointer(rebasing: rest[start..<end]),
            id: ObjectID(UnsafeRawBufferPointer(rebasing: rest[(end + 1)..<(end + 21)])))
        rest = UnsafeRawBufferPointer(rebasing: rest[(end + 21)...])
        if let last, last.compare(to: entry) >= 0 { throw malformed("is out of order, or has a name twice") }
        last = entry
        return entry
    }

    private func malformed(_ cause: String) -> GitError {
        GitError(.corrupt, "read tree \(tree)", "it \(cause)")
    }
}

extension TreeEntry.Kind {
    fileprivate init(mode: UInt32) {
        self =
            switch mode & 0o170000 {
            case 0o100000: .file
            case 0o040000: .tree
            case 0o120000: .symlink
            case 0o160000: .submodule
            default: .other
            }
    }
}
