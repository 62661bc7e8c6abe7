import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Answers every request of every listener. The one place that decides who may call what.
struct APIResponder: HTTPResponder {
    static let maxBodyBytes = 1 << 20
    static let bodyTimeout = TimeAmount.seconds(30)

    let routes: RouteTable
    let vitals: Vitals
    let access: Access
    let metrics: (@Sendable () -> String)?
    /// Nil where this server has none, as the pages.
    let hooks: HookReceiver?
    let pages: Pages?
    /// What may be asked for in `Host`; nil for anything. A page of another site has a browser ask this machine by a name
    /// of its own.
    let hosts: Set<String>?
    /// Requests come over the unix socket.
    let isLocal: Bool
    /// Connections are encrypted here.
    let isEncrypted: Bool

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let authority = request.head.authority
        guard hosts.map({ $0.contains(authority?.hostName ?? "localhost") }) ?? true else {
            return APIResponse.error(421, "this is another host").response(bindsHost: false)
        }
        let answer = await answer(request, context)
        return answer.response(bindsHost: !isLocal && pages?.bindsHost(authority) ?? false)
    }

    private func answer(_ request: Request, _ context: APIContext) async -> APIResponse {
        let path = request.uri.path
        switch path {
        case "/healthz", "/readyz":
            guard request.method == .get else { return .wrongMethod(["GET"]) }
            return path == "/healthz" ? .vital(vitals.trouble()) : await readiness(request, context)
        case "/metrics":
            guard request.method == .get else { return .wrongMethod(["GET"]) }
            return await api(request, context) { _ in metricsAnswer }
        case _ where path.hasPrefix("/hooks/"):
            guard let hooks else { return .error(404, "path is not known") }
            let name = String(path.dropFirst("/hooks/".count))
            let address = isLocal ? nil : access.clients.name(context, request.headers)
            return await hooks.answer(name, request, context, from: address)
        case _ where path.hasPrefix("/v1/"):
            return await api(request, context) { caller in
                await call(routes, path.dropFirst("/v1".count), request, caller, context)
            }
        default:
            guard let pages else { return .error(404, "path is not known", hint: "the API is below /v1") }
            return await page(path, pages, request, context)
        }
    }

    /// Strangers are told how much is missing, and not what.
    private func readiness(_ request: Request, _ context: APIContext) async -> APIResponse {
        guard let unready = vitals.unready() else { return .vital(nil) }
        let isKnown =
            if case .known = await access.visitor(request, context, isLocal: isLocal) { true } else { false }
        return .vital(isKnown ? unready.details : unready.summary)
    }

    private var metricsAnswer: APIResponse {
        guard let metrics else { return .error(404, "path is not known") }
        return APIResponse(
            contentType: "text/plain; version=0.0.4; charset=utf-8", .bytes(Array(metrics().utf8)))
    }

    /// Whoever is known, and not by a browser's cookie: that would come with what another site sends, too.
    private func api(
        _ request: Request, _ context: APIContext, _ answer: (APICaller) async -> APIResponse
    ) async -> APIResponse {
        switch await access.visitor(request, context, isLocal: isLocal) {
        case .known(let caller, _): await answer(caller)
        case .unknown: .unauthorized
        case .held(let seconds): .held(seconds)
        }
    }

    /// The route that is asked for, where the caller's role is enough for it.
    func call(
        _ table: RouteTable, _ path: some StringProtocol, _ request: Request, _ caller: APICaller,
        _ context: APIContext, hasSession: Bool = false
    ) async -> APIResponse {
        switch table.match(request.method.rawValue, path) {
        case .unknown: return .error(404, "path is not known")
        case .wrongMethod(let allowed): return .wrongMethod(allowed)
        case .found(let route, let parameters):
            guard caller.role >= route.role else {
                return .error(
                    403, "role \(caller.role.rawValue) may not do this, which needs \(route.role.rawValue)")
            }
            guard let query = (request.uri.query ?? "").queryItems else {
                return .error(400, "query can't be decoded")
            }
            return await withBody(of: request, atMost: Self.maxBodyBytes, context) { body in
                var call = APIRequest(
                    caller: caller, parameters: parameters, query: query, body: body,
                    isAbandoned: { [channel = context.channel] in await ClientWatch.isGone(channel) })
                call.hasSession = hasSession
                return await route.handler(call)
            }
        }
    }

    func withBody(
        of request: Request, atMost limit: Int, _ context: APIContext,
        _ answer: ([UInt8]) async -> APIResponse
    ) async -> APIResponse {
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        do {
            guard declared <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
            let body = try await context.within(Self.bodyTimeout) {
                try await request.body.collect(upTo: limit)
            }
            return await answer(Array(body.readableBytesView))
        } catch is NIOTooManyBytesError {
            context.closeSoon()
            return .error(413, "body is larger than \(limit < 1 << 20 ? "\(limit >> 10) KiB" : "1 MiB")")
        } catch {
            context.closeSoon()
            return .error(400, "body ended too early")
        }
    }
}

extension APIResponse {
    fileprivate static let unauthorized: APIResponse = {
        var answer = APIResponse.error(
            401, "no token, or one that is not known", hint: "send 'Authorization: Bearer TOKEN'")
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    }()
    fileprivate static func held(_ seconds: Int) -> APIResponse {
        var answer = APIResponse.error(
            429, "too many tokens that are not known", hint: "try again in \(seconds) s")
        answer.headers["retry-after"] = String(seconds)
        return answer
    }
    static func wrongMethod(_ allowed: [String]) -> APIResponse {
        var answer = APIResponse.error(405, "method is not allowed, only \(allowed.joined(separator: ", "))")
        answer.headers["allow"] = allowed.joined(separator: ", ")
        return answer
    }
    fileprivate static func vital(_ trouble: String?) -> APIResponse {
        .text("\(trouble?.replacing("\n", with: " ") ?? "ok")\n", status: trouble == nil ? 200 : 503)
    }

    fileprivate func response(bindsHost: Bool) -> Response {
        var fields: HTTPFields = [.contentType: contentType, .cacheControl: "no-store"]
        var all = headers.merging(
            ["x-content-type-options": "nosniff", "referrer-policy": "same-origin"], uniquingKeysWith: { $1 })
        if bindsHost { all["strict-transport-security"] = "max-age=31536000" }
        for (name, value) in all {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let body =
            switch content {
            case .bytes(let bytes): ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            case .buffer(let buffer): ResponseBody(byteBuffer: buffer)
            case .lines(let lines):
                ResponseBody { writer in
                    for await line in lines.cancelOnGracefulShutdown() {
                        try await writer.write(ByteBuffer(string: line + "\n"))
                    }
                    try await writer.finish(nil)
                }
            }
        return Response(status: HTTPResponse.Status(code: status), headers: fields, body: body)
    }
}

extension String {
    /// Of `Host`: without its port, in lower case.
    var hostName: String {
        let end = hasPrefix("[") ? firstIndex(of: "]").map(index(after:)) : lastIndex(of: ":")
        return self[..<(end ?? endIndex)].lowercased()
    }
}
