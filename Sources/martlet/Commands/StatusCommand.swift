import ArgumentParser

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Is it in sync, since when, and if not, why?")

    @Argument(help: "Left out: all sources.") var source: String?
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems {
            try options.output.show(try await options.operations().status(source))
        }
    }
}
