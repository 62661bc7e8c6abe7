import ArgumentParser
import Foundation
import Review

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, markdown
}

/// How a command answers.
struct OutputOptions: ParsableArguments {
    @Option(name: .long, help: "How to answer: text, json or markdown.")
    var format = OutputFormat.text

    /// One after another, where there are several; ends the command with what they say.
    func show(_ reports: [some Report]) throws {
        for (index, report) in reports.enumerated() {
            switch format {
            case .text: Terminal.write((index > 0 ? "\n" : "") + report.text(Terminal.style))
            case .markdown: Terminal.write((index > 0 ? "\n" : "") + report.markdown(MarkdownStyle()))
            case .json: Terminal.write(try report.json())
            }
        }
        let codes = Set(reports.map(\.exitCode))
        let code = [Review.ExitCode.error, .changes].first(where: codes.contains) ?? .done
        guard code == .done else { throw ArgumentParser.ExitCode(code.rawValue) }
    }
    func show(_ report: some Report) throws { try show([report]) }

    func show(_ answer: Answer) throws {
        switch format {
        case .text, .markdown:
            Terminal.write(answer.message + "\n" + (answer.hint.map { "  hint: \($0)\n" } ?? ""))
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Terminal.write(String(decoding: try encoder.encode(answer), as: UTF8.self) + "\n")
        }
    }
}

/// Where the controller is, and how to answer: what every command that asks it takes.
struct AskingOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var output: OutputOptions

    func operations() throws -> RemoteOperations { try RemoteOperations(socket: try configuration.read().socket) }
}
