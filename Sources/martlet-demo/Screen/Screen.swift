import Foundation
import Synchronization

/// Where the story is told: 80 columns, in colour only on a terminal.
final class Screen: Sendable {
    enum Tint: String {
        case plain = "0"
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case cyan = "36"
    }

    /// Of a command's output, which is shown three columns in.
    static let outputWidth = 77
    private let isColoured: Bool
    private let heading = Mutex(0)

    init() {
        let environment = ProcessInfo.processInfo.environment
        isColoured =
            isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
            && environment["TERM"] != "dumb"
    }

    func say(_ text: String, _ tint: Tint = .plain) {
        FileHandle.standardOutput.write(Data((painted(text, tint) + "\n").utf8))
    }

    /// The next chapter.
    func begin(_ title: String) {
        let number = heading.withLock { number in
            number += 1
            return number
        }
        say("\n\(number)  \(title)", .bold)
    }

    func explain(_ text: String) { for line in text.wrapped(77) { say("   \(line)", .dim) } }
    /// Something that was looked at, and is so.
    func confirm(_ text: String) {
        let lines = text.wrapped(75)
        say("   \(painted("✓", .green)) \(lines[0])")
        for line in lines.dropFirst() { say("     \(line)") }
    }
    func show(command: String) { say("   \(painted("$", .dim)) \(painted(command, .cyan))") }
    /// What a command printed.
    func show(output: String) {
        for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
            say(line.isEmpty ? "" : "   \(line)")
        }
    }

    func show(_ failure: Failure) {
        say("   \(painted("✗", .red)) \(failure.message)", .bold)
        if let hint = failure.hint { say("     hint: \(hint)") }
        guard !failure.log.isEmpty else { return }
        say("\nthe controller's last words:", .dim)
        for line in failure.log { say("  \(line)") }
    }

    private func painted(_ text: String, _ tint: Tint) -> String {
        isColoured && tint != .plain ? "\u{1b}[\(tint.rawValue)m\(text)\u{1b}[0m" : text
    }
}

/// Why the story could not go on.
struct Failure: Error, Sendable {
    var message: String
    var hint: String?
    /// The end of the controller's log.
    var log: [String] = []
    init(_ message: String, hint: String? = nil) { (self.message, self.hint) = (message, hint) }
}

extension String {
    /// At most so many characters a line, broken between words. Never empty.
    func wrapped(_ width: Int) -> [String] {
        var lines = [""]
        for word in split(separator: " ") {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if line.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

extension Duration {
    /// `340 ms`, `3.1 s`
    var seconds: String {
        let milliseconds = Int(self / .milliseconds(1))
        return milliseconds < 1000
            ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
