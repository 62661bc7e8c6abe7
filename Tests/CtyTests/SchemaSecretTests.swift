import Cty
import Testing

@Suite struct SchemaSecretTests {
    private let block: Block = {
        func text(_ name: String, sensitive: Bool = false) -> Attribute {
            var attribute = Attribute(name, .string)
            attribute.isSensitive = sensitive
            return attribute
        }
        let login = Block(attributes: [text("user"), text("phrase", sensitive: true)])
        var labels = Attribute("labels", .map(.string))
        labels.isSensitive = true
        let nested = NestedObject(.set, [text("key", sensitive: true), text("value")])
        return Block(
            attributes: [
                text("name"), text("pin", sensitive: true), labels,
                Attribute("parts", .dynamic, nested: nested),
            ],
            blocks: [
                NestedBlock("login", .list, login),
                NestedBlock("place", .single, Block(attributes: [text("x")])),
            ])
    }()

    @Test func `what a schema says is sensitive is found at every depth, and nothing else`() {
        let value = CtyValue.object([
            "name": .string("plain"), "pin": .string("1234"),
            "labels": .object(["a": .string("label-a"), "b": .null]),
            "parts": .set(CtySet([.object(["key": .string("part-key"), "value": .string("seen")])])),
            "login": .list([
                .object(["user": .string("eve"), "phrase": .string("phrase-1")]),
                .object(["user": .string("bob"), "phrase": .unknown]),
            ]), "place": .object(["x": .string("seen")]),
        ])
        #expect(block.secrets(in: value).sorted() == ["1234", "label-a", "part-key", "phrase-1"])
        #expect(block.secrets(in: .null) == [])
    }

    @Test func `of what has no such attribute nothing is looked at`() {
        let plain = Block(attributes: [Attribute("name", .string)])
        #expect(plain.secrets(in: .object(["name": .string("x")])) == [])
    }
}
