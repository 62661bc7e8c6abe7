/// Reads what `Packer` wrote; total: any other bytes are an error.
struct Unpacker {
    private let bytes: [UInt8]
    private let aside: [[UInt8]]
    private var position = 0
    private var depth = 0

    init(_ packed: Packed) { (bytes, aside) = (packed.bytes, packed.aside) }

    static func unpacked<T: Packable>(_: T.Type, _ packed: Packed) throws(PackingError) -> T {
        guard packed.bytes.count <= Packer.maxSize else { throw .tooLarge }
        var unpacker = Unpacker(packed)
        let value = try T(from: &unpacker)
        guard unpacker.position == unpacker.bytes.count else { throw .trailing }
        return value
    }

    /// The head of what comes next. What follows a list's, a map's or an extension's is still to be read.
    enum Token {
        case null
        case bool(Bool)
        case int(Int)
        case string(String)
        case data(Range<Int>)
        case array(Int)
        case map(Int)
        case extended(ExtensionType, end: Int)
    }

    mutating func token() throws(PackingError) -> Token {
        let first = try byte()
        switch first {
        case 0x00...0x7f: return .int(Int(first))
        case 0xe0...0xff: return .int(Int(Int8(bitPattern: first)))
        case 0xa0...0xbf: return .string(try text(Int(first & 0x1f)))
        case 0x80...0x8f: return .map(try elements(Int(first & 0x0f) * 2) / 2)
        case 0x90...0x9f: return .array(try elements(Int(first & 0x0f)))
        case 0xc0: return .null
        case 0xc2, 0xc3: return .bool(first == 0xc3)
        case 0xc4...0xc6: return .data(try range(try size(first - 0xc4)))
        case 0xc7...0xc9: return try extended(try size(first - 0xc7))
        case 0xcc...0xd3: return .int(try integer(first))
        case 0xd4...0xd8: return try extended(1 << Int(first - 0xd4))
        case 0xd9...0xdb: return .string(try text(try size(first - 0xd9)))
        case 0xdc, 0xdd: return .array(try elements(try size(first - 0xdb)))
        case 0xde, 0xdf: return .map(try elements(try size(first - 0xdd) * 2) / 2)
        default: throw .unexpected(byte: first)
        }
    }

    mutating func read<T: Packable>() throws(PackingError) -> T { try T(from: &self) }

    mutating func int() throws(PackingError) -> Int {
        let place = position
        guard case .int(let number) = try token() else { throw unexpected(place) }
        return number
    }
    mutating func bool() throws(PackingError) -> Bool {
        let place = position
        guard case .bool(let flag) = try token() else { throw unexpected(place) }
        return flag
    }
    mutating func string() throws(PackingError) -> String {
        let place = position
        guard case .string(let text) = try token() else { throw unexpected(place) }
        return text
    }
    mutating func arrayCount() throws(PackingError) -> Int {
        let place = position
        guard case .array(let count) = try token() else { throw unexpected(place) }
        return count
    }
    mutating func mapCount() throws(PackingError) -> Int {
        let place = position
        guard case .map(let count) = try token() else { throw unexpected(place) }
        return count
    }
    mutating func data() throws(PackingError) -> [UInt8] {
        let place = position
        guard case .data(let range) = try token() else { throw unexpected(place) }
        return Array(bytes[range])
    }
    /// Bytes that were put aside.
    mutating func secret() throws(PackingError) -> [UInt8] {
        let number = try int()
        guard aside.indices.contains(number) else { throw .outOfRange("sealed") }
        return aside[number]
    }
    /// The whole body of an extension as text.
    mutating func text(until end: Int) throws(PackingError) -> String { try text(end - position) }

    /// Leaves out whatever comes next: a field of a later version.
    mutating func skip() throws(PackingError) {
        switch try token() {
        case .array(let count): try nested(count)
        case .map(let count): try nested(count * 2)
        case .extended(_, let end): position = end
        case .null, .bool, .int, .string, .data: break
        }
    }
    private mutating func nested(_ count: Int) throws(PackingError) {
        try descend()
        for _ in 0..<count { try skip() }
        ascend()
    }

    mutating func descend() throws(PackingError) {
        guard depth < Packer.maxDepth else { throw .tooDeep }
        depth += 1
    }
    mutating func ascend() { depth -= 1 }
    /// That the body of an extension ended where its head said.
    func expectEnd(_ end: Int) throws(PackingError) {
        guard position == end else { throw position < end ? .trailing : .truncated }
    }
    func unexpected(_ place: Int) -> PackingError {
        bytes.indices.contains(place) ? .unexpected(byte: bytes[place]) : .truncated
    }
    var place: Int { position }

    private mutating func byte() throws(PackingError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }
    /// A number of 1, 2 or 4 bytes.
    private mutating func size(_ power: UInt8) throws(PackingError) -> Int {
        Int(truncatingIfNeeded: try unsigned(1 << Int(power)))
    }
    private mutating func unsigned(_ width: Int) throws(PackingError) -> UInt64 {
        guard bytes.count - position >= width else { throw .truncated }
        var number: UInt64 = 0
        for _ in 0..<width {
            number = number << 8 | UInt64(bytes[position])
            position += 1
        }
        return number
    }
    private mutating func integer(_ first: UInt8) throws(PackingError) -> Int {
        switch first {
        case 0xcc...0xcf:
            guard let number = Int(exactly: try unsigned(1 << Int(first - 0xcc))) else {
                throw .unexpected(byte: first)
            }
            return number
        default:
            let width = 1 << Int(first - 0xd0)
            let shift = 64 - 8 * width
            return Int(truncatingIfNeeded: Int64(bitPattern: try unsigned(width) << UInt64(shift)) >> shift)
        }
    }
    /// A list can't hold more than one element for each byte that is left.
    private func elements(_ count: Int) throws(PackingError) -> Int {
        guard count <= bytes.count - position else { throw .truncated }
        return count
    }
    private mutating func range(_ count: Int) throws(PackingError) -> Range<Int> {
        guard count <= bytes.count - position else { throw .truncated }
        defer { position += count }
        return position..<(position + count)
    }
    private mutating func text(_ count: Int) throws(PackingError) -> String {
        let range = try range(count)
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw .invalidText }
        return text
    }
    private mutating func extended(_ count: Int) throws(PackingError) -> Token {
        let number = try byte()
        guard let type = ExtensionType(rawValue: number) else { throw .unexpected(byte: number) }
        guard count <= bytes.count - position else { throw .truncated }
        return .extended(type, end: position + count)
    }
}
