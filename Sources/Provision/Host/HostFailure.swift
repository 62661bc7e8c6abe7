import Glibc
import Model

extension EngineError {
    /// `cannot write '/srv/a': no space left on device`.
    init(cannot action: String, _ path: String, _ code: Int32, hint: String? = nil) {
        let reason = String(cString: strerror(code))
        let recovery: Recovery =
            switch code {
            case ENAMETOOLONG, EINVAL, ELOOP: .waitForChange
            default: .retry
            }
        self.init(
            recovery, "cannot \(action) '\(path.escapedForDisplay)': \(reason.loweringFirst)", hint: hint)
    }

    /// `what` continues a sentence that begins with the path.
    init(_ recovery: Recovery, at path: String, _ what: String, hint: String? = nil) {
        self.init(recovery, "'\(path.escapedForDisplay)' \(what)", hint: hint)
    }

    static func occupied(_ path: String, by other: ResourceID) -> EngineError {
        var error = EngineError(
            .retry, at: path, "is in use by \(other), and free once that has gone elsewhere",
            hint:
                "where directories, or files with something to ignore, swap their paths, move one to a third path"
        )
        error.occupant = other
        return error
    }

    static func notOurs(_ path: String) -> EngineError {
        EngineError(
            .waitForChange, at: path, "exists, and Martlet did not make it",
            hint: "take it over with 'reconcile: {adopt: true}', or move it away")
    }
}

extension String {
    private var isAcronym: Bool { dropFirst().first?.isUppercase ?? false }
    fileprivate var loweringFirst: String {
        isAcronym ? self : prefix(1).lowercased() + dropFirst()
    }
}
