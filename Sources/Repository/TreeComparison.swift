import CGit2
import Model

/// Walks two trees at once and opens only what differs, so its work follows the change, not the repository.
struct TreeComparison {
    private let database: Database
    private let operation: String
    /// The newer commit's root, in which symlinks are looked up.
    private let root: ObjectID
    /// Of the compared folder, below the root.
    private let folder: FolderPath
    private let matching: @Sendable (String) -> Bool
    private let caps: FolderCaps
    private(set) var changes = FolderChanges()
    private(set) var removedBlobs: [ObjectID] = []

    init(
        _ database: Database, _ operation: String, root: ObjectID, folder: FolderPath, caps: FolderCaps,
        matching: @escaping @Sendable (String) -> Bool
    ) {
        (self.database, self.operation, self.root, self.folder) = (database, operation, root, folder)
        (self.caps, self.matching) = (caps, matching)
    }

    /// Adds what differs below `path`, which is empty for the folder itself and ends with a slash otherwise.
    mutating func compare(_ old: ObjectID?, _ new: ObjectID?, at path: String = "", depth: Int = 0)
        throws(GitError)
    {
        guard old != new else { return }
        guard depth < 64 else {
            throw GitError(.tooLarge, operation, "folder '\(path.prefix(60))…' is more than 64 levels deep")
        }
        let (oldTree, newTree) = (try open(old), try open(new))
        defer { withExtendedLifetime((oldTree, newTree)) {} }
        try caps.check(files: changes.openedTrees, of: "folders", operation)
        var (olds, news) = (oldTree?.entries, newTree?.entries)
        var (left, right) = (try olds?.next(), try news?.next())
        while left != nil || right != nil {
            let order = Self.order(left, right)
            try compare(order <= 0 ? left : nil, order >= 0 ? right : nil, in: path, depth: depth)
            if order <= 0 { left = try olds?.next() }
            if order >= 0 { right = try news?.next() }
        }
    }
}

extension TreeComparison {
    private mutating func open(_ id: ObjectID?) throws(GitError) -> Tree? {
        guard let id else { return nil }
        changes.openedTrees += 1
        return try Tree(id, in: database)
    }

    private static func order(_ left: TreeEntry?, _ right: TreeEntry?) -> Int {
        guard let left else { return 1 }
        guard let right else { return -1 }
        return left.compare(to: right)
    }

    private mutating func compare(
        _ old: TreeEntry?, _ new: TreeEntry?, in path: String, depth: Int
    ) throws(GitError) {
        guard let entry = new ?? old else { return }
        if let old, let new, old.isSame(as: new) { return }
        switch EntryName(entry.name) {
        case .hidden: break
        case .unsafe(let name, let cause):
            if new != nil { refuse(entry, path + name, cause) }
        case .plain(let name), .manifest(let name):
            if entry.kind == .tree {
                try compare(old?.id, new?.id, at: path + name + "/", depth: depth + 1)
            } else {
                try compareFiles(old, new, path + name)
            }
        }
    }

    private mutating func compareFiles(_ old: TreeEntry?, _ new: TreeEntry?, _ path: String) throws(GitError)
    {
        let isManifest = EntryName.isManifest(path.utf8)
        guard !isManifest || matching(path) else { return }
        let previous = isManifest && old?.kind == .file ? old?.id : nil
        if let new, new.kind == .file, isManifest {
            guard new.id != previous else { return }
            changes.written.append(ManifestFile(path: path, blob: new.id, size: 0, previous: previous))
            return try caps.check(files: changes.written.count, operation)
        }
        if let new, let refusal = try refusal(of: new, path, isManifest: isManifest) {
            changes.refused.append(refusal)
        }
        if let previous {
            changes.removed.append(path)
            removedBlobs.append(previous)
        }
    }

    private mutating func refuse(_ entry: TreeEntry, _ path: String, _ cause: String) {
        // A name that is merely odd matters only where manifests could be meant.
        let isOdd = cause.hasSuffix("UTF-8") || cause.hasPrefix("has a control")
        guard !isOdd || entry.kind == .tree || EntryName.isManifest(Array(entry.name)) else { return }
        changes.refused.append(
            Diagnostic(
                .error, "\(entry.kind == .tree ? "folder" : "file") '\(path)' \(cause)", hint: "rename it"))
    }
}

extension TreeComparison {
    private func refusal(
        of entry: TreeEntry, _ path: String, isManifest: Bool
    ) throws(GitError) -> Diagnostic? {
        switch entry.kind {
        case .file, .tree: nil
        case .symlink:
            try refusal(ofLink: entry, path).map { cause in
                Diagnostic(
                    .error, "symlink '\(path)' \(cause)",
                    hint: "put the file itself there: links are not followed")
            }
        case .submodule:
            Diagnostic(
                .error, "submodule '\(path)' is another repository's content",
                hint: "make it a source of its own")
        case .other: isManifest ? Diagnostic(.error, "'\(path)' is neither a file nor a folder") : nil
        }
    }

    /// Nil for a link that neither is nor leads to manifests.
    private func refusal(ofLink entry: TreeEntry, _ path: String) throws(GitError) -> String? {
        if EntryName.isManifest(path.utf8) { return "is named like a manifest" }
        let target = try database.withBlob(entry.id) { bytes in
            String(decoding: bytes.prefix(4096), as: UTF8.self)
        }
        if EntryName.isManifest(target.utf8) { return "leads to a manifest" }
        guard !target.hasPrefix("/") else { return "leads out of the repository" }
        var parts = folder.parts + path.split(separator: "/").dropLast()
        for part in target.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if parts.popLast() == nil {
                return "leads out of the repository"
            }
        }
        return try database.entry(at: parts, below: root)?.kind == .tree ? "leads to a folder" : nil
    }
}

extension Database {
    /// What a path names; nil where it names nothing. An empty one names the root.
    func entry(at parts: [Substring], below root: ObjectID) throws(GitError) -> (
        kind: TreeEntry.Kind, id: ObjectID
    )? {
        var found = (kind: TreeEntry.Kind.tree, id: root)
        for part in parts {
            guard found.kind == .tree else { return nil }
            let tree = try Tree(found.id, in: self)
            defer { withExtendedLifetime(tree) {} }
            var entries = tree.entries
            var match: (TreeEntry.Kind, ObjectID)?
            while match == nil, let entry = try entries.next() {
                if entry.name.elementsEqual(part.utf8) { match = (entry.kind, entry.id) }
            }
            guard let match else { return nil }
            found = match
        }
        return found
    }
}
