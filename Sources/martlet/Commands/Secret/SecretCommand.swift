import ArgumentParser
import Foundation
import Manifests
import Model
import Secure

struct SecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Looks after the secrets of the sealed store.",
        discussion: """
            A value is read from standard input or a prompt, never from an argument, and is never printed. A running \
            controller sees a change at once.
            """,
        subcommands: [
            SecretPutCommand.self, SecretListCommand.self, SecretMetadataCommand.self,
            SecretRotateCommand.self,
            SecretRotateKeyCommand.self, SecretRemoveCommand.self,
        ])
}

/// Which sealed store a command works on.
struct SecretOptions: ParsableArguments {
    @OptionGroup var options: ConfigurationOptions

    @Option(help: "The sealed engine of the configuration. Left out: the only one.")
    var store: String?

    func open() throws(ConfigurationError) -> (name: String, store: SealedStore) {
        let configuration = try options.read()
        let engines = configuration.namedEngines.filter { $0.value.type == .sealed }
        let names = engines.keys.sorted()
        let all = "there are: \(names.joined(separator: ", "))"
        guard let name = store ?? (names.count == 1 ? names.first : nil) else {
            throw names.isEmpty
                ? ConfigurationError("the configuration has no sealed store")
                : ConfigurationError(
                    "the configuration has several sealed stores", hint: "name one with --store; \(all)")
        }
        guard let settings = engines[name] else {
            throw ConfigurationError(
                "no sealed store '\(name.escapedForDisplay)' is configured",
                hint: Suggestion.hint(name, among: names) ?? (names.isEmpty ? nil : all))
        }
        return (name, try Engines.sealedStore(settings, configuration))
    }
}

/// The names that a command was given, none of which may be a value that strayed in. What is refused is not repeated.
struct SecretNames {
    let path: SecretPath
    let keys: [String]

    init(_ path: String, _ keys: [String] = []) throws {
        if ([path] + keys).contains(where: { $0.contains("=") }) {
            throw ConfigurationError(
                "an argument looks like KEY=VALUE, and arguments are for everybody to see",
                hint: "give the value on standard input, or leave it out and type it at the prompt")
        }
        if let twice = Dictionary(grouping: keys, by: \.self).first(where: { $0.value.count > 1 })?.key {
            throw ConfigurationError("key '\(twice.escapedForDisplay)' is named twice")
        }
        (self.path, self.keys) = (try SecretPath(path), keys)
    }
}
