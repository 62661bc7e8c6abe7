import Foundation
import Review

/// Whoever reads what a command prints.
enum Terminal {
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colour only where it is seen and not refused (`NO_COLOR`); the width of the terminal, else of `COLUMNS`, else
    /// 80; the reader's own clock.
    static var style: Style {
        let environment = ProcessInfo.processInfo.environment
        let refusesColour = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
        let width = windowWidth ?? environment["COLUMNS"].flatMap(Int.init) ?? 80
        return Style(
            colour: isInteractive && !refusesColour, width: width, utcOffset: TimeZone.current.secondsFromGMT())
    }

    private static var windowWidth: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
