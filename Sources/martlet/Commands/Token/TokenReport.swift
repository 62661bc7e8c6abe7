import Review
import Store

/// What a token is to be.
struct TokenWish: Codable, Sendable {
    var role: String
    var name: String?
    /// A span, or `never`.
    var expires: String
    /// Who asks; heeded over the socket.
    var by: String?
}

/// A token as people may see it.
struct ListedToken: Codable, Sendable, Equatable {
    var id: String
    var name: String
    var role: String
    var createdAt: Timestamp
    var createdBy: String
    /// Nil for never.
    var expiresAt: Timestamp?
    /// To the minute; nil before the first time.
    var lastUsedAt: Timestamp?

    init(_ token: AccessToken) {
        (id, name, role, createdBy) = (token.id, token.name, token.role, token.createdBy)
        createdAt = Timestamp(milliseconds: token.created)
        expiresAt = token.expires.map { Timestamp(milliseconds: $0) }
        lastUsedAt = token.lastUsed.map { Timestamp(milliseconds: $0) }
    }
}

/// Told once: `secret` is kept nowhere.
struct NewToken: Codable, Sendable {
    var token: ListedToken
    var secret: String
}

/// `martlet token list`.
struct TokenReport: Report {
    static let schema = "martlet/tokens/v1"

    var tokens: [ListedToken]

    init(_ tokens: [AccessToken]) { self.tokens = tokens.map(ListedToken.init) }
    var exitCode: Review.ExitCode { .done }

    func text(_ style: Style) -> String {
        guard !tokens.isEmpty else {
            return "there is no token\n\nhint: 'martlet token create --role viewer' makes one\n"
        }
        let head = ["name", "id", "role", "created", "expires", "last used", "created by"]
        let rows = tokens.map { token in
            [
                token.name, token.id, token.role, token.createdAt.day, token.expiresAt?.day ?? "never",
                token.lastUsedAt?.description ?? "never", token.createdBy.safeForDisplay,
            ]
        }
        return ([head] + rows).aligned.joined(separator: "\n") + "\n"
    }
}

extension Timestamp {
    /// `2026-11-21`, in UTC.
    var day: String { String(description.prefix(10)) }
}
