package import Crypto
import Foundation

/// A key that sender and receiver share: `whsec_` and the base64 of 24 to 64 bytes. It has no description.
package struct WebhookSecret: Sendable {
    package let key: SymmetricKey

    package init(_ text: String) throws(WebhookSecretError) {
        let encoded = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text
        guard let bytes = Data(base64Encoded: encoded) else { throw .notBase64 }
        guard (24...64).contains(bytes.count) else { throw .length(bytes.count) }
        key = SymmetricKey(data: bytes)
    }

    /// The text of a new one.
    package static func generate() -> String {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        return "whsec_" + bytes.base64EncodedString()
    }
}

extension WebhookSecret: CustomStringConvertible, CustomReflectable {
    package var description: String { "(webhook secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package enum WebhookSecretError: Error, Hashable, CustomStringConvertible {
    case notBase64
    case length(Int)

    package var description: String {
        switch self {
        case .notBase64: "webhook's secret is not 'whsec_' and base64"
        case .length(let count): "webhook's secret has \(count) bytes, and needs 24 to 64"
        }
    }
}
