/// Reads a message in the wire format of protobuf 3, field by field. It copies nothing but what is asked for.
struct WireReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) { (self.bytes, position) = (bytes, bytes.startIndex) }
    init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    struct Field {
        enum Content {
            case number(UInt64)
            case bytes(ArraySlice<UInt8>)
        }
        var number: Int
        var content: Content
    }

    /// Nil at the end.
    mutating func next() throws(WireError) -> Field? {
        guard position < bytes.endIndex else { return nil }
        let tag = try varint()
        let number = tag >> 3
        guard number > 0, number < 1 << 29 else { throw WireError("a field has the number \(number)") }
        let content: Field.Content =
            switch tag & 7 {
            case 0: .number(try varint())
            case 1: .number(try fixed(8))
            case 2: .bytes(try take(try varint()))
            case 5: .number(try fixed(4))
            default: throw WireError("field \(number) has the wire type \(tag & 7)")
            }
        return Field(number: Int(number), content: content)
    }

    private mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < bytes.endIndex else { throw .truncated }
            let byte = bytes[position]
            position += 1
            // Of the tenth byte one bit fits.
            guard shift < 63 || byte < 2 else { break }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw WireError("a number is longer than 64 bits")
    }

    private mutating func fixed(_ count: UInt64) throws(WireError) -> UInt64 {
        try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func take(_ count: UInt64) throws(WireError) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.endIndex - position) else { throw .truncated }
        let end = position + Int(count)
        defer { position = end }
        return bytes[position..<end]
    }
}

/// Why bytes are no message.
struct WireError: Error, Hashable {
    var cause: String
    init(_ cause: String) { self.cause = cause }
    static let truncated = WireError("it ends in the middle of a field")
}

extension WireReader.Field {
    func value() throws(WireError) -> UInt64 {
        guard case .number(let value) = content else { throw WireError("field \(number) is no number") }
        return value
    }

    func int() throws(WireError) -> Int { Int(truncatingIfNeeded: Int64(bitPattern: try value())) }
    func flag() throws(WireError) -> Bool { try value() != 0 }

    func slice() throws(WireError) -> ArraySlice<UInt8> {
        guard case .bytes(let value) = content else { throw WireError("field \(number) is a number") }
        return value
    }

    func bytes() throws(WireError) -> [UInt8] { Array(try slice()) }

    /// What is no UTF-8 is replaced.
    func text() throws(WireError) -> String { String(decoding: try slice(), as: UTF8.self) }

    func each(_ body: (WireReader.Field) throws(WireError) -> Void) throws(WireError) {
        try WireReader.each(of: try slice(), body)
    }
}

extension WireReader {
    static func each(
        of bytes: ArraySlice<UInt8>, _ body: (Field) throws(WireError) -> Void
    ) throws(WireError) {
        var reader = WireReader(bytes)
        while let field = try reader.next() { try body(field) }
    }
}
