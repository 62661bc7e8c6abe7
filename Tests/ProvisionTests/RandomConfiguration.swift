import Cty
import Fixtures
import Model

/// Configurations that a schema allows, by chance: the same for the same seed. As JSON, which both Terraform's files and
/// manifests can hold.
struct RandomConfiguration {
    var random: Seeded
    /// An expression that stands for a text which is not known before the first apply.
    static let reference = "${peer_thing.source.arn}"

    private static let texts = [
        "", "a", "b", "B c", "äé", "1.10", "true", "null", "x\"y\\z", "two\nlines", "0x1F", "~",
    ]
    /// Terraform itself rounds what is larger than 64 bits and is a double, and then calls the provider inconsistent.
    private static let numbers = [
        "0", "1", "-1", "0.1", "-2.5", "9007199254740993", "9223372036854775807", "1e21",
        "123456789012345678901234567890.5", "0.30000000000000004",
    ]
    private static let keys = ["a", "b", "c.d", "e f"]

    init(seed: UInt64) { random = Seeded(seed) }

    mutating func object(_ block: Block, name: String) -> [String: JSON] {
        var fields = object(block)
        fields["name"] = .string(name)
        fields["mood"] = nil
        return fields
    }
    /// Another configuration that shares most with this one.
    mutating func mutated(_ fields: [String: JSON], _ block: Block) -> [String: JSON] {
        let fresh = object(block)
        var mutated = fields
        for name in Set(fields.keys).union(fresh.keys).sorted()
        where name != "name" && name != "mood" && chance(3) {
            mutated[name] = fresh[name]
        }
        return mutated
    }

    private mutating func object(_ block: Block) -> [String: JSON] {
        var fields: [String: JSON] = [:]
        for attribute in block.attributes { fields[attribute.name] = value(of: attribute) }
        for nested in block.blocks {
            switch nested.nesting {
            case .single, .group:
                if chance(2) { fields[nested.name] = .object(object(nested.block)) }
            case .list, .set:
                let most = nested.most > 0 ? nested.most : 3
                let items = (0..<Int.random(in: 0...most, using: &random)).map { _ in
                    JSON.object(object(nested.block))
                }
                if !items.isEmpty { fields[nested.name] = .array(items) }
            case .map:
                let keys = keys()
                if !keys.isEmpty {
                    fields[nested.name] = .object(
                        dictionary(keys) { random, _ in .object(random.object(nested.block)) })
                }
            }
        }
        return fields
    }

    /// Nil where it is left out.
    private mutating func value(of attribute: Attribute) -> JSON? {
        guard attribute.isRequired || attribute.isOptional else { return nil }
        if !attribute.isRequired, chance(2) { return chance(6) ? .null : nil }
        if let nested = attribute.nested {
            switch nested.nesting {
            case .single, .group: return .object(object(nested.block))
            case .list, .set: return .array((0..<count()).map { _ in .object(object(nested.block)) })
            case .map:
                return .object(dictionary(keys()) { random, _ in .object(random.object(nested.block)) })
            }
        }
        return fixed(attribute.name) ?? value(of: attribute.type)
    }

    /// What the provider asks more of than its type.
    private mutating func fixed(_ name: String) -> JSON? {
        switch name {
        case "size", "pinned": .number(CtyNumber(Int.random(in: 0...3, using: &random)))
        case "ports":
            .array((0..<count()).map { _ in .number(CtyNumber(Int.random(in: 80...83, using: &random))) })
        case "region", "zone": .string(chance(2) ? "eu" : "us")
        case "document": .string(pick([#"{"a":1}"#, #"{ "a": 1.0 }"#, #"{"b":[]}"#, "no JSON"]))
        case "key": .string(pick(["k1", "k2", "k3"]))
        default: nil
        }
    }

    private mutating func value(of type: CtyType) -> JSON {
        switch type {
        case .string: .string(chance(8) ? Self.reference : pick(Self.texts))
        case .number: .number(CtyNumber(pick(Self.numbers)) ?? CtyNumber(0))
        case .bool: .bool(chance(2))
        case .list(let element), .set(let element): .array((0..<count()).map { _ in value(of: element) })
        case .map(let element): .object(dictionary(keys()) { random, _ in random.value(of: element) })
        case .object(let attributes, _):
            .object(
                dictionary(attributes.keys.sorted()) { random, name in
                    random.chance(5) ? .null : random.value(of: attributes[name] ?? .string)
                })
        case .tuple(let elements): .array(elements.map { value(of: $0) })
        case .dynamic: free(depth: 2)
        }
    }
    /// A value that finds its own type.
    private mutating func free(depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 5 : 3), using: &random) {
        case 0: .string(pick(Self.texts))
        case 1: .number(CtyNumber(pick(Self.numbers)) ?? CtyNumber(0))
        case 2: .bool(chance(2))
        case 3: .array((0..<count()).map { _ in free(depth: depth - 1) })
        default: .object(dictionary(keys()) { random, _ in random.free(depth: depth - 1) })
        }
    }

    private mutating func dictionary(_ keys: [String], _ value: (inout Self, String) -> JSON) -> [String:
        JSON]
    {
        var fields: [String: JSON] = [:]
        for key in keys { fields[key] = value(&self, key) }
        return fields
    }
    private mutating func keys() -> [String] {
        var keys: [String] = []
        for key in Self.keys where chance(2) { keys.append(key) }
        return keys
    }
    private mutating func count() -> Int { Int.random(in: 0...3, using: &random) }
    private mutating func chance(_ among: Int) -> Bool { Int.random(in: 0..<among, using: &random) == 0 }
    private mutating func pick<T>(_ values: [T]) -> T {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
}

extension Value {
    /// As a manifest holds it. `source` is what the reference stands for; nil while that is not known.
    init(_ json: JSON, source: String?) {
        self =
            switch json {
            case .null: .null
            case .bool(let flag): .bool(flag)
            case .number(let number): Int(number.text).map(Value.int) ?? .scalar(number.text)
            case .string(RandomConfiguration.reference): source.map(Value.string) ?? .unknown
            case .string(let text): .string(text)
            case .array(let items): .list(items.map { Value($0, source: source) })
            case .object(let fields): .map(fields.mapValues { Value($0, source: source) })
            }
    }
}
