import Foundation
import Glibc

/// The folder of a sealed store: one file per secret, and a lock that several processes heed.
struct SealedFolder: Sendable {
    enum Lock: Sendable { case shared, exclusive }
    /// In bytes; with all versions of a secret.
    static let largestFile = 64 << 20
    private static let lockName = ".lock"

    let path: String
    /// How long to wait for a lock.
    var patience = Duration.seconds(10)

    /// Makes it, private to this user, where it is missing.
    func create() throws(SealedError) {
        let parent = URL(filePath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system(path, "made") }
        try check()
    }

    private func check() throws(SealedError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .system(path, "examined") }
            throw SealedError(
                .unreadable, "the sealed store has no folder '\(path)'",
                hint: "put it back; 'martlet secret put' makes an empty one")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw SealedError(.unreadable, "'\(path)' is no folder")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & 0o022 == 0 else {
            throw SealedError(
                .unreadable, "others may write to the folder '\(path)' of the sealed store",
                hint: "chmod 700 '\(path)', and look for what they may have put there")
        }
    }

    /// Blocks until the lock is held, no longer than `patience`.
    func locked<T: ~Copyable>(
        _ lock: Lock, _ body: () throws(SealedError) -> T
    ) throws(SealedError) -> T {
        try check()
        let name = "\(path)/\(Self.lockName)"
        guard let file = try Descriptor(opening: name, O_RDONLY | O_CREAT, mode: 0o600) else {
            throw .system(name, "opened", code: ENOENT)
        }
        let limit = ContinuousClock.now + patience
        while flock(file.number, (lock == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .system(name, "locked") }
            guard ContinuousClock.now < limit else {
                throw SealedError(.unavailable, "the sealed store '\(path)' is locked by another process")
            }
            usleep(5000)
        }
        defer { flock(file.number, LOCK_UN) }
        if lock == .exclusive { removeLeftovers() }
        return try body()
    }

    /// Whoever holds the lock alone knows that nobody is writing them.
    private func removeLeftovers() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        where name.hasPrefix(AtomicFile.leftover) { unlink("\(path)/\(name)") }
    }

    /// Sorted; what is no secret's file is left out.
    func paths() throws(SealedError) -> [SecretPath] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).compactMap(
                SecretPath.init(fileName:)
            ).sorted()
        } catch {
            throw SealedError(.unavailable, "the folder '\(path)' of the sealed store cannot be listed")
        }
    }

    func file(of path: SecretPath) -> String { "\(self.path)/\(path.fileName)" }

    /// Nil when there is no such secret.
    func read(_ path: SecretPath) throws(SealedError) -> SealedRecord? {
        let name = file(of: path)
        guard let file = try Descriptor(opening: name, O_RDONLY | O_NONBLOCK) else { return nil }
        return try SealedRecord(file.read(limit: Self.largestFile), of: name)
    }

    func write(_ record: SealedRecord, of path: SecretPath) throws(SealedError) {
        let bytes = try record.encoded()
        guard bytes.count <= Self.largestFile else {
            throw SealedError(
                .refused,
                "secret '\(path)' has \(bytes.count) bytes with its versions, and \(Self.largestFile) are the most",
                hint: "remove versions that nobody needs")
        }
        try AtomicFile.write(bytes, to: path.fileName, in: self.path)
    }

    func remove(_ path: SecretPath) throws(SealedError) {
        try AtomicFile.remove(path.fileName, in: self.path)
    }
}
