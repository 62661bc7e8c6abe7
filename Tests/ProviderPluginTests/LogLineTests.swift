import Foundation
import Testing

@testable import ProviderPlugin

@Suite struct LogLineTests {
    private func line(_ text: String, hiding secrets: [String] = []) -> PluginLogLine? {
        PluginLogLine(text, hiding: Concealed(secrets))
    }

    @Test func `a structured line has its level, message, module and fields`() throws {
        let text = """
            {"@level":"warn","@message":"slow","@module":"provider.aws","@timestamp":"2026-01-01T00:00:00Z",\
            "tries":3,"ok":true,"ids":["a","b/c"],"where":null}
            """
        let found = try #require(line(text))
        #expect(found.level == .warning)
        #expect(found.message == "slow")
        #expect(found.module == "provider.aws")
        #expect(found.fields == ["tries": "3", "ok": "true", "ids": #"["a","b/c"]"#, "where": "null"])
    }

    @Test(arguments: [
        ("2026/01/01 10:00:00 [DEBUG] hello", PluginLogLine.Level.debug), ("[ERROR] no", .error),
        ("hello", .info),
        ("2026-01-01T00:00:00.000Z [TRACE] x", .trace), ("[WARN]  careful", .warning), ("[1] x", .info),
        ("panic: runtime error: index out of range", .error),
        ("fatal error: all goroutines are asleep", .error),
        (#"{"@message":"m","@level":"strange"}"#, .info), (#"{"level":"error"}"#, .info),
        ("{not json", .info),
    ])
    func `other lines have the level that they name`(text: String, level: PluginLogLine.Level) {
        #expect(line(text)?.level == level)
    }

    @Test(arguments: ["", "   ", "\t\r"]) func `white space is no line`(text: String) {
        #expect(line(text) == nil)
    }

    @Test func `a line is cut where no log wants more`() throws {
        let found = try #require(line(String(repeating: "x", count: 100_000)))
        #expect(found.message.count == 4097)
    }

    private static let secret = "s3cr\"et<&>/\\ pässword"

    @Test(arguments: [
        "it is \(secret) here", "%q: s3cr\\\"et<&>/\\\\ pässword",
        "s3cr\\\"et\\u003c\\u0026\\u003e/\\\\ pässword",
        "?p=s3cr%22et%3C%26%3E%2F%5C%20p%C3%A4ssword&x", "p=s3cr%22et%3C%26%3E%2F%5C+p%C3%A4ssword",
        "Basic \(Data(secret.utf8).base64EncodedString())",
    ])
    func `a secret is hidden in every form that it takes`(text: String) throws {
        let found = try #require(line(text, hiding: [Self.secret]))
        #expect(!found.message.contains("s3cr"))
        #expect(!found.message.contains("czNjc"))
        #expect(found.message.contains("(secret)"))
    }

    @Test func `secrets are hidden in fields, nested ones and names too`() throws {
        let object: [String: Any] = [
            "@level": "info", "@message": "m", "body": "x \(Self.secret) y", "list": [["k": Self.secret]],
            "n-\(Self.secret)": 1, "@module": Self.secret,
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
        let found = try #require(line(text, hiding: [Self.secret]))
        #expect(found.fields == ["body": "x (secret) y", "list": #"[{"k":"(secret)"}]"#, "n-(secret)": "1"])
        #expect(found.module == "(secret)")
    }

    @Test func `of secrets that begin alike the longest is hidden, and lines of one too`() {
        let concealed = Concealed(["abc", "abcdef", "first line of key\nsecond line of key\n"])
        #expect(concealed.hide(in: "abcdefg abcx") == "(secret)g (secret)x")
        #expect(concealed.hide(in: "now second line of key.") == "now (secret).")
    }

    @Test func `what passes is let go once much else was seen, and what the provider was given never`() {
        let concealed = Concealed(["hunter2"], room: 10_000)
        func token(_ number: Int) -> String { "token-\(number)-" + String(repeating: "t", count: 100) }
        func isHidden(_ text: String) -> Bool { concealed.hide(in: "it is \(text)") == "it is (secret)" }
        for number in 0..<80 {
            concealed.add([token(number), token(0)], isPassing: true)
            concealed.add(["hunter2"], isPassing: true)
            #expect(isHidden(token(number)) && isHidden(token(0)) && isHidden("hunter2"))
        }
        #expect(!isHidden(token(1)))
    }

    @Test func `nothing is hidden where there is no secret, and an empty one is none`() {
        #expect(Concealed([""]).hide(in: "text") == "text")
        #expect(Concealed().hide(in: "text") == "text")
    }
}
