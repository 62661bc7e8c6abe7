import Fixtures
import Foundation
import Glibc
import Model
import Synchronization

@testable import Secure

/// A store in a temporary folder, with a clock that stands until it is set.
final class Shop: Sendable {
    let temporary: TemporaryFolder
    let now = Mutex(1_767_225_600)
    private let keeps: Int

    init(keeps: Int = 10) throws {
        (temporary, self.keeps) = (try TemporaryFolder(), keeps)
        try store.create()
    }

    var folder: String { temporary.path + "/sealed" }
    var keyFile: String { temporary.path + "/sealed.key" }
    var store: SealedStore { store(key: .file(keyFile)) }

    func store(key: KeySource) -> SealedStore {
        SealedStore(.init(folder: folder, key: key, keeps: keeps)) { [self] in now.withLock { $0 } }
    }
    func pass(_ seconds: Int) { now.withLock { $0 += seconds } }

    func file(_ path: String) throws -> String { "\(folder)/\(try SecretPath(path).fileName)" }

    /// Every file under the temporary folder, by its path.
    var files: [String: Data] {
        var files: [String: Data] = [:]
        for name in FileManager.default.enumerator(atPath: temporary.path) ?? .init() {
            let path = "\(temporary.path)/\(name)"
            files["\(name)"] = FileManager.default.contents(atPath: path)
        }
        return files
    }
}

extension SealedStore {
    @discardableResult
    func put(_ path: String, _ texts: [String: String], merging: Bool = false) throws -> Int {
        try put(SecretPath(path), texts.mapValues { Array($0.utf8) }, merging: merging)
    }
    func text(_ path: String, _ key: String, version: Int? = nil) throws -> String {
        try read(SecretPath(path), key: key, version: version).withBytes {
            String(decoding: $0, as: UTF8.self)
        }
    }
}

extension String {
    var mode: mode_t {
        var status = stat()
        stat(self, &status)
        return status.st_mode & 0o777
    }
}
