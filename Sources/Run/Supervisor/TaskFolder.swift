import Glibc
import Model

/// An instance's own folder with the files of its task. It is made anew for each start, while nobody but the
/// controller can enter it, and then given to its user whole.
struct TaskFolder {
    let path: String
    let account: Account
    /// Takes away what is in the way.
    let discard: (String) throws(EngineError) -> Void

    /// The folder's path.
    func make(_ files: [JobTask.File], _ text: (Value) throws(EngineError) -> [UInt8]) throws(EngineError)
        -> String
    {
        let new = path + ".new"
        try discard(new)
        try discard(path)
        guard mkdir(new, 0o700) == 0 else { throw EngineError(cannot: "make", path, errno) }
        var folders: Set<String> = []
        for file in files {
            guard let mode = mode_t(file.mode, radix: 8), mode <= 0o777 else {
                throw EngineError(
                    .waitForChange, "task.files: mode '\(file.mode.escapedForDisplay)' is no mode")
            }
            try makeFolders(above: file.path, in: new, &folders)
            try write(text(file.content), to: "\(new)/\(file.path)", mode)
        }
        // The innermost first, so that nothing in it is reached before it is whole.
        for folder in folders.sorted(by: { $0.utf8.count > $1.utf8.count }) { try give("\(new)/\(folder)") }
        try give(new)
        guard rename(new, path) == 0 else { throw EngineError(cannot: "make", path, errno) }
        return path
    }

    private func makeFolders(above file: String, in root: String, _ made: inout Set<String>)
        throws(EngineError)
    {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }), !file.utf8.contains(0) else {
            throw EngineError(
                .waitForChange, "task.files: '\(file.escapedForDisplay)' leaves the instance's folder")
        }
        var folder = ""
        for part in parts.dropLast() {
            folder += folder.isEmpty ? String(part) : "/\(part)"
            guard made.insert(folder).inserted else { continue }
            guard mkdir("\(root)/\(folder)", 0o700) == 0 else {
                throw EngineError(cannot: "make", folder, errno)
            }
        }
    }

    private func write(_ bytes: [UInt8], to path: String, _ mode: mode_t) throws(EngineError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw EngineError(cannot: "write", path, errno) }
        defer { close(file) }
        let code = Files.writeAll(bytes, to: file)
        guard code == 0 else { throw EngineError(cannot: "write", path, code) }
        guard fchmod(file, mode) == 0, account.isOwn || fchown(file, account.user, account.group) == 0 else {
            throw EngineError(cannot: "give away", path, errno)
        }
    }

    private func give(_ folder: String) throws(EngineError) {
        guard account.isOwn || lchown(folder, account.user, account.group) == 0 else {
            throw EngineError(cannot: "give away", folder, errno)
        }
    }
}
