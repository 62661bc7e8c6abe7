/// Writes MessagePack: compact, canonical (the shortest form of each number, the keys of maps sorted) and
/// self-describing. What must be sealed is put aside, and its number stands in its place.
struct Packer {
    /// How deep lists and maps may be nested.
    static let maxDepth = 256
    static let maxSize = 64 << 20

    private(set) var bytes: [UInt8] = []
    private(set) var aside: [[UInt8]] = []
    private var depth = 0
    private var isTooDeep = false
    private var fieldCount = 0

    /// Everything that was written, or why it could not be read back.
    static func packed(_ value: some Packable) throws(PackingError) -> Packed {
        var packer = Packer()
        value.pack(into: &packer)
        if packer.isTooDeep { throw .tooDeep }
        if packer.bytes.count > maxSize { throw .tooLarge }
        return Packed(bytes: packer.bytes, aside: packer.aside)
    }

    mutating func null() { bytes.append(0xc0) }
    mutating func bool(_ flag: Bool) { bytes.append(flag ? 0xc3 : 0xc2) }

    mutating func int(_ number: Int) {
        switch number {
        case -32...127: bytes.append(UInt8(truncatingIfNeeded: number))
        case 128...0xff: head(0xcc, UInt8(number))
        case 0x100...0xffff: head(0xcd, UInt16(number))
        case 0x10000...0xffff_ffff: head(0xce, UInt32(number))
        case 0x1_0000_0000...: head(0xcf, UInt64(number))
        case -128 ..< -32: head(0xd0, Int8(number))
        case -0x8000 ..< -128: head(0xd1, Int16(number))
        case -0x8000_0000 ..< -0x8000: head(0xd2, Int32(number))
        default: head(0xd3, number)
        }
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            switch utf8.count {
            case ..<32: bytes.append(0xa0 | UInt8(utf8.count))
            case ...0xff: head(0xd9, UInt8(utf8.count))
            case ...0xffff: head(0xda, UInt16(utf8.count))
            default: head(0xdb, UInt32(truncatingIfNeeded: utf8.count))
            }
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func data(_ data: [UInt8]) {
        switch data.count {
        case ...0xff: head(0xc4, UInt8(data.count))
        case ...0xffff: head(0xc5, UInt16(data.count))
        default: head(0xc6, UInt32(truncatingIfNeeded: data.count))
        }
        bytes.append(contentsOf: data)
    }

    mutating func array(_ count: Int) {
        switch count {
        case ..<16: bytes.append(0x90 | UInt8(count))
        case ...0xffff: head(0xdc, UInt16(count))
        default: head(0xdd, UInt32(truncatingIfNeeded: count))
        }
    }

    mutating func map(_ count: Int) {
        switch count {
        case ..<16: bytes.append(0x80 | UInt8(count))
        case ...0xffff: head(0xde, UInt16(count))
        default: head(0xdf, UInt32(truncatingIfNeeded: count))
        }
    }

    /// A text of a kind of its own.
    mutating func extended(_ type: ExtensionType, _ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            switch utf8.count {
            case ...0xff: head(0xc7, UInt8(utf8.count))
            case ...0xffff: head(0xc8, UInt16(utf8.count))
            default: head(0xc9, UInt32(truncatingIfNeeded: utf8.count))
            }
            bytes.append(type.rawValue)
            bytes.append(contentsOf: utf8)
        }
    }

    /// Something of a kind of its own; its size is filled in after it.
    mutating func extended(_ type: ExtensionType, _ write: (inout Packer) -> Void) {
        head(0xc9, UInt32(0))
        let size = bytes.count - 4
        bytes.append(type.rawValue)
        nested(write)
        fill(UInt32(truncatingIfNeeded: bytes.count - size - 5), at: size)
    }

    /// A map with names that the code knows, in the order in which they are written.
    mutating func fields(_ write: (inout Packer) -> Void) {
        let outer = fieldCount
        fieldCount = 0
        head(0xde, UInt16(0))
        let count = bytes.count - 2
        write(&self)
        fill(UInt16(truncatingIfNeeded: fieldCount), at: count)
        fieldCount = outer
    }
    /// Left out when nil.
    mutating func field(_ name: String, _ value: (some Packable)?) {
        guard let value else { return }
        fieldCount += 1
        string(name)
        value.pack(into: &self)
    }
    /// Bytes that must not stand in clear; left out when empty.
    mutating func field(_ name: String, aside secret: [UInt8]) {
        guard !secret.isEmpty else { return }
        field(name, aside.count)
        aside.append(secret)
    }

    /// One level deeper; nothing is written beyond the last, and the whole is then refused.
    mutating func nested(_ write: (inout Packer) -> Void) {
        guard depth < Self.maxDepth else {
            isTooDeep = true
            return null()
        }
        depth += 1
        write(&self)
        depth -= 1
    }

    private mutating func head(_ first: UInt8, _ number: some FixedWidthInteger) {
        bytes.append(first)
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
    private mutating func fill(_ number: some FixedWidthInteger, at place: Int) {
        withUnsafeBytes(of: number.bigEndian) { source in
            for (offset, byte) in source.enumerated() { bytes[place + offset] = byte }
        }
    }
}

/// What a row holds: bytes in clear, and those that are sealed.
struct Packed: Hashable {
    var bytes: [UInt8]
    var aside: [[UInt8]] = []
}

/// What MessagePack has no word for. The numbers stand in databases.
enum ExtensionType: UInt8 {
    case unknown = 1
    case secret, text, scalar, hidden, local
    /// A map or a list without references, where an expression is expected.
    case literal
    case reference, parts
}

/// What can be kept. Whoever reads finds fields by name, so that rows of earlier versions stay readable.
protocol Packable {
    func pack(into packer: inout Packer)
    init(from unpacker: inout Unpacker) throws(PackingError)
}

enum PackingError: Error, Hashable {
    case truncated, trailing, tooDeep, tooLarge, invalidText, repeatedKey
    case unexpected(byte: UInt8)
    case missing(String)
    case outOfRange(String)
}

extension PackingError: CustomStringConvertible {
    var description: String {
        switch self {
        case .truncated: "it ends too early"
        case .trailing: "something follows its end"
        case .tooDeep: "it is nested too deep"
        case .tooLarge: "it is too large"
        case .invalidText: "a text is not UTF-8"
        case .repeatedKey: "a key stands twice in one map"
        case .unexpected(let byte): "byte 0x\(String(byte, radix: 16)) is out of place"
        case .missing(let name): "'\(name)' is missing"
        case .outOfRange(let name): "'\(name)' has a value that it can't have"
        }
    }
}
