import Crypto
import Foundation

/// OpenSSH's known_hosts: which keys hosts have.
struct KnownHosts: Sendable {
    enum Verdict: Equatable {
        case known
        /// With the kinds of key that are recorded for it, which are others.
        case unknown(recorded: [String])
        case changed(line: Int)
        case revoked(line: Int)
    }
    private struct Entry {
        var line: Int
        var isRevoked: Bool
        var hosts: Substring
        var kind: String
        var key: Data
    }
    private let entries: [Entry]

    /// Lines that are none are passed over, as OpenSSH does; certificate authorities too.
    init(_ text: String) {
        var entries: [Entry] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            var fields = line.split(whereSeparator: \.isWhitespace)
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            let marker = first.hasPrefix("@") ? String(fields.removeFirst()) : nil
            guard marker == nil || marker == "@revoked", fields.count >= 3,
                let key = Data(base64Encoded: String(fields[2]))
            else { continue }
            entries.append(
                Entry(
                    line: index + 1, isRevoked: marker != nil, hosts: fields[0], kind: String(fields[1]),
                    key: key))
        }
        self.entries = entries
    }

    func verdict(on key: Data, of host: String, port: Int) -> Verdict {
        let name = Self.name(of: host, port: port)
        let mine = entries.filter { Self.matches($0.hosts, name) }
        if let revoked = mine.first(where: { $0.isRevoked && $0.key == key }) {
            return .revoked(line: revoked.line)
        }
        let valid = mine.filter { !$0.isRevoked }
        if valid.contains(where: { $0.key == key }) { return .known }
        if let other = valid.first(where: { $0.kind == Self.kind(of: key) }) {
            return .changed(line: other.line)
        }
        return .unknown(recorded: valid.map(\.kind))
    }

    /// What holds for one host, in known_hosts' own form.
    func lines(of host: String, port: Int) -> String {
        let name = Self.name(of: host, port: port)
        return entries.filter { !$0.isRevoked && Self.matches($0.hosts, name) }
            .map { "\(name) \($0.kind) \($0.key.base64EncodedString())\n" }.joined()
    }

    /// As OpenSSH writes it: with the port unless it is 22.
    static func name(of host: String, port: Int) -> String {
        port == 22 ? host.lowercased() : "[\(host.lowercased())]:\(port)"
    }

    /// The name with which a public key begins; empty where it has none.
    static func kind(of key: Data) -> String {
        guard key.count > 4 else { return "" }
        let count = key.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return String(decoding: key.dropFirst(4).prefix(count), as: UTF8.self)
    }

    /// As `ssh-keygen -l` shows it.
    static func fingerprint(of key: Data) -> String {
        let base64 = Data(SHA256.hash(data: key)).base64EncodedString()
        return "SHA256:" + base64.prefix { $0 != "=" }
    }
}

extension KnownHosts {
    private static func matches(_ hosts: Substring, _ name: String) -> Bool {
        if hosts.hasPrefix("|1|") { return matches(hashed: hosts, name) }
        return Pattern.matches(list: hosts.lowercased(), name)
    }

    /// `|1|salt|HMAC-SHA1 of the name`.
    private static func matches(hashed: Substring, _ name: String) -> Bool {
        let fields = hashed.split(separator: "|")
        guard fields.count == 3, let salt = Data(base64Encoded: String(fields[1])),
            let expected = Data(base64Encoded: String(fields[2]))
        else { return false }
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Data(name.utf8), using: SymmetricKey(data: salt))
        return Data(code) == expected
    }
}
