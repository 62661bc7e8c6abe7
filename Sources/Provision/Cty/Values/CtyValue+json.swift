extension CtyValue {
    /// As states are written: `{"value":…,"type":…}` where the type is known only with the value. Nothing in it may be
    /// unknown.
    package func json(as type: CtyType) throws(CtyError) -> JSON {
        switch (type, self) {
        case (_, .null): return .null
        case (.dynamic, .dynamic(let own, let inner)):
            return .object(["value": try inner.json(as: own), "type": try JSON(own.json)])
        case (.string, .string(let text)): return .string(text)
        case (.number, .number(let number)) where number.isFinite: return .number(number)
        case (.bool, .bool(let flag)): return .bool(flag)
        case (.list(let element), .list(let items)): return try Self.array(items) { _ in element }
        case (.set(let element), .set(let set)): return try Self.array(set.items) { _ in element }
        case (.tuple(let elements), .list(let items)) where elements.count == items.count:
            return try Self.array(items) { elements[$0] }
        case (.map(let element), .object(let fields)):
            var written: [String: JSON] = [:]
            for (key, item) in fields { written[key] = try item.json(as: element) }
            return .object(written)
        case (.object(let attributes, _), .object(let fields)):
            var written: [String: JSON] = [:]
            for (name, attribute) in attributes {
                written[name] = try (fields[name] ?? .null).json(as: attribute)
            }
            return .object(written)
        default: throw CtyError("a value that is no \(type.name), or is not known")
        }
    }
    private static func array(_ items: [CtyValue], _ type: (Int) -> CtyType) throws(CtyError) -> JSON {
        var written: [JSON] = []
        for (index, item) in items.enumerated() { written.append(try item.json(as: type(index))) }
        return .array(written)
    }

    /// Reads what `json(as:)` and Terraform's states write. Attributes that the type has not are an error.
    package init(_ json: JSON, as type: CtyType) throws(CtyError) {
        switch (type, json) {
        case (_, .null): self = .null
        case (.dynamic, .object(let fields)):
            guard let own = fields["type"], let value = fields["value"] else {
                throw CtyError("a value without its type")
            }
            let type = try CtyType(json: own.text.utf8)
            let inner = try CtyValue(value, as: type)
            self = inner.isNull ? .null : .dynamic(type, inner)
        case (.string, .string(let text)): self = .string(text)
        case (.string, .number(let number)): self = .string(number.text)
        case (.string, .bool(let flag)): self = .string(flag ? "true" : "false")
        case (.number, .number(let number)): self = .number(number)
        case (.number, .string(let text)):
            guard let number = CtyNumber(text) else { throw CtyError("a value that is no number") }
            self = .number(number)
        case (.bool, .bool(let flag)): self = .bool(flag)
        case (.list(let element), .array(let items)): self = .list(try Self.items(items) { _ in element })
        case (.set(let element), .array(let items)):
            self = .set(CtySet(try Self.items(items) { _ in element }))
        case (.tuple(let elements), .array(let items)) where elements.count == items.count:
            self = .list(try Self.items(items) { elements[$0] })
        case (.map(let element), .object(let fields)):
            var read: [String: CtyValue] = [:]
            for (key, item) in fields { read[key] = try CtyValue(item, as: element) }
            self = .object(read)
        case (.object(let attributes, _), .object(let fields)):
            if let name = fields.keys.first(where: { attributes[$0] == nil }) {
                throw CtyError("an object with the attribute '\(name)', which its type has not")
            }
            var read: [String: CtyValue] = [:]
            for (name, attribute) in attributes {
                read[name] = try CtyValue(fields[name] ?? .null, as: attribute)
            }
            self = .object(read)
        default: throw CtyError("a value that is no \(type.name)")
        }
    }
    private static func items(_ items: [JSON], _ type: (Int) -> CtyType) throws(CtyError) -> [CtyValue] {
        var read: [CtyValue] = []
        for (index, item) in items.enumerated() { read.append(try CtyValue(item, as: type(index))) }
        return read
    }
}
