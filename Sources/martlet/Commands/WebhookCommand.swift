import ArgumentParser
import Foundation
import Review

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook", abstract: "Lists and tries the hooks that pushes are heard of by.",
        subcommands: [List.self, Test.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Where each hook answers, for what, and what came of its last delivery.")

        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                let list = try await options.operations().webhooks()
                switch options.output.format {
                case .json: Terminal.write(try list.json())
                case .text: Terminal.write(list.text(now: Timestamp(.now)))
                case .markdown:
                    Terminal.write(list.hooks.map { "- `\($0.name)`: `\($0.address)`\n" }.joined())
                }
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends a signed ping through a hook, and says what came back.")

        @Argument(help: "A hook's name in the configuration.") var name: String
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                try options.output.show(try await options.operations().testWebhook(name))
            }
        }
    }
}
