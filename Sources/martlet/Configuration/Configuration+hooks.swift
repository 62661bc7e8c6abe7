import Model
import Secure
import Server

extension Configuration {
    /// What comes in under `/hooks/`.
    struct HookSettings: Sendable, Equatable {
        var provider: HookProvider
        var secrets: [HookSecretPlace]
        /// Empty for all.
        var sources: Set<String> = []
        /// Empty for every branch and tag.
        var branches: [String] = []
        var rate = HookRate()
    }
    /// Where a secret that a sender signs with is.
    enum HookSecretPlace: Sendable, Hashable {
        case own(SecretPlace)
        /// Of the sealed store, its newest version.
        case sealed(path: String, key: String)
    }

    static let hook: [Field] = [
        Field(
            "provider", .choice(HookProvider.allCases.map(\.rawValue)), required: true,
            """
            Who sends, and so how it signs: `github`, `gitlab` (a token, or a signing token `whsec_…`, beside which no \
            token counts), `gitea`, `forgejo`, `bitbucket`, `generic` (`X-Signature: sha256=…`, the HMAC of the body), \
            `standard` (Standard Webhooks) or `cloudevents` (which has no signature of its own: as `standard` where the \
            secret is `whsec_…`, else as `generic`).
            """),
        Field(
            "secrets",
            .list(
                .object([
                    Field("file", .string, "A file of mode 0600 that holds it."),
                    Field("env", .string, "A variable of the controller's environment that holds it."),
                    Field(
                        "secret", .string, "Path of a secret in the sealed store that holds it, beside `key`."
                    ),
                    Field("key", .string, "The key of `secret`."),
                ])), required: true,
            "What it signs with, at least 16 characters; several while one is replaced. Read again when they change.",
            example: "[{file: forge.secret}, {secret: forge/hook, key: value}]"),
        Field(
            "sources", .list(.string, unique: true), "Sources whose repository is fetched. Left out: all."),
        Field(
            "branches", .list(.string, unique: true),
            "Branches whose pushes count, `*` standing for any characters; a pattern that begins with `refs/` is "
                + "compared with whole references. Left out: every branch and tag.",
            example: "[main, \"release/*\"]"
        ),
        Field(
            "rate", .string, default: .string("60/m"),
            "Deliveries that are taken at most, a second (`s`), minute (`m`) or hour (`h`)."),
    ]
}

extension ConfigurationReading {
    mutating func hook(_ name: String, _ value: Value, _ path: FieldPath) -> Configuration.HookSettings {
        if name.asName != name {
            report(
                path, "'\(name.escapedForDisplay)' is no name for a hook",
                hint: name.asName.map { "write '\($0)'" })
        }
        var secrets: [Configuration.HookSecretPlace] = []
        for (index, item) in (value["secrets"]?.items ?? []).enumerated() {
            if let place = hookSecret(item, path.appending("secrets").appending(index)) {
                secrets.append(place)
            }
        }
        if value["secrets"]?.items.isEmpty ?? false {
            report(path.appending("secrets"), "at least one secret is needed")
        }
        let provider = value["provider"]?.string.flatMap { HookProvider(rawValue: $0) }
        var result = Configuration.HookSettings(provider: provider ?? .generic, secrets: secrets)
        result.sources = Set(value["sources"]?.strings ?? [])
        result.branches = value["branches"]?.strings ?? []
        guard let text = value["rate"]?.string else { return result }
        guard let rate = HookRate(text) else {
            report(
                path.appending("rate"), "'\(text.escapedForDisplay)' is no rate", hint: "write 60/m, or 10/s")
            return result
        }
        result.rate = rate
        return result
    }

    private mutating func hookSecret(
        _ value: Value, _ path: FieldPath
    ) -> Configuration.HookSecretPlace? {
        guard value["secret"] != nil || value["key"] != nil else {
            return secret(value, path).map { .own($0) }
        }
        guard value["file"] == nil, value["env"] == nil, let text = value["secret"]?.string,
            let key = value["key"]?.string
        else {
            report(
                path, "a secret is in one place: 'file', 'env', or 'secret' with 'key'",
                hint: "write {secret: forge/hook, key: value}")
            return nil
        }
        do throws(SealedError) { return .sealed(path: try SecretPath(text).description, key: key) } catch {
            report(path.appending("secret"), error.message, hint: error.hint)
            return nil
        }
    }
}

extension Configuration {
    /// The sealed store of the controller's own secrets: the layer's default one, or the only one.
    var hookStore: String? {
        let sealed = namedEngines.filter { $0.value.type == .sealed }.keys
        if let name = defaults[.secure], sealed.contains(name) { return name }
        return sealed.contains("sealed") ? "sealed" : sealed.count == 1 ? sealed.first : nil
    }

    /// The sources that a hook is about, by name.
    func sources(of hook: HookSettings) -> [String] {
        (hook.sources.isEmpty ? Array(sources.keys) : Array(hook.sources)).sorted()
    }
}

extension ConfigurationCheck {
    /// What is wrong with a hook; secrets of the sealed store may come later.
    static func problems(of hook: Configuration.HookSettings, in configuration: Configuration) -> [Diagnostic]
    {
        var problems: [Diagnostic] = []
        for place in hook.secrets {
            switch place {
            case .sealed:
                if configuration.hookStore == nil {
                    problems.append(
                        Diagnostic(.error, "there is no one sealed store that its secret could be in"))
                }
            case .own(let place):
                do {
                    _ = try HookSecret(try place.read(), for: hook.provider)
                } catch let error as HookSecretError {
                    problems.append(Diagnostic(.error, error.description, hint: error.hint))
                } catch {
                    problems += (error as? ConfigurationError)?.problems ?? []
                }
            }
        }
        for name in hook.sources.sorted() where configuration.sources[name] == nil {
            problems.append(Diagnostic(.error, "names source '\(name)', which is not configured"))
        }
        return problems
    }
}
