import Cty
import Testing

@Suite struct SchemaTests {
    static func bucket(_ major: Int) -> Schema {
        var rule = NestedBlock(
            "rule", .set, Block(attributes: [.required("name", .string), .computed("id", .string)]))
        (rule.least, rule.most) = (1, 3)
        var attributes: [Attribute] = [
            .required("name", .string), .optional("tags", .map(.string)), .computed("arn", .string),
            Attribute.computed("size", .number, optional: true),
            Attribute.optional("password", .string).with { $0.isSensitive = true },
            Attribute.optional("token", .string).with { $0.isWriteOnly = true },
        ]
        if major == 6 { attributes.append(.nested("owner", .list, [.optional("mail", .string)])) }
        var schema = Schema()
        schema.version = 3
        schema.block = Block(
            attributes: attributes,
            blocks: [
                rule, NestedBlock("timeouts", .single, Block(attributes: [.optional("create", .string)])),
                NestedBlock("log", .group, Block()), NestedBlock("site", .map, Block()),
                NestedBlock("step", .list, Block(attributes: [.optional("any", .dynamic)])),
            ])
        return schema
    }

    @Test(arguments: [5, 6]) func `a schema is found in the provider's answer and read whole`(major: Int)
        throws
    {
        var answer = SchemaBytes(major)
        answer.add(2, "shop_bucket", Self.bucket(major))
        answer.add(2, "shop_other", Schema())
        answer.add(3, "shop_image", Self.bucket(major))
        answer.addAbilities([.planDestroy, .moveState])
        let index = try SchemaIndex(answer.bytes)
        #expect(index.resourceNames.sorted() == ["shop_bucket", "shop_other"])
        #expect(index.dataSourceNames.sorted() == ["shop_image"])
        #expect(try index.resource("shop_bucket") == Self.bucket(major))
        #expect(try index.dataSource("shop_image") == Self.bucket(major))
        #expect(try index.resource("shop_image") == nil)
        #expect(try index.configuration() == Schema())
        #expect(index.abilities == [.planDestroy, .moveState])
    }

    @Test func `the type of a block says what each nesting mode holds`() {
        let block = Self.bucket(6).block
        guard case .object(let attributes, _) = block.type else {
            Issue.record("no object")
            return
        }
        #expect(attributes["rule"] == .set(.object(["name": .string, "id": .string])))
        #expect(attributes["timeouts"] == .object(["create": .string]))
        #expect(attributes["site"] == .map(.object([:])))
        #expect(attributes["owner"] == .list(.object(["mail": .string])))
        #expect(attributes["step"] == .dynamic, "what has a type of its own can't be one list")
    }

    @Test func `an answer that is cut off or in another form is told so`() throws {
        var answer = SchemaBytes(5)
        answer.add(2, "shop_bucket", Self.bucket(5))
        for length in answer.bytes.indices {
            let cut = Array(answer.bytes[..<length])
            _ = try? SchemaIndex(cut).resource("shop_bucket")
        }
        #expect(throws: CtyError.self) { try SchemaIndex(Array(answer.bytes.dropLast())) }
    }
}
