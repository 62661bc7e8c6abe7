import Crypto
import Foundation

/// A detached signature of OpenSSH (PROTOCOL.sshsig), as `git commit -S` keeps it.
struct SSHSignature {
    static let header = "-----BEGIN SSH SIGNATURE-----"
    static let footer = "-----END SSH SIGNATURE-----"
    private static let magic = Array("SSHSIG".utf8)

    let key: SSHPublicKey
    /// What it was made for: `git`, `file`, …
    let namespace: String
    private let hash: String
    private let reserved: [UInt8]
    private let signature: [UInt8]

    init(armoured text: String) throws(SignatureFlaw) {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count > 2, lines.first == Self.header[...], lines.last == Self.footer[...],
            let bytes = Data(base64Encoded: lines.dropFirst().dropLast().joined())
        else { throw Self.malformed("is not in OpenSSH's form") }
        try self.init(Array(bytes))
    }

    init(_ bytes: [UInt8]) throws(SignatureFlaw) {
        var reader = WireReader(bytes)
        guard reader.take(6).map(Array.init) == Self.magic, let version = reader.number() else {
            throw Self.malformed("is not in OpenSSH's form")
        }
        guard version == 1 else { throw Self.malformed("has version \(version), and 1 is known") }
        guard let key = reader.string(), let namespace = reader.text(), let reserved = reader.string(),
            let hash = reader.text(), let signature = reader.string(), reader.rest.isEmpty
        else { throw Self.malformed("ends too soon or too late") }
        guard ["sha256", "sha512"].contains(hash) else {
            throw Self.malformed("is over the hash '\(hash.shown)'")
        }
        self.key = try SSHPublicKey(blob: key)
        (self.namespace, self.hash) = (namespace, hash)
        (self.reserved, self.signature) = (Array(reserved), Array(signature))
    }

    /// Whether its key has signed `message` in its namespace.
    func signs(_ message: [UInt8]) throws(SignatureFlaw) -> Bool {
        let digest = hash == "sha256" ? Array(SHA256.hash(data: message)) : Array(SHA512.hash(data: message))
        let signed =
            Self.magic + Array(namespace.utf8).onWire + reserved.onWire + Array(hash.utf8).onWire
            + digest.onWire
        return try key.signed(signed, with: signature)
    }

    private static func malformed(_ cause: String) -> SignatureFlaw {
        SignatureFlaw("its ssh signature \(cause)")
    }
}
