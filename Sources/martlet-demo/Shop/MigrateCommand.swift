import ArgumentParser
import Foundation

/// The shop's migration: what the example's batch job runs. It takes its time, as they do.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the shop's database to its present schema.",
        shouldDisplay: false)
    static let schema = "orders 1\n"

    @Argument(help: "The file of the schema.") var path: String

    func run() async throws {
        try await Task.sleep(for: .milliseconds(500))
        try Self.schema.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
