import Fixtures
import Manifests
import Model
import Testing

/// Any value, written as YAML in any of its styles, reads as the same value.
@Suite struct RoundTripTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `what is written is what is read`(seed: UInt64) throws {
        var random = Seeded(seed)
        let value = Self.value(depth: 4, &random)
        let text = "a: " + Self.write(value, indent: 1, &random)
        let document = Document(text, file: "a.yaml", fields: [Field("a", .any, "")], named: "a")
        #expect(document.problems.map(\.description) == [])
        // A field that holds nothing counts as left out.
        #expect(document.value?["a"] ?? .null == value, "\(text)")
    }

    private static func value(depth: Int, _ random: inout Seeded) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2: .int(Int.random(in: -1000...1000, using: &random))
        case 3: .scalar(["1.10", "0x1F", "True", "1e3", ".inf"].randomElement(using: &random) ?? "")
        case 4: .string(string(&random))
        case 5:
            .list((0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default:
            .map(
                Dictionary(
                    (0..<Int.random(in: 0...4, using: &random)).map { _ in
                        (string(&random), value(depth: depth - 1, &random))
                    }
                ) { first, _ in first })
        }
    }
    private static func string(_ random: inout Seeded) -> String {
        let pieces = [
            "a", "true", "12", "no", " ", ":", "#", "'", "\"", "\\", "\n", "\t", "ä", "𝄞", "<<", "${", "-",
            "~",
        ]
        return (0..<Int.random(in: 0...5, using: &random)).map { _ in
            pieces.randomElement(using: &random) ?? ""
        }
        .joined()
    }

    private static func write(_ value: Value, indent: Int, _ random: inout Seeded) -> String {
        let isFlow = Bool.random(using: &random)
        let margin = "\n" + String(repeating: "  ", count: indent)
        switch value {
        case .list(let items) where items.isEmpty || isFlow:
            return "[" + items.map { flow($0) }.joined(separator: ", ") + "]"
        case .list(let items):
            return items.map { "\(margin)- " + write($0, indent: indent + 1, &random) }.joined()
        case .map(let fields) where fields.isEmpty || isFlow: return flow(.map(fields))
        case .map(let fields):
            return fields.map {
                "\(margin)\(quoted($0.key)): " + write($0.value, indent: indent + 1, &random)
            }
            .joined()
        default: return flow(value)
        }
    }
    private static func flow(_ value: Value) -> String {
        switch value {
        case .list(let items): "[" + items.map { flow($0) }.joined(separator: ", ") + "]"
        case .map(let fields):
            "{" + fields.map { "\(quoted($0.key)): \(flow($0.value))" }.joined(separator: ", ") + "}"
        case .string(let text): quoted(text)
        case let value: value.description
        }
    }
    private static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n").replacing("\t", with: "\\t")
        return "\"\(escaped)\""
    }
}
