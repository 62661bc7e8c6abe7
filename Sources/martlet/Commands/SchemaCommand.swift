import ArgumentParser
import Manifests
import Model

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints JSON Schema (draft 2020-12) for editors.",
        discussion: """
            With the YAML extension of an editor: 'martlet schema > martlet.schema.json', and name that file in the \
            editor's settings, or in a manifest's first line: '# yaml-language-server: $schema=martlet.schema.json'.
            """)

    @Argument(
        help: "A kind, or 'configuration'. Left out: all kinds.",
        completion: .list(allKinds.map(\.name) + ["configuration"]))
    var subject: String?

    func run() async throws {
        try await reportingProblems { print(try text(), terminator: "") }
    }

    private func text() throws(ConfigurationError) -> String {
        guard let subject else { return JSONSchema.text(kinds: allKinds, engines: Engines.embedded) }
        if subject.lowercased() == "configuration" {
            return JSONSchema.text(
                fields: Configuration.fields, title: "Configuration of Martlet",
                documentation: Configuration.documentation)
        }
        if let kind = allKinds.first(where: { $0.name.lowercased() == subject.lowercased() }) {
            return JSONSchema.text(kinds: [kind], engines: Engines.embedded)
        }
        let names = allKinds.map(\.name) + ["configuration"]
        throw ConfigurationError(
            "there is no schema of '\(subject.escapedForDisplay)'",
            hint: Suggestion.hint(subject, among: names) ?? "there are: \(names.joined(separator: ", "))")
    }
}
