import Model

/// One thing in a file of HCL or of its JSON form: an attribute, or a block with its labels.
struct HCLItem: Sendable {
    /// The key, and the labels behind it.
    var names: [String]
    var value: HCLValue
    var line: Int

    /// What a block holds.
    var items: [HCLItem] { if case .body(let items) = value { items } else { [] } }
    func attribute(_ name: String) -> HCLValue? { items.first { $0.names == [name] }?.value }
    func problem(_ file: String, _ message: String, hint: String? = nil) -> PackageError {
        PackageError("\(file):\(line): \(message)", hint: hint)
    }

    /// The blocks in it; in JSON a list of objects is as many blocks.
    func blocks(_ file: String) throws(PackageError) -> [HCLItem] {
        guard case .list(let parts) = value else {
            guard case .body(let items) = value else { throw problem(file, "a block is needed") }
            var blocks: [HCLItem] = []
            for item in items {
                guard case .list(let parts) = item.value else {
                    guard case .body = item.value else { throw item.problem(file, "a block is needed") }
                    blocks.append(item)
                    continue
                }
                for part in parts { blocks.append(HCLItem(names: item.names, value: part, line: item.line)) }
            }
            return blocks
        }
        var blocks: [HCLItem] = []
        for part in parts { blocks += try HCLItem(names: names, value: part, line: line).blocks(file) }
        return blocks
    }
    /// Blocks by their label: `credentials "host" {…}`, or `"credentials": {"host": {…}}`.
    func labelled(_ file: String) throws(PackageError) -> [HCLItem] {
        if names.count > 1 { return [HCLItem(names: Array(names.dropFirst()), value: value, line: line)] }
        return try blocks(file)
    }
}

indirect enum HCLValue: Sendable {
    case string(String)
    /// A number or a word, as it stands there.
    case word(String)
    case list([HCLValue])
    case body([HCLItem])

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var strings: [String]? {
        guard case .list(let items) = self else { return nil }
        return items.compactMap(\.string)
    }
}

/// Reads as much of HCL as CLI configurations are written in, and JSON, which is the same with other signs: blocks,
/// attributes, strings, numbers, lists and comments.
struct HCLReading {
    private let text: [Unicode.Scalar]
    private let file: String
    private var place = 0
    private var line = 1
    private static let deepest = 32

    init(_ text: String, file: String) { (self.text, self.file) = (Array(text.unicodeScalars), file) }

    /// The whole file.
    mutating func body() throws(PackageError) -> [HCLItem] {
        try skip()
        let isJSON = take("{")
        let items = try items(until: isJSON ? "}" : nil, depth: 0)
        try skip()
        guard place == text.count else { throw problem("something stands behind the end") }
        return items
    }

    private mutating func items(until end: Unicode.Scalar?, depth: Int) throws(PackageError) -> [HCLItem] {
        guard depth < Self.deepest else { throw problem("blocks are nested more than \(Self.deepest) deep") }
        var items: [HCLItem] = []
        while true {
            try skip()
            if let end, take(end) { return items }
            guard place < text.count else {
                if end == nil { return items }
                throw problem("a '}' is missing")
            }
            if take(",") { continue }
            items.append(try item(depth))
        }
    }

    private mutating func item(_ depth: Int) throws(PackageError) -> HCLItem {
        let start = line
        var names: [String] = []
        while true {
            try skip()
            if take("{") {
                let inner = try items(until: "}", depth: depth + 1)
                guard !names.isEmpty else { throw problem("a block has no name") }
                return HCLItem(names: names, value: .body(inner), line: start)
            }
            if take("=") || take(":") {
                guard names.count == 1 else { throw problem("one name stands before a value") }
                return HCLItem(names: names, value: try value(depth + 1), line: start)
            }
            guard let name = try peek == "\"" ? string() : word() else {
                throw problem(
                    place < text.count
                        ? "'\(String(text[place]).escapedForDisplay)' is not expected" : "a value is missing")
            }
            names.append(name)
        }
    }

    private mutating func value(_ depth: Int) throws(PackageError) -> HCLValue {
        guard depth < Self.deepest else { throw problem("values are nested more than \(Self.deepest) deep") }
        try skip()
        if peek == "\"" { return .string(try string()) }
        if take("{") { return .body(try items(until: "}", depth: depth)) }
        if take("[") {
            var list: [HCLValue] = []
            while true {
                try skip()
                if take("]") { return .list(list) }
                if take(",") { continue }
                list.append(try value(depth + 1))
            }
        }
        guard let word = word() else { throw problem("a value is missing") }
        return .word(word)
    }

    private var peek: Unicode.Scalar? { place < text.count ? text[place] : nil }
    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        place += 1
        return true
    }
    private mutating func word() -> String? {
        let start = place
        while let scalar = peek,
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "_-.+".unicodeScalars.contains(scalar)
        { place += 1 }
        return start == place ? nil : String(String.UnicodeScalarView(text[start..<place]))
    }

    private mutating func string() throws(PackageError) -> String {
        var result = String.UnicodeScalarView()
        place += 1
        while let scalar = peek, scalar != "\n" {
            place += 1
            if scalar == "\"" { return String(result) }
            guard scalar == "\\" else {
                result.append(scalar)
                continue
            }
            guard let escaped = peek else { break }
            place += 1
            switch escaped {
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "r": result.append("\r")
            case "u", "U": result.append(try codePoint(digits: escaped == "u" ? 4 : 8))
            case "\"", "\\", "/": result.append(escaped)
            default: throw problem("'\\\(String(escaped).escapedForDisplay)' means nothing in a string")
            }
        }
        throw problem("a string has no end")
    }
    private mutating func codePoint(digits: Int) throws(PackageError) -> Unicode.Scalar {
        let end = min(place + digits, text.count)
        let number = UInt32(String(String.UnicodeScalarView(text[place..<end])), radix: 16)
        guard let scalar = number.flatMap(Unicode.Scalar.init), end - place == digits else {
            throw problem("a string has a code that is no character's")
        }
        place = end
        return scalar
    }

    /// Spaces and comments.
    private mutating func skip() throws(PackageError) {
        while let scalar = peek {
            switch scalar {
            case "\n":
                line += 1
                place += 1
            case " ", "\t", "\r", "\u{feff}": place += 1
            case "#": skipLine()
            case "/" where place + 1 < text.count && text[place + 1] == "/": skipLine()
            case "/" where place + 1 < text.count && text[place + 1] == "*": try skipComment()
            default: return
            }
        }
    }
    private mutating func skipLine() { while let scalar = peek, scalar != "\n" { place += 1 } }
    private mutating func skipComment() throws(PackageError) {
        place += 2
        while place + 1 < text.count {
            if text[place] == "*", text[place + 1] == "/" {
                place += 2
                return
            }
            if text[place] == "\n" { line += 1 }
            place += 1
        }
        throw problem("a comment has no end")
    }

    private func problem(_ message: String) -> PackageError { PackageError("\(file):\(line): \(message)") }
}
