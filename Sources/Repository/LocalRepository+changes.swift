import CGit2
import Model

extension LocalRepository {
    /// What differs in a folder's manifests between two commits or root trees, or all of them where `old` is nil or had
    /// no such folder. `known` are the totals at `old`. Files for which `matching` is false are not there at all.
    /// Refusals are found only in what differs, so `old` must be a commit that had none.
    package func changes(
        in folder: String, from old: ObjectID?, to new: ObjectID, known: FolderTotals = FolderTotals(),
        caps: FolderCaps = FolderCaps(), cores: Int = processorCount,
        matching: @escaping @Sendable (_ path: String) -> Bool = { _ in true }
    ) async throws(GitError) -> FolderChanges {
        let operation = "read folder '\(folder)' at commit \(new.short)"
        let folder = try FolderPath(folder, operation)
        let (found, removed) = try await lend { (database) throws(GitError) in
            let root = try database.tree(of: new)
            let (before, after) = (
                try old.map { (id) throws(GitError) in try database.tree(of: id) },
                try database.folder(folder, below: root, operation)
            )
            let previous = try before.map { (root) throws(GitError) in
                try database.entry(at: folder.parts, below: root)
            }?.flatMap { $0.kind == .tree ? $0.id : nil }
            var comparison = TreeComparison(
                database, operation, root: root, folder: folder, caps: caps, matching: matching)
            try comparison.compare(previous, after)
            return (comparison.changes, comparison.removedBlobs)
        }
        return try await measured(
            found, removed: removed, known: old == nil ? FolderTotals() : known, caps, cores, operation)
    }

    /// Adds sizes, which are in the blobs and not in the trees.
    private func measured(
        _ found: FolderChanges, removed: [ObjectID], known: FolderTotals, _ caps: FolderCaps, _ cores: Int,
        _ operation: String
    ) async throws(GitError) -> FolderChanges {
        var changes = found
        let written = changes.written
        let sizes = try await lend(count: written.count, cores: cores) { (database, index) throws(GitError) in
            let file = written[index]
            let before = try file.previous.map { (id) throws(GitError) in try database.header(of: id).size }
            return (new: try database.header(of: file.blob).size, old: before ?? 0)
        }
        let gone = try await lend(count: removed.count, cores: cores) { (database, index) throws(GitError) in
            try database.header(of: removed[index]).size
        }
        changes.totals = known
        changes.totals.bytes -= gone.reduce(0, +)
        changes.totals.files -= removed.count
        for (index, size) in sizes.enumerated() {
            changes.written[index].size = size.new
            changes.totals.bytes += size.new - size.old
            if written[index].previous == nil { changes.totals.files += 1 }
            if let refusal = caps.refusal(of: written[index].path, size: size.new) {
                changes.refused.append(refusal)
            }
        }
        changes.written.removeAll { $0.size > caps.fileBytes.bytes }
        try caps.check(changes.totals, operation)
        return changes
    }

    /// The root tree of a commit, or the tree itself.
    package func tree(of id: ObjectID) async throws(GitError) -> ObjectID {
        try await lend { (database) throws(GitError) in try database.tree(of: id) }
    }

    /// One file at a commit or root tree; nil where there is none. Symlinks are not followed.
    package func readFile(
        _ path: String, at commit: ObjectID, atMost size: Int = 1 << 20
    ) async throws(GitError) -> [UInt8]? {
        let operation = "read file '\(path)' at commit \(commit.short)"
        let parts = try FolderPath(path, operation).parts
        return try await lend { (database) throws(GitError) in
            let root = try database.tree(of: commit)
            guard let entry = try database.entry(at: parts, below: root), entry.kind == .file else {
                return nil
            }
            guard try database.header(of: entry.id).size <= size else {
                throw GitError(.tooLarge, operation, "it has more than \(size) bytes")
            }
            return try database.withBlob(entry.id) { Array($0) }
        }
    }
}

extension LocalRepository: ManifestFiles {
    package func readBlobs<Result: Sendable>(
        _ files: [ManifestFile], cores: Int = processorCount,
        transform: @escaping @Sendable (_ path: String, _ content: UnsafeRawBufferPointer) -> Result
    ) async throws(GitError) -> [Result] {
        try await lend(count: files.count, cores: cores) { (database, index) throws(GitError) in
            let file = files[index]
            return try database.withBlob(file.blob) { transform(file.path, $0) }
        }
    }
}

extension Database {
    fileprivate func folder(
        _ folder: FolderPath, below root: ObjectID, _ operation: String
    ) throws(GitError) -> ObjectID {
        switch try entry(at: folder.parts, below: root) {
        case nil: throw GitError(.missing, operation, "there is no such folder")
        case (.tree, let id)?: return id
        case (.symlink, _)?:
            throw GitError(.missing, operation, "it is a symlink", hint: "name the folder it leads to")
        case (.submodule, _)?: throw GitError(.missing, operation, "it is a submodule")
        case .some: throw GitError(.missing, operation, "it is not a folder")
        }
    }
}
