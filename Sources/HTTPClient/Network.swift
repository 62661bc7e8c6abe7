import CCurl
import Glibc

/// Addresses that share their first bits: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct Network: Sendable, Hashable {
    private let base: IPAddress
    /// How many bits count.
    private let length: Int

    /// Nil where the text is no address, or its length is none of that family.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(String(parts[0])) else { return nil }
        let all = base.bytes.count * 8
        guard let length = parts.count == 1 ? all : Int(parts[1]), (0...all).contains(length) else {
            return nil
        }
        (self.base, self.length) = (base, length)
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        return zip(address.bytes, base.bytes).enumerated().allSatisfy { index, pair in
            let bits = min(8, max(0, length - index * 8))
            return (pair.0 ^ pair.1) >> (8 - bits) == 0
        }
    }
    /// Whether the text is an address of it; false for a name.
    package func contains(_ text: String) -> Bool { IPAddress(text).map(contains) ?? false }

    /// What never leaves this machine.
    package static let loopback = ["127.0.0.0/8", "::1"].compactMap { Network($0) }
}

/// 4 or 16 bytes; an IPv4 address that is written as IPv6 is an IPv4 address.
struct IPAddress: Sendable, Hashable {
    let bytes: [UInt8]

    private init(all bytes: [UInt8]) {
        let isMapped =
            bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10...11] == [255, 255]
        self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
    }
    init?(_ text: String) {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            guard inet_pton(family, text, &bytes) == 1 else { continue }
            self.init(all: bytes)
            return
        }
        return nil
    }
    /// Nil for a family that is neither IPv4 nor IPv6.
    init?(_ address: UnsafePointer<curl_sockaddr>) {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = Int(ccurl_address(address, &bytes))
        guard count > 0 else { return nil }
        self.init(all: Array(bytes.prefix(count)))
    }
}
