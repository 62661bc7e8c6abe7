import ArgumentParser
import Foundation

struct SourceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source", abstract: "Lists sources, and ends those that are gone from the configuration.",
        subcommands: [List.self, Forget.self, Destroy.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Where each source comes from, and where it stands.")

        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems { try options.output.show(try await options.operations().sources()) }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Leaves all of its objects, and knows of them no more.")

        @Argument(help: "A source that the configuration no longer has.") var name: String
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                try options.output.show(try await options.operations().endSource(name, keepsObjects: true))
            }
        }
    }

    struct Destroy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Deletes all of its objects.")

        @Argument(help: "A source that the configuration no longer has.") var name: String
        @Flag(name: .long, help: "Does not ask first.") var yes = false
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                try confirm()
                try options.output.show(try await options.operations().endSource(name, keepsObjects: false))
            }
        }

        private func confirm() throws {
            if yes { return }
            guard isatty(STDIN_FILENO) == 1 else {
                throw ConfigurationError("this deletes all objects of source '\(name)'", hint: "say --yes if that is meant")
            }
            Terminal.write("This deletes all objects of source '\(name)'. Type its name to go on: ")
            guard readLine() == name else { throw ConfigurationError("nothing was done") }
        }
    }
}
