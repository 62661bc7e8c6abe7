import Foundation
import Synchronization

/// Where mail is handed in. TLS is always verified. It has no description: it carries a password.
package struct MailServer: Sendable {
    package enum Encryption: Sendable, Hashable {
        /// From the first byte with `smtps`, by STARTTLS with `smtp`: nothing is said before it.
        case required
        /// For a server on this machine alone, and never with a password.
        case none
    }
    /// `smtps://host:port` or `smtp://host:port`, with no user in it.
    package var url: String
    package var user: String?
    package var password: String?
    package var encryption = Encryption.required
    /// PEM; trusted instead of the system's authorities.
    package var caFile: String?
    /// For one letter, connection included.
    package var timeout = Duration.seconds(60)

    package init(url: String) { self.url = url }

    /// Until the server has taken it for every recipient. Blocks a thread of its own; a task that is cancelled ends it
    /// within a second.
    package func send(_ message: MailMessage) async throws(HTTPError) {
        let transfer = try MailTransfer(self, message)
        let result: Result<Void, HTTPError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread {
                    TransferLoop.blockSignals()
                    continuation.resume(returning: transfer.perform())
                }
                thread.name = "martlet-mail"
                thread.start()
            }
        } onCancel: {
            transfer.cancel()
        }
        try result.get()
    }
}

extension MailServer: CustomStringConvertible, CustomReflectable {
    package var description: String { "mail server \((try? MailPlace(url))?.label ?? "(not a URL)")" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The parts of a mail server's URL that may be shown.
struct MailPlace: Sendable {
    let scheme: String
    /// An IPv6 address without brackets.
    let host: String
    let label: String

    init(_ url: String) throws(HTTPError) {
        let parsed = ParsedURL()
        try parsed.set(url)
        guard let scheme = parsed.scheme, scheme == "smtp" || scheme == "smtps" else {
            throw HTTPError(.invalidRequest, "", "URL is neither smtp nor smtps")
        }
        guard let host = parsed.host, let port = parsed.port, !parsed.hasUser else {
            throw HTTPError(.invalidRequest, "", "URL has no host, or a user in it")
        }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.host = isBracketed ? String(host.dropFirst().dropLast()) : host
        (self.scheme, label) = (scheme, "\(host):\(port)".printable)
    }
}

extension MailServer {
    /// Whether nobody else hears what is said to it.
    package var isOnThisMachine: Bool {
        guard let host = try? MailPlace(url).host else { return false }
        return host == "localhost" || Network.loopback.contains { $0.contains(host) }
    }

    /// What is wrong with it before anything is sent; nil where nothing is.
    package var problem: String? {
        do throws(HTTPError) {
            let place = try MailPlace(url)
            if encryption == .none, password != nil { return "a password is never sent without TLS" }
            return encryption == .none && place.scheme == "smtps" ? "smtps is TLS from the first byte" : nil
        } catch {
            return error.cause
        }
    }
}
