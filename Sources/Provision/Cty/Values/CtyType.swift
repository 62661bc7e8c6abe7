/// The type of a value, as providers declare it. A capsule has no form outside of its process, and so none here.
package indirect enum CtyType: Hashable, Sendable {
    case string, number, bool
    /// Known only with the value.
    case dynamic
    case list(CtyType)
    case set(CtyType)
    case map(CtyType)
    /// `optional` names attributes that a value given for this type may leave out.
    case object([String: CtyType], optional: Set<String> = [])
    case tuple([CtyType])

    /// Whether a value's own type must be sent with it, somewhere inside.
    package var hasDynamic: Bool {
        switch self {
        case .dynamic: true
        case .string, .number, .bool: false
        case .list(let element), .set(let element), .map(let element): element.hasDynamic
        case .object(let attributes, _): attributes.values.contains(where: \.hasDynamic)
        case .tuple(let elements): elements.contains(where: \.hasDynamic)
        }
    }

    /// As messages name it: `list of string`.
    package var name: String {
        switch self {
        case .string: "string"
        case .number: "number"
        case .bool: "bool"
        case .dynamic: "any type"
        case .list(let element): "list of \(element.name)"
        case .set(let element): "set of \(element.name)"
        case .map(let element): "map of \(element.name)"
        case .object: "object"
        case .tuple: "tuple"
        }
    }
}

extension CtyType {
    /// The JSON form of the protocol: `"string"`, `["list","string"]`, `["object",{"a":"bool"},["a"]]`.
    package init(json bytes: some Collection<UInt8>) throws(CtyError) {
        self = try CtyType(JSON(bytes))
    }

    private init(_ json: JSON) throws(CtyError) {
        switch json {
        case .string("string"): self = .string
        case .string("number"): self = .number
        case .string("bool"): self = .bool
        case .string("dynamic"): self = .dynamic
        case .array(let parts): self = try CtyType(parts)
        default: throw CtyError("a type's JSON names no type")
        }
    }

    private init(_ parts: [JSON]) throws(CtyError) {
        switch (parts.first, parts.count) {
        case (.string("list"), 2): self = .list(try CtyType(parts[1]))
        case (.string("set"), 2): self = .set(try CtyType(parts[1]))
        case (.string("map"), 2): self = .map(try CtyType(parts[1]))
        case (.string("tuple"), 2):
            guard case .array(let items) = parts[1] else { throw CtyError("a tuple's type lists no types") }
            var elements: [CtyType] = []
            for item in items { elements.append(try CtyType(item)) }
            self = .tuple(elements)
        case (.string("object"), 2...3):
            guard case .object(let fields) = parts[1] else {
                throw CtyError("an object's type names no attributes")
            }
            var attributes: [String: CtyType] = [:]
            for (name, type) in fields { attributes[name] = try CtyType(type) }
            self = .object(attributes, optional: try Self.optional(parts, attributes))
        case (.string("capsule"), _): throw CtyError("a capsule can't leave its provider")
        default: throw CtyError("a type's JSON names no type")
        }
    }

    private static func optional(_ parts: [JSON], _ attributes: [String: CtyType]) throws(CtyError)
        -> Set<String>
    {
        guard parts.count == 3 else { return [] }
        guard case .array(let items) = parts[2] else {
            throw CtyError("an object's type lists no optional attributes")
        }
        var names: Set<String> = []
        for item in items {
            guard case .string(let name) = item, attributes[name] != nil else {
                throw CtyError("an object's type makes optional what is none of its attributes")
            }
            names.insert(name)
        }
        return names
    }

    /// The JSON form of the protocol, names in order.
    package var json: [UInt8] { Array(asJSON.text.utf8) }

    private var asJSON: JSON {
        switch self {
        case .string: .string("string")
        case .number: .string("number")
        case .bool: .string("bool")
        case .dynamic: .string("dynamic")
        case .list(let element): .array([.string("list"), element.asJSON])
        case .set(let element): .array([.string("set"), element.asJSON])
        case .map(let element): .array([.string("map"), element.asJSON])
        case .tuple(let elements): .array([.string("tuple"), .array(elements.map(\.asJSON))])
        case .object(let attributes, let optional):
            .array(
                [.string("object"), .object(attributes.mapValues(\.asJSON))]
                    + (optional.isEmpty ? [] : [.array(optional.sorted().map(JSON.string))]))
        }
    }
}
