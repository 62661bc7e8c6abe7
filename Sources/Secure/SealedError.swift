import Glibc

/// Why the sealed store did not do what it was asked for. Never holds a secret.
package struct SealedError: Error, Hashable, Sendable {
    package enum Reason: Sendable, Hashable {
        /// There is no such path, key or version (any more).
        case missing
        /// It is there, and can't be trusted or opened: damaged, sealed with another key, of a newer format.
        case unreadable
        /// The request itself is wrong; nothing was changed.
        case refused
        /// Somebody else wrote first.
        case conflict
        /// The system said no, or a lock is held; trying again may help.
        case unavailable
    }
    package var reason: Reason
    /// Lower case, no full stop.
    package var message: String
    package var hint: String?

    init(_ reason: Reason, _ message: String, hint: String? = nil) {
        (self.reason, self.message, self.hint) = (reason, message, hint)
    }

    /// What the last system call on a file said; `participle` completes "cannot be".
    static func system(_ file: String, _ participle: String, code: Int32 = errno) -> SealedError {
        let cause = String(cString: strerror(code))
        return SealedError(
            .unavailable,
            "'\(file)' cannot be \(participle): \(cause.prefix(1).lowercased())\(cause.dropFirst())")
    }
}

extension SealedError: CustomStringConvertible {
    package var description: String { message }
}
