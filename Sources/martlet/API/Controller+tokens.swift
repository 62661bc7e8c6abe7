import Foundation
import Model
import Review
import Server
import Store

extension Controller {
    /// Only an admin gives others access, or takes it.
    var tokenRoutes: [APIRoute] {
        [
            APIRoute(.get, "/tokens", .admin) { [self] _ in
                await Self.answering { .json(bytes: Array(try TokenReport(tokens.all).json().utf8)) }
            },
            APIRoute(.post, "/tokens", .admin) { [self] request in
                await Self.answering {
                    guard let wish = try? JSONDecoder().decode(TokenWish.self, from: Data(request.body))
                    else {
                        throw OperationError(
                            400, "body asks for no token", hint: #"send {"role": "viewer", "expires": "90d"}"#
                        )
                    }
                    return .json(try tokens.create(wish, by: request.caller.asking(for: wish.by)))
                }
            },
            APIRoute(.post, "/tokens/{token}/revoke", .admin) { [self] request in
                await Self.answering {
                    .json(try tokens.answer(revoking: request.parameters["token"] ?? ""))
                }
            },
        ]
    }
}

extension AccessTokens {
    func create(_ wish: TokenWish, by person: String) throws -> NewToken {
        guard let role = APIRole(rawValue: wish.role) else {
            let known = APIRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw OperationError(
                400, "'\(wish.role.escapedForDisplay)' is no role", hint: "write \(known)")
        }
        let lifetime = wish.expires == "never" ? nil : Span(wish.expires)
        guard wish.expires == "never" || lifetime != nil else {
            throw OperationError(
                400, "'\(wish.expires.escapedForDisplay)' is no time that a token could last",
                hint: "write 90d, 12h or never")
        }
        let made = try create(name: wish.name, role, lifetime: lifetime?.milliseconds, by: person)
        return NewToken(token: ListedToken(made.token), secret: made.secret)
    }

    func answer(revoking name: String) throws -> Answer {
        let token = try revoke(name)
        return Answer(
            message: "token '\(token.name)' is revoked, and whoever signed in with it is signed out")
    }
}
