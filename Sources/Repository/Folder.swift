import CGit2
import Glibc
import Model

/// A plain directory, read like a repository: the same files are manifests, the same are refused, and contents
/// have the ids that git would give them.
package struct Folder: Hashable, Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// What differs from `known`, the blobs by path when it was last read; everything at first.
    package func changes(
        from known: [String: ObjectID] = [:], caps: FolderCaps = FolderCaps(), cores: Int = processorCount,
        matching: @escaping @Sendable (_ path: String) -> Bool = { _ in true }
    ) async throws(GitError) -> FolderChanges {
        let operation = "read folder '\(path)'"
        let (found, paths) = try await Blocking.run { () throws(GitError) in
            var listing = DirectoryListing(root: path, operation, caps: caps, matching: matching)
            try listing.read()
            return (listing.changes, listing.paths)
        }
        var changes = found
        let files = try await Blocking.map(count: paths.count, cores: cores) {
        } _: { (_, index) throws(GitError) in
            try identify(paths[index], caps)
        }
        for file in files {
            changes.totals.files += 1
            changes.totals.bytes += file.size
            if let refusal = caps.refusal(of: file.path, size: file.size) {
                changes.refused.append(refusal)
            } else if known[file.path] != file.blob {
                var file = file
                file.previous = known[file.path]
                changes.written.append(file)
            }
        }
        let present = Set(paths)
        changes.removed = known.keys.filter { !present.contains($0) }.sorted()
        try caps.check(changes.totals, operation)
        return changes
    }

    /// One file of the folder; nil where there is none.
    package func readFile(_ name: String, atMost size: Int = 1 << 20) throws(GitError) -> [UInt8]? {
        do throws(GitError) {
            return try withContent(of: name, atMost: size) { (bytes, length) throws(GitError) in
                guard length <= size else {
                    throw GitError(.tooLarge, "read file '\(path)/\(name)'", "it has more than \(size) bytes")
                }
                return Array(bytes)
            }
        } catch {
            guard error.code == .missing else { throw error }
            return nil
        }
    }

    private func identify(_ name: String, _ caps: FolderCaps) throws(GitError) -> ManifestFile {
        try withContent(of: name, atMost: caps.fileBytes.bytes) { (bytes, size) throws(GitError) in
            ManifestFile(path: name, blob: try ObjectID(ofBlob: bytes), size: size)
        }
    }

    /// `body` gets the file's size too; of a file larger than `limit` it gets no bytes.
    private func withContent<Result>(
        of name: String, atMost limit: Int,
        _ body: (UnsafeRawBufferPointer, _ size: Int) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        let operation = "read file '\(path)/\(name)'"
        let descriptor = open("\(path)/\(name)", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw GitError(errno: errno, operation) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw GitError(errno: errno, operation) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw GitError(.corrupt, operation, "it changed while it was read")
        }
        let size = Int(status.st_size)
        guard size <= limit else { return try body(UnsafeRawBufferPointer(start: nil, count: 0), size) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < size {
            let count = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        return try body(UnsafeRawBufferPointer(rebasing: buffer[..<filled]), filled)
    }
}

extension Folder: ManifestFiles {
    package func readBlobs<Result: Sendable>(
        _ files: [ManifestFile], cores: Int = processorCount,
        transform: @escaping @Sendable (_ path: String, _ content: UnsafeRawBufferPointer) -> Result
    ) async throws(GitError) -> [Result] {
        try await Blocking.map(count: files.count, cores: cores) {
        } _: { (_, index) throws(GitError) in
            let file = files[index]
            return try withContent(of: file.path, atMost: file.size) { (bytes, size) throws(GitError) in
                guard size == file.size, try ObjectID(ofBlob: bytes) == file.blob else {
                    throw GitError(
                        .corrupt, "read file '\(path)/\(file.path)'", "it changed while it was read",
                        hint: "try again")
                }
                return transform(file.path, bytes)
            }
        }
    }
}

extension ObjectID {
    /// The id that git gives a file of this content.
    package init(ofBlob bytes: UnsafeRawBufferPointer) throws(GitError) {
        Library.start()
        var id = git_oid()
        try git("hash a file") { git_odb_hash(&id, bytes.baseAddress, bytes.count, GIT_OBJECT_BLOB) }
        self.init(id)
    }
}

extension GitError {
    init(errno number: Int32, _ operation: String) {
        let text = String(cString: strerror(number))
        self.init(
            number == ENOENT ? .missing : .other, operation, text.prefix(1).lowercased() + text.dropFirst())
    }
}
