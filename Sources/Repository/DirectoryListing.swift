import Glibc
import Model

/// The manifests below a directory, by the rules that hold for git's trees.
struct DirectoryListing {
    private let root: String
    private let operation: String
    private let caps: FolderCaps
    private let matching: @Sendable (String) -> Bool
    private(set) var changes = FolderChanges()
    private(set) var paths: [String] = []

    init(
        root: String, _ operation: String, caps: FolderCaps, matching: @escaping @Sendable (String) -> Bool
    ) {
        (self.root, self.operation, self.caps, self.matching) = (root, operation, caps, matching)
    }

    /// `path` is empty for the root and ends with a slash otherwise.
    mutating func read(at path: String = "", depth: Int = 0) throws(GitError) {
        guard depth < 64 else {
            throw GitError(.tooLarge, operation, "folder '\(path.prefix(60))…' is more than 64 levels deep")
        }
        changes.openedTrees += 1
        try caps.check(files: changes.openedTrees, of: "folders", operation)
        for entry in try entries(at: path) {
            switch (entry.name, entry.kind) {
            case (.hidden, _): break
            case (.unsafe(let name, let cause), _):
                changes.refused.append(Diagnostic(.error, "'\(path)\(name)' \(cause)", hint: "rename it"))
            case (.plain(let name), S_IFDIR), (.manifest(let name), S_IFDIR):
                try read(at: path + name + "/", depth: depth + 1)
            case (.plain(let name), S_IFLNK): refuse(link: path + name)
            case (.plain, _): break
            case (.manifest(let name), let kind) where matching(path + name):
                try add(path + name, kind)
            case (.manifest, _): break
            }
        }
    }

    private mutating func add(_ path: String, _ kind: mode_t) throws(GitError) {
        switch kind {
        case S_IFREG:
            paths.append(path)
            try caps.check(files: paths.count, operation)
        case S_IFLNK: refuse(path, "is named like a manifest")
        default: changes.refused.append(Diagnostic(.error, "'\(path)' is neither a file nor a folder"))
        }
    }

    private mutating func refuse(link path: String) {
        var status = stat()
        if stat("\(root)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            return refuse(path, "leads to a folder")
        }
        guard let target = realpath("\(root)/\(path)", nil) else { return }
        defer { free(target) }
        if EntryName.isManifest(String(cString: target).utf8) { refuse(path, "leads to a manifest") }
    }

    private mutating func refuse(_ path: String, _ cause: String) {
        changes.refused.append(
            Diagnostic(
                .error, "symlink '\(path)' \(cause)",
                hint: "put the file itself there: links are not followed"))
    }
}

extension DirectoryListing {
    private struct Entry {
        var name: EntryName
        /// One of S_IFREG and its like.
        var kind: mode_t
        /// The name's bytes, with a slash behind a directory's: what git sorts by.
        var key: [UInt8]
    }

    private func entries(at path: String) throws(GitError) -> [Entry] {
        guard let directory = opendir("\(root)/\(path)") else {
            let number = errno
            let cause = number == ENOENT ? "there is no such folder" : nil
            throw cause.map { GitError(.missing, operation, $0) } ?? GitError(errno: number, operation)
        }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let entry = readdir(directory) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard bytes != Array(".".utf8), bytes != Array("..".utf8) else { continue }
            var status = stat()
            guard
                fstatat(
                    dirfd(directory), Array(bytes + [0]).map(CChar.init(bitPattern:)), &status,
                    AT_SYMLINK_NOFOLLOW) == 0
            else { continue }
            let kind = status.st_mode & S_IFMT
            entries.append(
                Entry(
                    name: bytes.withUnsafeBytes { EntryName($0) }, kind: kind,
                    key: kind == S_IFDIR ? bytes + [0x2f] : bytes))
        }
        return entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }
}
