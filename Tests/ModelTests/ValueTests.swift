import Testing

@testable import Model

struct ValueTests {
    static let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "3")

    @Test(
        arguments: [
            (.null, "null"), (.bool(true), "true"), (.int(-7), "-7"), (.scalar("1.10"), "1.10"),
            (.string("a"), "\"a\""), (.string(""), "\"\""), (.list([]), "[]"), (.map([:]), "{}"),
            (.list([.int(1), .string("b")]), "[1, \"b\"]"),
            (.map(["b": .int(1), "a": .list([.null])]), "{a: [null], b: 1}"),
            (.unknown, "(known after apply)"), (.hidden("f00"), "(hidden)"),
            (.secret(handle), "(secret, version 3)"),
            (.text([.literal("a \""), .unknown]), "\"a \\\"(known after apply)\""),
            (
                .text([.secret(handle), .literal("@"), .local("port.http")]),
                "\"(secret, version 3)@${port.http}\""
            ),
            (.map(["a: 1, b": .int(2)]), "{\"a: 1, b\": 2}"), (.map(["": .int(2)]), "{\"\": 2}"),
            (.map(["\u{1b}[2J": .int(2)]), "{\"\\u{1b}[2J\": 2}"), (.scalar("1\u{202e}"), "1\\u{202e}"),
        ] as [(Value, String)])
    func `a value reads the same every time`(value: Value, text: String) {
        #expect(value.description == text)
    }

    @Test(arguments: [
        ("plain, größe, 日本語, 🦜", "plain, größe, 日本語, 🦜"), ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\"\\", "\\\"\\\\"), ("\u{0}\u{7}\u{1b}[31m\u{7f}\u{9b}", "\\u{0}\\u{7}\\u{1b}[31m\\u{7f}\\u{9b}"),
        (
            "\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{61c}",
            "\\u{202a}\\u{202e}\\u{2066}\\u{2069}\\u{200e}\\u{61c}"
        ),
        ("\u{200b}\u{200d}\u{feff}\u{ad}\u{2060}", "\\u{200b}\\u{200d}\\u{feff}\\u{ad}\\u{2060}"),
        ("\u{2028}\u{2029}\u{85}", "\\u{2028}\\u{2029}\\u{85}"),
        ("\u{e000}\u{10ffff}", "\\u{e000}\\u{10ffff}"),
        ("\u{e0041}", "\\u{e0041}"),
        // Letters and marks that show nothing.
        ("\u{3164}\u{115f}\u{1160}\u{ffa0}", "\\u{3164}\\u{115f}\\u{1160}\\u{ffa0}"),
        ("\u{fe0f}\u{34f}\u{e0100}\u{180b}\u{17b4}", "\\u{fe0f}\\u{34f}\\u{e0100}\\u{180b}\\u{17b4}"),
        // Spaces that look like the common one, or like nothing.
        ("a b\u{a0}c\u{2003}d\u{3000}\u{2800}", "a b\\u{a0}c\\u{2003}d\\u{3000}\\u{2800}"),
    ])
    func `nothing passes for what it is not on a terminal`(text: String, shown: String) {
        #expect(text.escapedForDisplay == shown)
    }

    @Test func `a handle's version can't play tricks`() {
        let handle = SecretHandle(ResourceID("secret", "shop", "db"), "a", version: "3\u{1b}[2J")
        #expect(handle.description == "(secret, version 3\\u{1b}[2J)")
    }

    @Test(
        arguments: [
            (.string("1"), .int(1)), (.string("null"), .null), (.scalar("1.10"), .string("1.10")),
            (.null, .map([:])),
            (.list([]), .map([:])), (.list([.int(1), .int(2)]), .list([.int(2), .int(1)])),
            (.map(["a": .null]), .map([:])),
            (.hidden("a"), .hidden("b")), (.unknown, .null), (.string("e\u{301}"), .string("\u{e9}")),
            (.text([.literal("e\u{301}"), .unknown]), .text([.literal("\u{e9}"), .unknown])),
            (.map(["a": .string("e\u{301}")]), .map(["a": .string("\u{e9}")])),
            (.string("${x}"), .text([.local("x")])),
        ] as [(Value, Value)])
    func `values that ask for different things differ`(one: Value, other: Value) {
        #expect(one != other)
        #expect(one == one && other == other)
        #expect(Array(one.canonical.utf8) != Array(other.canonical.utf8))
    }

    @Test func `maps are equal whatever their order`() {
        let keys = (0..<50).map { "k\($0)" }
        let one = Value.map(Dictionary(uniqueKeysWithValues: keys.map { ($0, .string($0)) }))
        let other = Value.map(Dictionary(uniqueKeysWithValues: keys.reversed().map { ($0, .string($0)) }))
        #expect(one == other && one.hashValue == other.hashValue)
        #expect(one.description == other.description && one.canonical == other.canonical)
    }

    @Test(
        arguments: [
            (.map(["a: 1, b": .int(2)]), .map(["a": .int(1), "b": .int(2)])),
            (.string("${port.http}"), .text([.local("port.http")])),
            (.text([.literal("(known after apply)"), .local("x")]), .text([.unknown, .local("x")])),
            (.text([.literal("a"), .local("b")]), .text([.local("b"), .literal("a")])),
            (
                .secret(handle),
                .secret(SecretHandle(ResourceID("secret", "shop", "root"), "password", version: "3"))
            ),
            (
                .secret(handle),
                .secret(SecretHandle(ResourceID("secret", "shop", "db"), "username", version: "3"))
            ),
            (
                .secret(handle),
                .secret(SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "4"))
            ),
            (.secret(handle), .text([.secret(handle), .secret(handle)])),
            (.list([.string("a, b")]), .list([.string("a"), .string("b")])),
            (.list([.string("a\", \"b")]), .list([.string("a"), .string("b")])),
            (.hidden("a"), .hidden("b")), (.scalar("null"), .null), (.scalar("1"), .int(1)),
        ] as [(Value, Value)])
    func `the canonical text tells apart what people may not`(one: Value, other: Value) {
        #expect(Array(one.canonical.utf8) != Array(other.canonical.utf8))
    }

    @Test func `what a value holds is found at any depth`() {
        let other = SecretHandle(ResourceID("secret", "shop", "web"), "value", version: "1")
        let value = Value.map([
            "b": .list([.text([.literal("x"), .secret(other)])]), "a": .map(["c": .secret(Self.handle)]),
        ])
        #expect(value.secrets == [Self.handle, other])
        #expect(value.isKnown)
        for unknown in [Value.unknown, .text([.literal("a"), .unknown]), .list([.map(["a": .unknown])])] {
            #expect(!unknown.isKnown)
        }
    }

    @Test(
        arguments: [
            (.string("s"), "s"), (.scalar("1.10"), "1.10"), (.int(3), "3"), (.bool(false), "false"),
            (.null, nil),
            (.list([]), nil), (.unknown, nil), (.hidden("x"), nil), (.secret(handle), nil),
        ] as [(Value, String?)])
    func `only what is plain has a string`(value: Value, string: String?) { #expect(value.string == string) }
}
