/// Why something was not kept, or could not be read back.
package enum StoreError: Error, Sendable, Hashable {
    /// A newer term began: whoever asked may write no more.
    case fenced
    /// Another process has the directory; nil where it has not said who it is.
    case inUse(directory: String, Holder?)
    case wrongKey(database: String)
    case unusableKey(String, hint: String)
    case corrupt(database: String, reason: String)
    /// Written by a version that knows more.
    case newer(database: String)
    case readOnly(String)
    case full(String)
    /// A value that is nested too deep or is too large to be kept.
    case tooLarge(String)
    /// One row could not be read back.
    case damaged(row: String, reason: String)
    case closed
    case failed(String, reason: String)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .fenced: "another controller has taken over"
        case .inUse(let directory, let holder?): "state directory '\(directory)' is in use by \(holder)"
        case .inUse(let directory, nil): "state directory '\(directory)' is in use by another process"
        case .wrongKey(let database): "database '\(database)' was sealed with another key"
        case .unusableKey(let message, _): message
        case .corrupt(let database, let reason): "database '\(database)' is damaged: \(reason)"
        case .newer(let database): "database '\(database)' was written by a newer version of martlet"
        case .readOnly(let path): "'\(path)' cannot be written: it is read-only"
        case .full(let path): "'\(path)' cannot be written: no space is left"
        case .tooLarge(let what): "\(what) is too large to be kept"
        case .damaged(let row, let reason): "\(row) cannot be read back: \(reason)"
        case .closed: "the store is closed"
        case .failed(let path, let reason): "'\(path)' cannot be used: \(reason)"
        }
    }

    /// What to do about it.
    package var hint: String? {
        switch self {
        case .inUse: "stop it first, or give this one a state directory of its own"
        case .wrongKey: "put the key back that it was made with; without it, the database can't be read"
        case .unusableKey(_, let hint): hint
        case .corrupt, .damaged:
            "restore a backup, or move the database away and adopt what exists (`reconcile: {adopt: true}`)"
        case .newer: "use that version, or restore a backup from before it"
        case .readOnly: "give the controller's user the right to write there"
        case .full: "make room: nothing is lost, and what was refused is tried again"
        case .fenced, .tooLarge, .closed, .failed: nil
        }
    }
}
