import ArgumentParser

struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Who is told what, and whether it arrives.",
        subcommands: [List.self, Test.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists who is told what, what waits for them, and what keeps it from arriving.")

        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                try options.output.show(try await options.operations().notifications())
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends a test through the running controller, and says what came back.")

        @Argument(
            help: "A notification or webhook of the configuration; 'forge/REPOSITORY' reads there only.")
        var name: String
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                try options.output.show(try await options.operations().testNotification(name))
            }
        }
    }
}
