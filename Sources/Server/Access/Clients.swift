import Foundation
import HTTPTypes
import NIOCore

/// Tells who asks, also behind the proxies that the configuration names. What anybody else says of that is not heeded.
struct Clients: Sendable {
    /// Whether an address is such a proxy's.
    let isProxy: @Sendable (String) -> Bool

    /// Whose failures count together: an IPv4 address, or the network of an IPv6 one, of which everybody has a whole.
    func name(_ context: APIContext, _ headers: HTTPFields) -> String {
        var address = context.channel.remoteAddress?.ipAddress ?? "unknown"
        // Each proxy adds at the end by whom it was asked.
        var hops = headers.value("x-forwarded-for")?.split(separator: ",") ?? []
        while isProxy(address), let hop = hops.popLast()?.trimmingCharacters(in: .whitespaces),
            Self.network(hop) != nil
        {
            address = hop
        }
        return Self.network(address) ?? address
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
