import NIOCore
import NIOSSL
import Synchronization

/// TLS to whoever shows exactly this certificate. Plugins make theirs when they start, and name it in their handshake.
final class CertificatePin: Sendable {
    private let certificate: [UInt8]
    private let context: NIOSSLContext
    private let refused = Mutex(false)

    /// `certificate` in DER; throws where it is none.
    init(_ certificate: [UInt8]) throws {
        _ = try NIOSSLCertificate(bytes: certificate, format: .der)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["h2"]
        // Names and dates mean nothing here: it is this one, or it is not.
        configuration.certificateVerification = .noHostnameVerification
        (self.certificate, context) = (certificate, try NIOSSLContext(configuration: configuration))
    }

    /// Whether another certificate was shown.
    var hasRefused: Bool { refused.withLock { $0 } }

    func makeHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: "localhost") { [self] shown, verdict in
            let isRight = (try? shown.first?.toDERBytes()) == certificate
            if !isRight { refused.withLock { $0 = true } }
            verdict.succeed(isRight ? .certificateVerified : .failed)
        }
    }
}
