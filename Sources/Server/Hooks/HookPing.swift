import Crypto
import Foundation
import Model
import Review

/// A delivery that asks for nothing, signed as a route's sender signs: whoever sends it finds out whether the route works.
package struct HookPing: Sendable {
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    /// - Parameter time: seconds since 1970.
    package init(_ provider: HookProvider, signedWith secret: HookSecret, id: String, time: Int) {
        let text =
            switch provider {
            case .cloudevents:
                #"{"specversion":"1.0","type":"martlet.ping","source":"martlet","id":"\#(id)"}"#
            default: #"{"type":"ping","event":"ping","id":"\#(id)"}"#
            }
        body = Array(text.utf8)
        headers = [
            ("content-type", provider == .cloudevents ? "application/cloudevents+json" : "application/json")
        ]
        if let name = provider.eventHeader, provider != .cloudevents {
            headers.append((name, provider.pingEvent))
        }
        if let name = provider.idHeaders.first, name != "webhook-id" { headers.append((name, id)) }
        headers += Self.proof(provider, secret, body, id: id, time: time)
    }

    private static func proof(
        _ provider: HookProvider, _ secret: HookSecret, _ body: [UInt8], id: String, time: Int
    ) -> [(name: String, value: String)] {
        switch provider.proof(isSigning: secret.isSigning) {
        case .hex(let name, let prefix):
            return [(name, prefix + secret.code(of: body))]
        case .token(let name):
            return [(name, secret.key.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })]
        case .standard:
            let signer = WebhookSigner(secret.signing.map { [$0] } ?? [])
            return [
                ("webhook-id", id), ("webhook-timestamp", String(time)),
                ("webhook-signature", signer.signature(id: id, timestamp: time, body: body)),
            ]
        }
    }
}

extension HookProvider {
    /// As `HookBody` knows it.
    fileprivate var pingEvent: String {
        switch self {
        case .gitlab: "Ping Hook"
        case .bitbucket: "diagnostics:ping"
        case .github, .gitea, .forgejo, .generic, .standard, .cloudevents: "ping"
        }
    }
}
