import Model

extension FieldType {
    /// What it takes, after "is": `a size`, `one of 'a', 'b'`.
    var words: String {
        switch self {
        case .string: "a string"
        case .name: "a name"
        case .bool: "true or false"
        case .int(let range): "a whole number\(range.words)"
        case .duration: "a duration"
        case .size: "a size"
        case .mode: "a file mode"
        case .choice(let names): "one of \(names.map { "'\($0)'" }.joined(separator: ", "))"
        case .jsonPointer: "a JSON pointer"
        case .date: "a date"
        case .resource(let kinds): kinds.isEmpty ? "a resource" : "a \(kinds.joined(separator: " or "))"
        case .list: "a list"
        case .map, .object: "a map"
        case .oneOf(let types): types.map(\.words).uniqued.joined(separator: " or ")
        case .any: "any value"
        }
    }

    /// How it is written, for whoever wrote something else.
    var advice: String? {
        switch self {
        case .name: "write at most 63 of a-z, 0-9 and '-', a letter or digit at both ends"
        case .duration: "write 90s, 1h30m or 30d"
        case .size(let unit): "write 256MiB, or a number of \(unit.rawValue)"
        case .mode: "write four octal digits in quotes, such as \"0644\""
        case .jsonPointer: "write /part/of/the/spec"
        case .date: "write 2027-01-31, or 2027-01-31T12:00:00Z"
        case .resource(let kinds):
            "write \(kinds.first ?? "kind")/name, or \(kinds.first ?? "kind")/project/name"
        default: nil
        }
    }
}

extension ClosedRange<Int> {
    fileprivate var words: String {
        switch (lowerBound, upperBound) {
        case (.min, .max): ""
        case (_, .max): " of at least \(lowerBound)"
        case (.min, _): " of at most \(upperBound)"
        default: " from \(lowerBound) to \(upperBound)"
        }
    }
}

extension Array where Element: Hashable {
    /// Each once, in the order of first appearance.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
