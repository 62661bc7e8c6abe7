import Crypto
import Foundation
import HTTPTypes
import Model

/// Whether a delivery comes from somebody who knows one of the secrets. It does the same work for every answer, so that
/// time tells little of which check failed, or whether there is such a route at all.
struct HookCheck: Sendable {
    /// How far the sender's clock and ours may be apart, in seconds.
    static let tolerance = 5 * 60
    /// Signatures of one delivery that are looked at.
    private static let mostSignatures = 8
    /// So many bodies are signed at least, whatever there is to compare with.
    private static let leastKeys = 2
    private static let decoy = SymmetricKey(size: .bits256)

    private let proof: HookProof
    private let secrets: [HookSecret]

    /// Where one secret is a signing one, none that is merely a token counts.
    init(_ provider: HookProvider, _ secrets: [HookSecret]) {
        let signing = secrets.filter(\.isSigning)
        proof = provider.proof(isSigning: !signing.isEmpty)
        self.secrets = signing.isEmpty ? secrets : signing
    }
    /// For a route that does not exist.
    static var ofNothing: HookCheck { HookCheck(.generic, []) }

    /// Nil where it is believed. `now` in seconds since 1970.
    func refusal(_ headers: HTTPFields, _ body: [UInt8], now: Int) -> HookRefusal? {
        var claim = Claim()
        var refusal: HookRefusal?
        do throws(HookRefusal) { claim = try self.claim(headers, now) } catch { refusal = error }
        let isKnown = isKnown(claim, body)
        if let refusal { return refusal }
        if isKnown { return nil }
        let count = secrets.count == 1 ? "the secret" : "any of the \(secrets.count) secrets"
        return HookRefusal(
            "header \(proof.header) does not fit \(count): the sender has another one, or the body was changed on its way"
        )
    }

    /// What a sender says that only somebody with a secret could.
    private struct Claim {
        /// Signed before the body.
        var head: [UInt8] = []
        var signatures: [Data] = []
        var token: [UInt8]?
    }

    /// Compares with all keys, in constant time, also once one fits.
    private func isKnown(_ claim: Claim, _ body: [UInt8]) -> Bool {
        var isKnown = false
        for index in 0..<max(Self.leastKeys, secrets.count) {
            let secret = index < secrets.count ? secrets[index] : nil
            var code = HMAC<SHA256>(key: secret?.key ?? Self.decoy)
            code.update(data: claim.head)
            code.update(data: body)
            let mac = code.finalize()
            guard let secret else { continue }
            for signature in claim.signatures where mac == signature { isKnown = true }
            if let token = claim.token, Self.isEqual(token, secret.key) { isKnown = true }
        }
        return isKnown
    }

    /// By digests under a key that nobody knows, so that no time depends on what is equal, nor on a length.
    private static func isEqual(_ token: [UInt8], _ secret: SymmetricKey) -> Bool {
        let expected = secret.withUnsafeBytes { HMAC<SHA256>.authenticationCode(for: $0, using: decoy) }
        return HMAC<SHA256>.authenticationCode(for: token, using: decoy) == expected
    }

    private func claim(_ headers: HTTPFields, _ now: Int) throws(HookRefusal) -> Claim {
        guard let value = headers.value(proof.header) else { throw missing(headers) }
        guard !value.isEmpty else { throw HookRefusal("header \(proof.header) is empty") }
        switch proof {
        case .token: return Claim(token: Array(value.utf8))
        case .hex(let name, let prefix): return Claim(signatures: [try Self.hex(value, prefix, name)])
        case .standard: return try standard(headers, value, now)
        }
    }

    /// Helps who has named another provider than the one that sends.
    private func missing(_ headers: HTTPFields) -> HookRefusal {
        let other = HookProof.headers.first { $0.name != proof.header && headers.value($0.name) != nil }
        let hint = other.map { "; \($0.name) is there, which provider \($0.providers) sends" } ?? ""
        return HookRefusal("header \(proof.header) is missing\(hint)")
    }

    private static func hex(_ value: String, _ prefix: String, _ name: String) throws(HookRefusal) -> Data {
        guard value.hasPrefix(prefix) else {
            throw HookRefusal("header \(name) is of another scheme than '\(prefix)'")
        }
        let digits = value.utf8.dropFirst(prefix.utf8.count)
        guard digits.count == 2 * SHA256.byteCount, let bytes = [UInt8](hex: digits) else {
            let form = "\(prefix.isEmpty ? "" : "'\(prefix)' and ")\(2 * SHA256.byteCount) hexadecimal digits"
            throw HookRefusal("header \(name) has \(value.utf8.count) characters, and is to have \(form)")
        }
        return Data(bytes)
    }

    private func standard(_ headers: HTTPFields, _ value: String, _ now: Int) throws(HookRefusal) -> Claim {
        guard let id = headers.value("webhook-id"), !id.isEmpty else {
            throw HookRefusal("header webhook-id is missing")
        }
        guard let text = headers.value("webhook-timestamp") else {
            throw HookRefusal("header webhook-timestamp is missing")
        }
        guard let time = Int(text), text == String(time), time >= 0 else {
            throw HookRefusal("header webhook-timestamp is no number of seconds")
        }
        let age = now - time
        guard abs(age) <= Self.tolerance else {
            throw HookRefusal(
                "header webhook-timestamp is \(abs(age)) s \(age > 0 ? "old" : "ahead"), and \(Self.tolerance) s are allowed: "
                    + "the clocks differ, or it is sent again")
        }
        let signatures = value.split(separator: " ").prefix(Self.mostSignatures).compactMap { part in
            part.hasPrefix("v1,") ? Data(base64Encoded: String(part.dropFirst(3))) : nil
        }.filter { $0.count == SHA256.byteCount }
        guard !signatures.isEmpty else {
            throw HookRefusal(
                "header webhook-signature has \(value.utf8.count) characters and no signature of the form 'v1,' and base64 of \(SHA256.byteCount) bytes"
            )
        }
        return Claim(head: Array("\(id).\(text).".utf8), signatures: signatures)
    }
}

extension HTTPFields {
    /// Of a name that comes twice, both, so that neither counts alone.
    func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
