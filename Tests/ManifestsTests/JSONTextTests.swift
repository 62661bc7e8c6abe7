import Manifests
import Model
import Testing

/// What JSON writes otherwise than YAML.
@Suite struct JSONTextTests {
    private func read(_ text: String) -> Document {
        let fields = ["a", "b", "c"].map { Field($0, .any, "") }
        return Document(text, file: "a.json", fields: fields, named: "a")
    }

    @Test(
        "two escapes of JSON are one character",
        arguments: [
            (#"{"a": "\ud83d\ude00"}"#, "😀"), (#"{"a":"x\uD83D\uDE00y\ud834\udd1e"}"#, "x😀y𝄞"),
            (#"{"a": "\\ud83d \ud83d\ude00 \"\u00e4"}"#, #"\ud83d 😀 "ä"#),
            (#"{"b": [-1.5e3, true, null], "a": "\uDBFF\uDFFF"}"#, "\u{10FFFF}"),
        ])
    func pairs(text: String, expected: String) {
        let document = read(text)
        #expect(document.problems.map(\.description) == [])
        #expect(document.value?["a"] == .string(expected))
    }

    @Test func `places behind them stay what they are`() {
        let text = #"{"a": "\ud83d\ude00\ud83d\ude00", "\ud83d\ude00": 1, "b": 2, "d": 3}"#
        #expect(
            read(text).problems.map { "\($0.location?.column ?? 0): \($0.message)" } == [
                "35: unknown key '😀' in a", "62: unknown key 'd' in a",
            ])
    }

    @Test(
        "half of one is an error, at its string",
        arguments: [
            (#"{"a": 1, "b": "\ud83d"}"#, "a.json:1:15"), (#"{"a": "\ude00\ud83d"}"#, "a.json:1:7"),
            (#"{"a": "\ud83d\ude00", "b": "\ud83dx"}"#, "a.json:1:28"),
        ])
    func half(text: String, place: String) {
        #expect(
            read(text).problems.map(\.description) == [
                "\(place): error: found invalid Unicode character escape code while parsing a quoted scalar"
            ])
    }

    @Test(
        "what is no JSON keeps its backslashes",
        arguments: [
            #"{a: '\ud83d\ude00', b: "\ud83d"}"#, #"{a: x"\ud83d\ude00, b: "\ud83d"}"#,
            "a: \"\\ud83d\\ude00\"\n", "b: a:\"\\ud83d\\ude00\"\nc: \"\\ud83d\\ude00\"\n",
            "{\"a\": \"\\ud83d\\ude00\n\"}",
        ])
    func noJSON(text: String) {
        #expect(read(text).problems.count == 1)
    }
}
