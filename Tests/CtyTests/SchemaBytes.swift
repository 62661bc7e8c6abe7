import Cty

/// The bytes of a provider's answer to `GetProviderSchema`, as the protocol's definition has them.
struct SchemaBytes {
    private(set) var bytes: [UInt8] = []
    let major: Int
    init(_ major: Int) { self.major = major }

    private mutating func varint(_ number: Int) {
        var rest = UInt64(number)
        while rest > 127 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
    private mutating func put(_ field: Int, _ content: [UInt8]) {
        varint(field << 3 | 2)
        varint(content.count)
        bytes += content
    }
    private mutating func put(_ field: Int, _ number: Int) {
        guard number != 0 else { return }
        varint(field << 3)
        varint(number)
    }
    private func message(_ write: (inout SchemaBytes) -> Void) -> [UInt8] {
        var message = SchemaBytes(major)
        write(&message)
        return message.bytes
    }

    mutating func add(_ field: Int, _ name: String, _ schema: Schema) {
        put(
            field,
            message {
                $0.put(1, Array(name.utf8))
                $0.put(2, $0.schema(schema))
            })
    }
    mutating func addAbilities(_ abilities: [SchemaIndex.Ability]) {
        put(6, message { for ability in abilities { $0.put(ability.rawValue, 1) } })
    }
    func schema(_ schema: Schema) -> [UInt8] {
        message {
            $0.put(1, schema.version)
            $0.put(2, $0.block(schema.block))
        }
    }
    private func block(_ block: Block) -> [UInt8] {
        message {
            for attribute in block.attributes { $0.put(2, $0.attribute(attribute)) }
            for nested in block.blocks {
                $0.put(
                    3,
                    $0.message {
                        $0.put(1, Array(nested.name.utf8))
                        $0.put(2, $0.block(nested.block))
                        $0.put(3, nested.nesting.rawValue)
                        $0.put(4, nested.least)
                        $0.put(5, nested.most)
                    })
            }
            $0.put(4, Array("Described at length.".utf8))
        }
    }
    private func attribute(_ attribute: Attribute) -> [UInt8] {
        message {
            $0.put(1, Array(attribute.name.utf8))
            if attribute.nested == nil { $0.put(2, attribute.type.json) }
            $0.put(3, Array("Described at length.".utf8))
            $0.put(4, attribute.isRequired ? 1 : 0)
            $0.put(5, attribute.isOptional ? 1 : 0)
            $0.put(6, attribute.isComputed ? 1 : 0)
            $0.put(7, attribute.isSensitive ? 1 : 0)
            $0.put(major == 5 ? 10 : 11, attribute.isWriteOnly ? 1 : 0)
            guard let nested = attribute.nested else { return }
            $0.put(
                10,
                $0.message {
                    for attribute in nested.attributes { $0.put(1, $0.attribute(attribute)) }
                    $0.put(3, nested.nesting.rawValue)
                })
        }
    }
}

extension Attribute {
    static func required(_ name: String, _ type: CtyType) -> Attribute {
        var attribute = Attribute(name, type)
        attribute.isRequired = true
        return attribute
    }
    static func optional(_ name: String, _ type: CtyType) -> Attribute {
        var attribute = Attribute(name, type)
        attribute.isOptional = true
        return attribute
    }
    static func computed(_ name: String, _ type: CtyType, optional: Bool = false) -> Attribute {
        var attribute = Attribute(name, type)
        (attribute.isComputed, attribute.isOptional) = (true, optional)
        return attribute
    }
    static func nested(_ name: String, _ nesting: Nesting, _ attributes: [Attribute]) -> Attribute {
        var attribute = Attribute(name, .dynamic, nested: NestedObject(nesting, attributes))
        attribute.isOptional = true
        return attribute
    }
    func with(_ change: (inout Attribute) -> Void) -> Attribute {
        var attribute = self
        change(&attribute)
        return attribute
    }
}
