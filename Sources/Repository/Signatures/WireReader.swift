/// Bytes in the form of ssh's protocol (RFC 4251), read from the front. Nil where they end too soon.
struct WireReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
    mutating func byte() -> UInt8? { rest.popFirst() }
    mutating func number() -> Int? { take(4).map { $0.reduce(0) { $0 << 8 | Int($1) } } }
    /// With its length before it.
    mutating func string() -> ArraySlice<UInt8>? { number().flatMap { take($0) } }
    mutating func text() -> String? { string().flatMap { String(validating: $0, as: UTF8.self) } }
    /// A positive number without leading zeros; nil also for a negative one.
    mutating func positive() -> ArraySlice<UInt8>? {
        guard let bytes = string(), bytes.first.map({ $0 < 0x80 }) ?? false else { return nil }
        return bytes.drop { $0 == 0 }
    }
}

extension [UInt8] {
    /// As a string of ssh's protocol: its length, and itself.
    var onWire: [UInt8] { Swift.withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0) } + self }
}
