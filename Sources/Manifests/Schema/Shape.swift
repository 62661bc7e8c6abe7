import Model

/// A field's type made ready to be compared with many documents.
final class Shape: Sendable {
    enum Form: Sendable {
        case scalar(ScalarForm)
        case list(Shape, isUnique: Bool)
        case map(Shape)
        case object(ObjectShape)
        case oneOf([Shape])
        case any
    }
    enum ScalarForm: Sendable {
        case string, name, bool, duration, mode, jsonPointer, date
        case int(ClosedRange<Int>)
        case size(ByteSize.Unit)
        case choice([String])
        case resource(kinds: [String])
    }
    let form: Form
    let type: FieldType

    init(_ type: FieldType) {
        self.type = type
        form =
            switch type {
            case .string: .scalar(.string)
            case .name: .scalar(.name)
            case .bool: .scalar(.bool)
            case .int(let range): .scalar(.int(range))
            case .duration: .scalar(.duration)
            case .size(let unit): .scalar(.size(unit))
            case .mode: .scalar(.mode)
            case .choice(let names): .scalar(.choice(names))
            case .jsonPointer: .scalar(.jsonPointer)
            case .date: .scalar(.date)
            case .resource(let kinds): .scalar(.resource(kinds: kinds))
            case .list(let element, let isUnique): .list(Shape(element), isUnique: isUnique)
            case .map(let element): .map(Shape(element))
            case .object(let fields): .object(ObjectShape(fields))
            case .oneOf(let types): .oneOf(types.map(Shape.init))
            case .any: .any
            }
    }
}

/// The fields that a mapping may hold.
final class ObjectShape: Sendable {
    final class Member: Sendable {
        let name: Name
        let shape: Shape
        let isRequired: Bool
        /// In the form in which it travels.
        let defaultValue: Value?

        init(name: Name, shape: Shape, isRequired: Bool, defaultValue: Value?) {
            (self.name, self.shape, self.isRequired) = (name, shape, isRequired)
            self.defaultValue = defaultValue
        }
    }
    let members: [Member]
    /// What to do instead of writing some keys that are none.
    let advice: [String: String]
    /// The map of ports that gives `${port.NAME}` to the other fields beside it.
    let ports: Int?
    /// What stands where nothing is written, shared by all maps until they differ from it.
    let defaults: [String: Value]
    let defaultExpressions: [String: Expression]

    convenience init(_ fields: [Field], advice: [String: String] = [:]) {
        let members = fields.map { field in
            let shape = Shape(field.type)
            return Member(
                name: Name(field.name), shape: shape, isRequired: field.isRequired,
                defaultValue: field.defaultValue.map { Reader.canonical($0, as: shape) ?? $0 })
        }
        let ports = fields.firstIndex { field in
            if case .map = field.type { field.name == "ports" } else { false }
        }
        let renamed = fields.compactMap { field in
            field.formerName.map { ($0, "it is called '\(field.name)' now") }
        }
        self.init(members, ports: ports, advice: advice.merging(renamed) { $1 })
    }

    private init(_ members: [Member], ports: Int?, advice: [String: String]) {
        (self.members, self.ports, self.advice) = (members, ports, advice)
        var defaults: [String: Value] = [:]
        // Room for what will be added, so that a copy need not grow.
        let count = members.count { $0.defaultValue != nil }
        if count > 0 { defaults.reserveCapacity(count + members.count { $0.isRequired }) }
        for member in members { defaults[member.name.text] = member.defaultValue }
        self.defaults = defaults
        defaultExpressions = defaults.mapValues(Expression.literal)
    }

    func index(of key: UnsafeBufferPointer<UInt8>) -> Int? {
        let wanted = Name.Key(key)
        for index in members.indices
        where members[index].name.key == wanted && members[index].name.tailEquals(key) {
            return index
        }
        return nil
    }
    subscript(_ name: String) -> Member? { members.first { $0.name.text == name } }

    /// The same with another type for one field, which may be left out only where all of its own may.
    convenience init(_ other: ObjectShape, _ name: String, as shape: Shape) {
        let members = other.members.map { member in
            guard member.name.text == name else { return member }
            let empty = Reader.canonical(.map([:]), as: shape)
            return Member(name: member.name, shape: shape, isRequired: empty == nil, defaultValue: empty)
        }
        self.init(members, ports: other.ports, advice: other.advice)
    }
}
