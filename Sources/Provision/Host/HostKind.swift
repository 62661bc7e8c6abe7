import Glibc

/// What the engine makes.
enum HostKind: String, Sendable, CaseIterable {
    case file, directory, symlink

    /// Nil for what is none of the three: a device, a pipe, a socket.
    init?(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symlink
        default: return nil
        }
    }

    /// Nil for a symlink, which has none.
    var defaultMode: UInt16? {
        switch self {
        case .file: 0o644
        case .directory: 0o755
        case .symlink: nil
        }
    }
    /// What its config may hold.
    var fields: Set<String> {
        switch self {
        case .file: ["path", "content", "mode", "owner"]
        case .directory: ["path", "mode", "owner"]
        case .symlink: ["path", "target"]
        }
    }
    /// With its article, for messages.
    var noun: String { "a \(rawValue)" }
}
