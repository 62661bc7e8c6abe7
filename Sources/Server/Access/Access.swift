import Foundation
import Hummingbird
import NIOCore

/// Who comes: by the socket, by a token, or by a browser's session.
struct Access: Sendable {
    enum Visitor: Sendable {
        case known(APICaller, hasSession: Bool)
        case unknown
        /// Too many wrong tokens came from there.
        case held(seconds: Int)
    }
    let authorizer: Authorizer
    let failures: FailedLogins
    let sessions: Sessions
    let clients: Clients

    init(
        _ authorizer: Authorizer, failures: FailedLogins, clients: Clients, now: @escaping @Sendable () -> Int
    ) {
        (self.authorizer, self.failures, self.clients) = (authorizer, failures, clients)
        sessions = Sessions(now: now)
    }

    /// - Parameter cookie: heeded where it is given, and no token is.
    func visitor(
        _ request: Request, _ context: APIContext, isLocal: Bool, cookie: SessionCookie? = nil
    ) async -> Visitor {
        if isLocal { return .known(await .peer(of: context.channel), hasSession: false) }
        if let header = request.headers[.authorization] {
            let words = header.split(separator: " ", maxSplits: 1)
            guard words.count == 2, words[0].lowercased() == "bearer" else { return .unknown }
            do throws(FailedLogins.Held) {
                let caller = try caller(String(words[1]), of: request, context)
                return caller.map { .known($0, hasSession: false) } ?? .unknown
            } catch {
                return .held(seconds: error.seconds)
            }
        }
        for value in cookie?.values(in: request.headers) ?? [] {
            if let caller = sessions.token(of: value).flatMap({ authorizer.holder($0) }) {
                return .known(caller, hasSession: true)
            }
        }
        return authorizer.anonymous.map { .known($0, hasSession: false) } ?? .unknown
    }

    /// Whom a token belongs to; nil for nobody, which counts against where it came from.
    func caller(
        _ token: String, of request: Request, _ context: APIContext
    ) throws(FailedLogins.Held) -> APICaller? {
        try failures.attempt(clients.name(context, request.headers)) { authorizer.caller(token) }
    }
}

extension FailedLogins.Held {
    /// Rounded up.
    var seconds: Int { (wait + 999) / 1000 }
}
