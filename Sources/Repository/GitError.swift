import CGit2

/// What went wrong with a repository, said so that whoever configured it can mend it.
package struct GitError: Error, Hashable, Sendable, Codable {
    package enum Code: String, Hashable, Sendable, Codable {
        /// A branch, commit, folder, file or object isn't there.
        case missing
        case ambiguous
        /// The settings can't be meant.
        case settings
        /// The server wants other credentials.
        case authentication
        /// The server's certificate isn't to be trusted.
        case certificate
        case unknownHost, changedHost
        /// The server isn't to be reached, or doesn't speak git.
        case network
        case wholeLimit, idleLimit
        case tooLarge
        /// Another process works on the mirror.
        case busy
        /// The repository's files belong to another user.
        case foreign
        /// Objects contradict each other or the format.
        case corrupt
        case cancelled
        case other
    }
    package var code: Code
    /// What was being done, and to what: `fetch https://host/infra.git`.
    package var operation: String
    /// Lower case, no full stop, no secret.
    package var message: String
    package var hint: String?

    package init(_ code: Code, _ operation: String, _ message: String, hint: String? = nil) {
        (self.code, self.operation, self.message, self.hint) = (code, operation, message, hint)
    }
}

extension GitError: CustomStringConvertible {
    package var description: String { "\(operation): \(message)" + (hint.map { "\n  hint: \($0)" } ?? "") }
}

extension GitError {
    /// libgit2 keeps the message in the thread's own memory: to be made on the thread that saw the status.
    init(status: Int32, operation: String) {
        let last = git_error_last()
        let text = last.map { String(cString: $0.pointee.message) } ?? "no message"
        let message = text.hasPrefix("failed to ") ? "cannot " + text.dropFirst(10) : text
        let code = Code(status: status, domain: last?.pointee.klass ?? 0)
        self.init(code, operation, "\(message) (libgit2 \(status))")
        if code == .foreign {
            hint = "run as the user who owns it, or name it in git's 'safe.directory'"
        }
    }
}

extension GitError.Code {
    fileprivate init(status: Int32, domain: Int32) {
        switch git_error_code(status) {
        case GIT_ENOTFOUND: self = .missing
        case GIT_EAMBIGUOUS: self = .ambiguous
        case GIT_EAUTH: self = .authentication
        case GIT_ECERTIFICATE: self = .certificate
        case GIT_ELOCKED: self = .busy
        case GIT_EOWNER: self = .foreign
        case GIT_EMISMATCH: self = .corrupt
        default: self = Self.networkDomains.contains(git_error_t(UInt32(domain))) ? .network : .other
        }
    }
    private static var networkDomains: [git_error_t] {
        [GIT_ERROR_NET, GIT_ERROR_SSL, GIT_ERROR_SSH, GIT_ERROR_HTTP, GIT_ERROR_OS]
    }
}

/// The one place where libgit2's statuses become errors. The closure can't suspend, so the message is read on
/// the thread that failed.
@discardableResult
func git(_ operation: @autoclosure () -> String, _ call: () -> Int32) throws(GitError) -> Int32 {
    let status = call()
    guard status < 0 else { return status }
    throw GitError(status: status, operation: operation())
}

/// One of libgit2's objects, freed with it.
struct Handle: ~Copyable {
    let pointer: OpaquePointer
    private let free: (OpaquePointer?) -> Void

    init(
        _ operation: @autoclosure () -> String, free: @escaping (OpaquePointer?) -> Void,
        _ open: (inout OpaquePointer?) -> Int32
    ) throws(GitError) {
        Library.start()
        var opened: OpaquePointer?
        let status = open(&opened)
        guard status >= 0, let opened else { throw GitError(status: status, operation: operation()) }
        (pointer, self.free) = (opened, free)
    }
    deinit { free(pointer) }
}

/// libgit2 itself, started once for the process.
enum Library {
    private static let isStarted: Bool = git_libgit2_init() > 0
    static func start() { _ = isStarted }

    /// As git itself does, names of objects are believed when they are read: each was computed from the content when
    /// the object was fetched, zlib's checksum finds what a disk spoiled, and hashing anew costs as much as inflating.
    private static let isReading: Bool = isStarted && git_set_hash_verification(0) == 0
    static func startReading() { _ = isReading }
}
