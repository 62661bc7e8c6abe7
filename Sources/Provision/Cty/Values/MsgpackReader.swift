extension CtyValue {
    /// Reads the bytes of a `DynamicValue`; no bytes at all are null.
    package init(msgpack bytes: [UInt8], as type: CtyType) throws(CtyError) {
        guard !bytes.isEmpty else {
            self = .null
            return
        }
        var reader = MsgpackReader(bytes[...])
        self = try reader.value(of: type, depth: 0)
        guard reader.isAtEnd else { throw CtyError("a value with bytes after its end") }
    }
}

/// Reads MessagePack by the type that is expected.
struct MsgpackReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) { (self.bytes, position) = (bytes, bytes.startIndex) }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func value(of type: CtyType, depth: Int) throws(CtyError) -> CtyValue {
        guard depth < JSON.depth else { throw CtyError("a value that nests too deep") }
        let first = try byte()
        switch first {
        case 0xc0: return .null
        case 0xd4...0xd8: return try unknown(1 << Int(first - 0xd4), type)
        case 0xc7: return try unknown(Int(try integer(UInt8.self)), type)
        case 0xc8: return try unknown(Int(try integer(UInt16.self)), type)
        case 0xc9: return try unknown(Int(try integer(UInt32.self)), type)
        default: break
        }
        switch type {
        case .string: return .string(try text(first))
        case .bool:
            guard first == 0xc2 || first == 0xc3 else { throw CtyError("a value that is no bool") }
            return .bool(first == 0xc3)
        case .number: return .number(try number(first))
        case .list(let element): return .list(try items(first, of: element, depth))
        case .set(let element): return .set(CtySet(try items(first, of: element, depth)))
        case .tuple(let elements):
            guard try count(first, 0x90, 0xdc) == elements.count else {
                throw CtyError("a tuple of another length")
            }
            var items: [CtyValue] = []
            for element in elements { items.append(try value(of: element, depth: depth + 1)) }
            return .list(items)
        case .map(let element): return .object(try fields(first, depth) { _ in element })
        case .object(let attributes, _):
            let found = try fields(first, depth) { attributes[$0] }
            return .object(attributes.mapValues { _ in .null }.merging(found) { _, found in found })
        case .dynamic:
            guard try count(first, 0x90, 0xdc) == 2 else { throw CtyError("a value without its type") }
            let own = try CtyType(json: try data(try byte()))
            let inner = try value(of: own, depth: depth + 1)
            return inner.isNull || inner.isUnknown ? inner : .dynamic(own, inner)
        }
    }

    private mutating func items(_ first: UInt8, of element: CtyType, _ depth: Int) throws(CtyError)
        -> [CtyValue]
    {
        let count = try count(first, 0x90, 0xdc)
        var items: [CtyValue] = []
        items.reserveCapacity(count)
        for _ in 0..<count { items.append(try value(of: element, depth: depth + 1)) }
        return items
    }

    private mutating func fields(_ first: UInt8, _ depth: Int, _ type: (String) -> CtyType?) throws(CtyError)
        -> [String: CtyValue]
    {
        let count = try count(first, 0x80, 0xde)
        var fields: [String: CtyValue] = Dictionary(minimumCapacity: count)
        for _ in 0..<count {
            let key = try text(try byte())
            guard let type = type(key) else {
                throw CtyError("an object with the attribute '\(key)', which its type has not")
            }
            fields[key] = try value(of: type, depth: depth + 1)
        }
        return fields
    }

    private mutating func number(_ first: UInt8) throws(CtyError) -> CtyNumber {
        switch first {
        case 0x00...0x7f: return CtyNumber(first)
        case 0xe0...0xff: return CtyNumber(Int8(bitPattern: first))
        case 0xcc: return CtyNumber(try integer(UInt8.self))
        case 0xcd: return CtyNumber(try integer(UInt16.self))
        case 0xce: return CtyNumber(try integer(UInt32.self))
        case 0xcf: return CtyNumber(try integer(UInt64.self))
        case 0xd0: return CtyNumber(try integer(Int8.self))
        case 0xd1: return CtyNumber(try integer(Int16.self))
        case 0xd2: return CtyNumber(try integer(Int32.self))
        case 0xd3: return CtyNumber(try integer(Int64.self))
        case 0xca:
            if let number = CtyNumber(Double(Float(bitPattern: try integer(UInt32.self)))) { return number }
        case 0xcb:
            if let number = CtyNumber(Double(bitPattern: try integer(UInt64.self))) { return number }
        default:
            if let number = CtyNumber(try text(first)) { return number }
        }
        throw CtyError("a value that is no number")
    }

    /// A value that is not known, with what is known about it.
    private mutating func unknown(_ length: Int, _ type: CtyType) throws(CtyError) -> CtyValue {
        let code = try byte()
        let payload = try take(length)
        if length <= 1 || type == .dynamic { return .unknown }
        guard code == 0x0c, length <= 1024 else { throw CtyError("a value of an unheard-of kind") }
        var reader = MsgpackReader(payload)
        return try reader.refinement(type)
    }

    private mutating func refinement(_ type: CtyType) throws(CtyError) -> CtyValue {
        var refinement = Refinement()
        for _ in 0..<(try count(try byte(), 0x80, 0xde)) {
            switch try number(try byte()).int {
            case 1:
                if try byte() == 0xc3 { return .null }
                refinement.isNotNull = true
            case 2: refinement.prefix = try text(try byte())
            case 3: refinement.lower = try bound()
            case 4: refinement.upper = try bound()
            case 5: refinement.lengthMin = try number(try byte()).int.map(Int.init)
            case 6: refinement.lengthMax = try number(try byte()).int.map(Int.init)
            // What else may be known some day has a form that can't be skipped.
            default: return .refined(refinement)
            }
        }
        return refinement == Refinement() ? .unknown : .refined(refinement)
    }
    private mutating func bound() throws(CtyError) -> Refinement.Bound {
        guard try count(try byte(), 0x90, 0xdc) == 2 else { throw CtyError("a bound without its kind") }
        let number = try number(try byte())
        return Refinement.Bound(number, isInclusive: try byte() == 0xc3)
    }

    private mutating func text(_ first: UInt8) throws(CtyError) -> String {
        guard let text = String(validating: try data(first), as: UTF8.self) else {
            throw CtyError("a text that is no UTF-8")
        }
        return text
    }
    private mutating func data(_ first: UInt8) throws(CtyError) -> ArraySlice<UInt8> {
        switch first {
        case 0xa0...0xbf: try take(Int(first & 0x1f))
        case 0xc4, 0xd9: try take(Int(try integer(UInt8.self)))
        case 0xc5, 0xda: try take(Int(try integer(UInt16.self)))
        case 0xc6, 0xdb: try take(Int(try integer(UInt32.self)))
        default: throw CtyError("a value that is no text")
        }
    }

    /// How many items follow: never more than there are bytes left.
    private mutating func count(_ first: UInt8, _ fixed: UInt8, _ two: UInt8) throws(CtyError) -> Int {
        let count: Int
        switch first {
        case fixed...fixed + 15: count = Int(first & 0x0f)
        case two: count = Int(try integer(UInt16.self))
        case two + 1: count = Int(try integer(UInt32.self))
        default: throw CtyError("a value that holds no others")
        }
        guard count <= bytes.endIndex - position else { throw CtyError("a value that is cut off") }
        return count
    }

    private mutating func byte() throws(CtyError) -> UInt8 {
        guard position < bytes.endIndex else { throw CtyError("a value that is cut off") }
        defer { position += 1 }
        return bytes[position]
    }
    private mutating func take(_ count: Int) throws(CtyError) -> ArraySlice<UInt8> {
        guard count <= bytes.endIndex - position else { throw CtyError("a value that is cut off") }
        defer { position += count }
        return bytes[position..<position + count]
    }
    private mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(CtyError) -> T {
        try take(T.bitWidth / 8).reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }
}
