/// A length of time as people write it: `90s`, `1h30m`, `250ms`, `30d`. Days have 24 hours.
package struct Span: Hashable, Sendable, Comparable {
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }

    private static let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]

    /// Nil unless the whole text is one or more numbers each with a unit, and fits.
    package init?(_ text: some StringProtocol) {
        var rest = text[...]
        var total = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[digits.endIndex...]
            let letters = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest[letters.endIndex...]
            guard let number = Int(digits), let unit = Self.units.first(where: { $0.0 == letters }) else {
                return nil
            }
            let (product, overflow) = number.multipliedReportingOverflow(by: unit.1)
            let (sum, overflowed) = total.addingReportingOverflow(product)
            guard !overflow, !overflowed else { return nil }
            total = sum
        }
        milliseconds = total
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
