import Foundation
import HTTPTypes
import NIOCore

extension APIContext {
    /// Who is at the other end of the connection, counted as below; empty over the unix socket.
    var peer: String { channel.remoteAddress?.ipAddress.map { Self.network($0) ?? $0 } ?? "" }

    /// Whose failures count together: an IPv4 address, or the network of an IPv6 one, of which everybody has a whole.
    /// A proxy on this machine is believed about whom it asks for.
    func address(_ headers: HTTPFields) -> String {
        let peer = channel.remoteAddress?.ipAddress ?? "unknown"
        guard ["127.0.0.1", "::1", "::ffff:127.0.0.1"].contains(peer),
            let forwarded = headers.value("x-forwarded-for")?.split(separator: ",").last,
            let client = Self.network(forwarded.trimmingCharacters(in: .whitespaces))
        else { return Self.network(peer) ?? peer }
        return client
    }

    /// Nil for what is no address.
    static func network(_ text: String) -> String? {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        switch address {
        case .v4: return address.ipAddress
        case .v6(let v6):
            let bytes = withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }
            if bytes.starts(with: [UInt8](repeating: 0, count: 10) + [255, 255]) {
                return bytes.suffix(4).map(String.init).joined(separator: ".")
            }
            return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
        case .unixDomainSocket: return nil
        }
    }
}
