import Model

/// The YAML that nearly all manifests are: ASCII; block maps and lists; plain, quoted and literal scalars; flow maps
/// and lists within one line. It makes the nodes that libyaml's events make, at a fifth of their cost. Whatever goes
/// beyond, and whatever is wrong, it leaves to libyaml, which then reads the file from its start.
struct CommonYAML {
    /// What only libyaml reads.
    struct Uncommon: Error {}
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// They end with a newline, so that nothing is read beyond them: every loop ends there.
    let bytes: Bytes
    private(set) var builder: TreeBuilder
    var position = 0
    private var line: Int32 = 1
    private var lineStart = 0
    /// The text of the literal scalar that is being read.
    private var literal: [UInt8] = []

    static func read(_ bytes: UnsafeRawBufferPointer, limits: ReadingLimits) -> Tree? {
        let bytes = bytes.bindMemory(to: UInt8.self)
        guard bytes.last == UInt8(ascii: "\n"),
            bytes.allSatisfy({ $0.isPrintable || $0 == UInt8(ascii: "\n") })
        else { return nil }
        var text = CommonYAML(bytes, TreeBuilder(capacity: bytes.count, limits: limits))
        do throws(Uncommon) { try text.readDocuments() } catch { return nil }
        return text.builder.tree
    }
    private init(_ bytes: Bytes, _ builder: TreeBuilder) { (self.bytes, self.builder) = (bytes, builder) }

    private mutating func readDocuments() throws(Uncommon) {
        var isFirst = true
        skipToContent()
        while !isAtEnd {
            if isMarker {
                position += 3
                skipToContent()
            } else if !isFirst {
                throw Uncommon()
            }
            isFirst = false
            if !isAtEnd && !isMarker { try readMapping() }
        }
    }
}

// MARK: Where it stands

extension CommonYAML {
    var byte: UInt8 { bytes[position] }
    private var column: Int { position - lineStart }
    private var isAtEnd: Bool { position == bytes.count }
    /// `---` alone on its line.
    private var isMarker: Bool {
        position == lineStart && bytes.count - position > 3
            && bytes[position..<position + 4].elementsEqual("---\n".utf8)
    }
    private var isItem: Bool { byte == UInt8(ascii: "-") && bytes[position + 1] == UInt8(ascii: " ") }
    private var isBreak: Bool { byte == UInt8(ascii: "\n") }

    mutating func skipSpaces() { while byte == UInt8(ascii: " ") { position += 1 } }
    private mutating func skipLine() {
        while !isBreak { position += 1 }
        position += 1
        (line, lineStart) = (line + 1, position)
    }
    /// To the first byte that is neither space nor comment.
    private mutating func skipToContent() {
        while !isAtEnd {
            skipSpaces()
            guard isBreak || byte == UInt8(ascii: "#") else { return }
            skipLine()
        }
    }
    /// From behind a value to what follows on a later line.
    private mutating func endLine() throws(Uncommon) {
        let isApart = byte == UInt8(ascii: " ")
        skipSpaces()
        guard isBreak || (isApart && byte == UInt8(ascii: "#")) else { throw Uncommon() }
        skipToContent()
    }
}

// MARK: Nodes

extension CommonYAML {
    var place: Place { Place(line: line, column: Int32(truncatingIfNeeded: column) + 1) }

    mutating func add(_ kind: Node.Kind, _ text: Range<Int>, at place: Place) throws(Uncommon) {
        try add(kind, Bytes(rebasing: bytes[text]), at: place, isVerbatim: true)
    }
    private mutating func add(
        _ kind: Node.Kind, _ text: Bytes, at place: Place, isVerbatim: Bool
    ) throws(Uncommon) {
        do throws(Problem) { try builder.addScalar(kind, text, at: place, isVerbatim: isVerbatim) } catch {
            throw Uncommon()
        }
    }
    mutating func begin(_ kind: Node.Kind) throws(Uncommon) {
        do throws(Problem) { try builder.begin(kind, at: place, anchor: nil) } catch { throw Uncommon() }
    }
    mutating func end() throws(Uncommon) {
        do throws(Problem) { try builder.end() } catch { throw Uncommon() }
    }
}

// MARK: Blocks

extension CommonYAML {
    /// From its first key to the first line that is indented less.
    private mutating func readMapping() throws(Uncommon) {
        let indent = column
        try begin(.mapping)
        repeat {
            try readKey()
            try readValue(under: indent)
        } while !isAtEnd && column == indent && !isMarker
        guard isAtEnd || column <= indent else { throw Uncommon() }
        try end()
    }

    private mutating func readSequence() throws(Uncommon) {
        let indent = column
        try begin(.sequence)
        repeat {
            position += 1
            skipSpaces()
            if isAtKey { try readMapping() } else { try readInline(under: indent) }
        } while !isAtEnd && column == indent && isItem
        guard isAtEnd || column <= indent else { throw Uncommon() }
        try end()
    }

    /// The key's end, where a key stands here.
    private var keyEnd: Int? {
        guard byte.isWord else { return nil }
        var end = position + 1
        while bytes[end].isKeyPart { end += 1 }
        guard bytes[end] == UInt8(ascii: ":"), end - position <= 128 else { return nil }
        return bytes[end + 1] == UInt8(ascii: " ") || bytes[end + 1] == UInt8(ascii: "\n") ? end : nil
    }
    private var isAtKey: Bool { keyEnd != nil }

    mutating func readKey() throws(Uncommon) {
        guard let end = keyEnd else { throw Uncommon() }
        try add(.plain, position..<end, at: place)
        position = end + 1
        skipSpaces()
    }

    private mutating func readValue(under indent: Int) throws(Uncommon) {
        guard isBreak || byte == UInt8(ascii: "#") else { return try readInline(under: indent) }
        skipToContent()
        guard !isAtEnd, column >= indent else { throw Uncommon() }
        if isItem { return try readSequence() }
        guard column > indent else { throw Uncommon() }
        try readMapping()
    }

    /// What begins on the line that it belongs to.
    private mutating func readInline(under indent: Int) throws(Uncommon) {
        if byte == UInt8(ascii: "|") { return try readLiteral(under: indent) }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try readQuoted()
        case UInt8(ascii: "["), UInt8(ascii: "{"): try readFlow()
        default: try readPlain()
        }
        try endLine()
    }

    private mutating func readPlain() throws(Uncommon) {
        let isDash = byte == UInt8(ascii: "-") && (bytes[position + 1].isWord || bytes[position + 1] == byte)
        guard byte.isWord || byte.isOne(of: "/.$~+(") || isDash else { throw Uncommon() }
        let (start, place) = (position, place)
        var end = start
        while !isBreak {
            if byte == UInt8(ascii: ":") {
                let next = bytes[position + 1]
                guard next != UInt8(ascii: " "), next != UInt8(ascii: "\n") else { throw Uncommon() }
            }
            if byte != UInt8(ascii: " ") {
                if byte == UInt8(ascii: "#") && end < position { break }
                end = position + 1
            }
            position += 1
        }
        position = end
        try add(.plain, start..<end, at: place)
    }

    /// One without escapes, on one line.
    mutating func readQuoted() throws(Uncommon) {
        let (quote, start, place) = (byte, position + 1, place)
        position = start
        while byte != quote {
            guard !isBreak, byte != UInt8(ascii: "\\") || quote == UInt8(ascii: "'") else { throw Uncommon() }
            position += 1
        }
        try add(.quoted, start..<position, at: place)
        position += 1
        if byte == UInt8(ascii: "'") { throw Uncommon() }
    }

    /// `|` alone: its indentation is its first line's, and of the breaks at its end one is kept.
    private mutating func readLiteral(under indent: Int) throws(Uncommon) {
        let place = place
        position += 1
        guard isBreak else { throw Uncommon() }
        skipLine()
        guard !isAtEnd else { throw Uncommon() }
        skipSpaces()
        let own = column
        guard own > indent, !isBreak else { throw Uncommon() }
        literal.removeAll(keepingCapacity: true)
        var length = 0
        while !isAtEnd {
            position = lineStart
            while column < own, byte == UInt8(ascii: " ") { position += 1 }
            let text = position
            let isText = column == own && !isBreak
            guard isText || isBreak else { break }
            skipLine()
            literal.append(contentsOf: bytes[text..<position])
            if isText { length = literal.count }
        }
        try literal.withUnsafeBufferPointer { (all) throws(Uncommon) in
            try add(.quoted, Bytes(rebasing: all[..<length]), at: place, isVerbatim: false)
        }
        skipToContent()
    }
}

extension UInt8 {
    fileprivate var isPrintable: Bool { self >= 0x20 && self < 0x7F }
    /// A letter, a digit or `_`.
    var isWord: Bool {
        let lower = self | 0x20
        return (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z"))
            || (self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9")) || self == UInt8(ascii: "_")
    }
    fileprivate var isKeyPart: Bool { isWord || isOne(of: "-./") }
    func isOne(of text: StaticString) -> Bool { text.withUTF8Buffer { $0.contains(self) } }
}
