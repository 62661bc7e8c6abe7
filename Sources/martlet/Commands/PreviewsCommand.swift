import ArgumentParser

struct PreviewsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "previews",
        abstract: "Lists the open pull and merge requests, what each would change, and who approved that.")

    @Argument(help: "Left out: of all repositories.") var repository: String?
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems {
            try options.output.show(try await options.operations().requests(repository))
        }
    }
}
