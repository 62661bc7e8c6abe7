import Foundation
import Review

extension Style {
    /// Colour on a terminal alone, and not where `NO_COLOR` is set; as wide as the terminal, else 80 columns.
    static var ofStandardOutput: Style {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
        var size = winsize()
        let isSized = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Style(
            colour: isTerminal && !isPlain, width: isSized ? Int(size.ws_col) : 80,
            utcOffset: TimeZone.current.secondsFromGMT())
    }
}
