/// The fields of one protobuf message, in the order in which they come.
struct FieldReader {
    enum Content {
        case number(UInt64)
        case bytes(Range<Int>)
    }
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>? = nil) {
        self.bytes = bytes
        (position, end) = (range?.lowerBound ?? 0, range?.upperBound ?? bytes.count)
    }

    /// Nil at the end. Fields of a fixed width are skipped: no schema has any.
    mutating func next() throws(CtyError) -> (number: Int, content: Content)? {
        while position < end {
            let tag = try varint()
            let number = Int(truncatingIfNeeded: tag >> 3)
            switch tag & 7 {
            case 0: return (number, .number(try varint()))
            case 1: try skip(8)
            case 2:
                let length = try varint()
                guard length <= UInt64(end - position) else { throw Self.cutOff }
                defer { position += Int(length) }
                return (number, .bytes(position..<position + Int(length)))
            case 5: try skip(4)
            default: throw CtyError("a schema in an unheard-of form")
            }
        }
        return nil
    }

    private static let cutOff = CtyError("a schema that is cut off")

    private mutating func skip(_ count: Int) throws(CtyError) {
        guard count <= end - position else { throw Self.cutOff }
        position += count
    }
    private mutating func varint() throws(CtyError) -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while position < end, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Self.cutOff
    }
}
