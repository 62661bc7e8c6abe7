import Foundation
import HTTPTypes
import Hummingbird
import Review

/// What a server with pages needs for them.
struct Pages: Sendable {
    let source: PageSource
    let routes: RouteTable

    init(_ source: PageSource) { (self.source, routes) = (source, RouteTable(source.routes)) }

    /// Browsers reach this controller by https: here, or at a proxy before it.
    var isBehindTLS: Bool { source.url()?.hasPrefix("https://") ?? false }

    /// Whether the host that a browser has asked for may be bound to https, with all of its ports: where people reach
    /// this controller by that name alone. With a port of its own it shares the name with others.
    func bindsHost(_ authority: String?) -> Bool {
        guard let url = source.url(), url.hasPrefix("https://") else { return false }
        let host = url.dropFirst("https://".count).lowercased()
        return host == host.hostName && host == authority?.lowercased()
    }
}

extension APIResponder {
    private static let maxFormBytes = 4 << 10

    var isSecure: Bool { isEncrypted || !isLocal && pages?.isBehindTLS ?? false }
    private var cookie: SessionCookie { SessionCookie(isSecure: isSecure) }

    /// What a browser asks for. Without a token or a session there is the login alone.
    func page(
        _ path: String, _ pages: Pages, _ request: Request, _ context: APIContext
    ) async -> APIResponse {
        switch (path, request.method) {
        case ("/login", .get):
            let query = (request.uri.query ?? "").queryItems ?? [:]
            return .page(Gate.login(to: (query["to"] ?? "/").asPagePath))
        case ("/login", .post), ("/logout", .post):
            guard isOwnForm(request, pages) else {
                return .page(Gate.problem("this form came from another site", signedIn: false), status: 403)
            }
            return path == "/login" ? await logIn(request, context) : logOut(request)
        case ("/login", _): return .wrongMethod(["GET", "POST"])
        case ("/logout", _): return .wrongMethod(["POST"])
        default: break
        }
        switch await access.visitor(request, context, isLocal: isLocal, cookie: cookie) {
        case .known(let caller, let hasSession):
            let answer = await call(pages.routes, path, request, caller, context, hasSession: hasSession)
            guard answer.status == 404, answer.contentType == "application/json" else { return answer }
            let problem = PageProblem.unknown
            return .page(Gate.problem(problem.message, signedIn: hasSession), status: 404)
        case .unknown:
            let to = path.asPagePath
            return .seeOther(to == "/" ? "/login" : "/login?to=\(to)")
        case .held(let seconds): return held(seconds, to: path.asPagePath)
        }
    }

    private func logIn(_ request: Request, _ context: APIContext) async -> APIResponse {
        await withBody(of: request, atMost: Self.maxFormBytes, context) { body in
            let form = String(validating: body, as: UTF8.self)?.queryItems ?? [:]
            let to = (form["to"] ?? "/").asPagePath
            let token = (form["token"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            do throws(FailedLogins.Held) {
                guard let caller = try access.caller(token, of: request, context),
                    let session = access.sessions.begin(caller)
                else { return .page(Gate.login(to: to, complaint: "This token is not known."), status: 401) }
                var answer = APIResponse.seeOther(to)
                answer.headers["set-cookie"] = cookie.setting(session.cookie, seconds: session.seconds)
                return answer
            } catch {
                return held(error.seconds, to: to)
            }
        }
    }

    private func logOut(_ request: Request) -> APIResponse {
        for value in cookie.values(in: request.headers) { access.sessions.end(value) }
        var answer = APIResponse.seeOther("/login")
        answer.headers["set-cookie"] = cookie.clear
        return answer
    }

    private func held(_ seconds: Int, to: String) -> APIResponse {
        let words = "Too many tokens that are not known came from here. Try again in \(seconds) s."
        var answer = APIResponse.page(Gate.login(to: to, complaint: words), status: 429)
        answer.headers["retry-after"] = String(seconds)
        return answer
    }

    /// Not what another site makes a browser send. Who says nothing of where it comes from is no browser.
    private func isOwnForm(_ request: Request, _ pages: Pages) -> Bool {
        if let site = HTTPField.Name("sec-fetch-site").flatMap({ request.headers[$0] }) {
            return site == "same-origin" || site == "none"
        }
        guard let origin = request.headers[.origin] else { return true }
        let own = request.head.authority.map { ["http://\($0)", "https://\($0)"] } ?? []
        return own.contains(origin) || pages.source.url() == origin
    }
}
