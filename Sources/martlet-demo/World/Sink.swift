import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A webhook's receiver on the loopback interface: checks each signature and keeps what arrived.
final class Sink: Sendable {
    struct Message: Sendable {
        var id: String
        var body: [UInt8]
        var delivery: Delivery
        var arrived: ContinuousClock.Instant
    }
    private struct State {
        var messages: [Message] = []
        var refused = 0
    }
    private static let largestBody = 1 << 20

    let check = SignatureCheck()
    private let state = Mutex(State())

    /// In the order in which they arrived, each once.
    var messages: [Message] { state.withLock(\.messages) }
    /// Whose signature did not fit, or that were no JSON.
    var refused: Int { state.withLock(\.refused) }

    /// Listens while `body` runs, which is given the port.
    func run(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let router = Router()
        router.post("martlet") { request, _ -> HTTPResponse.Status in
            let buffer = try await request.body.collect(upTo: Self.largestBody)
            return self.take(request.headers, Array(buffer.readableBytesView)) ? .noContent : .unauthorized
        }
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in bound.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "sink", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
                try await body(port)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
        // Where the task was cancelled, the listener may have ended first, and the body's error is lost.
        try Task.checkCancellation()
    }

    /// Whether it was accepted.
    private func take(_ headers: HTTPFields, _ body: [UInt8]) -> Bool {
        func header(_ name: String) -> String { HTTPField.Name(name).flatMap { headers[$0] } ?? "" }
        let id = header("webhook-id")
        let isSigned = check.accepts(
            id: id, timestamp: header("webhook-timestamp"), signatures: header("webhook-signature"),
            body: body)
        let delivery = try? JSONDecoder().decode(Delivery.self, from: Data(body))
        return state.withLock { state in
            guard isSigned, !id.isEmpty, let delivery else {
                state.refused += 1
                return false
            }
            if !state.messages.contains(where: { $0.id == id }) {
                state.messages.append(.init(id: id, body: body, delivery: delivery, arrived: .now))
            }
            return true
        }
    }
}
