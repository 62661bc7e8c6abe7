import ArgumentParser
import Foundation
import Model
import Review
import Store

struct StateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "What is recorded of infrastructure; and what Terraform has recorded, taken over.",
        discussion: """
            'list' and 'show' ask the controller where one runs. The others change what is recorded, and nothing else in \
            the world: they need the state folder for themselves, so that no controller acts on what is half said.
            """,
        subcommands: [List.self, Show.self, Move.self, Remove.self, StateImportCommand.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists what is recorded.")

        @Option(name: .long, help: "Only of this source.") var source: String?
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                do {
                    let operations = try options.operations()
                    try options.output.show(
                        try await operations.resources(kind: "infrastructure", source: source))
                } catch is NoController {
                    let folder = try StateFolder(options.configuration, command: "martlet state list")
                    try options.output.show(folder.table(source: source))
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one resource as it is recorded; what is secret of it is not shown.")

        @Argument(help: "A resource: 'infrastructure/site'.") var id: String
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                do {
                    let operations = try options.operations()
                    try options.output.show(try await operations.resource(id))
                } catch is NoController {
                    let folder = try StateFolder(options.configuration, command: "martlet state show")
                    try options.output.show(try folder.report(try folder.recorded(id)))
                }
            }
        }
    }

    struct Move: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "mv", abstract: "Gives a recorded resource another name.",
            discussion: "'reconcile: {movedFrom: …}' in the manifest does the same while a controller runs.")

        @Argument(help: "A recorded resource: 'infrastructure/site'.") var old: String
        @Argument(help: "Its new name.") var new: String
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                let folder = try StateFolder(
                    options.configuration, command: "martlet state mv",
                    whileRunning: "write 'reconcile: {movedFrom: …}' into its manifest")
                try options.output.show(try folder.move(old, to: new))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Leaves the object of a resource, and knows of it no more.")

        @Argument(help: "A recorded resource: 'infrastructure/site'.") var id: String
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                let folder = try StateFolder(
                    options.configuration, command: "martlet state rm",
                    whileRunning:
                        "take it out of git with 'reconcile: {onRemove: forget}', or say 'martlet forget'")
                try options.output.show(try folder.remove(id))
            }
        }
    }
}
