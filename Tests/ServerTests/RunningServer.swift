import Fixtures
import Foundation
import HTTPClient
import Logging
import Server
import ServiceLifecycle
import Testing

/// A server on loopback and on a socket, with a client beside it.
struct RunningServer: Sendable {
    let client: HTTPClient
    let port: Int
    let socket: String
    let group: ServiceGroup
    var isEncrypted = false

    static let tokens = ["view": APIRole.viewer, "operate": .operator, "rule": .admin]
    static let authorizer = Authorizer { token in
        tokens[token].map { APICaller(name: token, role: $0) }
    }

    /// Serves while `body` runs; shuts down, and waits for that.
    @discardableResult
    static func run<T: Sendable>(
        _ routes: [APIRoute] = [], vitals: Vitals = Vitals(trouble: { nil }, unready: { nil }),
        metrics: String = "", authorizer: Authorizer = Self.authorizer, hooks: HookReceiver? = nil,
        pages: PageSource? = nil, certificate: TLSCertificate? = nil, hosts: Set<String>? = nil,
        proxies: Set<String> = [], now: @escaping @Sendable () -> Int = { 0 },
        _ body: @escaping @Sendable (RunningServer) async throws -> T
    ) async throws -> T {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "martlet.sock").path
        let (starts, start) = AsyncStream.makeStream(of: APIServer.Listener.self)
        let server = APIServer(
            [.tcp(port: 0), .unix(path: path)], routes: routes, vitals: vitals, authorizer: authorizer,
            metrics: { metrics }, hooks: hooks, pages: pages, certificate: certificate, hosts: hosts,
            isProxy: proxies.contains, logger: quiet, now: now, ticks: now, started: { start.yield($0) })
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: quiet))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var port = 0
            var count = 0
            for await listener in starts {
                if case .tcp(_, let bound) = listener { port = bound }
                count += 1
                if count == 2 { break }
            }
            let running = RunningServer(
                client: try HTTPClient(), port: port, socket: path, group: group,
                isEncrypted: certificate != nil)
            let result = try await body(running)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    func request(_ method: String, _ path: String, token: String? = nil, body: [UInt8]? = nil) -> HTTPRequest
    {
        let address = isEncrypted ? "https://localhost:\(port)" : "http://127.0.0.1:\(port)"
        var request = HTTPRequest(method, address + path, body: body)
        if let token { request.headers["Authorization"] = "Bearer \(token)" }
        return request
    }
    func local(_ method: String, _ path: String, body: [UInt8]? = nil) -> HTTPRequest {
        var request = HTTPRequest(method, "http://controller\(path)", body: body)
        request.unixSocket = socket
        return request
    }
    func shutDown() async { await group.triggerGracefulShutdown() }
    func send(_ request: HTTPRequest) async throws -> HTTPResponse { try await client.send(request) }
}

extension HTTPResponse {
    /// The one form of an error.
    var errorBody: APIErrorBody.Detail? {
        try? JSONDecoder().decode(APIErrorBody.self, from: Data(body)).error
    }
}
