import Foundation

/// Which files stand below a folder, and which very ones: a file that was written anew is another.
struct Files: Sendable {
    private struct Mark: Hashable, Sendable {
        var inode: UInt
        var modified: Int
        var size: Int
        var mode: UInt32
    }
    struct Difference: Hashable, Sendable {
        var made: Set<String> = []
        var written: Set<String> = []
        var gone: Set<String> = []
    }
    private var marks: [String: Mark] = [:]

    /// Folders are left out: they change with what is in them.
    init(below folder: String) {
        let manager = FileManager.default
        for path in (try? manager.subpathsOfDirectory(atPath: folder)) ?? [] {
            var status = stat()
            guard lstat("\(folder)/\(path)", &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
                continue
            }
            marks[path] = Mark(
                inode: UInt(status.st_ino),
                modified: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec,
                size: Int(status.st_size), mode: status.st_mode)
        }
    }

    var names: Set<String> { Set(marks.keys) }

    /// What has happened since then.
    func difference(from before: Files) -> Difference {
        let both = names.intersection(before.names)
        return Difference(
            made: names.subtracting(both), written: both.filter { marks[$0] != before.marks[$0] },
            gone: before.names.subtracting(both))
    }
}

extension Files.Difference: CustomStringConvertible {
    var description: String {
        let parts = [("made", made), ("written", written), ("gone", gone)].filter { !$0.1.isEmpty }
        return parts.isEmpty
            ? "nothing"
            : parts.map { "\($0.0) \($0.1.sorted().joined(separator: ", "))" }.joined(separator: "; ")
    }
}
