/// Reads one schema. Descriptions are passed over. Protocols 5 and 6 differ in one field, and that by its form.
struct SchemaReader {
    let bytes: [UInt8]

    func schema(_ range: Range<Int>) throws(CtyError) -> Schema {
        var schema = Schema()
        var fields = FieldReader(bytes, range)
        while let field = try fields.next() {
            switch (field.number, field.content) {
            case (1, .number(let version)): schema.version = Int(truncatingIfNeeded: version)
            case (2, .bytes(let range)): schema.block = try block(range, depth: 0)
            default: break
            }
        }
        return schema
    }

    private func block(_ range: Range<Int>, depth: Int) throws(CtyError) -> Block {
        guard depth < JSON.depth else { throw CtyError("a schema that nests too deep") }
        var (attributes, blocks) = ([Attribute](), [NestedBlock]())
        var fields = FieldReader(bytes, range)
        while let field = try fields.next() {
            switch (field.number, field.content) {
            case (2, .bytes(let range)): attributes.append(try attribute(range, depth: depth))
            case (3, .bytes(let range)): blocks.append(try nestedBlock(range, depth: depth))
            default: break
            }
        }
        return Block(attributes: attributes, blocks: blocks)
    }

    private func attribute(_ range: Range<Int>, depth: Int) throws(CtyError) -> Attribute {
        guard depth < JSON.depth else { throw CtyError("a schema that nests too deep") }
        var attribute = Attribute("", .dynamic)
        var fields = FieldReader(bytes, range)
        while let field = try fields.next() {
            switch (field.number, field.content) {
            case (1, .bytes(let range)): attribute.name = String(decoding: bytes[range], as: UTF8.self)
            case (2, .bytes(let range)) where !range.isEmpty:
                attribute.type = try CtyType(json: bytes[range])
            case (4, .number(let flag)): attribute.isRequired = flag != 0
            case (5, .number(let flag)): attribute.isOptional = flag != 0
            case (6, .number(let flag)): attribute.isComputed = flag != 0
            case (7, .number(let flag)): attribute.isSensitive = flag != 0
            case (10, .number(let flag)), (11, .number(let flag)): attribute.isWriteOnly = flag != 0
            case (10, .bytes(let range)):
                let nested = try nestedObject(range, depth: depth + 1)
                (attribute.nested, attribute.type) = (nested, nested.type)
            default: break
            }
        }
        return attribute
    }

    private func nestedObject(_ range: Range<Int>, depth: Int) throws(CtyError) -> NestedObject {
        var (attributes, nesting) = ([Attribute](), Nesting?.none)
        var fields = FieldReader(bytes, range)
        while let field = try fields.next() {
            switch (field.number, field.content) {
            case (1, .bytes(let range)): attributes.append(try attribute(range, depth: depth))
            case (3, .number(let number)): nesting = Nesting(rawValue: Int(truncatingIfNeeded: number))
            default: break
            }
        }
        guard let nesting else { throw CtyError("a nested attribute in an unheard-of nesting mode") }
        return NestedObject(nesting, attributes)
    }

    private func nestedBlock(_ range: Range<Int>, depth: Int) throws(CtyError) -> NestedBlock {
        var (name, block, nesting, least, most) = ("", Block(), Nesting?.none, 0, 0)
        var fields = FieldReader(bytes, range)
        while let field = try fields.next() {
            switch (field.number, field.content) {
            case (1, .bytes(let range)): name = String(decoding: bytes[range], as: UTF8.self)
            case (2, .bytes(let range)): block = try self.block(range, depth: depth + 1)
            case (3, .number(let number)): nesting = Nesting(rawValue: Int(truncatingIfNeeded: number))
            case (4, .number(let number)): least = Int(truncatingIfNeeded: number)
            case (5, .number(let number)): most = Int(truncatingIfNeeded: number)
            default: break
            }
        }
        guard let nesting else { throw CtyError("block '\(name)' in an unheard-of nesting mode") }
        var nested = NestedBlock(name, nesting, block)
        (nested.least, nested.most) = (least, most)
        return nested
    }
}
