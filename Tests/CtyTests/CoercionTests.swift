import Cty
import Model
import Testing

@Suite struct CoercionTests {
    let block = Block(
        attributes: [
            .required("name", .string), .optional("port", .number), .optional("on", .bool),
            .optional("policy", .string),
            .optional("tags", .map(.string)), .optional("zones", .set(.string)), .optional("extra", .dynamic),
            .computed("arn", .string), .optional("password", .string),
            Attribute.optional("labels", .map(.string)).with { $0.isSensitive = true },
            .optional("doors", .list(.object(["from": .number, "to": .number]))),
            .optional("door", .object(["from": .number, "to": .number])),
            .nested("owners", .list, [.optional("mail", .string)]),
        ],
        blocks: [
            NestedBlock("rule", .list, Block(attributes: [.required("action", .string)])),
            NestedBlock("group", .group, Block(attributes: [.optional("size", .number)])),
            NestedBlock("site", .map, Block(attributes: [.optional("url", .string)])),
            NestedBlock("mount", .set, Block(attributes: [.optional("key", .string)])),
        ])
    let path = FieldPath("config")

    private func read(
        _ value: [String: Value], prior: CtyValue = .null, secrets: [SecretHandle: String] = [:]
    ) -> (value: CtyValue, problems: [FieldProblem], form: Form) {
        var coercion = Coercion(secrets: secrets)
        var value = value
        value["name"] = value["name"] ?? .string("a")
        let result = coercion.object(.map(value), as: block, prior: prior, at: path)
        return (result, coercion.problems, coercion.form)
    }

    @Test(arguments: [
        ("name", Value.scalar("1.10"), CtyValue.string("1.10")), ("name", .int(7), .string("7")),
        ("name", .bool(true), .string("true")), ("port", .scalar("0x1F"), .number(CtyNumber(31))),
        ("port", .string("80"), .number(CtyNumber(80))), ("on", .scalar("True"), .bool(true)),
        ("on", .string("false"), .bool(false)), ("tags", .null, .null), ("tags", .map([:]), .object([:])),
        ("zones", .list([.string("b"), .string("a")]), .set(CtySet([.string("a"), .string("b")]))),
        ("extra", .scalar("1.50"), .dynamic(.number, .number(CtyNumber("1.5") ?? CtyNumber(0)))),
        ("extra", .list([.bool(true)]), .dynamic(.tuple([.bool]), .list([.bool(true)]))),
        ("owners", .list([.map([:])]), .list([.object(["mail": .null])])),
        (
            "doors", .list([.map(["to": .int(1)])]),
            .list([.object(["from": .null, "to": .number(CtyNumber(1))])])
        ),
        ("port", .unknown, .unknown),
    ])
    func `a value takes the schema's type`(name: String, value: Value, expected: CtyValue) {
        let (result, problems, _) = read([name: value])
        #expect(problems.isEmpty)
        #expect(result[name] == expected)
    }

    @Test func `what is left out is null, and of blocks none`() {
        let result = read([:]).value
        #expect(result["port"] == .null && result["rule"] == .list([]) && result["site"] == .object([:]))
        #expect(result["group"] == .object(["size": .null]) && result["mount"] == .set(CtySet([])))
    }

    @Test func `one block may stand without a list, and is told so again`() {
        let (result, problems, form) = read(["rule": .map(["action": .string("x")])])
        #expect(problems.isEmpty)
        #expect(result["rule"] == .list([.object(["action": .string("x")])]))
        var writer = ValueWriter(fieldsIn: form) { $0 }
        #expect(writer.fields(result, block, at: path)["rule"] == .map(["action": .string("x")]))
    }

    @Test(
        arguments: [
            (["nmae": Value.string("x")], "config.nmae", "unknown key 'nmae'", "did you mean 'name'?"),
            (["name": .null], "config.name", "missing key 'name'", nil),
            (["port": .string("many")], "config.port", "'port' is a number, found \"many\"", nil),
            (["on": .int(1)], "config.on", "'on' is true or false, found 1", nil),
            (["tags": .list([])], "config.tags", "'tags' is a map of string, found []", nil),
            (["arn": .string("x")], "config.arn", "'arn' is given by the provider, and can't be set", nil),
            (
                ["door": .map(["to": .int(1)])], "config.door", "missing key 'from'",
                "write 'from: null' where it has no value"
            ),
            (["rule": .list([.map([:])])], "config.rule[0]", "missing key 'action'", nil),
            (
                ["rule": .string("x")], "config.rule", "'rule' is a block, or a list of blocks, found \"x\"",
                nil
            ),
            (
                ["site": .map(["a": .map(["ulr": .string("")])])], "config.site.a.ulr", "unknown key 'ulr'",
                "did you mean 'url'?"
            ),
        ] as [([String: Value], String, String, String?)])
    func `a mistake has its place`(value: [String: Value], path: String, message: String, hint: String?) {
        let problems = read(value).problems
        #expect(problems.map(\.path.description) == [path])
        #expect(problems.map(\.message) == [message])
        #expect(problems.map(\.hint) == [hint])
    }

    @Test func `a map where the schema says text is JSON, and keeps the form of an equal one`() {
        let policy = Value.map(["Version": .string("2012-10-17"), "Count": .scalar("1.0"), "On": .bool(true)])
        let (result, _, form) = read(["policy": policy])
        #expect(result["policy"] == .string(#"{"Count":1,"On":true,"Version":"2012-10-17"}"#))
        #expect(form.structured == [path.appending("policy")])
        let prior = CtyValue.string(#"{ "Version": "2012-10-17", "On": true, "Count": 1.0 }"#)
        #expect(read(["policy": policy], prior: .object(["policy": prior])).value["policy"] == prior)
    }

    @Test func `a secret is joined where it was read, and unknown where it was not`() {
        let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "3")
        let text = Value.text([.literal("p:"), .secret(handle)])
        let known = read(["password": text], secrets: [handle: "hunter2"])
        #expect(known.value["password"] == .string("p:hunter2"))
        #expect(known.form.words[path.appending("password")]?.value == text)
        #expect(read(["password": text]).value["password"] == .unknown)
        let wrong = read(["port": .secret(handle)], secrets: [handle: "hunter2"])
        #expect(wrong.problems.map(\.message) == ["'port' is a number, and what the reference gives is none"])
    }

    @Test func `a secret that may not be read is what it was where nothing says otherwise`() {
        let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "3")
        let prior = CtyValue.object(["password": .string("hunter2")])
        for isUnchanged in [true, false] {
            var coercion = Coercion { path, _ in path.description == "config.password" && isUnchanged }
            let result = coercion.object(
                .map(["name": .string("a"), "password": .secret(handle)]), as: block, prior: prior, at: path)
            #expect(result["password"] == (isUnchanged ? .string("hunter2") : .unknown))
            #expect(coercion.form.words[path.appending("password")]?.value == .secret(handle))
        }
    }

    @Test func `a secret in a set, in JSON or in what is sensitive makes the whole a secret`() {
        let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "3")
        let form = read([
            "zones": .list([.string("a"), .secret(handle)]), "policy": .map(["p": .secret(handle)]),
            "labels": .map(["a": .secret(handle)]), "tags": .map(["a": .secret(handle)]),
        ]).form
        let places = Set(form.words.keys.map(\.description))
        #expect(places == ["config.zones", "config.policy", "config.labels", "config.tags.a"])
    }
}

@Suite struct ValueWriterTests {
    private let block = Block(
        attributes: [
            .required("name", .string),
            Attribute.optional("password", .string).with { $0.isSensitive = true },
            .optional("user", .string), .optional("zones", .set(.string)), .computed("arn", .string),
        ], blocks: [NestedBlock("rule", .list, Block(attributes: [.optional("port", .number)]))])
    private let path = FieldPath("config")
    private let value = CtyValue.object([
        "name": .string("a"), "password": .string("hunter2"), "user": .string("eve"),
        "zones": .set(CtySet([.string("b"), .string("a")])), "arn": .unknown,
        "rule": .list([.object(["port": .number(CtyNumber("1.5") ?? CtyNumber(0))])]),
    ])

    @Test func `fields show what is sensitive by its fingerprint alone`() {
        var writer = ValueWriter(fieldsIn: Form()) { "#\($0.count)" }
        let fields = writer.fields(value, block, at: path)
        #expect(
            fields
                == .map([
                    "name": .string("a"), "password": .hidden("#9"), "user": .string("eve"), "arn": .unknown,
                    "zones": .list([.string("a"), .string("b")]),
                    "rule": .list([.map(["port": .scalar("1.5")])]),
                ]))
        #expect(writer.sets == [path.appending("zones")])
    }

    @Test func `what came from a secret keeps its words while it is what it was`() {
        let words = Value.secret(SecretHandle(ResourceID("secret", "shop", "db"), "user", version: "3"))
        var form = Form()
        let place = path.appending("user")
        for (print, expected) in [("#5", words), ("#6", Value.hidden("#5"))] {
            form.words[place] = Form.Words(words, fingerprint: print)
            var writer = ValueWriter(fieldsIn: form) { "#\($0.count)" }
            #expect(writer.fields(value, block, at: path)["user"] == expected)
            #expect(writer.prints == [place: "#5"])
        }
    }

    @Test func `outputs give sensitive values as handles`() {
        let id = ResourceID("infrastructure", "shop", "db")
        var writer = ValueWriter(
            outputsIn: Form(), fingerprint: { "#\($0.count)" },
            handle: { path, print in SecretHandle(id, path.description, version: print) })
        let outputs = writer.fields(value, block, at: FieldPath())
        #expect(outputs["password"] == .secret(SecretHandle(id, "password", version: "#9")))
        #expect(!outputs.description.contains("hunter2"))
    }
}
