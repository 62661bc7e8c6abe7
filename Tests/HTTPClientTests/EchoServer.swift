import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Answers with the body it was sent, and counts how many requests it has at a time.
final class EchoServer: Sendable {
    private struct Load { var now = 0, peak = 0, total = 0 }
    private let load = Mutex(Load())
    var peak: Int { load.withLock(\.peak) }
    var total: Int { load.withLock(\.total) }

    /// Serves while `body` runs.
    func run<T: Sendable>(_ body: @escaping @Sendable (_ url: String) async throws -> T) async throws -> T {
        let router = Router()
        router.post("echo") { request, _ in
            self.load.withLock { load in
                load.now += 1
                load.total += 1
                load.peak = max(load.peak, load.now)
            }
            defer { self.load.withLock { $0.now -= 1 } }
            let bytes = try await request.body.collect(upTo: 1 << 20)
            await Task.yield()
            return Response(status: .ok, body: ResponseBody(byteBuffer: bytes))
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "echo")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let bound = await ports.first { _ in true } ?? 0
            defer { group.cancelAll() }
            return try await body("http://127.0.0.1:\(bound)/echo")
        }
    }
}
