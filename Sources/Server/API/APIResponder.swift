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
    let authorizer: Authorizer
    let metrics: (@Sendable () -> String)?
    let hooks: HookReceiver?
    /// Requests come over the unix socket.
    let isLocal: Bool

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let answer = await answer(request, context)
        return answer.response()
    }

    private func answer(_ request: Request, _ context: APIContext) async -> APIResponse {
        let path = request.uri.path
        switch path {
        case "/healthz", "/readyz", "/metrics":
            guard request.method.rawValue == "GET" else { return .wrongMethod(["GET"]) }
            if path == "/healthz" { return .vital(vitals.trouble()) }
            if path == "/readyz" { return .vital(vitals.unready()) }
        case _ where path.hasPrefix("/hooks/"):
            guard let hooks else { return .error(404, "path is not known") }
            let name = String(path.dropFirst("/hooks/".count))
            return await hooks.answer(name, request, context, isLocal: isLocal)
        case _ where path.hasPrefix("/v1/"): break
        default: return .error(404, "path is not known", hint: "the API is below /v1")
        }
        guard let caller = await caller(request) else { return .unauthorized }
        if path == "/metrics" {
            guard let metrics else { return .error(404, "path is not known") }
            return APIResponse(
                contentType: "text/plain; version=0.0.4; charset=utf-8", .bytes(Array(metrics().utf8)))
        }
        switch routes.match(request.method.rawValue, path.dropFirst("/v1".count)) {
        case .unknown: return .error(404, "path is not known")
        case .wrongMethod(let allowed): return .wrongMethod(allowed)
        case .found(let route, let parameters):
            guard caller.role >= route.role else {
                return .error(
                    403, "role \(caller.role.rawValue) may not do this, which needs \(route.role.rawValue)")
            }
            return await call(route, parameters, request, caller, context)
        }
    }

    /// Everybody over the socket; over TCP whoever a token belongs to.
    private func caller(_ request: Request) async -> APICaller? {
        if isLocal { return .socket }
        guard let header = request.headers[.authorization] else { return authorizer.anonymous }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return await authorizer.caller(String(words[1]))
    }

    private func call(
        _ route: APIRoute, _ parameters: [String: String], _ request: Request, _ caller: APICaller,
        _ context: APIContext
    ) async -> APIResponse {
        guard let query = (request.uri.query ?? "").queryItems else {
            return .error(400, "query can't be decoded")
        }
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        do {
            guard declared <= Self.maxBodyBytes else {
                throw NIOTooManyBytesError(maxBytes: Self.maxBodyBytes)
            }
            let body = try await context.within(Self.bodyTimeout) {
                try await request.body.collect(upTo: Self.maxBodyBytes)
            }
            return await route.handler(
                APIRequest(
                    caller: caller, parameters: parameters, query: query,
                    body: Array(body.readableBytesView),
                    isAbandoned: { [channel = context.channel] in await ClientWatch.isGone(channel) }))
        } catch is NIOTooManyBytesError {
            context.closeSoon()
            return .error(413, "body is larger than 1 MiB")
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
    static func wrongMethod(_ allowed: [String]) -> APIResponse {
        var answer = APIResponse.error(405, "method is not allowed, only \(allowed.joined(separator: ", "))")
        answer.headers["allow"] = allowed.joined(separator: ", ")
        return answer
    }
    fileprivate static func vital(_ trouble: String?) -> APIResponse {
        .text("\(trouble?.replacing("\n", with: " ") ?? "ok")\n", status: trouble == nil ? 200 : 503)
    }

    fileprivate func response() -> Response {
        var fields: HTTPFields = [.contentType: contentType, .cacheControl: "no-store"]
        for (name, value) in headers.merging(["x-content-type-options": "nosniff"], uniquingKeysWith: { $1 })
        {
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
