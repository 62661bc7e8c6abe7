extension CommonYAML {
    /// What stands between brackets, braces and commas.
    mutating func readFlow() throws(Uncommon) {
        switch byte {
        case UInt8(ascii: "["):
            try readFlow(.sequence, until: UInt8(ascii: "]"))
        case UInt8(ascii: "{"):
            try readFlow(.mapping, until: UInt8(ascii: "}"))
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try readQuoted()
        default: try readFlowPlain()
        }
    }

    private mutating func readFlow(_ kind: Node.Kind, until end: UInt8) throws(Uncommon) {
        try begin(kind)
        var hasMore = false
        repeat {
            position += 1
            skipSpaces()
            if byte == end && !hasMore { break }
            if kind == .mapping { try readKey() }
            try readFlow()
            skipSpaces()
            hasMore = byte == UInt8(ascii: ",")
        } while hasMore
        guard byte == end else { throw Uncommon() }
        position += 1
        try self.end()
    }

    /// Words of bytes that have no meaning of their own anywhere.
    private mutating func readFlowPlain() throws(Uncommon) {
        let isDash = byte == UInt8(ascii: "-") && (bytes[position + 1].isWord || bytes[position + 1] == byte)
        guard byte.isWord || byte.isOne(of: "/.") || isDash else { throw Uncommon() }
        let (start, place) = (position, place)
        var end = start
        while byte.isWord || byte.isOne(of: " -./@+=~();") {
            position += 1
            if bytes[position - 1] != UInt8(ascii: " ") { end = position }
        }
        position = end
        try add(.plain, start..<end, at: place)
    }
}
