import Dispatch
import Glibc
import Model
import Synchronization

/// Where folders go that are to be removed: out of everybody's sight at once, and emptied in their own time.
///
/// Their contents belong to users who may change them meanwhile. Nothing is removed by a path through them: each folder is
/// moved here before it is looked into, where nobody but the controller can put anything in its place. A mount can't
/// be moved, and so is never entered; a link is removed itself. It needs two descriptors however deep a tree is.
final class Trash: Sendable {
    private let path: String
    private let queue = DispatchQueue(label: "martlet.trash")
    private let lastNumber = Mutex(0)

    /// - Parameter path: on the same file system as what is removed.
    init(_ path: String) { self.path = path }

    /// Takes a folder or file away; what is not there is gone already.
    func take(_ victim: String) throws(EngineError) {
        while true {
            if mkdir(path, 0o700) != 0, errno != EEXIST { throw EngineError(cannot: "make", path, errno) }
            if rename(victim, "\(path)/\(nextName)") == 0 { return emptyLater() }
            switch errno {
            // This folder's own name may be taken, and it goes whenever it is empty.
            case EEXIST, ENOTEMPTY, ENOTDIR, EISDIR: continue
            case ENOENT: if try !Files.isThere(victim) { return }
            case let code: throw EngineError(cannot: "remove", victim, code)
            }
        }
    }

    /// Also what an earlier controller left.
    func emptyLater() { queue.async { [self] in empty() } }

    private var nextName: String {
        lastNumber.withLock { number in
            number += 1
            return String(number)
        }
    }

    private func empty() {
        let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { return }
        defer { close(folder) }
        // What is moved up is found by the next round; what can't be removed, or never ends, is left for another time.
        for _ in 0..<100_000 {
            var hasRemoved = false
            for name in Self.names(in: folder) { hasRemoved = remove(name, from: folder) || hasRemoved }
            if !hasRemoved { break }
        }
        rmdir(path)
    }

    /// Whether something came of it: the folder is gone, or something in it.
    private func remove(_ name: String, from trash: Int32) -> Bool {
        if unlinkat(trash, name, 0) == 0 || unlinkat(trash, name, AT_REMOVEDIR) == 0 { return true }
        let folder = openat(trash, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { return unlock(name, in: trash) }
        defer { close(folder) }
        fchmod(folder, 0o700)
        var hasRemoved = false
        for name in Self.names(in: folder) {
            let isGone =
                unlinkat(folder, name, 0) == 0 || unlinkat(folder, name, AT_REMOVEDIR) == 0
                || moveUp(name, from: folder, to: trash)
            hasRemoved = isGone || hasRemoved
        }
        return unlinkat(trash, name, AT_REMOVEDIR) == 0 || hasRemoved
    }

    /// A user's own folder, moved, has to be writable.
    private func moveUp(_ name: String, from folder: Int32, to trash: Int32) -> Bool {
        let new = nextName
        if renameat(folder, name, trash, new) == 0 { return true }
        guard errno == EACCES, geteuid() != 0, fchmodat(folder, name, 0o700, 0) == 0 else { return false }
        return renameat(folder, name, trash, new) == 0
    }

    /// Where it is the controller's own, and may not be read: there it has no more to lose than its user.
    private func unlock(_ name: String, in trash: Int32) -> Bool {
        var status = stat()
        return errno == EACCES && geteuid() != 0 && fstatat(trash, name, &status, AT_SYMLINK_NOFOLLOW) == 0
            && status.st_mode & 0o700 != 0o700 && fchmodat(trash, name, 0o700, 0) == 0
    }

    private static func names(in folder: Int32) -> [String] {
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return [] }
        guard let stream = fdopendir(copy) else {
            close(copy)
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = entry.name
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
