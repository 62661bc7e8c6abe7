import Foundation
import NIOSSL

/// A certificate with its chain, and its key, as PEM files.
package struct TLSFiles: Sendable, Hashable {
    package var certificate: String
    package var key: String
    package init(certificate: String, key: String) { (self.certificate, self.key) = (certificate, key) }

    /// Tells one pair of files from another without reading them.
    struct Stamp: Hashable, Sendable {
        private struct File: Hashable {
            var path: String
            var number: Int?
            var size: Int?
            var changed: Date?
        }
        private let parts: [File]
        init(_ files: TLSFiles) {
            parts = [files.certificate, files.key].map { path in
                let path = path.withoutSymlinks
                let attributes = try? FileManager.default.attributesOfItem(atPath: path)
                return File(
                    path: path, number: (attributes?[.systemFileNumber] as? NSNumber)?.intValue,
                    size: (attributes?[.size] as? NSNumber)?.intValue,
                    changed: attributes?[.modificationDate] as? Date)
            }
        }
    }

    /// Reads both, and throws where they can't be served with. TLS 1.2 at least.
    func context() throws(ServerError) -> (context: NIOSSLContext, expires: Int) {
        try checkMode()
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
            throw problem("certificate '\(certificate)' can't be read as PEM")
        }
        guard let first = chain.first else { throw problem("no certificate is in '\(certificate)'") }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw problem(
                "key '\(key)' can't be read as PEM", hint: "a key with a passphrase is not supported")
        }
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        settings.minimumTLSVersion = .tlsv12
        settings.applicationProtocols = ["http/1.1"]
        // Takes no key that is another one than the certificate's.
        do { return (try NIOSSLContext(configuration: settings), Int(first.notValidAfter)) } catch {
            throw problem("key '\(key)' is not the key of certificate '\(certificate)'")
        }
    }

    /// What a reader of the configuration wants to know before anything starts.
    package func check() throws(ServerError) { _ = try context() }

    private func checkMode() throws(ServerError) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: key.withoutSymlinks)
        guard let mode = attributes?[.posixPermissions] as? Int, mode & 0o007 != 0 else { return }
        throw problem(
            "key '\(key)' is open to everybody: its mode is 0\(String(mode, radix: 8))",
            hint: "chmod o= '\(key)'")
    }
    private func problem(_ message: String, hint: String? = nil) -> ServerError {
        ServerError(message: "tls: \(message)", hint: hint)
    }
}

extension String {
    /// What renewal replaces is often the file behind a link.
    fileprivate var withoutSymlinks: String {
        URL(filePath: self).resolvingSymlinksInPath().path(percentEncoded: false)
    }
}
