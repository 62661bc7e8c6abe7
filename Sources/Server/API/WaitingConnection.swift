import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// Serves connections that are closed where nobody comes to serve them.
struct WaitingConnections<Base: HTTPChannelHandler, Input: Sendable, Output: Sendable>: HTTPChannelHandler
where Base.Value == NIOAsyncChannel<Input, Output> {
    let base: Base

    var responder: Responder { base.responder }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<WaitingConnection<Input, Output>> {
        base.setup(channel: channel, logger: logger).map(WaitingConnection.init)
    }
    func handle(value: WaitingConnection<Input, Output>, logger: Logger) async {
        guard let connection = value.take() else { return }
        await base.handle(value: connection, logger: logger)
    }
}

/// A connection on its way from the listener to who serves it. A listener that is cancelled drops those that wait, and NIO
/// ends the process where a connection is dropped without being closed (swift-nio's issue 2813).
final class WaitingConnection<Input: Sendable, Output: Sendable>: ServerChildChannelValue {
    let channel: any Channel
    private let connection: Mutex<NIOAsyncChannel<Input, Output>?>

    init(_ connection: NIOAsyncChannel<Input, Output>) {
        channel = connection.channel
        self.connection = Mutex(connection)
    }
    deinit {
        guard let connection = take() else { return }
        Task { try? await connection.executeThenClose { _, _ in } }
    }

    /// Once: whoever takes it closes it.
    func take() -> NIOAsyncChannel<Input, Output>? { connection.withLock { $0.take() } }
}
