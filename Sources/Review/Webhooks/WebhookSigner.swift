import Crypto
package import Foundation
package import HTTPClient

/// Signs and verifies as Standard Webhooks say: HMAC-SHA256 over `id.timestamp.body`.
package struct WebhookSigner: Sendable {
    /// How far a receiver's clock and the sender's may be apart.
    package static let tolerance: TimeInterval = 5 * 60

    /// More than one while a secret is being replaced: each signs, and any verifies.
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

    /// Whether one of the signatures is one of the secrets', and its time is near. Compares in constant time.
    package func verify(_ headers: HTTPHeaders, body: [UInt8], now: Date) throws(WebhookVerificationError) {
        guard let id = headers["webhook-id"], let timestamp = headers["webhook-timestamp"],
            let signatures = headers["webhook-signature"], !id.isEmpty
        else { throw .missingHeader }
        guard let seconds = Int(timestamp), timestamp == String(seconds) else { throw .wrongTimestamp }
        let age = now.timeIntervalSince1970 - Double(seconds)
        guard abs(age) <= Self.tolerance else { throw age > 0 ? .tooOld : .tooNew }
        let content = Self.content(id: id, timestamp: timestamp, body: body)
        let codes = signatures.split(separator: " ").filter { $0.hasPrefix("v1,") }
            .compactMap { Data(base64Encoded: String($0.dropFirst(3))) }
        let isKnown = codes.contains { code in
            secrets.contains {
                HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: content, using: $0.key)
            }
        }
        guard isKnown else { throw .wrongSignature }
    }

    private static func content(id: String, timestamp: String, body: [UInt8]) -> Data {
        var content = Data("\(id).\(timestamp).".utf8)
        content.append(contentsOf: body)
        return content
    }
}

package enum WebhookVerificationError: Error, Hashable, CustomStringConvertible {
    case missingHeader, wrongTimestamp, tooOld, tooNew, wrongSignature

    package var description: String {
        switch self {
        case .missingHeader: "webhook-id, webhook-timestamp or webhook-signature is missing"
        case .wrongTimestamp: "webhook-timestamp is no number of seconds"
        case .tooOld: "webhook-timestamp is more than 5 minutes ago"
        case .tooNew: "webhook-timestamp is more than 5 minutes ahead"
        case .wrongSignature: "webhook-signature matches none of the secrets"
        }
    }
}
