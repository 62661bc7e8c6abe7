import NIOCore
import NIOEmbedded
import NIOHTTP2
import NIOPosix
import Testing

@testable import ProviderPlugin

@Suite struct PingTests {
    /// RFC 9113, sections 4.1, 6.5 and 6.7: length in three bytes, type, flags, stream, then the payload.
    private enum Frame {
        static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        static let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0] + Array(1...8)
        static let pong: [UInt8] = [0, 0, 8, 6, 1, 0, 0, 0, 0] + Array(1...8)
    }

    /// NIO makes room for as many from the start, without a look at what that comes to.
    @Test func `no limit is a count beyond what there is room for`() {
        let (connection, stream) = (GRPCConnection.connection, GRPCConnection.stream)
        #expect(connection.controlFrameRateLimit.maximumCount <= 1000)
        #expect(stream.streamResetFrameRateLimit.maximumCount <= 1000)
        #expect(stream.streamErrorRateLimit.maximumCount <= 1000)
    }

    @Test func `a provider may ping as often as it likes`() throws {
        let channel = EmbeddedChannel()
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .client, connectionConfiguration: GRPCConnection.connection,
            streamConfiguration: GRPCConnection.stream
        ) { $0.eventLoop.makeSucceededVoidFuture() }
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/provider")).wait()
        try channel.writeInbound(ByteBuffer(bytes: Frame.settings))
        while try channel.readOutbound(as: ByteBuffer.self) != nil {}
        for _ in 0..<10_000 {
            try channel.writeInbound(ByteBuffer(bytes: Frame.ping))
            let answer = try channel.readOutbound(as: ByteBuffer.self)
            try #require(answer.map { Array($0.readableBytesView) } == Frame.pong)
        }
        _ = try channel.finish()
    }
}
