package import Model

/// A repository to be fetched, and how.
package struct Remote: Hashable, Sendable, Codable {
    package var url: RemoteURL
    package var credentials: Credentials
    /// PEM file of the authorities that are believed instead of the system's.
    package var caFile: String?
    /// OpenSSH's known_hosts file; ssh needs one.
    package var knownHosts: String?
    /// What is mirrored: references, or with `*` at the end all that begin so.
    package var references: [String]
    package var limits: FetchLimits

    package init(
        _ url: RemoteURL, credentials: Credentials = .none, caFile: String? = nil, knownHosts: String? = nil,
        references: [String] = ["refs/heads/*", "refs/tags/*"], limits: FetchLimits = FetchLimits()
    ) {
        (self.url, self.credentials, self.caFile) = (url, credentials, caFile)
        (self.knownHosts, self.references, self.limits) = (knownHosts, references, limits)
    }
}

package struct FetchLimits: Hashable, Sendable, Codable {
    /// From start to end.
    package var whole: Duration
    /// Without any sign of the server.
    package var idle: Duration
    /// Of what one fetch may bring.
    package var bytes: Int

    package init(
        whole: Duration = .seconds(600), idle: Duration = .seconds(30),
        bytes: ByteSize = ByteSize(bytes: 4 << 30)
    ) {
        (self.whole, self.idle, self.bytes) = (whole, idle, bytes.bytes)
    }
}

/// How to log in. It goes to the fetch child's standard input and nowhere else.
package enum Credentials: Hashable, Sendable, Codable {
    case none
    /// For https; forges take any user's name beside it, and Bitbucket's `password(user: "x-token-auth", …)`.
    case token(String)
    case password(user: String, password: String)
    /// Path of a private key. Ed25519 or ECDSA: Debian's libssh2 can do RSA with no server of today.
    case sshKey(file: String, passphrase: String? = nil)
}

/// No description, no reflection shows a secret.
extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .none: "none"
        case .token: "(token)"
        case .password: "(user and password)"
        case .sshKey(let file, _): "(key \(file))"
        }
    }
    package var debugDescription: String { description }
    package var customMirror: Swift.Mirror { Swift.Mirror(self, children: [:]) }
}
