/// How long something took, or how long ago it was: a number of milliseconds in JSON, words for people.
package struct Elapsed: Hashable, Sendable, Comparable {
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }
    package init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
    package static func < (left: Elapsed, right: Elapsed) -> Bool { left.milliseconds < right.milliseconds }
}

extension Elapsed: Codable {
    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int.self)
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

/// `40 ms`, `3.1 s`, `46 s`, `2 min`, `1 h 5 min`, `3 d 4 h`: two figures are enough to act on.
extension Elapsed: CustomStringConvertible {
    package var description: String {
        let (seconds, minutes) = (milliseconds / 1000, milliseconds / 60_000)
        return switch milliseconds {
        case ..<100: "\(milliseconds) ms"
        case ..<10_000 where milliseconds % 1000 >= 100: "\(seconds).\(milliseconds / 100 % 10) s"
        case ..<120_000: "\(seconds) s"
        case ..<3_600_000: "\(minutes) min"
        case ..<86_400_000: "\(minutes / 60) h" + (minutes % 60 == 0 ? "" : " \(minutes % 60) min")
        case ..<864_000_000: "\(minutes / 1440) d" + (minutes / 60 % 24 == 0 ? "" : " \(minutes / 60 % 24) h")
        default: "\(minutes / 1440) d"
        }
    }
    /// Whole seconds from one second on: for ages.
    var rough: Elapsed {
        Elapsed(milliseconds: milliseconds < 1000 ? milliseconds : milliseconds / 1000 * 1000)
    }
    /// `00:07`, `1:02:07`: for a clock that runs.
    var clock: String {
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        let seconds = milliseconds / 1000
        let hours = seconds < 3600 ? "" : "\(seconds / 3600):"
        return "\(hours)\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
