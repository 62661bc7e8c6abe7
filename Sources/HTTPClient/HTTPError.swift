/// Why there is no answer. It names the host and the cause; never a URL's query or user, never a header.
package struct HTTPError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Nothing was sent: the request itself is wrong.
        case invalidRequest
        case unresolved
        case refused
        case unreachable
        case timedOut
        /// The handshake broke.
        case tls
        /// The server's certificate is not to be trusted, or a file of certificates can't be read.
        case untrusted
        /// The connection ended before the answer did.
        case closed
        /// The answer is no HTTP.
        case malformed
        case tooLarge
        case redirected
        case proxy
        /// A mail server's own word: no such user, no such mailbox, come again later.
        case rejected
        case cancelled
        /// This machine could not: no memory, no descriptors.
        case local
    }
    package var kind: Kind
    /// Host with port, or the socket; empty where the URL has none.
    package var peer: String
    package var cause: String
    package var hint: String?
    /// False where it is sure that the server saw nothing of the request.
    package var mayHaveBeenSent: Bool

    init(
        _ kind: Kind, _ peer: String, _ cause: String, hint: String? = nil, mayHaveBeenSent: Bool = false
    ) {
        (self.kind, self.peer, self.cause) = (kind, peer, cause)
        (self.hint, self.mayHaveBeenSent) = (hint, mayHaveBeenSent)
    }

    /// Whether the same request may succeed later by itself. Says nothing about doing it twice: see
    /// `mayHaveBeenSent`.
    package var isRetryable: Bool {
        switch kind {
        case .unresolved, .refused, .unreachable, .timedOut, .tls, .closed, .malformed, .proxy, .rejected,
            .local:
            true
        case .invalidRequest, .untrusted, .tooLarge, .redirected, .cancelled: false
        }
    }
}

extension HTTPError: CustomStringConvertible {
    package var description: String { peer.isEmpty ? cause : "\(peer): \(cause)" }
}
