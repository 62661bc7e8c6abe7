import Model

/// JSON with its members in the order in which they were given.
indirect enum JSON {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    /// Two spaces for each level, short arrays of scalars on one line.
    func text(indent: String = "") -> String {
        switch self {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .number(let text): return text
        case .string(let text): return Self.quoted(text)
        case .array(let items):
            if items.allSatisfy(\.isScalar) { return "[\(items.map { $0.text() }.joined(separator: ", "))]" }
            return Self.block("[", items.map { $0.text(indent: indent + "  ") }, "]", indent)
        case .object(let members):
            if members.isEmpty { return "{}" }
            let lines = members.map { "\(Self.quoted($0.0)): \($0.1.text(indent: indent + "  "))" }
            return Self.block("{", lines, "}", indent)
        }
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }
    private static func block(_ open: String, _ lines: [String], _ close: String, _ indent: String) -> String
    {
        "\(open)\n\(lines.map { "\(indent)  \($0)" }.joined(separator: ",\n"))\n\(indent)\(close)"
    }
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .number(String(number))
        case .list(let items): self = .array(items.map { JSON($0) })
        case .map(let fields):
            self = .object(fields.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) })
        default: self = .string(value.string ?? value.description)
        }
    }
}
