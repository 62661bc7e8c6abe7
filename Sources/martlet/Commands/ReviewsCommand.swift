import ArgumentParser

struct ReviewsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reviews",
        abstract: "What requests were shown to change, who approved it, and what waits for that.")

    @Argument(help: "A source. Left out: all.") var source: String?
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems {
            try options.output.show(try await options.operations().reviews(source))
        }
    }
}
