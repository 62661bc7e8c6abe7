import Foundation
import Glibc
import NIOCore

/// The line by which a plugin says where it listens:
/// `core|protocol|network|address|form[|certificate[|multiplexing]]`.
struct Handshake: Sendable {
    /// Of the protocol of providers: 5 or 6.
    var version: Int
    var address: SocketAddress
    /// In DER; nil for plain text.
    var certificate: [UInt8]?

    /// Why a line is no handshake that we can use.
    struct Rejection: Error {
        var cause: String
        var hint: String?
    }

    /// - Parameter concealed: what no rejection may repeat.
    init(_ line: String, hiding concealed: Concealed = Concealed()) throws(Rejection) {
        let fields = line.trimmingCharacters(in: .whitespacesAndNewlines)
            .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard (4...7).contains(fields.count), let core = Int(fields[0]), let version = Int(fields[1]) else {
            throw Rejection(
                cause: "it begins with '\(concealed.hide(in: line).prefix(80))' instead of where it listens",
                hint: "is this file the program of a Terraform provider?")
        }
        guard core == 1 else { throw Rejection(cause: "it speaks version \(core) of the handshake, not 1") }
        guard version == 5 || version == 6 else {
            throw Rejection(
                cause: "it speaks protocol \(version), not 5 or 6",
                hint: "providers of Terraform 0.11 and older can't be used; take a newer version")
        }
        // The form was left out by those that knew only Go's own.
        let form = fields.count > 4 ? fields[4] : "netrpc"
        guard form == "grpc" else {
            throw Rejection(cause: "it speaks '\(concealed.hide(in: form))', not gRPC")
        }
        self.version = version
        address = try Self.address(network: fields[2], fields[3], hiding: concealed)
        certificate = try fields.count > 5 ? Self.certificate(fields[5]) : nil
    }

    /// A plugin listens for its own machine only.
    private static func address(network: String, _ address: String, hiding concealed: Concealed)
        throws(Rejection) -> SocketAddress
    {
        let words = concealed.hide(in: "\(network) '\(address)")
        let rejection = Rejection(cause: "it listens on \(words.prefix(200))', which is none of ours")
        switch network {
        case "unix":
            var status = stat()
            guard lstat(address, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK,
                status.st_uid == geteuid(),
                let found = try? SocketAddress(unixDomainSocketPath: address)
            else { throw rejection }
            return found
        case "tcp":
            guard let colon = address.lastIndex(of: ":"),
                let port = Int(address[address.index(after: colon)...]),
                (1...65535).contains(port),
                let host = [
                    "127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "[::1]": "::1", "::1": "::1",
                ][
                    String(address[..<colon])],
                let found = try? SocketAddress(ipAddress: host, port: port)
            else { throw rejection }
            return found
        default: throw rejection
        }
    }

    /// In base 64, usually without the padding.
    private static func certificate(_ text: String) throws(Rejection) -> [UInt8]? {
        guard !text.isEmpty else { return nil }
        let plain = text.trimmingCharacters(in: ["="])
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: plain + padding) else {
            throw Rejection(cause: "its certificate is no base 64")
        }
        return Array(bytes)
    }
}
