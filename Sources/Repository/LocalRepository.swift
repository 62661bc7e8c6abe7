import CGit2
import Synchronization

/// A repository of this machine, bare or not, whose objects are read and nothing is written. Each call takes one
/// of its handles for itself, so calls run beside each other.
package final class LocalRepository: Sendable {
    package let path: String
    private let spare = Mutex<[Database]>([])

    /// Opens the repository that is at `path` itself or, where `searching`, above it.
    /// - Parameter quarantines: folders of objects beside its own: those of a push that is not taken yet.
    package static func open(
        _ path: String, searching: Bool = false, quarantines: [String] = []
    ) async throws(GitError) -> LocalRepository {
        let repository = LocalRepository(path: path, searching: searching, quarantines: quarantines)
        try await repository.lend { _ in }
        return repository
    }

    private let searching: Bool
    private let quarantines: [String]
    /// Read as if they were there.
    private let made: [MadeObject]
    private init(path: String, searching: Bool, quarantines: [String], made: [MadeObject] = []) {
        (self.path, self.searching, self.quarantines, self.made) = (path, searching, quarantines, made)
    }

    /// The same, with these objects beside its own.
    func having(_ objects: [MadeObject]) -> LocalRepository {
        objects.isEmpty
            ? self
            : LocalRepository(
                path: path, searching: searching, quarantines: quarantines, made: made + objects)
    }
    /// A handle of its own, which writes nothing to the repository, and reads nothing more once it is told to stop.
    func scratch(_ stop: Stop) throws(GitError) -> Database {
        try Database(path: path, searching: searching, quarantines: quarantines, made: made, scratch: stop)
    }

    func lend<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws(GitError) -> Result
    ) async throws(GitError) -> Result {
        try await Blocking.run { [self] () throws(GitError) in
            let database = try take()
            defer { giveBack(database) }
            return try body(database)
        }
    }

    /// The results of `work` for 0 up to `count`, in order, over several cores with a handle each.
    func lend<Result: Sendable>(
        count: Int, cores: Int, _ work: @escaping @Sendable (Database, Int) throws(GitError) -> Result
    ) async throws(GitError) -> [Result] {
        try await Blocking.map(count: count, cores: cores) { [self] () throws(GitError) in
            Loan(database: try take(), from: self)
        } _: { (loan, index) throws(GitError) in
            try work(loan.database, index)
        }
    }

    private func take() throws(GitError) -> Database {
        if let database = spare.withLock({ $0.popLast() }) { return database }
        return try Database(path: path, searching: searching, quarantines: quarantines, made: made)
    }
    private func giveBack(_ database: Database) { spare.withLock { $0.append(database) } }

    private final class Loan {
        let database: Database
        private let lender: LocalRepository
        init(database: Database, from lender: LocalRepository) {
            (self.database, self.lender) = (database, lender)
        }
        deinit { lender.giveBack(database) }
    }
}

/// libgit2's handles on one repository. Unchecked, because they may be used on any thread but by one at a time:
/// `LocalRepository` lends each to one call.
final class Database: @unchecked Sendable {
    let path: String
    private let repositoryHandle: Handle
    private let objectsHandle: Handle
    private let stop: Stop?
    var repository: OpaquePointer { repositoryHandle.pointer }
    var objects: OpaquePointer { objectsHandle.pointer }

    /// - Parameters:
    ///   - made: objects that are read as if they were there.
    ///   - stop: whatever is written through it stays in memory, and this ends what is read.
    init(
        path: String, searching: Bool = false, quarantines: [String] = [], made: [MadeObject] = [],
        scratch stop: Stop? = nil
    ) throws(GitError) {
        (self.path, self.stop) = (path, stop)
        Library.startReading()
        let repository = try Self.open(path, searching: searching)
        let pointer = repository.pointer
        objectsHandle = try Handle("open repository '\(path)'", free: git_odb_free) {
            git_repository_odb(&$0, pointer)
        }
        repositoryHandle = repository
        for quarantine in quarantines {
            let objects = objectsHandle.pointer
            try git("open the objects in '\(quarantine)'") { git_odb_add_disk_alternate(objects, quarantine) }
        }
        if stop != nil || !made.isEmpty { try keep(made) }
        let objects = objectsHandle.pointer
        if let stop { try git("open repository '\(path)'") { git_stop_add(objects, stop.flag, 1000) } }
    }

    /// In memory, above all other places: what is written goes there, too.
    private func keep(_ made: [MadeObject]) throws(GitError) {
        var memory: UnsafeMutablePointer<git_odb_backend>?
        try git("open repository '\(path)'") { git_mempack_new(&memory) }
        guard let memory else { return }
        try git("open repository '\(path)'") { git_odb_add_backend(objects, memory, 999) }
        for object in made {
            var id = object.id.raw
            let kind = object.kind == .tree ? GIT_OBJECT_TREE : GIT_OBJECT_BLOB
            try git("keep object \(object.id)") {
                memory.pointee.write(memory, &id, object.bytes, object.bytes.count, kind)
            }
        }
    }

    private static func open(_ path: String, searching: Bool) throws(GitError) -> Handle {
        do throws(GitError) {
            return try Handle("open repository '\(path)'", free: git_repository_free) {
                git_repository_open_ext(
                    &$0, path, searching ? 0 : GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
            }
        } catch {
            guard error.code == .missing else { throw error }
            throw GitError(.missing, error.operation, "no git repository is there")
        }
    }

    /// The size and kind of an object, without reading it.
    func header(of id: ObjectID) throws(GitError) -> (size: Int, kind: git_object_t) {
        var (raw, size, kind) = (id.raw, 0, GIT_OBJECT_INVALID)
        try git("read object \(id) of '\(path)'") { git_odb_read_header(&size, &kind, objects, &raw) }
        return (size, kind)
    }

    func object(_ id: ObjectID, _ kind: git_object_t) throws(GitError) -> Handle {
        var raw = id.raw
        let object = try Handle("read object \(id) of '\(path)'", free: git_odb_object_free) {
            git_odb_read(&$0, objects, &raw)
        }
        guard git_odb_object_type(object.pointer) == kind else {
            throw GitError(.corrupt, "read object \(id) of '\(path)'", "it is not of the kind its tree says")
        }
        return object
    }

    /// Calls `body` with a file's bytes, which are gone afterwards.
    func withBlob<Result>(
        _ id: ObjectID, _ body: (UnsafeRawBufferPointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        let object = try object(id, GIT_OBJECT_BLOB)
        return try object.withObjectBytes(body)
    }

    /// The root tree of a commit, or the tree itself.
    func tree(of id: ObjectID) throws(GitError) -> ObjectID {
        try header(of: id).kind == GIT_OBJECT_TREE ? id : commit(id).tree
    }

    func commit(_ id: ObjectID) throws(GitError) -> Commit {
        var raw = id.raw
        let handle = try Handle("read commit \(id.short) of '\(path)'", free: git_commit_free) {
            git_commit_lookup(&$0, repository, &raw)
        }
        return Commit(handle)
    }
}

extension Handle {
    /// For an object of the database, which stays as long as `self` is borrowed.
    borrowing func withObjectBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(GitError) -> Result
    ) throws(GitError) -> Result { try body(objectBytes) }

    /// Valid as long as the handle is.
    var objectBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: git_odb_object_data(pointer), count: git_odb_object_size(pointer))
    }
}
