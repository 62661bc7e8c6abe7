/// A length of time as people write it: `90s`, `1h30m`, `250ms`, `30d`. Days have 24 hours.
package struct Span: Hashable, Sendable, Comparable {
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }

    private static let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]

    /// Nil unless the whole text is one or more numbers each with a unit, and fits.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let total = text.withUTF8({ Self.milliseconds($0[...]) }) else { return nil }
        milliseconds = total
    }

    /// By bytes: a large source holds many of them.
    private static func milliseconds(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        var (rest, total) = (text, 0)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            rest = rest[digits.endIndex...]
            let letters = rest.prefix { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
            rest = rest[letters.endIndex...]
            guard !digits.isEmpty, let unit = units.first(where: { $0.0.utf8.elementsEqual(letters) }) else {
                return nil
            }
            var number = 0
            for digit in digits {
                let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
                let (sum, overflowed) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
                guard !overflow, !overflowed else { return nil }
                number = sum
            }
            let (product, overflow) = number.multipliedReportingOverflow(by: unit.1)
            let (sum, overflowed) = total.addingReportingOverflow(product)
            guard !overflow, !overflowed else { return nil }
            total = sum
        }
        return total
    }

    package var duration: Duration { .milliseconds(milliseconds) }
    package static func < (left: Span, right: Span) -> Bool { left.milliseconds < right.milliseconds }
}

/// The canonical text: largest units first, none that is zero.
extension Span: CustomStringConvertible {
    package var description: String {
        var rest = milliseconds
        var text = ""
        for (name, size) in Self.units where rest >= size {
            text += "\(rest / size)\(name)"
            rest %= size
        }
        return text.isEmpty ? "0s" : text
    }
}
