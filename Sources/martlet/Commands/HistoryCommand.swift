import ArgumentParser

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "history", abstract: "Shows what happened, newest first.")

    @Argument(help: "A resource. Left out: everything.") var id: String?
    @Option(name: .long, help: "Only of this source.") var source: String?
    @Option(name: .long, help: "How many, up to 1000.") var limit = 50
    @OptionGroup var options: AskingOptions

    func validate() throws {
        guard 1...1000 ~= limit else { throw ValidationError("'--limit' is from 1 to 1000, not \(limit)") }
    }

    func run() async throws {
        try await reportingProblems {
            let question = HistoryQuestion(resource: id, source: source, limit: limit)
            try options.output.show(try await options.operations().history(question))
        }
    }
}
