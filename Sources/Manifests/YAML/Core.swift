package import Model

extension Value {
    /// A text from a command line, as if it stood in a manifest as a plain scalar: the type of the field that it comes to
    /// decides what it is. What would be nothing there is a text here.
    package init(plain text: String) {
        var text = text
        let value = text.withUTF8 { Core.value($0) }
        self = value == .null ? .string(text) : value
    }
}

/// Plain scalars as the core schema of YAML 1.2 reads them.
enum Core {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    static func isNull(_ bytes: Bytes) -> Bool {
        switch bytes.count {
        case 0: true
        case 1: bytes[0] == UInt8(ascii: "~")
        case 4: matches(bytes, "null") || matches(bytes, "Null") || matches(bytes, "NULL")
        default: false
        }
    }
    static func bool(_ bytes: Bytes) -> Bool? {
        switch bytes.count {
        case 4: matches(bytes, "true") || matches(bytes, "True") || matches(bytes, "TRUE") ? true : nil
        case 5: matches(bytes, "false") || matches(bytes, "False") || matches(bytes, "FALSE") ? false : nil
        default: nil
        }
    }
    static func isInt(_ bytes: Bytes) -> Bool {
        if let radix = radix(bytes) { return isDigits(bytes.dropFirst(2), radix: radix) }
        return isDigits(unsigned(bytes), radix: 10)
    }
    /// Nil where it is no integer, or too large for one.
    static func int(_ bytes: Bytes) -> Int? {
        guard isInt(bytes) else { return nil }
        if let radix = radix(bytes) {
            return Int(String(decoding: bytes.dropFirst(2), as: UTF8.self), radix: radix)
        }
        let isNegative = bytes[0] == UInt8(ascii: "-")
        var result = 0
        for byte in unsigned(bytes) {
            let digit = Int(byte - UInt8(ascii: "0"))
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) = product.addingReportingOverflow(isNegative ? -digit : digit)
            guard !overflow, !overflowed else { return nil }
            result = sum
        }
        return result
    }
    static func isNumber(_ bytes: Bytes) -> Bool {
        let rest = unsigned(bytes)
        if matches(rest, ".inf") || matches(rest, ".Inf") || matches(rest, ".INF") { return true }
        if matches(bytes[...], ".nan") || matches(bytes[...], ".NaN") || matches(bytes[...], ".NAN") {
            return true
        }
        return isInt(bytes) || isFloat(rest)
    }

    /// Whatever is written, read no earlier than nothing can be lost by it.
    static func value(_ bytes: Bytes) -> Value {
        if isNull(bytes) { return .null }
        if matches(bytes, "true") { return .bool(true) }
        if matches(bytes, "false") { return .bool(false) }
        let first = bytes[0]
        let canBeNumber =
            isDigit(first) || first == UInt8(ascii: ".") || first == UInt8(ascii: "-")
            || first == UInt8(ascii: "+")
        let text = String(decoding: bytes, as: UTF8.self)
        if canBeNumber, isNumber(bytes) {
            return isCanonicalInt(bytes) ? int(bytes).map(Value.int) ?? .scalar(text) : .scalar(text)
        }
        return bool(bytes) == nil ? .string(text) : .scalar(text)
    }

    private static func isCanonicalInt(_ bytes: Bytes) -> Bool {
        let digits = bytes[0] == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
        guard let first = digits.first, isDigits(digits, radix: 10) else { return false }
        return first != UInt8(ascii: "0") || (digits.count == 1 && bytes.count == 1)
    }
    private static func isFloat(_ bytes: Slice<Bytes>) -> Bool {
        let whole = bytes.prefix(while: isDigit)
        var rest = bytes[whole.endIndex...]
        var hasDigits = !whole.isEmpty
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            hasDigits = hasDigits || !fraction.isEmpty
            rest = rest[fraction.endIndex...]
        }
        guard hasDigits else { return false }
        guard let mark = rest.first else { return true }
        guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return isDigits(rest, radix: 10)
    }
    private static func radix(_ bytes: Bytes) -> Int? {
        guard bytes.count > 2, bytes[0] == UInt8(ascii: "0") else { return nil }
        return bytes[1] == UInt8(ascii: "o") ? 8 : bytes[1] == UInt8(ascii: "x") ? 16 : nil
    }
    private static func unsigned(_ bytes: Bytes) -> Slice<Bytes> {
        guard let first = bytes.first else { return bytes[...] }
        return first == UInt8(ascii: "-") || first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes[...]
    }
    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
    private static func isDigits(_ bytes: Slice<Bytes>, radix: Int) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch radix {
                case 8: byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "7")
                case 10: isDigit(byte)
                default:
                    isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
                }
            }
    }
    private static func matches(_ bytes: some Collection<UInt8>, _ text: StaticString) -> Bool {
        text.withUTF8Buffer { $0.elementsEqual(bytes) }
    }
}
