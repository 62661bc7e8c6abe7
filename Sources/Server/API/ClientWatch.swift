import NIOCore
import Synchronization

/// Notices that a connection's client has gone: the input ends long before an answer could fail to be written.
final class ClientWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any
    private let isGone = Atomic(false)

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { isGone.store(true, ordering: .relaxed) }
        context.fireUserInboundEventTriggered(event)
    }

    /// Whether the client of a channel has gone.
    static func isGone(_ channel: any Channel) async -> Bool {
        guard channel.isActive else { return true }
        let watch = channel.pipeline.handler(type: ClientWatch.self)
        return await (try? watch.get())?.isGone.load(ordering: .relaxed) ?? true
    }
}
