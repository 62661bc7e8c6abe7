import CGit2

/// The name of a git object: a SHA-1 of its kind, size and content.
package struct ObjectID: Hashable, Sendable {
    /// In the order of the bytes, so that they compare as the hexadecimal text does.
    private let words: (UInt64, UInt64, UInt32)

    init(_ bytes: UnsafeRawBufferPointer) {
        words = (
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        )
    }

    init(_ id: git_oid) { self = withUnsafeBytes(of: id) { ObjectID($0) } }

    /// Nil unless the text is 40 hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 40 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard character.isASCII, let digit = character.hexDigitValue else { return nil }
            if let first = high { bytes.append(first << 4 | UInt8(digit)) }
            high = high == nil ? UInt8(digit) : nil
        }
        self = bytes.withUnsafeBytes { ObjectID($0) }
    }

    /// Nil unless there are 20.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 20 else { return nil }
        self = Array(bytes).withUnsafeBytes { ObjectID($0) }
    }
    package var bytes: [UInt8] { withUnsafeBytes(of: raw) { Array($0) } }

    var raw: git_oid {
        var id = git_oid()
        withUnsafeMutableBytes(of: &id) { bytes in
            bytes.storeBytes(of: words.0.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: words.1.bigEndian, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: words.2.bigEndian, toByteOffset: 16, as: UInt32.self)
        }
        return id
    }

    package static func == (left: ObjectID, right: ObjectID) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
    /// As git shortens it in messages.
    package var short: String { String(description.prefix(7)) }
}

extension ObjectID: CustomStringConvertible {
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension ObjectID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ObjectID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 40 hex digits")
        }
        self = id
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
