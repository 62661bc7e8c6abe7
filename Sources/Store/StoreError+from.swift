import Foundation
import GRDB

extension StoreError {
    init(errno code: Int32, path: String) {
        switch code {
        case EROFS, EACCES, EPERM: self = .readOnly(path)
        case ENOSPC, EDQUOT: self = .full(path)
        default: self = .failed(path, reason: String(cString: strerror(code)))
        }
    }

    /// GRDB's errors carry SQL; ours carry SQLite's own words only, which hold no value.
    init(_ error: any Error, database path: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as PackingError: self = .corrupt(database: path, reason: error.description)
        case let error as DatabaseError: self = Self(error, path)
        default: self = .failed(path, reason: "its contents are not as expected")
        }
    }

    private init(_ error: DatabaseError, _ path: String) {
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(path)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: self = .readOnly(path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT:
            self = .corrupt(database: path, reason: "SQLite error \(error.resultCode)")
        case .SQLITE_MISUSE: self = .closed
        case .SQLITE_TOOBIG: self = .tooLarge("a row")
        default: self = .failed(path, reason: "SQLite error \(error.resultCode)")
        }
    }
}
