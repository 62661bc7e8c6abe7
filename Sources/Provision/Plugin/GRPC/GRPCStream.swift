import NIOCore
import NIOHPACK
import NIOHTTP2

/// One call on its HTTP/2 stream: sends the request whole, gathers the messages of the answer, and tells its end once.
final class GRPCStream: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// What makes a call end from our side.
    enum Abandon: Sendable { case timedOut, cancelled }

    struct Request: Sendable {
        var path: String
        var body: [UInt8]
        /// How long the other side is told that we wait.
        var timeout: Duration?
        /// The largest message, in bytes.
        var largest: Int
    }

    private let request: Request
    private let message: @Sendable ([UInt8]) -> Void
    private var end: EventLoopPromise<Void>?
    private var received: ByteBuffer?

    /// `message` gets each message of the answer, on the event loop.
    init(_ request: Request, end: EventLoopPromise<Void>, message: @escaping @Sendable ([UInt8]) -> Void) {
        (self.request, self.end, self.message) = (request, end, message)
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "http", ":path": request.path, ":authority": "localhost",
            "content-type": "application/grpc", "te": "trailers", "user-agent": "martlet",
            "grpc-accept-encoding": "identity",
        ]
        if let timeout = request.timeout {
            // At most eight digits are allowed, which is 27 hours.
            let milliseconds = min(99_999_999, max(1, Int(timeout / .milliseconds(1))))
            headers.add(name: "grpc-timeout", value: "\(milliseconds)m")
        }
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
        var data = context.channel.allocator.buffer(capacity: request.body.count + 5)
        data.writeInteger(UInt8(0))
        data.writeInteger(UInt32(request.body.count))
        data.writeBytes(request.body)
        context.writeAndFlush(
            wrapOutboundOut(.data(.init(data: .byteBuffer(data), endStream: true))), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers): take(headers.headers, isLast: headers.endStream)
        case .data(let data):
            if case .byteBuffer(var bytes) = data.data { take(&bytes) }
            if data.endStream { fail(.malformed("it ends without a status")) }
        default: break
        }
        if end == nil { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let abandon = event as? Abandon else { return context.fireUserInboundEventTriggered(event) }
        fail(abandon == .timedOut ? .timedOut : .cancelled)
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let closed as NIOHTTP2Errors.StreamClosed:
            fail(.lost("it closed the call", isUnseen: closed.errorCode == .refusedStream))
        default: fail(.lost("the connection broke", isUnseen: false))
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.lost("it closed the connection", isUnseen: false))
    }
    func handlerRemoved(context: ChannelHandlerContext) {
        fail(.lost("the connection is closed", isUnseen: false))
    }

    /// The first headers, or the last, or both in one.
    private func take(_ headers: HPACKHeaders, isLast: Bool) {
        if let status = headers.first(name: ":status"), status != "200" {
            // What HTTP's servers say stands for these, as gRPC has it.
            let number = ["401": 16, "403": 7, "404": 12, "429": 14, "502": 14, "503": 14, "504": 14]
            return fail(.status(number[status] ?? 2, "HTTP status \(status)"))
        }
        if let kind = headers.first(name: "content-type"), !kind.hasPrefix("application/grpc") {
            return fail(.malformed("it is '\(kind.prefix(80))', not gRPC"))
        }
        guard isLast else { return }
        guard let status = headers.first(name: "grpc-status").flatMap({ Int($0) }) else {
            return fail(.malformed("it ends without a status"))
        }
        guard status == 0 else {
            return fail(.status(status, Self.decode(headers.first(name: "grpc-message") ?? "")))
        }
        guard received?.readableBytes ?? 0 == 0 else {
            return fail(.malformed("it ends in the middle of a message"))
        }
        end?.succeed()
        end = nil
    }

    /// Takes the messages off that are whole: a flag, four bytes of length, the message.
    private func take(_ bytes: inout ByteBuffer) {
        received.setOrWriteBuffer(&bytes)
        while end != nil, var buffer = received,
            let flag: UInt8 = buffer.readInteger(), let length: UInt32 = buffer.readInteger()
        {
            guard flag == 0 else { return fail(.malformed("it is compressed, which we did not ask for")) }
            guard length <= request.largest else { return fail(.tooLarge(Int(length))) }
            guard let content = buffer.readBytes(length: Int(length)) else { return }
            buffer.discardReadBytes()
            received = buffer
            message(content)
        }
    }

    private func fail(_ failure: GRPCFailure) {
        end?.fail(failure)
        end = nil
        received = nil
    }

    /// `%E2%82%AC` is an euro sign; what is no such code stays as it is.
    static func decode(_ message: String) -> String {
        var (bytes, rest) = ([UInt8](), Array(message.utf8)[...])
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
