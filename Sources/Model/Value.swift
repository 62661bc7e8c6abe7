/// What a field can hold. Two values are equal exactly when they ask for the same thing.
package enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    /// A plain scalar kept by its source text, because reading it early would lose something: `1.10`, `0x1F`,
    /// `True`. Whoever knows the field's type reads it.
    case scalar(String)
    case string(String)
    case list([Value])
    case map([String: Value])
    /// A string that can't be joined yet; never only literals.
    case text([TextPart])
    /// Known only after another resource is applied.
    case unknown
    indirect case secret(SecretHandle)
    /// Exists and is not shown: a keyed fingerprint, equal for equal content.
    case hidden(String)

    package subscript(key: String) -> Value? {
        if case .map(let fields) = self { fields[key] } else { nil }
    }
    package var fields: [String: Value] { if case .map(let fields) = self { fields } else { [:] } }
    package var items: [Value] { if case .list(let items) = self { items } else { [] } }

    /// The string, or the text of a scalar; nil for everything else.
    package var string: String? {
        switch self {
        case .string(let text), .scalar(let text): text
        case .int(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        default: nil
        }
    }
    package var int: Int? { if case .int(let number) = self { number } else { nil } }
    package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }

    /// Whether nothing in it waits for an apply.
    package var isKnown: Bool {
        switch self {
        case .unknown: false
        case .text(let parts): !parts.contains(.unknown)
        case .list(let items): items.allSatisfy(\.isKnown)
        case .map(let fields): fields.values.allSatisfy(\.isKnown)
        default: true
        }
    }
    /// Every secret that it holds, in a stable order.
    package var secrets: [SecretHandle] {
        switch self {
        case .secret(let handle): [handle]
        case .text(let parts): parts.compactMap(\.secret)
        case .list(let items): items.flatMap(\.secrets)
        case .map(let fields): fields.sorted { $0.key < $1.key }.flatMap(\.value.secrets)
        default: []
        }
    }
}

/// A part of a string that is joined only by the engine that uses it.
package enum TextPart: Hashable, Sendable {
    case literal(String)
    case unknown
    indirect case secret(SecretHandle)
    /// A name that only the engine can give a value, such as `port.http` of an instance.
    case local(String)

    var secret: SecretHandle? { if case .secret(let handle) = self { handle } else { nil } }
}

/// The text that people read: canonical (keys sorted), and never a secret's value.
extension Value: CustomStringConvertible {
    package var description: String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .scalar(let text): text.escapedForDisplay
        case .string(let text): "\"\(text.escapedForDisplay)\""
        case .list(let items): "[\(items.map(\.description).joined(separator: ", "))]"
        case .map(let fields):
            "{\(fields.sorted { $0.key < $1.key }.map { "\($0.key.keyForDisplay): \($0.value)" }.joined(separator: ", "))}"
        case .text(let parts): "\"\(parts.map(\.description).joined())\""
        case .unknown: "(known after apply)"
        case .secret(let handle): handle.description
        case .hidden: "(hidden)"
        }
    }
}

extension TextPart: CustomStringConvertible {
    package var description: String {
        switch self {
        case .literal(let text): text.escapedForDisplay
        case .unknown: "(known after apply)"
        case .secret(let handle): handle.description
        case .local(let name): "${\(name)}"
        }
    }
}

extension String {
    /// A map's key as people read it: quoted where it could be taken for something else.
    var keyForDisplay: String { isPlainKey ? self : quoted }

    var isPlainKey: Bool {
        !isEmpty
            && unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "_", "-", "0"..."9": true
                default: scalar.properties.isAlphabetic && !scalar.needsEscape
                }
            }
    }

    /// Escaped for a terminal: no control, no bidirectional override, no invisible character, and no space but the
    /// common one passes as itself.
    package var escapedForDisplay: String {
        guard unicodeScalars.contains(where: \.needsEscape) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.needsEscape: result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    fileprivate var needsEscape: Bool {
        switch self {
        case "\"", "\\", "\u{2800}": return true
        case " "..."~": return false
        default: break
        }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .privateUse,
            .unassigned:
            return true
        default: return properties.isDefaultIgnorableCodePoint
        }
    }
}
