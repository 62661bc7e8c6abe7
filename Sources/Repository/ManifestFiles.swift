package import Model

/// Where manifests are read from: a repository's database, or a plain folder.
package protocol ManifestFiles: Sendable {
    /// Reads and transforms every file, over several cores; the results are in the order of `files`. The bytes
    /// are gone after the transform.
    func readBlobs<Result: Sendable>(
        _ files: [ManifestFile], cores: Int,
        transform: @escaping @Sendable (_ path: String, _ content: UnsafeRawBufferPointer) -> Result
    ) async throws(GitError) -> [Result]
}

/// A file that may hold manifests.
package struct ManifestFile: Hashable, Sendable {
    /// Relative to the source's folder, with forward slashes.
    package var path: String
    package var blob: ObjectID
    /// In bytes.
    package var size: Int
    /// Its content before; nil where it is new.
    package var previous: ObjectID?

    package init(path: String, blob: ObjectID, size: Int, previous: ObjectID? = nil) {
        (self.path, self.blob, self.size, self.previous) = (path, blob, size, previous)
    }
}

/// What happened to a folder's manifests. Sorted as git sorts its trees.
package struct FolderChanges: Sendable {
    /// Added or changed.
    package var written: [ManifestFile] = []
    /// Paths, relative to the folder.
    package var removed: [String] = []
    /// What no source may hold. Where there is any, the source stays at its last good commit.
    package var refused: [Diagnostic] = []
    /// All manifests of the folder, also those that did not change.
    package var totals = FolderTotals()
    /// Trees (or directories) that had to be opened.
    package var openedTrees = 0
}

package struct FolderTotals: Hashable, Sendable, Codable {
    package var files = 0
    package var bytes = 0

    package init(files: Int = 0, bytes: Int = 0) { (self.files, self.bytes) = (files, bytes) }
}

/// How much one source may hold.
package struct FolderCaps: Hashable, Sendable {
    package var fileBytes: ByteSize
    package var files: Int
    package var totalBytes: ByteSize

    package init(
        fileBytes: ByteSize = ByteSize(bytes: 1 << 20), files: Int = 200_000,
        totalBytes: ByteSize = ByteSize(bytes: 512 << 20)
    ) {
        (self.fileBytes, self.files, self.totalBytes) = (fileBytes, files, totalBytes)
    }
}

extension FolderCaps {
    func refusal(of path: String, size: Int) -> Diagnostic? {
        guard size > fileBytes.bytes else { return nil }
        return Diagnostic(
            .error, "file '\(path)' has \(size) bytes, and a manifest file may have \(fileBytes)",
            hint: "split it, or name it in .martletignore if it holds no manifests")
    }

    func check(_ totals: FolderTotals, _ operation: String) throws(GitError) {
        try check(files: totals.files, operation)
        guard totals.bytes > totalBytes.bytes else { return }
        throw GitError(
            .tooLarge, operation,
            "the manifests have \(totals.bytes) bytes, and one source may have \(totalBytes)",
            hint: "make several sources of it")
    }

    func check(files count: Int, of kind: String = "manifest files", _ operation: String) throws(GitError) {
        guard count > files else { return }
        throw GitError(
            .tooLarge, operation, "more than \(files) \(kind), which is the most that one source may have",
            hint: "make several sources of it")
    }
}
