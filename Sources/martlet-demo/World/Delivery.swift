import Crypto
import Foundation

/// A webhook's body, as far as the story needs it.
struct Delivery: Decodable, Sendable {
    struct Details: Decodable, Sendable {
        var commit: String?
        var summary: String
        var resources: [Resource]
        var problems: [Problem]?
    }
    struct Resource: Decodable, Sendable {
        struct Field: Decodable, Sendable {
            var path: String
        }
        var id: String
        var state: String
        var reason: String?
        var fields: [Field]?
    }
    struct Problem: Decodable, Sendable {
        struct Place: Decodable, Sendable, Hashable {
            var file: String
            var line: Int
            var column: Int
        }
        var location: Place?
    }
    var type: String
    var data: Details

    /// Those of one resource, by its name.
    func resource(_ name: String) -> Resource? {
        data.resources.first { $0.id == "infrastructure/shop/\(name)" }
    }
}

/// What any receiver of Standard Webhooks does: HMAC-SHA256 over `id.timestamp.body`, and a time that is near.
struct SignatureCheck: Sendable {
    private static let tolerance = 300.0
    private let key: SymmetricKey
    /// As the sender's configuration has it.
    let text: String

    init() {
        key = SymmetricKey(size: .bits256)
        text = "whsec_" + key.withUnsafeBytes { Data($0).base64EncodedString() }
    }

    func accepts(id: String, timestamp: String, signatures: String, body: [UInt8]) -> Bool {
        guard let seconds = Double(timestamp), abs(Date.now.timeIntervalSince1970 - seconds) < Self.tolerance
        else { return false }
        let signed = Data("\(id).\(timestamp).".utf8) + body
        return signatures.split(separator: " ").contains { signature in
            guard signature.hasPrefix("v1,"), let code = Data(base64Encoded: String(signature.dropFirst(3)))
            else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key)
        }
    }
}
