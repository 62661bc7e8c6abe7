extension CtyValue {
    /// The bytes of a `DynamicValue`, as Terraform writes them.
    package func msgpack(as type: CtyType) throws(CtyError) -> [UInt8] {
        var writer = MsgpackWriter()
        try writer.write(self, as: type)
        return writer.bytes
    }
}

/// Writes values as MessagePack, each in its shortest form.
struct MsgpackWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: CtyValue, as type: CtyType) throws(CtyError) {
        switch (type, value) {
        case (_, .null): bytes.append(0xc0)
        case (_, .unknown), (.dynamic, .refined): bytes += [0xd4, 0, 0]
        case (_, .refined(let refinement)): write(refinement)
        case (.dynamic, .dynamic(let own, let inner)):
            head(0x90, 15, nil, 0xdc, 2)
            let json = own.json
            head(nil, 0, 0xc4, 0xc5, json.count)
            bytes += json
            try write(inner, as: own)
        case (.string, .string(let text)): write(text)
        case (.number, .number(let number)): write(number)
        case (.bool, .bool(let flag)): write(flag)
        case (.list(let element), .list(let items)): try write(items, each: element)
        case (.set(let element), .set(let set)): try write(set.items, each: element)
        case (.tuple(let elements), .list(let items)):
            guard elements.count == items.count else { throw CtyError("a tuple of another length") }
            head(0x90, 15, nil, 0xdc, items.count)
            for (item, element) in zip(items, elements) { try write(item, as: element) }
        case (.map(let element), .object(let fields)):
            head(0x80, 15, nil, 0xde, fields.count)
            for (key, item) in fields.inOrder {
                write(key)
                try write(item, as: element)
            }
        case (.object(let attributes, _), .object(let fields)):
            guard fields.keys.allSatisfy({ attributes[$0] != nil }) else {
                throw CtyError("an object with an attribute that its type has not")
            }
            head(0x80, 15, nil, 0xde, attributes.count)
            for (name, attribute) in attributes.inOrder {
                write(name)
                try write(fields[name] ?? .null, as: attribute)
            }
        default: throw CtyError("a value that is no \(type.name)")
        }
    }

    private mutating func write(_ items: [CtyValue], each element: CtyType) throws(CtyError) {
        head(0x90, 15, nil, 0xdc, items.count)
        for item in items { try write(item, as: element) }
    }

    private mutating func write(_ flag: Bool) { bytes.append(flag ? 0xc3 : 0xc2) }

    private mutating func write(_ text: String) {
        head(0xa0, 31, 0xd9, 0xda, text.utf8.count)
        bytes += text.utf8
    }

    private mutating func write(_ number: CtyNumber) {
        if let int = number.int {
            write(int)
        } else if let double = number.double {
            bytes.append(0xcb)
            bigEndian(double.bitPattern)
        } else {
            write(number.text)
        }
    }

    private mutating func write(_ int: Int64) {
        switch int {
        case 0..<128: bytes.append(UInt8(int))
        case 128..<256: bytes += [0xcc, UInt8(int)]
        case 256..<65_536:
            bytes.append(0xcd)
            bigEndian(UInt16(int))
        case 65_536..<4_294_967_296:
            bytes.append(0xce)
            bigEndian(UInt32(int))
        case 4_294_967_296...:
            bytes.append(0xcf)
            bigEndian(UInt64(int))
        case -32..<0: bytes.append(UInt8(bitPattern: Int8(int)))
        case -128..<(-32): bytes += [0xd0, UInt8(bitPattern: Int8(int))]
        case -32_768..<(-128):
            bytes.append(0xd1)
            bigEndian(Int16(int))
        case -2_147_483_648..<(-32_768):
            bytes.append(0xd2)
            bigEndian(Int32(int))
        default:
            bytes.append(0xd3)
            bigEndian(int)
        }
    }

    /// Extension 12: a map from small numbers to what is known.
    private mutating func write(_ refinement: Refinement) {
        var body = MsgpackWriter()
        var count = 0
        func add(_ key: UInt8, _ write: (inout MsgpackWriter) -> Void) {
            count += 1
            body.bytes.append(key)
            write(&body)
        }
        if refinement.isNotNull { add(1) { $0.write(false) } }
        if let prefix = refinement.prefix { add(2) { $0.write(prefix) } }
        for (key, bound) in [(3, refinement.lower), (4, refinement.upper)] {
            guard let bound else { continue }
            add(UInt8(key)) { body in
                body.bytes.append(0x92)
                body.write(bound.number)
                body.write(bound.isInclusive)
            }
        }
        if let length = refinement.lengthMin { add(5) { $0.write(Int64(length)) } }
        if let length = refinement.lengthMax { add(6) { $0.write(Int64(length)) } }
        guard count > 0 else {
            bytes += [0xd4, 0, 0]
            return
        }
        let payload = [0x80 | UInt8(count)] + body.bytes
        switch payload.count {
        case 1: bytes.append(0xd4)
        case 2: bytes.append(0xd5)
        case 4: bytes.append(0xd6)
        case 8: bytes.append(0xd7)
        case 16: bytes.append(0xd8)
        case ..<256: bytes += [0xc7, UInt8(payload.count)]
        default:
            bytes.append(0xc8)
            bigEndian(UInt16(truncatingIfNeeded: payload.count))
        }
        bytes.append(0x0c)
        bytes += payload
    }

    /// A length: in the first byte where it is small, else after a byte for one, two or four bytes.
    private mutating func head(_ fixed: UInt8?, _ most: Int, _ one: UInt8?, _ two: UInt8, _ count: Int) {
        if let fixed, count <= most {
            bytes.append(fixed | UInt8(count))
        } else if let one, count < 256 {
            bytes += [one, UInt8(count)]
        } else if count < 65_536 {
            bytes.append(two)
            bigEndian(UInt16(count))
        } else {
            bytes.append(two + 1)
            bigEndian(UInt32(truncatingIfNeeded: count))
        }
    }
    private mutating func bigEndian(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
