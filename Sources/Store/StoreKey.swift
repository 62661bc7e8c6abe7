import Crypto
import Foundation
import Model

/// The one key of a state directory: 32 bytes, from which all others are derived. It has no description.
package struct StoreKey: Sendable {
    private let key: SymmetricKey

    private init(_ bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// A new one, from the system's randomness.
    package static func random() -> StoreKey {
        var generator = SystemRandomNumberGenerator()
        return StoreKey((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// A value of 32 bytes in base64 or hex; `name` says where it came from.
    package init(text: String, from name: String) throws(StoreError) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = [UInt8](hex: text.utf8) ?? Data(base64Encoded: text).map(Array.init),
            bytes.count == 32
        else {
            throw .unusableKey(
                "\(name) holds no key: 32 bytes in base64 or hex are expected",
                hint: "`head -c 32 /dev/urandom | base64` makes one")
        }
        self.init(bytes)
    }

    /// Equal keys for equal purposes, of 32 bytes; one says nothing about another.
    package func derived(for purpose: String) -> [UInt8] {
        symmetric(for: purpose).withUnsafeBytes { Array($0) }
    }
    func symmetric(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: Array("martlet".utf8), info: Array(purpose.utf8), outputByteCount: 32
        )
    }
    /// As the key file holds it.
    var text: String { key.withUnsafeBytes { Data($0).base64EncodedString() } }
}

extension StoreKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "(key)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
