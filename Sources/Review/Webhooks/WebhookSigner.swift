import Crypto
import Foundation
package import HTTPClient

/// Signs as Standard Webhooks say: HMAC-SHA256 over `id.timestamp.body`.
package struct WebhookSigner: Sendable {
    /// More than one while a secret is being replaced: each signs.
    package var secrets: [WebhookSecret]

    package init(_ secrets: [WebhookSecret]) { self.secrets = secrets }

    /// `timestamp` in seconds since 1970.
    package func headers(id: String, timestamp: Int, body: [UInt8]) -> HTTPHeaders {
        [
            "webhook-id": id, "webhook-timestamp": String(timestamp),
            "webhook-signature": signature(id: id, timestamp: timestamp, body: body),
        ]
    }

    /// `v1,<base64>` for each secret, separated by spaces.
    package func signature(id: String, timestamp: Int, body: [UInt8]) -> String {
        let content = Self.content(id: id, timestamp: String(timestamp), body: body)
        return secrets.map { secret in
            let code = HMAC<SHA256>.authenticationCode(for: content, using: secret.key)
            return "v1," + Data(code).base64EncodedString()
        }.joined(separator: " ")
    }

    private static func content(id: String, timestamp: String, body: [UInt8]) -> Data {
        var content = Data("\(id).\(timestamp).".utf8)
        content.append(contentsOf: body)
        return content
    }
}
