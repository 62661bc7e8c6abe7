import ArgumentParser
import Model

struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Lists resources, or shows one whole.")

    @Argument(help: "A kind ('infrastructure'), or a resource ('job/web'). Left out: everything.") var what: String?
    @Option(name: .long, help: "Only of this source.") var source: String?
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems {
            let operations = try options.operations()
            if let what, what.contains("/") {
                try options.output.show(try await operations.resource(what))
            } else {
                let kind = try what.map(kind)
                try options.output.show(try await operations.resources(kind: kind, source: source))
            }
        }
    }

    /// `Job`, `job` or `jobs`.
    private func kind(_ text: String) throws -> String {
        let wanted = text.lowercased()
        let kind = allKinds.first { [$0.id, $0.id + "s", $0.name.lowercased()].contains(wanted) }
        if let kind { return kind.id }
        throw OperationError(
            400, "no kind '\(text.escapedForDisplay)'",
            hint: "the kinds are \(allKinds.map(\.id).joined(separator: ", ")); a resource is named 'kind/name'")
    }
}
