import Crypto
import Foundation
import Model

/// Opens everything: data keys are wrapped under it, and values are fingerprinted with it. 32 bytes.
struct MasterKey: Sendable {
    static let size = 32
    private let key: SymmetricKey
    /// Tells keys apart without telling anything else: 16 hexadecimal digits derived from the key.
    let id: String

    /// A new one, from the system's random numbers.
    init() { self.init(SymmetricKey(size: .bits256)) }

    /// Nil unless it is base64 of 32 bytes.
    init?(base64 text: some StringProtocol) {
        guard let bytes = Data(base64Encoded: String(text)), bytes.count == Self.size else { return nil }
        self.init(SymmetricKey(data: bytes))
    }

    private init(_ key: SymmetricKey) {
        self.key = key
        id = Self.derived(from: key, for: "martlet sealed key id 1").withUnsafeBytes { bytes in
            bytes.prefix(8).hex
        }
    }

    /// For the key file alone.
    var base64: String { key.withUnsafeBytes { Data($0).base64EncodedString() } }

    private static func derived(from key: SymmetricKey, for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data(purpose.utf8), outputByteCount: size)
    }

    private func bound(to path: SecretPath) -> Data {
        var transcript = Transcript("martlet sealed data key 1")
        transcript.append(path.description)
        transcript.append(id)
        return transcript.bytes
    }

    func wrap(_ dataKey: DataKey, of path: SecretPath) throws(SealedError) -> Data {
        let wrapping = Self.derived(from: key, for: "martlet sealed wrap 1")
        do {
            return try dataKey.withBytes { bytes in
                try AES.GCM.seal(bytes, using: wrapping, authenticating: bound(to: path)).combined ?? Data()
            }
        } catch { throw SealedError(.unavailable, "secret '\(path)' cannot be sealed") }
    }

    /// Nil when it was not wrapped by this key for this path, or was tampered with.
    func unwrap(_ wrapped: Data, of path: SecretPath) -> DataKey? {
        let wrapping = Self.derived(from: key, for: "martlet sealed wrap 1")
        guard let box = try? AES.GCM.SealedBox(combined: wrapped),
            let bytes = try? AES.GCM.open(box, using: wrapping, authenticating: bound(to: path)),
            bytes.count == Self.size
        else { return nil }
        return DataKey(bytes)
    }

    /// Equal for equal values of the same key of the same secret, and says nothing else to whoever lacks the key.
    func fingerprint(_ value: [UInt8], path: SecretPath, key name: String) -> String {
        var transcript = Transcript("martlet sealed fingerprint 1")
        transcript.append(path.description)
        transcript.append(name)
        transcript.append(Data(value))
        let code = HMAC<SHA256>.authenticationCode(
            for: transcript.bytes, using: Self.derived(from: key, for: "martlet sealed fingerprint 1"))
        return code.prefix(16).hex
    }
}

extension MasterKey: CustomStringConvertible, CustomReflectable {
    var description: String { "(master key \(id))" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// The master keys at hand: the first one seals, the others only open (while keys are being rotated).
struct KeyRing: Sendable {
    let first: MasterKey
    let others: [MasterKey]

    init(_ first: MasterKey, others: [MasterKey] = []) { (self.first, self.others) = (first, others) }

    /// One key to a line, or several with commas between; lines that begin with `#` are comments.
    init(_ text: String, of place: String) throws(SealedError) {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
        let entries = lines.joined(separator: ",").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        var keys: [MasterKey] = []
        for (position, entry) in entries.enumerated() {
            guard let key = MasterKey(base64: entry) else {
                throw SealedError(
                    .unreadable, "\(place): key \(position + 1) is no base64 of \(MasterKey.size) bytes")
            }
            keys.append(key)
        }
        guard let first = keys.first else { throw SealedError(.unreadable, "\(place) holds no key") }
        self.init(first, others: Array(keys.dropFirst()))
    }

    subscript(id: String) -> MasterKey? { first.id == id ? first : others.first { $0.id == id } }
}
