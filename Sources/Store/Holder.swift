import Foundation

/// The process that a state directory belongs to while it runs.
package struct Holder: Hashable, Sendable, Codable {
    package var pid: Int32
    /// As a person would name it: `martlet serve`.
    package var command: String
    package var host: String
    /// Seconds since 1970.
    package var since: Int

    package init(pid: Int32, command: String, host: String, since: Int) {
        (self.pid, self.command, self.host, self.since) = (pid, command, host, since)
    }

    /// This process, from now on.
    package static func current(command: String) -> Holder {
        Holder(
            pid: ProcessInfo.processInfo.processIdentifier, command: command,
            host: ProcessInfo.processInfo.hostName, since: Int(Date().timeIntervalSince1970))
    }
}

extension Holder: CustomStringConvertible {
    package var description: String { "'\(command)' (pid \(pid)) since \(since.utcTime)" }
}

extension Int {
    /// Seconds since 1970 to the second: `2026-11-21 14:02:11 UTC`.
    var utcTime: String {
        let style = Date.VerbatimFormatStyle(
            format: """
                \(year: .padded(4))-\(month: .twoDigits)-\(day: .twoDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
                \(second: .twoDigits) UTC
                """,
            locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt,
            calendar: Calendar(identifier: .gregorian))
        return Date(timeIntervalSince1970: TimeInterval(self)).formatted(style)
    }
}
