package import struct Foundation.Date

/// A moment, to the millisecond; RFC 3339 in JSON.
package struct Timestamp: Hashable, Sendable, Comparable {
    /// Since 1970, UTC.
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }
    package init(seconds: Int) { milliseconds = seconds * 1000 }
    /// Clamped to the years that RFC 3339 can write, 0 to 9999.
    package init(_ date: Date) {
        let range = -62_167_219_200.0...253_402_300_799
        let seconds = min(max(date.timeIntervalSince1970, range.lowerBound), range.upperBound)
        milliseconds = Int((seconds * 1000).rounded())
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
    /// Never negative: a clock that was set back makes nothing happen in the future.
    package func elapsed(until later: Timestamp) -> Elapsed {
        Elapsed(milliseconds: max(0, later.milliseconds - milliseconds))
    }
}

/// `2026-11-21T14:02:11.250Z`; the milliseconds are left out where they are zero.
extension Timestamp: CustomStringConvertible, Codable {
    package var description: String {
        let fraction = milliseconds.remainder(1000)
        return "\(date)T\(clock)" + (fraction == 0 ? "" : ".\(fraction.padded(3))") + "Z"
    }
    /// `2026-11-21`, at this offset from UTC.
    var date: String {
        let (year, month, day) = civil
        return "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))"
    }
    /// `14:02:11`
    var clock: String {
        let second = milliseconds.quotient(1000).remainder(86_400)
        return "\((second / 3600).padded(2)):\((second / 60 % 60).padded(2)):\((second % 60).padded(2))"
    }
    /// Moved by an offset from UTC in seconds, so that `date` and `clock` are the reader's own.
    func shifted(_ seconds: Int) -> Timestamp { Timestamp(milliseconds: milliseconds + seconds * 1000) }

    package init?(_ text: some StringProtocol) {
        let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
        let isWhole = text.utf8.count == 20 && numbers.count == 6
        guard isWhole || (text.utf8.count == 24 && numbers.count == 7), text.last == "Z" else { return nil }
        let days = Self.days(year: numbers[0], month: numbers[1], day: numbers[2])
        let seconds = days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
        milliseconds = seconds * 1000 + (isWhole ? 0 : numbers[6])
        guard description == text else { return nil }
    }
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no time of RFC 3339 in UTC")
        }
        self = value
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
extension Timestamp {
    private var civil: (year: Int, month: Int, day: Int) {
        let days = milliseconds.quotient(86_400_000) + 719_468
        let dayOfEra = days.remainder(146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + days.quotient(146_097) * 400
        return month < 10
            ? (year, month + 3, dayOfYear - (153 * month + 2) / 5 + 1)
            : (year + 1, month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month > 2 ? year : year - 1
        let yearOfEra = year.remainder(400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return year.quotient(400) * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }
}

extension Int {
    /// Rounded down, also below zero.
    fileprivate func quotient(_ divisor: Int) -> Int { (self - remainder(divisor)) / divisor }
    fileprivate func remainder(_ divisor: Int) -> Int { (self % divisor + divisor) % divisor }
    fileprivate func padded(_ length: Int) -> String {
        String(repeating: "0", count: Swift.max(0, length - String(self).count)) + String(self)
    }
}
