import Foundation
import GRDB

/// The database's file in its directory: made whole or not at all, and looked at before anything is changed.
struct DatabaseFile {
    private let directory: URL
    private var file: URL { directory.appending(path: "state.db") }
    var path: String { file.plainPath }
    private var journal: String { path + "-wal" }

    init(_ directory: URL) { self.directory = directory }

    func exists() throws(StoreError) -> Bool {
        if FileManager.default.fileExists(atPath: path) { return true }
        // SQLite would play an old journal into a new database.
        guard size(of: journal) == 0 else {
            throw .corrupt(
                database: path, reason: "the file is missing, but its journal '\(journal)' is there")
        }
        return false
    }

    /// Under another name until all is in it, so that a crash leaves no half of a database.
    func create(_ key: StoreKey) throws(StoreError) {
        let new = path + ".new"
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(new + suffix) }
        let descriptor = Foundation.open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, path: path) }
        defer { Foundation.close(descriptor) }
        do {
            let queue = try DatabaseQueue(path: new, configuration: Self.configuration)
            try Self.prepare(queue, key)
            try queue.close()
        } catch {
            throw StoreError(error, database: path)
        }
        guard fsync(descriptor) == 0, rename(new, path) == 0 else {
            throw StoreError(errno: errno, path: path)
        }
        let folder = Foundation.open(directory.plainPath, O_RDONLY | O_CLOEXEC)
        defer { Foundation.close(folder) }
        fsync(folder)
    }

    func open() throws(StoreError) -> DatabaseQueue {
        do {
            let queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            try Self.useJournal(queue)
            try Tables.migrator.migrate(queue)
            return queue
        } catch {
            throw StoreError(error, database: path)
        }
    }

    static func inMemory(_ key: StoreKey) throws(StoreError) -> DatabaseQueue {
        do {
            let queue = try DatabaseQueue(configuration: configuration)
            try prepare(queue, key)
            return queue
        } catch {
            throw StoreError(error, database: "in memory")
        }
    }

    /// Refuses what is not ours to change. Only reads.
    func check(_ key: StoreKey) throws(StoreError) {
        try checkHeader()
        var configuration = Self.configuration
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            try queue.read { db in
                if try Tables.migrator.hasBeenSuperseded(db) { throw StoreError.newer(database: path) }
                let value = try Data.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'keyCheck'")
                guard let value else {
                    throw StoreError.corrupt(database: path, reason: "it does not say which key it needs")
                }
                if Array(value) != key.checkValue { throw StoreError.wrongKey(database: path) }
            }
        } catch {
            throw StoreError(error, database: path)
        }
    }

    /// The first hundred bytes say enough of what is no database of ours, or was cut off.
    private func checkHeader() throws(StoreError) {
        let header: [UInt8]
        do {
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            header = Array(try handle.read(upToCount: 100) ?? Data())
        } catch {
            throw .failed(path, reason: "it can't be opened for reading")
        }
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .corrupt(database: path, reason: "it is no SQLite database")
        }
        func number(_ place: Int, _ width: Int) -> Int {
            header[place..<(place + width)].reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(68, 4) == Tables.applicationID else {
            throw .corrupt(database: path, reason: "it is a database of another program")
        }
        let page = number(16, 2) == 1 ? 65536 : number(16, 2)
        // While the journal holds something, the file may be behind its header.
        if size(of: journal) == 0, size(of: path) < page * number(28, 4) {
            throw .corrupt(database: path, reason: "its end is missing")
        }
    }

    private func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private static let configuration = {
        var configuration = Configuration()
        configuration.label = "martlet.store"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096")
        }
        return configuration
    }()

    private static func prepare(_ queue: DatabaseQueue, _ key: StoreKey) throws {
        try useJournal(queue)
        try Tables.migrator.migrate(queue)
        try queue.write { db in
            try db.execute(
                sql: "INSERT INTO meta VALUES ('keyCheck', ?)", arguments: [Data(key.checkValue)])
        }
    }

    /// Not by GRDB's setting, which would let the last transactions be lost with the power.
    private static func useJournal(_ queue: DatabaseQueue) throws {
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
    }
}

extension StoreKey {
    /// Tells one key from another, and nothing of the key.
    fileprivate var checkValue: [UInt8] { Array(derived(for: "store check 1").prefix(16)) }
}
