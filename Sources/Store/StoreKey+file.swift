package import Foundation

extension StoreKey {
    /// The key in a file that only its owner may read; made on first use, unless `mayCreate` says that what it
    /// opened is there already.
    package static func file(_ file: URL, mayCreate: Bool = true) throws(StoreError) -> StoreKey {
        let path = file.plainPath
        if let text = try contents(of: path) { return try StoreKey(text: text, from: "key file '\(path)'") }
        guard mayCreate else {
            throw .unusableKey(
                "key file '\(path)' is missing", hint: "put the key back that the database was made with")
        }
        try create(path)
        guard let text = try contents(of: path) else { throw .failed(path, reason: "it vanished") }
        return try StoreKey(text: text, from: "key file '\(path)'")
    }

    /// Nil when there is no such file.
    private static func contents(of path: String) throws(StoreError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .failed(path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unusableKey("key file '\(path)' is no file", hint: "name the file that holds the key")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw .unusableKey(
                "key file '\(path)' is open to others: its mode is 0\(mode)", hint: "`chmod 600 '\(path)'`")
        }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .failed(path, reason: String(cString: strerror(errno))) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Whole or not at all; one that another process made meanwhile stays.
    private static func create(_ path: String) throws(StoreError) {
        let new = "\(path).\(UUID().uuidString)"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, path: path) }
        defer {
            close(descriptor)
            unlink(new)
        }
        let text = Array((StoreKey.random().text + "\n").utf8)
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            throw StoreError(errno: errno, path: path)
        }
        guard link(new, path) == 0 || errno == EEXIST else { throw StoreError(errno: errno, path: path) }
    }
}
