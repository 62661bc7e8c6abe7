/// A JSON text, read: equal where it says the same, however it is written.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(CtyNumber)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// How deep a text may nest.
    static let depth = 200

    /// RFC 8259; a name that comes twice keeps its last value.
    package init(_ bytes: some Collection<UInt8>) throws(CtyError) {
        var reader = JSONReader(Array(bytes))
        self = try reader.whole()
    }

    /// Compact, names in order of their bytes: equal texts for equal values.
    package var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .number(let number): text += number.text
        case .string(let string): Self.write(string, to: &text)
        case .array(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += "," }
                item.write(to: &text)
            }
            text += "]"
        case .object(let fields):
            text += "{"
            for (index, field) in fields.inOrder.enumerated() {
                if index > 0 { text += "," }
                Self.write(field.key, to: &text)
                text += ":"
                field.value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                text += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension Dictionary where Key == String {
    /// By the bytes of the names.
    package var inOrder: [(key: String, value: Value)] {
        sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
