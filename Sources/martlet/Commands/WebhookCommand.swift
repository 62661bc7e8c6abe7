import ArgumentParser
import Foundation
import Model
import Review
import Server

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
                case .json:
                    let encoder = JSONEncoder()
                    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                    Terminal.write(String(decoding: try encoder.encode(list), as: UTF8.self) + "\n")
                case .text: Terminal.write(list.text(now: .now))
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

extension WebhookList {
    fileprivate func text(now: Date) -> String {
        if hooks.isEmpty {
            return "no hook is configured\n  hint: 'martlet explain Configuration.hooks' says how\n"
        }
        let rows = hooks.map { hook in
            let branches = hook.branches.isEmpty ? "" : " (\(hook.branches.joined(separator: ", ")))"
            let last = hook.last.map { last in
                let age = Elapsed(milliseconds: max(0, Int(now.timeIntervalSince1970 * 1000) - last.at))
                return "\(last.outcome.rawValue) \(age) ago" + (last.cause.map { ": \($0.escapedForDisplay)" } ?? "")
            }
            return [
                hook.name, hook.provider, hook.address.escapedForDisplay,
                (hook.sources.joined(separator: ", ") + branches).escapedForDisplay,
                last ?? "nothing came since the start",
            ]
        }
        return rows.aligned.map { $0 + "\n" }.joined()
    }
}
