/// A decimal number, exact whatever its size: equal where the number is, however it was written.
package struct CtyNumber: Hashable, Sendable {
    /// Without an exponent, a leading `+` or needless zeros: `-0.5`, `100`. Also `Infinity` and `-Infinity`.
    package private(set) var text: String

    /// How many digits, and how large an exponent, a number may have.
    private static let limit = 2000

    package init(_ int: some BinaryInteger) { text = String(int) }

    /// Nil for what is no number. All of its digits where they are few; else the shortest decimal that reads as this double,
    /// as it was most likely written: one that no double holds exactly takes some fifty digits to say.
    package init?(_ double: Double) {
        if double.isInfinite {
            self.init(0)
            text = double < 0 ? "-Infinity" : "Infinity"
        } else if (0x1p-110...0x1p110).contains(double.magnitude), let exact = Self.exact(double.magnitude),
            exact.text.utf8.count <= 35
        {
            self.init(0)
            text = (double < 0 ? "-" : "") + exact.text
        } else {
            self.init(String(describing: double))
        }
    }

    /// JSON's form, with leading zeros and a `+` allowed; nil for anything else, and for what is unreasonably large.
    package init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        let whole = rest.prefix(while: Self.isDigit)
        rest = rest[whole.endIndex...]
        var fraction = rest[..<rest.startIndex]
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: Self.isDigit)
            rest = rest[fraction.endIndex...]
            guard !fraction.isEmpty else { return nil }
        }
        var exponent = 0
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            guard let number = Int(String(decoding: rest.dropFirst(), as: UTF8.self)) else { return nil }
            exponent = number
            rest = []
        }
        guard rest.isEmpty, !whole.isEmpty, whole.count + fraction.count <= Self.limit,
            (-Self.limit...Self.limit).contains(exponent)
        else { return nil }
        self.init(
            isNegative, digits: Array(whole) + fraction, point: whole.count + exponent)
    }

    /// - Parameter point: how many of the digits stand before the decimal point; may lie outside of them.
    private init(_ isNegative: Bool, digits: [UInt8], point: Int) {
        let zero = UInt8(ascii: "0")
        var (digits, point) = (digits, point)
        if point < 0 {
            digits.insert(contentsOf: repeatElement(zero, count: -point), at: 0)
            point = 0
        }
        if point > digits.count {
            digits.append(contentsOf: repeatElement(zero, count: point - digits.count))
        }
        let whole = digits[..<point].drop { $0 == zero }
        var fraction = digits[point...]
        while fraction.last == zero { fraction.removeLast() }
        guard !whole.isEmpty || !fraction.isEmpty else {
            text = "0"
            return
        }
        var bytes: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        bytes += whole.isEmpty ? [zero] : Array(whole)
        if !fraction.isEmpty { bytes += [UInt8(ascii: ".")] + fraction }
        text = String(decoding: bytes, as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    package var int: Int64? { Int64(text) }
    package var isFinite: Bool { !text.hasSuffix("y") }

    /// The double that is exactly this number; nil where there is none.
    package var double: Double? {
        guard isFinite else { return text.hasPrefix("-") ? -.infinity : .infinity }
        guard let double = Double(text), double.isFinite else { return nil }
        if double == 0 { return text == "0" ? double : nil }
        return Self.exact(double.magnitude)?.text == (text.hasPrefix("-") ? String(text.dropFirst()) : text)
            ? double : nil
    }

    /// All digits of a finite positive double.
    private static func exact(_ double: Double) -> CtyNumber? {
        var mantissa = UInt64(double.significandBitPattern) | (double.isNormal ? 1 << 52 : 0)
        var exponent = max(Int(double.exponentBitPattern), 1) - 1075
        let zeros = mantissa.trailingZeroBitCount
        mantissa >>= UInt64(zeros)
        exponent += zeros
        guard abs(exponent) <= 1100 else { return nil }
        // Least significant first.
        var digits = String(mantissa).utf8.reversed().map { $0 - UInt8(ascii: "0") }
        for _ in 0..<abs(exponent) { digits.multiply(by: exponent < 0 ? 5 : 2) }
        let written = digits.reversed().map { $0 + UInt8(ascii: "0") }
        return CtyNumber(false, digits: written, point: written.count + min(exponent, 0))
    }
}

extension [UInt8] {
    /// Of decimal digits, the least significant first.
    fileprivate mutating func multiply(by factor: UInt8) {
        var carry: UInt8 = 0
        for index in indices {
            let product = self[index] * factor + carry
            self[index] = product % 10
            carry = product / 10
        }
        if carry > 0 { append(carry) }
    }
}

extension CtyNumber: Comparable {
    package static func < (left: CtyNumber, right: CtyNumber) -> Bool {
        let (one, other) = (left.text.hasPrefix("-"), right.text.hasPrefix("-"))
        if one != other { return one }
        return one ? right.isSmallerInSize(than: left) : left.isSmallerInSize(than: right)
    }

    private func isSmallerInSize(than other: CtyNumber) -> Bool {
        guard isFinite && other.isFinite else { return isFinite && !other.isFinite }
        let (one, two) = (parts, other.parts)
        if one.whole.count != two.whole.count { return one.whole.count < two.whole.count }
        return (one.whole + one.fraction).lexicographicallyPrecedes(two.whole + two.fraction)
    }
    private var parts: (whole: [UInt8], fraction: [UInt8]) {
        let size = text.utf8.drop { $0 == UInt8(ascii: "-") }
        let whole = size.prefix { $0 != UInt8(ascii: ".") }
        return (Array(whole), Array(size.dropFirst(whole.count + 1)))
    }
}
