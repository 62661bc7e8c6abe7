import Testing

@testable import Model

struct ExpressionTests {
    static let web = ResourceID("job", "shop", "web")
    static let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "3")
    static let outputs: Value = .map([
        "id": .string("w-1"), "port": .int(80), "ratio": .scalar("1.10"), "none": .null, "later": .unknown,
        "secret": .secret(handle), "hidden": .hidden("f00"),
        "list": .list([.string("a"), .map(["b": .int(2)])]), "url": .text([.literal("x:"), .secret(handle)]),
        "mixed": .list([.secret(handle), .unknown, .null]),
        "nested": .map(["k": .text([.literal("v"), .unknown])]),
    ])
    private static func part(_ name: String) -> Expression.Part {
        .reference(Reference(web, FieldPath(name)))
    }
    private func resolve(_ expression: Expression) -> Value {
        expression.resolved { $0 == Self.web ? Self.outputs : .unknown }
    }

    @Test func `what holds no reference is folded into one literal`() {
        #expect(Expression(folding: ["a": .literal(.int(1))]) == .literal(.map(["a": .int(1)])))
        #expect(
            Expression(folding: [.literal(.int(1)), .literal(.null)]) == .literal(.list([.int(1), .null])))
        #expect(Expression(folding: [String: Expression]()) == .literal(.map([:])))
        #expect(Expression(folding: [Expression]()) == .literal(.list([])))
        let reference = Expression.reference(Reference(Self.web, FieldPath("id")))
        #expect(
            Expression(folding: ["a": reference, "b": .literal(.null)])
                == .map(["a": reference, "b": .literal(.null)]))
        #expect(Expression(folding: [reference]) == .list([reference]))
        #expect(Expression(folding: ["a": reference])["a"] == reference)
        #expect(Expression(folding: ["a": .literal(.int(1))])["a"] == .literal(.int(1)))
        #expect(Expression(folding: ["a": reference])["b"] == nil)
    }

    @Test func `references are found everywhere in a stable order`() {
        let references = ["a", "b", "c"].map { Reference(Self.web, FieldPath($0)) }
        let expression = Expression.map([
            "z": .list([.reference(references[2])]), "a": .text([.literal("x"), .reference(references[0])]),
            "m": .map(["n": .reference(references[1])]), "l": .literal(.null),
        ])
        #expect(expression.references == references)
    }

    @Test(
        arguments: [
            (FieldPath("id"), .string("w-1")), (FieldPath("port"), .int(80)),
            (FieldPath("secret"), .secret(handle)),
            (FieldPath(), outputs), (FieldPath("missing"), .unknown),
            (FieldPath("later").appending("x"), .unknown),
            (FieldPath("list").appending(0), .string("a")),
            (FieldPath("list").appending(1).appending("b"), .int(2)),
            (FieldPath("list").appending(2), .unknown), (FieldPath("none"), .null),
            (FieldPath("none").appending("x"), .unknown),
        ] as [(FieldPath, Value)])
    func `a whole reference takes its result's type`(path: FieldPath, value: Value) {
        #expect(resolve(.reference(Reference(Self.web, path))) == value)
    }

    @Test func `what another resource does not give yet is unknown`() {
        let other = Reference(ResourceID("job", "shop", "other"), FieldPath("id"))
        #expect(resolve(.reference(other)) == .unknown)
        #expect(resolve(.text([.literal("a"), .reference(other)])) == .text([.literal("a"), .unknown]))
        #expect(resolve(.map(["a": .list([.reference(other)])])) == .map(["a": .list([.unknown])]))
    }

    @Test(
        arguments: [
            ([.literal("a-"), part("id"), .literal("-b")], .string("a-w-1-b")),
            ([part("id"), part("port")], .string("w-180")),
            ([.literal("v"), part("ratio")], .string("v1.10")),
            ([.literal("a"), part("none"), .literal("b")], .string("ab")), ([part("none")], .string("")),
            ([], .string("")),
            (
                [.literal("a"), part("later"), .literal("b")],
                .text([.literal("a"), .unknown, .literal("b")])
            ),
            ([.literal("p="), part("secret")], .text([.literal("p="), .secret(handle)])),
            (
                [.literal("a"), part("url"), .literal("b")],
                .text([.literal("ax:"), .secret(handle), .literal("b")])
            ),
            (
                [.literal("a"), .local("port.http"), .literal(""), part("id")],
                .text([.literal("a"), .local("port.http"), .literal("w-1")])
            ),
            ([.literal("l="), part("list")], .string("l=[\"a\", {b: 2}]")),
            // What exists and can't be shown is no text; neither is what a list or a map of it would be.
            ([.literal("h="), part("hidden")], .text([.literal("h="), .unknown])),
            (
                [.literal("m="), part("mixed")],
                .text([.literal("m=["), .secret(handle), .literal(", "), .unknown, .literal(", null]")])
            ),
            ([part("nested")], .text([.literal("{k: \"v"), .unknown, .literal("\"}")])),
        ] as [([Expression.Part], Value)])
    func `a text joins what is plain, and keeps the rest as parts`(parts: [Expression.Part], value: Value) {
        #expect(resolve(.text(parts)) == value)
    }

    @Test(arguments: [
        (Reference(web, FieldPath("id")), "job.web.id"), (Reference(web, FieldPath()), "job.web"),
        (Reference(web, FieldPath("a").appending(0)), "job.web.a[0]"),
        (Reference(web, FieldPath("a b")), "job.web['a b']"),
        (Reference(ResourceID("job", "shop", "web", key: "eu"), FieldPath("id")), "job.web['eu'].id"),
        (Reference(ResourceID("job", "shop", "web", key: "\u{1b}[2J"), FieldPath()), "job.web['\\u{1b}[2J']"),
    ])
    func `a reference reads as it is written`(reference: Reference, text: String) {
        #expect(reference.description == text)
    }
}
