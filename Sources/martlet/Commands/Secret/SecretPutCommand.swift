import ArgumentParser
import Foundation
import Secure

struct SecretPutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Stores a new version of a secret.",
        discussion: """
            On a terminal each key is asked for. Otherwise one key is all of standard input without its last newline, \
            and several keys are KEY=VALUE lines or a JSON object of strings:
              openssl rand -hex 16 | martlet secret put shop/db password
              vault kv get -format=json -field=data kv/db | martlet secret put shop/db username password
            """)

    @OptionGroup var options: SecretOptions

    @Argument(help: "Its path, such as shop/db.")
    var path: String

    @Argument(help: "Its keys. Left out: 'value'.")
    var keys: [String] = []

    @Flag(help: "Drop the keys that are not named; otherwise they stay as they are.")
    var replace = false

    @Option(help: "A note for people, shown by 'list'. An empty one takes it away.")
    var note: String?

    func run() async throws {
        try await reportingProblems {
            let names = try SecretNames(path, keys.isEmpty ? ["value"] : keys)
            let (_, store) = try options.open()
            let values =
                isatty(STDIN_FILENO) == 1
                ? try Self.prompt(names) : try SecretInput.read(names.keys, from: .standardInput)
            let version = try store.put(names.path, values, merging: !replace, note: note)
            let kept = try store.metadata(names.path).versions.first { $0.number == version }?.keys ?? []
            print("secret '\(names.path)' is at version \(version): \(kept.joined(separator: ", "))")
        }
    }

    private static func prompt(_ names: SecretNames) throws -> [String: [UInt8]] {
        var values: [String: [UInt8]] = [:]
        for key in names.keys {
            let value = try HiddenPrompt.ask("\(key) of \(names.path): ")
            guard !value.isEmpty else { throw SecretInputError.empty(key) }
            guard try HiddenPrompt.ask("\(key) again: ") == value else { throw SecretInputError.unequal(key) }
            values[key] = value
        }
        return values
    }
}
