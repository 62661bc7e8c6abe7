import Crypto
import Fixtures
import Foundation
import HTTPTypes
import Review
import Testing

@testable import Server

/// Every scheme with its published vector, and everything that only looks like it.
struct HookCheckTests {
    /// GitHub's own: docs.github.com, "Validating webhook deliveries".
    static let text = "It's a Secret to Everybody"
    static let body = Array("Hello, World!".utf8)
    static let digits = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    /// Standard Webhooks' own: its reference libraries' tests.
    static let signingText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let signedBody = Array(#"{"test": 2432232314}"#.utf8)
    static let signed = [
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ]
    static let signedAt = 1_614_265_330

    /// What each sender would send of GitHub's vector.
    static let hex: [(provider: HookProvider, header: String, prefix: String)] = [
        (.github, "X-Hub-Signature-256", "sha256="), (.gitea, "X-Gitea-Signature", ""),
        (.forgejo, "X-Forgejo-Signature", ""), (.bitbucket, "X-Hub-Signature", "sha256="),
        (.generic, "X-Signature", "sha256="), (.cloudevents, "X-Signature", "sha256="),
    ]

    private func refusal(
        _ provider: HookProvider, _ headers: [String: String], secrets: [String] = [text],
        body: [UInt8] = body, now: Int = signedAt
    ) throws -> String? {
        let secrets = try secrets.map { try HookSecret($0, for: provider) }
        return HookCheck(provider, secrets).refusal(HTTPFields(headers), body, now: now)?.cause
    }

    @Test(arguments: hex) func `the published vector is believed, and nothing else`(
        provider: HookProvider, header: String, prefix: String
    ) throws {
        let good = prefix + Self.digits
        #expect(try refusal(provider, [header: good]) == nil)
        #expect(try refusal(provider, [header: good.uppercased().replacing("SHA256", with: "sha256")]) == nil)
        let form = prefix.isEmpty ? "64 hexadecimal digits" : "'sha256=' and 64 hexadecimal digits"
        func wrong(_ count: Int) -> String {
            "header \(header) has \(count) characters, and is to have \(form)"
        }
        let cut = String(good.dropLast())
        let forgeries: [(String, String)] = [
            ("", "header \(header) is empty"), (cut, wrong(cut.count)), (good + "0", wrong(good.count + 1)),
            (cut + "g", wrong(good.count)),
            (prefix + String(repeating: "a", count: 9000), wrong(prefix.count + 9000)),
            ("\(good), \(good)", wrong(2 * good.count + 2)),
        ]
        for (value, cause) in forgeries {
            #expect(try refusal(provider, [header: value]) == cause, "\(value)")
        }
        let other = prefix + Self.digits.replacing("7571", with: "7572")
        #expect(
            try refusal(provider, [header: other])?.hasPrefix("header \(header) does not fit the secret: ")
                == true)
        #expect(try refusal(provider, [:]) == "header \(header) is missing")
        #expect(
            try refusal(provider, [header: good], body: Self.body + [10])?.contains("does not fit") == true)
        if !prefix.isEmpty {
            #expect(
                try refusal(provider, [header: "sha1=" + Self.digits])
                    == "header \(header) is of another scheme than 'sha256='")
            #expect(try refusal(provider, [header: Self.digits])?.contains("another scheme") == true)
        } else {
            #expect(try refusal(provider, [header: "sha256=" + Self.digits]) == wrong(71))
        }
    }

    @Test(arguments: hex) func `while a secret is replaced, the old one and the new one are believed`(
        provider: HookProvider, header: String, prefix: String
    ) throws {
        let headers = [header: prefix + Self.digits]
        let others = ["another secret, long enough", "and yet another secret"]
        for place in 0...2 {
            var secrets = others
            secrets.insert(Self.text, at: place)
            #expect(try refusal(provider, headers, secrets: secrets) == nil)
        }
        let cause = try refusal(provider, headers, secrets: others)
        #expect(cause?.hasPrefix("header \(header) does not fit any of the 2 secrets: ") == true)
    }

    @Test(arguments: [HookProvider.standard, .gitlab, .cloudevents])
    func `the published vector of Standard Webhooks is believed, and nothing else`(provider: HookProvider)
        throws
    {
        func refusal(
            _ change: [String: String?], now: Int = Self.signedAt, secrets: [String] = [Self.signingText]
        ) throws
            -> String?
        {
            var headers = Self.signed
            for (name, value) in change { headers[name] = value }
            return try self.refusal(provider, headers, secrets: secrets, body: Self.signedBody, now: now)
        }
        #expect(try refusal([:]) == nil)
        #expect(try refusal([:], now: Self.signedAt + 300) == nil)
        #expect(try refusal([:], now: Self.signedAt - 300) == nil)
        #expect(
            try refusal([:], now: Self.signedAt + 301)
                == "header webhook-timestamp is 301 s old, and 300 s are allowed: the clocks differ, or it is sent again"
        )
        #expect(try refusal([:], now: Self.signedAt - 301)?.contains("301 s ahead") == true)
        let good = Self.signed["webhook-signature"] ?? ""
        #expect(try refusal(["webhook-signature": "v1,AAAA v2,x \(good)"]) == nil)
        let wrong: [(String, String?, String)] = [
            ("webhook-signature", nil, "header webhook-signature is missing"),
            ("webhook-signature", "", "header webhook-signature is empty"),
            (
                "webhook-signature", String(good.dropLast(2)),
                "45 characters and no signature of the form 'v1,'"
            ),
            ("webhook-signature", good.replacing("v1,", with: "v1a,"), "no signature of the form"),
            ("webhook-signature", "v1,!", "no signature of the form"),
            ("webhook-signature", good.replacing("g0h", with: "g0i"), "does not fit the secret"),
            ("webhook-signature", String(repeating: "v1,AA== ", count: 1000), "no signature of the form"),
            ("webhook-id", nil, "header webhook-id is missing"),
            ("webhook-id", "", "header webhook-id is missing"),
            ("webhook-id", "msg_other", "does not fit the secret"),
            ("webhook-timestamp", nil, "header webhook-timestamp is missing"),
            ("webhook-timestamp", "1614265331", "does not fit the secret"),
            ("webhook-timestamp", "soon", "is no number of seconds"),
            ("webhook-timestamp", "+1614265330", "is no number of seconds"),
            ("webhook-timestamp", "-9223372036854775808", "is no number of seconds"),
            ("webhook-timestamp", "9223372036854775807", "ahead"),
        ]
        for (name, value, cause) in wrong {
            #expect(try refusal([name: value])?.contains(cause) == true, "\(name): \(value ?? "nil")")
        }
        let other = "whsec_" + Data(repeating: 1, count: 32).base64EncodedString()
        #expect(try refusal([:], secrets: [other, Self.signingText]) == nil)
        #expect(try refusal([:], secrets: [other])?.contains("does not fit the secret") == true)
    }

    @Test func `only the first signatures of many are looked at`() throws {
        let good = Self.signed["webhook-signature"] ?? ""
        var headers = Self.signed
        headers["webhook-signature"] = String(repeating: "v1,AAAA ", count: 8) + good
        #expect(try refusal(.standard, headers, secrets: [Self.signingText], body: Self.signedBody) != nil)
    }

    @Test func `GitLab's token is believed whole, and none beside a signing token`() throws {
        let name = "X-Gitlab-Token"
        #expect(try refusal(.gitlab, [name: Self.text]) == nil)
        for wrong in [
            String(Self.text.dropLast()), Self.text + "x", "x", String(repeating: "x", count: 9000),
        ] {
            #expect(try refusal(.gitlab, [name: wrong])?.hasPrefix("header \(name) does not fit") == true)
        }
        #expect(try refusal(.gitlab, [name: ""]) == "header \(name) is empty")
        #expect(try refusal(.gitlab, [:]) == "header \(name) is missing")

        let both = [Self.text, Self.signingText]
        let alone = try refusal(.gitlab, [name: Self.text], secrets: both)
        #expect(
            alone
                == "header webhook-signature is missing; X-Gitlab-Token is there, which provider gitlab with a token sends"
        )
        #expect(try refusal(.gitlab, [name: Self.signingText], secrets: [Self.signingText]) != nil)
        let whole = Self.signed.merging([name: "anything"]) { $1 }
        #expect(try refusal(.gitlab, whole, secrets: both, body: Self.signedBody) == nil)
    }

    @Test func `another sender's signature is told by its header, and not believed`() throws {
        let cause = try refusal(.github, ["X-Gitea-Signature": Self.digits])
        #expect(
            cause
                == "header X-Hub-Signature-256 is missing; X-Gitea-Signature is there, which provider gitea sends"
        )
        for (provider, header, _) in Self.hex {
            for (other, name, prefix) in Self.hex where other != provider && name != header {
                #expect(try refusal(provider, [name: prefix + Self.digits]) != nil, "\(provider), \(name)")
            }
        }
    }

    @Test func `a text like a signing secret is a text to those who know none`() throws {
        let secret = try HookSecret(Self.signingText, for: .github)
        #expect(!secret.isSigning)
        let code = HMAC<SHA256>.authenticationCode(
            for: Self.body, using: SymmetricKey(data: Data(Self.signingText.utf8)))
        let digits = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(
            try refusal(.github, ["X-Hub-Signature-256": "sha256=" + digits], secrets: [Self.signingText])
                == nil)
    }

    @Test func `what is no secret is refused, and none has a description`() throws {
        #expect(throws: HookSecretError.tooShort(0)) { try HookSecret("", for: .github) }
        #expect(throws: HookSecretError.tooShort(15)) { try HookSecret("123456789012345", for: .gitlab) }
        #expect(throws: HookSecretError.signing(.notBase64)) { try HookSecret("no base64!", for: .standard) }
        #expect(throws: HookSecretError.signing(.length(3))) {
            try HookSecret("whsec_AAAA", for: .cloudevents)
        }
        let secret = try HookSecret(Self.text, for: .github)
        #expect("\(secret)" == "(hook secret)" && Mirror(reflecting: secret).children.isEmpty)
    }

    @Test func `nothing is believed where there is no secret`() {
        let headers = HTTPFields(["X-Signature": "sha256=" + Self.digits])
        #expect(HookCheck.ofNothing.refusal(headers, Self.body, now: 0) != nil)
        #expect(HookCheck.ofNothing.refusal(HTTPFields(), [], now: 0) != nil)
    }

    @Test(arguments: Seeded.seeds(20)) func `no header ends the process, and none is believed by chance`(
        seed: UInt64
    ) throws {
        var random = Seeded(seed)
        let pieces = [
            "v1,", "sha256=", " ", ",", "=", "A", Self.digits, "1614265330", "é", "\u{80}", "\t", "-",
            "9223372036854775807",
        ]
        let names = HookProof.headers.map(\.name) + ["webhook-id", "webhook-timestamp"]
        for provider in HookProvider.allCases {
            var headers: [String: String] = [:]
            for name in names {
                let count = Int.random(in: 0...4, using: &random)
                headers[name] = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            }
            let text = Bool.random(using: &random) ? Self.text : Self.signingText
            let secret = provider == .standard ? Self.signingText : text
            #expect(try refusal(provider, headers, secrets: [secret], body: Self.signedBody) != nil)
        }
    }

    @Test(arguments: HookProvider.allCases) func `a ping of ours is believed, and understood`(
        provider: HookProvider
    ) throws {
        let texts = provider == .standard ? [Self.signingText] : [Self.text, Self.signingText]
        for text in texts {
            let secret = try HookSecret(text, for: provider)
            let ping = HookPing(provider, signedWith: secret, id: "ping-1", time: Self.signedAt)
            let headers = HTTPFields(
                Dictionary(uniqueKeysWithValues: ping.headers.map { ($0.name, $0.value) }))
            #expect(HookCheck(provider, [secret]).refusal(headers, ping.body, now: Self.signedAt) == nil)
            #expect(HookMessage(provider, headers, ping.body).meaning == .ping)
        }
    }
}

extension HTTPFields {
    init(_ fields: [String: String]) {
        self.init()
        for (name, value) in fields { if let name = HTTPField.Name(name) { self[name] = value } }
    }
}
