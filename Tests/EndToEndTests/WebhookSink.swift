import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Takes whatever is posted to it, in this process.
final class WebhookSink: Sendable {
    /// Headers and body, as they came.
    private let received = Mutex<[String]>([])
    var messages: [String] { received.withLock(\.self) }

    /// Serves while `body` runs.
    func run<T: Sendable>(_ body: @escaping @Sendable (_ url: String) async throws -> T) async throws -> T {
        let router = Router()
        router.post("hook") { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            let headers = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            self.received.withLock { $0.append(headers + "\n\n" + String(buffer: bytes)) }
            return HTTPResponse.Status.noContent
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "sink")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let bound = await ports.first { _ in true } ?? 0
            defer { group.cancelAll() }
            return try await body("http://127.0.0.1:\(bound)/hook")
        }
    }
}
