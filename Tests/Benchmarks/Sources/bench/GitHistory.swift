import Foundation

/// A bare repository of three commits: nothing in it, everything, and the same with one file changed.
struct GitHistory {
    static let empty = "empty"
    static let base = "main"
    static let changed = "next"

    struct File {
        var path: String
        var text: String
    }
    private var data: Data

    /// - Parameter room: of all files together, about.
    init(_ files: some Sequence<File>, changed: File, room: Int = 0) {
        data = Data(capacity: room)
        append("commit refs/heads/\(Self.empty)\nmark :2\n\(Self.committer)data 6\nempty\n\n")
        append("commit refs/heads/\(Self.base)\nmark :1\n\(Self.committer)data 5\nbase\nfrom :2\n")
        for file in files { append(file) }
        append("\ncommit refs/heads/\(Self.changed)\n\(Self.committer)data 7\nchange\nfrom :1\n")
        append(changed)
    }
    private static let committer = "committer Bench <bench@example.org> 1790000000 +0000\n"

    /// In a folder that is there; the repository itself must not be.
    func write(to url: URL) throws {
        let folder = url.deletingLastPathComponent()
        let (unfinished, stream) = (
            folder.appending(path: "\(url.lastPathComponent).unfinished"),
            folder.appending(path: "\(url.lastPathComponent).stream")
        )
        try? FileManager.default.removeItem(at: unfinished)
        try data.write(to: stream)
        defer { try? FileManager.default.removeItem(at: stream) }
        let git = ["git", "--git-dir", unfinished.filePath]
        try Command.must(
            ["git", "init", "--quiet", "--bare", "-b", Self.base, unfinished.filePath], in: folder)
        try Command.must(git + ["fast-import", "--quiet", "--depth=0"], in: folder, input: stream.filePath)
        try Command.must(git + ["repack", "-a", "-d", "-q", "--threads=2"], in: folder)
        try FileManager.default.moveItem(at: unfinished, to: url)
    }

    private mutating func append(_ text: String) { data.append(contentsOf: text.utf8) }
    private mutating func append(_ file: File) {
        append("M 100644 inline \(file.path)\ndata \(file.text.utf8.count)\n\(file.text)\n")
    }
}
