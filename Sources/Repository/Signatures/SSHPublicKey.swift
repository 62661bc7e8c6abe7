import Crypto
import CryptoExtras
import Foundation

/// A public key as ssh writes it, of the kinds that sign commits.
struct SSHPublicKey {
    private enum Material {
        case ed25519(Curve25519.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
    }
    /// All of it, as it stands in base64 in files.
    let blob: [UInt8]
    /// `ssh-ed25519` and its like.
    let kind: String
    private let material: Material
    /// Of a key that lives in a security key (FIDO): what that signs for.
    private let application: [UInt8]?

    /// As `ssh-keygen -l` shows it, with its kind.
    var fingerprint: String { "\(kind) \(KnownHosts.fingerprint(of: Data(blob)))" }

    static let kinds = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ]

    init(blob: some Sequence<UInt8>) throws(SignatureFlaw) {
        self.blob = Array(blob)
        var reader = WireReader(self.blob)
        guard let kind = reader.text() else { throw SignatureFlaw("its public key is none") }
        guard Self.kinds.contains(kind) else {
            throw SignatureFlaw(
                "its key is of kind '\(kind.shown)'",
                hint: "use a key of one of these: \(Self.kinds.joined(separator: ", "))")
        }
        guard let material = try Self.material(of: kind, &reader) else {
            throw SignatureFlaw("its public key is no valid \(kind)")
        }
        let application = kind.hasPrefix("sk-") ? reader.string() : nil
        guard reader.rest.isEmpty, kind.hasPrefix("sk-") == (application != nil) else {
            throw SignatureFlaw("its public key is no valid \(kind)")
        }
        (self.kind, self.material, self.application) = (kind, material, application.map(Array.init))
    }

    private static func material(
        of kind: String, _ reader: inout WireReader
    ) throws(SignatureFlaw) -> Material? {
        switch kind {
        case "ssh-ed25519", "sk-ssh-ed25519@openssh.com":
            return reader.string().flatMap {
                try? .ed25519(Curve25519.Signing.PublicKey(rawRepresentation: $0))
            }
        case "ssh-rsa":
            guard let exponent = reader.positive(), let modulus = reader.positive() else { return nil }
            guard modulus.count >= 256 else {
                throw SignatureFlaw(
                    "its RSA key has \(modulus.count * 8) bits", hint: "use one of 2048 bits or more")
            }
            return try? .rsa(_RSA.Signing.PublicKey(n: Array(modulus), e: Array(exponent)))
        default:
            guard let curve = reader.text(), let point = reader.string(), kind.contains("-sha2-\(curve)")
            else { return nil }
            return switch curve {
            case "nistp256": try? .p256(P256.Signing.PublicKey(x963Representation: point))
            case "nistp384": try? .p384(P384.Signing.PublicKey(x963Representation: point))
            case "nistp521": try? .p521(P521.Signing.PublicKey(x963Representation: point))
            default: nil
            }
        }
    }

    /// Whether `signature`, in ssh's form, is this key's over `message`.
    func signed(_ message: [UInt8], with signature: some Sequence<UInt8>) throws(SignatureFlaw) -> Bool {
        var reader = WireReader(signature)
        guard let scheme = reader.text(), let body = reader.string() else {
            throw SignatureFlaw("its signature is none")
        }
        var signed = message
        if let application {
            guard let flags = reader.byte(), let counter = reader.take(4) else {
                throw SignatureFlaw("its signature is none")
            }
            signed =
                Array(SHA256.hash(data: application)) + [flags] + counter + Array(SHA256.hash(data: message))
        }
        guard reader.rest.isEmpty else { throw SignatureFlaw("its signature is none") }
        if case .rsa(let key) = material { return try Self.verify(Array(body), scheme, signed, key) }
        guard scheme == kind else {
            throw SignatureFlaw("its signature is of kind '\(scheme.shown)', its key \(kind)")
        }
        return verify(body, signed)
    }

    private func verify(_ body: ArraySlice<UInt8>, _ message: [UInt8]) -> Bool {
        switch material {
        case .ed25519(let key): key.isValidSignature(body, for: message)
        case .p256(let key):
            Self.raw(body, 32).flatMap { try? P256.Signing.ECDSASignature(rawRepresentation: $0) }
                .map { key.isValidSignature($0, for: message) } ?? false
        case .p384(let key):
            Self.raw(body, 48).flatMap { try? P384.Signing.ECDSASignature(rawRepresentation: $0) }
                .map { key.isValidSignature($0, for: message) } ?? false
        case .p521(let key):
            Self.raw(body, 66).flatMap { try? P521.Signing.ECDSASignature(rawRepresentation: $0) }
                .map { key.isValidSignature($0, for: message) } ?? false
        case .rsa: false
        }
    }

    /// The two numbers of an ECDSA signature, each in `size` bytes.
    private static func raw(_ body: ArraySlice<UInt8>, _ size: Int) -> [UInt8]? {
        var reader = WireReader(body)
        guard let first = reader.positive(), let second = reader.positive(), reader.rest.isEmpty,
            first.count <= size, second.count <= size
        else { return nil }
        return [first, second].flatMap { Array(repeating: 0, count: size - $0.count) + $0 }
    }

    /// Never with SHA-1, which is what the scheme `ssh-rsa` means.
    private static func verify(
        _ body: [UInt8], _ scheme: String, _ message: [UInt8], _ key: _RSA.Signing.PublicKey
    ) throws(SignatureFlaw) -> Bool {
        let size = (key.keySizeInBits + 7) / 8
        guard body.count <= size else { return false }
        let signature = _RSA.Signing.RSASignature(
            rawRepresentation: Array(repeating: 0, count: size - body.count) + body)
        switch scheme {
        case "rsa-sha2-256":
            return key.isValidSignature(
                signature, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        case "rsa-sha2-512":
            return key.isValidSignature(
                signature, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
        case "ssh-rsa":
            throw SignatureFlaw(
                "its RSA signature is over SHA-1",
                hint: "sign with OpenSSH 8.2 or newer, or another kind of key")
        default:
            throw SignatureFlaw(
                "its signature is of kind '\(scheme.shown)', its key ssh-rsa")
        }
    }
}
