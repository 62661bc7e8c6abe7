import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// A connection that is encrypted with the certificate that is in force when it begins.
struct TLSConnection<Base: HTTPChannelHandler>: HTTPChannelHandler {
    let base: Base
    let certificate: TLSCertificate

    var responder: Responder { base.responder }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificate.context))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }
    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

extension HTTPServerBuilder {
    /// HTTP/1.1, encrypted where there is a certificate.
    static func connections(
        _ configuration: HTTP1Channel.Configuration, _ certificate: TLSCertificate?
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            let plain = HTTP1Channel(responder: responder, configuration: configuration)
            guard let certificate else { return WaitingConnections(base: plain) }
            return WaitingConnections(base: TLSConnection(base: plain, certificate: certificate))
        }
    }
}
