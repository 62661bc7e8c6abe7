import Crypto
import Foundation

/// One secret's own key: its values are sealed under it, and its file is authenticated with it.
struct DataKey: Sendable {
    private let key: SymmetricKey

    /// A new one, from the system's random numbers.
    init() { key = SymmetricKey(size: .bits256) }
    init(_ bytes: Data) { key = SymmetricKey(data: bytes) }

    func withBytes<T>(_ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        try key.withUnsafeBytes(body)
    }

    private static func bound(_ path: SecretPath, _ version: Int, _ name: String) -> Data {
        var transcript = Transcript("martlet sealed value 1")
        transcript.append(path.description)
        transcript.append(version)
        transcript.append(name)
        return transcript.bytes
    }

    func seal(_ value: [UInt8], path: SecretPath, version: Int, key name: String) throws(SealedError) -> Data
    {
        do {
            return try AES.GCM.seal(value, using: key, authenticating: Self.bound(path, version, name))
                .combined
                ?? Data()
        } catch { throw SealedError(.unavailable, "secret '\(path)' cannot be sealed") }
    }

    /// Nil when it was not sealed by this key for this place, or was tampered with.
    func open(_ sealed: Data, path: SecretPath, version: Int, key name: String) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let value = try? AES.GCM.open(box, using: key, authenticating: Self.bound(path, version, name))
        else { return nil }
        return [UInt8](value)
    }

    private var authentication: SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("martlet sealed record 1".utf8), outputByteCount: 32)
    }
    func authenticate(_ transcript: Transcript) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: transcript.bytes, using: authentication))
    }
    /// In constant time.
    func isAuthentic(_ code: Data, _ transcript: Transcript) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: transcript.bytes, using: authentication)
    }
}

extension DataKey: CustomStringConvertible, CustomReflectable {
    var description: String { "(data key)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
