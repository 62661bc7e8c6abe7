import Glibc

/// An open file, closed with its owner. Every call blocks.
struct Descriptor: ~Copyable {
    let number: Int32
    let path: String

    /// Nil when nothing stands there. A symbolic link is only followed where `follows` says so.
    init?(opening path: String, _ flags: Int32, mode: mode_t = 0, follows: Bool = false) throws(SealedError) {
        let number = open(path, flags | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW), mode)
        guard number >= 0 else {
            if errno == ENOENT { return nil }
            if errno == ELOOP, !follows {
                throw SealedError(.unreadable, "'\(path)' is a symbolic link, and is not followed")
            }
            throw .system(path, "opened")
        }
        (self.number, self.path) = (number, path)
    }
    deinit { close(number) }

    borrowing func status() throws(SealedError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system(path, "examined") }
        return status
    }

    /// The whole regular file, which may hold `limit` bytes at most.
    borrowing func read(limit: Int) throws(SealedError) -> [UInt8] {
        let status = try status()
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SealedError(.unreadable, "'\(path)' is no regular file")
        }
        guard status.st_size <= limit else {
            throw SealedError(.unreadable, "'\(path)' has \(status.st_size) bytes, and \(limit) are the most")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes[count...].withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .system(path, "read") }
            if got == 0 { break }
            count += got
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// All of it, and down to the disk.
    borrowing func write(_ bytes: [UInt8]) throws(SealedError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let put = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if put < 0 && errno == EINTR { continue }
            guard put >= 0 else { throw .system(path, "written") }
            rest = rest.dropFirst(put)
        }
        try sync()
    }
    borrowing func sync() throws(SealedError) {
        guard fsync(number) == 0 else { throw .system(path, "written") }
    }
}

/// Replaces a file as a whole: whoever reads it, and whoever crashes, sees the old one or the new one.
enum AtomicFile {
    /// Files that begin with this are what a crash left behind.
    static let leftover = ".new-"

    /// The file gets mode 0600.
    static func write(_ bytes: [UInt8], to name: String, in folder: String) throws(SealedError) {
        let temporary = "\(folder)/\(leftover)\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        do throws(SealedError) {
            guard let file = try Descriptor(opening: temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            else {
                throw .system(temporary, "made", code: ENOENT)
            }
            try file.write(bytes)
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, "\(folder)/\(name)") == 0 else {
            let error = SealedError.system("\(folder)/\(name)", "replaced")
            unlink(temporary)
            throw error
        }
        try sync(folder)
    }

    static func remove(_ name: String, in folder: String) throws(SealedError) {
        guard unlink("\(folder)/\(name)") == 0 || errno == ENOENT else {
            throw .system("\(folder)/\(name)", "removed")
        }
        try sync(folder)
    }

    private static func sync(_ folder: String) throws(SealedError) {
        try Descriptor(opening: folder, O_RDONLY | O_DIRECTORY, follows: true)?.sync()
    }
}
