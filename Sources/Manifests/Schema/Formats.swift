import Model

/// Texts with a form of their own.
enum Formats {
    /// A DNS label of RFC 1123.
    static func isName(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard (1...63).contains(bytes.count), bytes[0] != UInt8(ascii: "-"),
                bytes[bytes.count - 1] != UInt8(ascii: "-")
            else { return false }
            return bytes.allSatisfy { byte in
                (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                    || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "-")
            }
        }
    }

    /// Four octal digits; nil where it is no file mode.
    static func mode(_ text: String) -> String? {
        let digits = text.utf8.starts(with: "0o".utf8) ? text.utf8.dropFirst(2) : text.utf8[...]
        guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "7") }) else { return nil }
        switch digits.count {
        case 3: return "0\(Substring(digits))"
        case 4: return digits.count == text.utf8.count ? text : String(Substring(digits))
        default: return nil
        }
    }

    /// RFC 6901.
    static func isJSONPointer(_ text: String) -> Bool {
        guard text.isEmpty || text.hasPrefix("/") else { return false }
        var rest = text.utf8[...]
        while let tilde = rest.firstIndex(of: UInt8(ascii: "~")) {
            rest = rest[rest.index(after: tilde)...]
            guard rest.first == UInt8(ascii: "0") || rest.first == UInt8(ascii: "1") else { return false }
        }
        return true
    }

    /// Seconds since 1970 of `2027-01-31` (its first moment, UTC) or of RFC 3339 with a time; nil for anything else.
    static func seconds(ofDate text: String) -> Int? {
        var digits = DateDigits(rest: text.utf8[...])
        guard let year = digits.take(4), digits.skip("-"), let month = digits.take(2), digits.skip("-"),
            let day = digits.take(2), (1...12).contains(month), day >= 1, day <= days(in: month, of: year)
        else { return nil }
        let start = days(since1970: year, month, day) * 86_400
        if digits.rest.isEmpty { return start }
        guard digits.skip("T") || digits.skip("t") || digits.skip(" "), let hour = digits.take(2),
            digits.skip(":"),
            let minute = digits.take(2), digits.skip(":"), let second = digits.take(2), hour < 24,
            minute < 60,
            second <= 60
        else { return nil }
        if digits.skip(".") { guard digits.skipDigits() else { return nil } }
        guard let offset = digits.takeOffset(), digits.rest.isEmpty else { return nil }
        return start + hour * 3600 + minute * 60 + second - offset
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }
    /// Of the proleptic Gregorian calendar, years counted from March.
    private static func days(since1970 year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private struct DateDigits {
    var rest: Substring.UTF8View

    mutating func take(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        rest = rest[digits.endIndex...]
        return Int(String(Substring(digits)))
    }
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }
    mutating func skipDigits() -> Bool {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest[digits.endIndex...]
        return !digits.isEmpty
    }
    /// Seconds east of UTC.
    mutating func takeOffset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let isWest = rest.first == UInt8(ascii: "-")
        guard skip("+") || skip("-"), let hours = take(2), skip(":"), let minutes = take(2), hours < 24,
            minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
    }
}
