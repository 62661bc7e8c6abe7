import ArgumentParser
import Model
import Secure

struct SecretRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Gives a secret a new random value.",
        discussion: "The other keys stay as they are. Whoever uses the secret is updated by the controller.")

    @OptionGroup var options: SecretOptions

    @Argument(help: "Its path, such as shop/db.")
    var path: String

    @Argument(help: "The key. Left out: the only one.")
    var key: String?

    @Option(help: "The value's length in letters and digits.")
    var length = 32

    func run() async throws {
        try await reportingProblems {
            let names = try SecretNames(path, [key].compactMap(\.self))
            let (_, store) = try options.open()
            let key = try Self.key(names, of: try store.metadata(names.path))
            let version = try store.generate(names.path, key: key, length: length)
            print("secret '\(names.path)' is at version \(version): '\(key)' has a new value")
        }
    }

    /// A key that is not there would be made beside the one that was meant.
    private static func key(_ names: SecretNames, of metadata: SecretMetadata) throws(ConfigurationError)
        -> String
    {
        let keys = metadata.current?.keys ?? []
        let all = "it has \(keys.joined(separator: ", "))"
        if let key = names.keys.first {
            if keys.contains(key) { return key }
            throw ConfigurationError(
                "secret '\(names.path)' has no key '\(key.escapedForDisplay)'",
                hint: keys.isEmpty ? "'martlet secret put \(names.path)' gives it a value" : all)
        }
        if keys.count == 1 { return keys[0] }
        throw ConfigurationError(
            keys.isEmpty
                ? "secret '\(names.path)' has no value to replace"
                : "secret '\(names.path)' has several keys",
            hint: keys.isEmpty ? "'martlet secret put \(names.path)' gives it one" : "name one; \(all)")
    }
}

struct SecretRotateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key", abstract: "Seals every secret of a store under a new master key.",
        discussion: """
            The values stay the same: whoever had the old key and an old copy of the store can still read those, so \
            rotate the values too if the key has leaked.
            """)

    @OptionGroup var options: SecretOptions

    func run() async throws {
        try await reportingProblems {
            let (name, store) = try options.open()
            let count = try store.rotateKey()
            print(
                "store '\(name)' has a new master key; \(count) \(count == 1 ? "secret is" : "secrets are") sealed under it"
            )
        }
    }
}

struct SecretRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Takes the values of a secret away for good.",
        discussion: "Its versions' dates and keys stay on record, unless it is purged.")

    @OptionGroup var options: SecretOptions

    @Argument(help: "Its path, such as shop/db.")
    var path: String

    @Option(help: "One version. Left out: all of them.")
    var version: Int?

    @Flag(help: "Forget that it ever was; versions begin at 1 again.")
    var purge = false

    func run() async throws {
        try await reportingProblems {
            let names = try SecretNames(path)
            if purge, version != nil {
                throw ConfigurationError(
                    "--purge forgets all of a secret, and --version names one", hint: "give one of them")
            }
            let (_, store) = try options.open()
            if purge {
                try store.purge(names.path)
                print("secret '\(names.path)' is gone")
            } else {
                try store.remove(names.path, version: version)
                print(
                    "secret '\(names.path)' has no value in \(version.map { "version \($0)" } ?? "any version")"
                )
            }
        }
    }
}
