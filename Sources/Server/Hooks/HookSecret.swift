import Crypto
import Foundation
import Model
package import Review

/// What a sender of webhooks and a route of ours both know. It has no description.
package struct HookSecret: Sendable {
    /// In bytes: less can be guessed.
    package static let shortest = 16

    let key: SymmetricKey
    /// Of Standard Webhooks: nil for a text that is a key, or a token, as it stands.
    let signing: WebhookSecret?
    package var isSigning: Bool { signing != nil }

    package init(_ text: String, for provider: HookProvider) throws(HookSecretError) {
        if provider == .standard || provider.knowsSigningSecrets && text.hasPrefix("whsec_") {
            do throws(WebhookSecretError) {
                let secret = try WebhookSecret(text)
                (signing, key) = (secret, secret.key)
            } catch { throw .signing(error) }
            return
        }
        guard text.utf8.count >= Self.shortest else { throw .tooShort(text.utf8.count) }
        (signing, key) = (nil, SymmetricKey(data: Data(text.utf8)))
    }

    /// HMAC-SHA256 of a body, in hexadecimal digits.
    package func code(of body: [UInt8]) -> String {
        HMAC<SHA256>.authenticationCode(for: body, using: key).hex
    }
}

extension HookSecret: CustomStringConvertible, CustomReflectable {
    package var description: String { "(hook secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package enum HookSecretError: Error, Hashable, CustomStringConvertible {
    case tooShort(Int)
    case signing(WebhookSecretError)

    package var description: String {
        switch self {
        case .tooShort(let count): "secret has \(count) bytes, and needs \(HookSecret.shortest)"
        case .signing(let error): error.description
        }
    }
    package var hint: String { "'openssl rand -hex 32' makes one" }
}
