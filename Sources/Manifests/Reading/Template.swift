import Model

/// A string cut into text and expressions, by grammar alone.
struct Template {
    enum Part {
        case text(String)
        case expression(Path, offset: Int)
    }
    /// `root.step['step'][0]`.
    struct Path {
        enum Step: Equatable {
            case name(String)
            case key(String)
            case index(Int)
        }
        var root: String
        /// What stands in brackets after `project`.
        var argument: String?
        var steps: [Step] = []
        /// The whole template, and where the path stands in it: its text is wanted only where something is wrong.
        fileprivate var bytes: [UInt8]
        fileprivate var range: Range<Int>
        var source: String { String(decoding: bytes[range], as: UTF8.self) }
    }
    struct Failure: Error {
        var offset: Int
        var message: String
        var hint: String?
    }
    private(set) var parts: [Part] = []

    private let bytes: [UInt8]
    private var position = 0

    /// `offset` of parts and of failures is in bytes.
    init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        var literal = ""
        while position < bytes.count {
            let dollar = bytes[position...].firstIndex(of: UInt8(ascii: "$")) ?? bytes.count
            literal += text(position..<dollar)
            position = dollar
            guard position < bytes.count else { break }
            if starts("$${") {
                literal += "${"
                position += 3
            } else if starts("${") {
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = ""
                let start = position
                parts.append(.expression(try expression(), offset: start))
            } else {
                literal += "$"
                position += 1
            }
        }
        if !literal.isEmpty || parts.isEmpty { parts.append(.text(literal)) }
    }
    private func text(_ range: Range<Int>) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: $0[range], as: UTF8.self) }
    }

    private mutating func expression() throws(Failure) -> Path {
        let start = position
        position += 2
        skipSpaces()
        guard let root = identifier() else { throw failure(start, "'${' begins no expression") }
        var path = Path(root: root, bytes: bytes, range: start..<start)
        if peek == UInt8(ascii: "(") {
            position += 1
            guard let argument = quoted(), peek == UInt8(ascii: ")") else {
                throw failure(start, "'\(root)(' takes one name in quotes")
            }
            position += 1
            path.argument = argument
        }
        while let step = try step(start) { path.steps.append(step) }
        skipSpaces()
        guard peek == UInt8(ascii: "}") else {
            throw failure(
                start,
                peek == nil
                    ? "'${' is not closed"
                    : "'\(shown(from: start))' is no expression",
                hint: expressionHint)
        }
        position += 1
        path.range = start..<position
        return path
    }

    private var expressionHint: String? {
        switch peek {
        case UInt8(ascii: "-"): "write a name with '-' as ['the-name']"
        case UInt8(ascii: "/"): "a reference is written ${kind.name.output}"
        default: nil
        }
    }

    private mutating func step(_ start: Int) throws(Failure) -> Path.Step? {
        if peek == UInt8(ascii: ".") {
            position += 1
            guard let name = identifier() else { throw failure(start, "a name is missing after '.'") }
            return .name(name)
        }
        guard peek == UInt8(ascii: "[") else { return nil }
        position += 1
        let step: Path.Step
        if let key = quoted() {
            step = .key(key)
        } else if let index = number() {
            step = .index(index)
        } else {
            throw failure(start, "'[' takes a number, or a name in quotes")
        }
        guard peek == UInt8(ascii: "]") else { throw failure(start, "'[' is not closed") }
        position += 1
        return step
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
    private func starts(_ text: StaticString) -> Bool {
        guard bytes.count - position >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { wanted in
            wanted.indices.allSatisfy { bytes[position + $0] == wanted[$0] }
        }
    }
    private mutating func skipSpaces() { while peek == UInt8(ascii: " ") { position += 1 } }
    private mutating func identifier() -> String? {
        let start = position
        while let byte = peek, byte.isIdentifier, position > start || !byte.isDigit { position += 1 }
        return position == start ? nil : text(start..<position)
    }
    private mutating func number() -> Int? {
        let start = position
        while let byte = peek, byte.isDigit { position += 1 }
        return Int(text(start..<position))
    }
    private mutating func quoted() -> String? {
        guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        guard let end = bytes[(position + 1)...].firstIndex(of: quote) else { return nil }
        defer { position = end + 1 }
        return text((position + 1)..<end)
    }
    private func shown(from start: Int) -> String {
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "}")).map { $0 + 1 } ?? bytes.count
        return String(decoding: bytes[start..<end].prefix(60), as: UTF8.self).escapedForDisplay
    }
    private func failure(_ offset: Int, _ message: String, hint: String? = nil) -> Failure {
        Failure(offset: offset, message: message, hint: hint ?? "write '$${' for a literal '${'")
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    fileprivate var isIdentifier: Bool {
        let lower = self | 0x20
        return isDigit || self == UInt8(ascii: "_")
            || (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z"))
    }
}
