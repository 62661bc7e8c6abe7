import ArgumentParser
import Foundation
import Model
import Review
import Run

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Shows what a job's instances have said.",
        discussion: "In the order of time, each line after the name of its instance.")

    @Argument(help: "A job: 'web', 'job/web' or 'job/PROJECT/web'.") var job: String
    @Flag(name: [.customShort("f"), .long], help: "Goes on with what they say from now on.")
    var follow = false
    @Option(name: .long, help: "Only what was said since: '10m', '2026-12-01' or '2026-12-01T14:00:00Z'.")
    var since: String?
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems {
            let interruption = Interruption()
            let lines = try await options.operations().logs(
                of: job, since: try since.map { try $0.pastMoment() }, follows: follow)
            let reading = Task {
                var view = LogView(style: .ofStandardOutput, format: options.output.format)
                for try await line in lines { Terminal.write(try view.text(line)) }
            }
            try await interruption.stopping(reading.cancel) { try await reading.value }
        }
    }
}

/// A job's lines as they are printed; each instance has a colour of its own on a terminal.
struct LogView {
    private let style: Style
    private let format: OutputFormat
    private var instances: [String: Int] = [:]

    init(style: Style, format: OutputFormat) { (self.style, self.format) = (style, format) }

    /// Cyan, green, yellow, magenta, blue: what is dim stays behind the text.
    private static let colours = [36, 32, 33, 35, 34]

    mutating func text(_ line: JobLog.Line) throws -> String {
        if format == .json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(line), as: UTF8.self) + "\n"
        }
        let number = instances[line.instance] ?? instances.count
        instances[line.instance] = number
        let name = line.instance.escapedForDisplay
        let prefix =
            style.colour ? "\u{1b}[2;\(Self.colours[number % Self.colours.count])m\(name)\u{1b}[0m" : name
        return "\(prefix)  \(line.text.safeForDisplay)\n"
    }
}

extension String {
    /// A length of time ago, a day or a moment in UTC.
    func pastMoment(now: Int = currentMilliseconds()) throws -> Timestamp {
        if let span = Span(self) { return Timestamp(milliseconds: now - span.milliseconds) }
        guard let moment = Timestamp(self) ?? Timestamp("\(self)T00:00:00Z") else {
            throw ConfigurationError(
                "'\(escapedForDisplay)' is no time", hint: "write 10m, 2026-12-01 or 2026-12-01T14:00:00Z")
        }
        return moment
    }
}
