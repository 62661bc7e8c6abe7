/// Why a call has no answer, as the connection sees it.
enum GRPCFailure: Error, Hashable, Sendable {
    /// The other side's word: gRPC's number, from 1 to 16, and its message.
    case status(Int, String)
    /// The connection, or the call's stream, broke. Where `isUnseen` the other side did nothing about the call.
    case lost(String, isUnseen: Bool)
    case timedOut
    case cancelled
    case malformed(String)
    /// The answer would have this many bytes.
    case tooLarge(Int)

    /// What gRPC's numbers mean, from 1 on.
    private static let names = [
        "cancelled", "unknown", "invalid argument", "deadline exceeded", "not found", "already exists",
        "permission denied", "resource exhausted", "failed precondition", "aborted", "out of range",
        "unimplemented", "internal", "unavailable", "data loss", "unauthenticated",
    ]
    static func name(of status: Int) -> String {
        names.indices.contains(status - 1) ? names[status - 1] : "status \(status)"
    }

    static let deadlineExceeded = 4
    static let unimplemented = 12
}
