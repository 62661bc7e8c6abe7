/// A value as providers know it. Its type goes beside it.
package enum CtyValue: Hashable, Sendable {
    case null
    case unknown
    /// Unknown, with what is known about it all the same.
    indirect case refined(Refinement)
    case string(String)
    case number(CtyNumber)
    case bool(Bool)
    /// Of a list or a tuple.
    case list([CtyValue])
    case set(CtySet)
    /// Of a map or an object; an object has each of its attributes, null where it has no value.
    case object([String: CtyValue])
    /// Where the type is known only with the value. Neither null nor unknown.
    indirect case dynamic(CtyType, CtyValue)

    package var isUnknown: Bool {
        switch self {
        case .unknown, .refined: true
        default: false
        }
    }
    package var isNull: Bool { self == .null }

    /// Whether nothing in it is unknown.
    package var isWhollyKnown: Bool {
        switch self {
        case .unknown, .refined: false
        case .null, .string, .number, .bool: true
        case .list(let items): items.allSatisfy(\.isWhollyKnown)
        case .set(let set): set.items.allSatisfy(\.isWhollyKnown)
        case .object(let fields): fields.values.allSatisfy(\.isWhollyKnown)
        case .dynamic(_, let value): value.isWhollyKnown
        }
    }

    package var string: String? { if case .string(let text) = self { text } else { nil } }

    /// An attribute of an object, an item of a map; null where there is none, unknown of what is unknown.
    package subscript(name: String) -> CtyValue {
        switch self {
        case .object(let fields): fields[name] ?? .null
        case .unknown, .refined: .unknown
        case .dynamic(_, let value): value[name]
        default: .null
        }
    }

    /// The items of a list, tuple or set; nil for everything else.
    package var items: [CtyValue]? {
        switch self {
        case .list(let items): items
        case .set(let set): set.items
        case .dynamic(_, let value): value.items
        default: nil
        }
    }
    /// What a map or an object holds; nil for everything else.
    package var fields: [String: CtyValue]? {
        switch self {
        case .object(let fields): fields
        case .dynamic(_, let value): value.fields
        default: nil
        }
    }

    /// Without what is known about unknowns.
    package var unrefined: CtyValue {
        switch self {
        case .refined: .unknown
        case .list(let items): .list(items.map(\.unrefined))
        case .set(let set): .set(CtySet(set.items.map(\.unrefined)))
        case .object(let fields): .object(fields.mapValues(\.unrefined))
        case .dynamic(let type, let value): .dynamic(type, value.unrefined)
        case .null, .unknown, .string, .number, .bool: self
        }
    }
}

/// Items without order, each once; of what is not known yet there may be several alike.
package struct CtySet: Hashable, Sendable {
    /// In the order in which Terraform sends them: texts by their bytes, numbers by size, false before true, all else by
    /// its `orderKey`; then what is not known, and null last. Which prior item is taken for which configured one hangs on
    /// it.
    package let items: [CtyValue]

    package init(_ items: some Sequence<CtyValue>) {
        var sorted: [CtyValue] = []
        let keyed = items.map { (value: $0, key: $0.keyInSet) }
        let inOrder = keyed.sorted {
            $0.key == $1.key ? $0.value.precedes($1.value) : $0.key.lexicographicallyPrecedes($1.key)
        }
        for (item, _) in inOrder where sorted.last != item || !item.isWhollyKnown { sorted.append(item) }
        self.items = sorted
    }
}

extension CtyValue {
    /// Plain values have their own order, and what is not known or null comes last.
    fileprivate var keyInSet: [UInt8] {
        switch self {
        case .string, .number, .bool: []
        case .list, .set, .object, .dynamic: orderKey
        case .unknown, .refined, .null: [0xff]
        }
    }
}

extension CtyValue {
    /// A total order, of no meaning but for texts, numbers and flags.
    fileprivate func precedes(_ other: CtyValue) -> Bool {
        switch (self, other) {
        case (.string(let one), .string(let other)): one.utf8.lexicographicallyPrecedes(other.utf8)
        case (.number(let one), .number(let other)): one < other
        case (.bool(let one), .bool(let other)): !one && other
        case (.list(let one), .list(let other)):
            one.lexicographicallyPrecedes(other) { $0.precedes($1) }
        case (.set(let one), .set(let other)):
            one.items.lexicographicallyPrecedes(other.items) { $0.precedes($1) }
        case (.object(let one), .object(let other)):
            one.inOrder.lexicographicallyPrecedes(other.inOrder) { left, right in
                left.key == right.key
                    ? left.value.precedes(right.value)
                    : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
            }
        case (.dynamic(let oneType, let one), .dynamic(let otherType, let other)):
            oneType == otherType
                ? one.precedes(other) : oneType.json.lexicographicallyPrecedes(otherType.json)
        default: rank < other.rank
        }
    }
    private var rank: Int {
        switch self {
        case .bool: 1
        case .number: 2
        case .string: 3
        case .list: 4
        case .set: 5
        case .object: 6
        case .dynamic: 7
        case .unknown: 8
        case .refined: 9
        case .null: 10
        }
    }
}

/// What is known about a value that is not.
package struct Refinement: Hashable, Sendable {
    package struct Bound: Hashable, Sendable {
        package var number: CtyNumber
        package var isInclusive: Bool
        package init(_ number: CtyNumber, isInclusive: Bool) {
            (self.number, self.isInclusive) = (number, isInclusive)
        }
    }
    package var isNotNull = false
    package var prefix: String?
    package var lower: Bound?
    package var upper: Bound?
    package var lengthMin: Int?
    package var lengthMax: Int?

    package init() {}

    /// Whether a value may turn out to be what was unknown.
    package func admits(_ value: CtyValue) -> Bool {
        switch value {
        case .null: return !isNotNull
        case .string(let text): return prefix.map { text.utf8.starts(with: $0.utf8) } ?? true
        case .number(let number):
            let isAbove = lower.map { $0.isInclusive ? $0.number <= number : $0.number < number } ?? true
            let isBelow = upper.map { $0.isInclusive ? number <= $0.number : number < $0.number } ?? true
            return isAbove && isBelow
        case .list, .set, .object:
            guard value.isWhollyKnown else { return true }
            let count = value.items?.count ?? value.fields?.count ?? 0
            return (lengthMin ?? 0) <= count && count <= (lengthMax ?? .max)
        default: return true
        }
    }
}
