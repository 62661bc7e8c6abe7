import NIOCore
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization

/// gRPC over HTTP/2 to one plugin, as much of it as the protocol of providers needs: calls with one request.
final class GRPCConnection: Sendable {
    private let channel: any Channel
    private let streams: NIOHTTP2Handler.StreamMultiplexer
    /// Nil in plain text.
    private let pin: CertificatePin?

    private init(_ channel: any Channel, _ streams: NIOHTTP2Handler.StreamMultiplexer, _ pin: CertificatePin?)
    {
        (self.channel, self.streams, self.pin) = (channel, streams, pin)
    }

    /// Speaks TLS where there is a pin, and plain text otherwise.
    static func connect(to address: SocketAddress, pin: CertificatePin?) async throws -> GRPCConnection {
        let (channel, streams) = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(5))
            .connect(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let pin { try pipeline.addHandler(pin.makeHandler()) }
                    let streams = try pipeline.configureHTTP2Pipeline(
                        mode: .client, connectionConfiguration: connection, streamConfiguration: stream
                    ) { $0.eventLoop.makeSucceededVoidFuture() }
                    // Otherwise an error of the connection is only told, and calls hang instead of failing.
                    try pipeline.addHandler(NIOCloseOnErrorHandler())
                    return (channel, streams)
                }
            }
        return GRPCConnection(channel, streams, pin)
    }

    /// The other side is our own child: what protects from strangers would only break its connection. (Go's gRPC sends
    /// a ping with about every answer, to measure the line.) Within no time nothing is too often; a count without end would
    /// not do, for NIO makes room for as many.
    static let connection = {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: window),
            HTTP2Setting(parameter: .maxFrameSize, value: 1 << 20),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 1 << 20),
        ]
        configuration.targetWindowSize = window
        configuration.controlFrameRateLimit.windowLength = .zero
        return configuration
    }()
    static let stream = {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = window
        configuration.streamResetFrameRateLimit.windowLength = .zero
        configuration.streamErrorRateLimit.windowLength = .zero
        return configuration
    }()
    private static let window = 8 << 20

    /// Whether the other side showed another certificate than it has to.
    var isUntrusted: Bool { pin?.hasRefused ?? false }

    /// One message for one. A call that can't be cancelled goes on to its end in a cancelled task too.
    func call(_ request: GRPCStream.Request, isCancellable: Bool) async throws(GRPCFailure) -> [UInt8] {
        let messages = Mutex<[[UInt8]]>([])
        try await stream(request, isCancellable: isCancellable) { message in
            messages.withLock { $0.append(message) }
        }
        let answer = messages.withLock { $0 }
        guard answer.count == 1 else { throw .malformed("it has \(answer.count) messages instead of one") }
        return answer[0]
    }

    /// Any number of messages for one, each given to `message` as it comes.
    func stream(
        _ request: GRPCStream.Request, isCancellable: Bool,
        message: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(GRPCFailure) {
        let loop = channel.eventLoop
        let (end, opened) = (loop.makePromise(of: Void.self), loop.makePromise(of: (any Channel).self))
        streams.createStreamChannel(promise: opened) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(
                    GRPCStream(request, end: end, message: message))
            }
        }
        opened.futureResult.whenFailure { _ in
            end.fail(GRPCFailure.lost("the connection is closed", isUnseen: true))
        }
        let abandon: @Sendable (GRPCStream.Abandon) -> Void = { reason in
            opened.futureResult.whenSuccess { $0.pipeline.fireUserInboundEventTriggered(reason) }
        }
        let timer = request.timeout.map { timeout in
            loop.scheduleTask(in: .nanoseconds(Int64(timeout / .nanoseconds(1)))) { abandon(.timedOut) }
        }
        defer { timer?.cancel() }
        do {
            try await withTaskCancellationHandler {
                try await end.futureResult.get()
            } onCancel: {
                if isCancellable { abandon(.cancelled) }
            }
        } catch {
            throw error as? GRPCFailure ?? .lost("the connection broke", isUnseen: false)
        }
    }

    func close() { channel.close(promise: nil) }
}
