package import Foundation
import GRDB
import Synchronization

/// What must last: records, the journal of intents, leases, what people said, where sources stand, history and
/// the outbox, in one SQLite database. Every call blocks until the disk has it. Nothing is cached.
package final class Store: Sendable {
    /// Nil once closed: GRDB does not survive a call after that. The lock is held for the whole of a call, as the
    /// queue would make it wait anyway.
    private let queue: Mutex<DatabaseQueue?>
    let path: String
    let sealer: Sealer
    private let lock: DirectoryLock?

    private init(_ queue: DatabaseQueue, path: String, key: StoreKey, lock: DirectoryLock?) {
        self.queue = Mutex(queue)
        (self.path, self.sealer, self.lock) = (path, Sealer(key), lock)
    }

    /// Takes the directory (made when missing) for this process, until `close` or its end. A database that is
    /// damaged, of a newer version or of another key is left as it is.
    package static func open(directory: URL, key: StoreKey, holder: Holder) throws(StoreError) -> Store {
        try makeDirectory(directory)
        let lock = try DirectoryLock(directory, holder: holder)
        let file = DatabaseFile(directory)
        if try !file.exists() { try file.create(key) }
        try file.check(key)
        return Store(try file.open(), path: file.path, key: key, lock: lock)
    }

    /// Without a file, for tests.
    package static func inMemory() throws(StoreError) -> Store {
        let key = StoreKey.random()
        return Store(try DatabaseFile.inMemory(key), path: "in memory", key: key, lock: nil)
    }

    /// Whether a database is there already: a key that is missing then must not be made anew.
    package static func exists(in directory: URL) -> Bool {
        (try? DatabaseFile(directory).exists()) ?? true
    }

    /// Who has a state directory now; nil when nobody does.
    package static func peekHolder(_ directory: URL) -> Holder? { DirectoryLock.holder(of: directory) }

    /// Lets go of the directory. Every later call throws `closed`.
    package func close() {
        queue.withLock {
            try? $0?.close()
            $0 = nil
        }
        lock?.release()
    }

    /// Reads every page of the database, and throws `corrupt` when it finds damage.
    package func check() throws(StoreError) {
        let answer = try read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        guard answer == "ok" else { throw .corrupt(database: path, reason: "its pages do not fit together") }
    }

    func read<T: Sendable>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        try open { try $0.read(body) }
    }
    /// In one transaction.
    func write<T: Sendable>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        try open { try $0.write(body) }
    }
    private func open<T: Sendable>(_ body: (DatabaseQueue) throws -> T) throws(StoreError) -> T {
        do {
            return try queue.withLock { queue in
                guard let queue else { throw StoreError.closed }
                return try body(queue)
            }
        } catch {
            throw StoreError(error, database: path)
        }
    }

    private static func makeDirectory(_ directory: URL) throws(StoreError) {
        let path = directory.plainPath
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            let code = (error as? CocoaError)?.underlying as? POSIXError
            throw StoreError(errno: code?.code.rawValue ?? ENOTDIR, path: path)
        }
    }
}

extension URL {
    /// As people write it: a folder without a slash at its end.
    var plainPath: String {
        let path = path(percentEncoded: false)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
