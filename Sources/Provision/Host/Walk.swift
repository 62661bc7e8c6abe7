import CHost
import Glibc
import Model

/// Opens folders by walking down from `/`, one component after the other and following no symlink, so that what
/// is opened is what the path says. Remembers some of them, so keep it no longer than one batch of work.
struct Walk {
    /// By the path's bytes: `String` holds names for equal that the file system does not.
    private var folders: [[UInt8]: Descriptor] = [:]

    /// Nil where nothing is; throws where a component is no folder, or may not be searched.
    mutating func open(_ path: String) throws(EngineError) -> Descriptor? {
        if path == "/" { return .slash }
        let key = Array(path.utf8)
        if let known = folders[key] { return known }
        let (parent, name) = path.splitAtLastSlash
        guard let above = try open(parent) else { return nil }
        guard let folder = above.open(name, chost_o_path | O_DIRECTORY) else {
            let code = errno
            if code == ENOENT { return nil }
            guard code == ENOTDIR || code == ELOOP, let status = above.status(of: name) else {
                throw EngineError(cannot: "open", path, code)
            }
            throw Self.refusal(path, status)
        }
        if folders.count >= 64 { folders = [:] }
        folders[key] = folder
        return folder
    }

    private static func refusal(_ path: String, _ status: stat) -> EngineError {
        status.st_mode & S_IFMT == S_IFLNK
            ? EngineError(
                .waitForChange, at: path, "is a symlink, and none is followed",
                hint: "name the folder that it points to; a root too is named without symlinks")
            : EngineError(.waitForChange, at: path, "is no directory")
    }
}

extension String {
    /// `/a/b` is `/a` and `b`; `/a` is `/` and `a`.
    var splitAtLastSlash: (parent: String, name: String) {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("/", self) }
        let parent = self[..<slash]
        return (parent.isEmpty ? "/" : String(parent), String(self[utf8.index(after: slash)...]))
    }
    /// Whether the path is a folder's own, or under it; by bytes, as the file system compares.
    func isInside(_ folder: String) -> Bool {
        utf8.elementsEqual(folder.utf8) || isStrictlyInside(folder)
    }
    func isStrictlyInside(_ folder: String) -> Bool {
        if folder == "/" { return utf8.count > 1 && utf8.first == UInt8(ascii: "/") }
        return utf8.starts(with: folder.utf8)
            && utf8.dropFirst(folder.utf8.count).first == UInt8(ascii: "/")
    }
}
