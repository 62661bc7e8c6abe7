import Foundation
import HTTPClient
import Model
import ProviderPackages
import Repository
import Review
import Server

/// Looks, without starting or writing anything, at all that a configuration names: secrets, files, and the names of its
/// own parts.
struct ConfigurationCheck {
    private let configuration: Configuration
    private var problems: [Diagnostic] = []
    private var secrets = 0

    init(_ configuration: Configuration) {
        self.configuration = configuration
        checkState()
        checkTLS()
        for (name, repository) in configuration.repositories.sorted(by: { $0.key < $1.key }) {
            check(repository, "repository '\(name)'")
        }
        for (name, source) in configuration.sources.sorted(by: { $0.key < $1.key }) {
            check(source, "source '\(name)'")
        }
        checkEngines()
        for (name, notification) in configuration.notifications.sorted(by: { $0.key < $1.key }) {
            check(notification, "\(notification.kind.noun) '\(name)'")
        }
        for (name, hook) in configuration.hooks.sorted(by: { $0.key < $1.key }) {
            for problem in Self.problems(of: hook, in: configuration) {
                report("hook '\(name)'", problem.message, hint: problem.hint)
            }
            secrets += hook.secrets.count { if case .own = $0 { true } else { false } }
        }
    }

    /// What was checked; throws every problem at once.
    func text() throws(ConfigurationError) -> String {
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        let engines = configuration.namedEngines.map { $0 == $1.type.rawValue ? $0 : "\($0) (\($1.type))" }
        var lines = ["\(configuration.file ?? "the standard configuration") is fit for use", ""]
        lines += [
            row("source", "sources", Array(configuration.sources.keys)),
            row("repository", "repositories", Array(configuration.repositories.keys)),
            row("engine", "engines", engines),
            row("webhook", "webhooks", names { $0 == .webhook }),
            row("hook", "hooks", Array(configuration.hooks.keys)),
            row("notification", "notifications", names { $0 != .webhook }),
        ].compactMap(\.self)
        if secrets > 0 {
            lines.append(label("\(secrets) \(secrets == 1 ? "secret" : "secrets")", "readable"))
        }
        lines += [label("state", configuration.state), label("socket", configuration.socket)]
        if let listen = configuration.listen { lines.append(label("listen", "\(listen)")) }
        if let tls = configuration.tls { lines.append(label("tls", tls.certificate)) }
        if let url = configuration.url { lines.append(label("url", url)) }
        if let catalog = configuration.catalog { lines.append(label("catalog", "\(catalog)")) }
        if configuration.sources.isEmpty {
            lines += ["", "hint: nothing is watched; 'martlet init --repository URL' writes a configuration"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func names(_ isAmong: (Configuration.NotificationSettings.Kind) -> Bool) -> [String] {
        configuration.notifications.filter { isAmong($0.value.kind) }.map(\.key)
    }
    private func row(_ one: String, _ many: String, _ names: [String]) -> String? {
        if names.isEmpty { return nil }
        return label(
            "\(names.count) \(names.count == 1 ? one : many)", names.sorted().joined(separator: ", "))
    }
    private func label(_ label: String, _ text: String) -> String {
        "  \(label.padding(toLength: max(15, label.count + 2), withPad: " ", startingAt: 0))\(text)"
    }

    private mutating func report(_ subject: String, _ message: String, hint: String? = nil) {
        problems.append(Diagnostic(.error, "\(subject): \(message)", hint: hint))
    }

    /// Gives the secret where it can be read; the caller forgets it.
    @discardableResult
    private mutating func read(_ place: Configuration.SecretPlace?, _ subject: String) -> String? {
        guard let place else { return nil }
        do throws(ConfigurationError) {
            let secret = try place.read()
            secrets += 1
            return secret
        } catch {
            for problem in error.problems { report(subject, problem.message, hint: problem.hint) }
            return nil
        }
    }

    private mutating func checkFile(_ path: String?, _ what: String, _ subject: String, hint: String? = nil) {
        guard let path, access(path, R_OK) != 0 else { return }
        report(subject, "\(what) '\(path)' can't be read", hint: hint)
    }

    private mutating func checkState() {
        let state = configuration.state
        if access(state, F_OK) == 0, access(state, W_OK) != 0 {
            problems.append(Diagnostic(.error, "state folder '\(state)' can't be written to"))
        }
        if case .file(let path)? = configuration.key, access(path, F_OK) != 0 { return }
        read(configuration.key, "key")
    }

    private mutating func checkTLS() {
        do throws(ServerError) { try configuration.tls?.check() } catch {
            problems.append(Diagnostic(.error, error.message, hint: error.hint))
        }
    }

    private mutating func check(_ repository: Configuration.RepositorySettings, _ subject: String) {
        switch repository.login {
        case .none: break
        case .token(let place), .password(_, let place): read(place, subject)
        case .key(let file, let passphrase):
            checkFile(file, "ssh key", subject)
            read(passphrase, subject)
        }
        checkFile(repository.caFile, "CA file", subject)
        if let forge = repository.forge {
            read(forge.token, "forge of \(subject)")
            checkFile(forge.caFile, "CA file", "forge of \(subject)")
        }
        guard let url = try? RemoteURL(repository.url), url.scheme == .ssh else { return }
        let port = url.port.map { "-p \($0) " } ?? ""
        checkFile(
            repository.knownHosts ?? Configuration.userKnownHosts, "known_hosts file", subject,
            hint: "ssh-keyscan \(port)\(url.host) gives its lines; compare them with what the host publishes")
    }

    private mutating func check(_ source: Configuration.Source, _ subject: String) {
        let engines = configuration.namedEngines
        for name in (source.grants.engines ?? []).sorted() where engines[name] == nil {
            report(subject, "is granted engine '\(name)', which is not configured")
        }
        do throws(GitError) { try source.signatures?.check() } catch {
            report(subject, error.message, hint: error.hint)
        }
    }

    private mutating func checkEngines() {
        for (name, engine) in configuration.namedEngines.sorted(by: { $0.key < $1.key }) {
            if case .file(let path)? = engine.key, access(path, F_OK) != 0 { continue }
            read(engine.key, "engine '\(name)'")
        }
        checkProviders()
        for case .network(let url, let token, let caFile) in (configuration.providers.mirrors ?? []).map(
            \.place)
        {
            read(token, "mirror '\(url)'")
            checkFile(caFile, "CA file", "mirror '\(url)'")
        }
        let registries = configuration.namedEngines.filter { $0.value.type == .registry }.keys.sorted()
        if registries.count > 1 {
            report(
                "engines",
                "one registry lists all services, found '\(registries.joined(separator: "' and '"))'")
        }
        checkDefaults()
    }

    private mutating func checkProviders() {
        let providers = configuration.namedEngines.compactMapValues(\.terraform).sorted { $0.key < $1.key }
        guard !providers.isEmpty else { return }
        let sources: ProviderSources
        do throws(ConfigurationError) { sources = try ProviderSources(configuration) } catch {
            problems += error.problems
            return
        }
        for (name, settings) in providers {
            for secret in settings.secrets { check(secret, "engine '\(name)'") }
            guard sources.overrides[settings.source] == nil else { continue }
            do throws(PackageError) {
                _ = try sources.lock.pin(of: settings.source, within: settings.version)
            } catch { report("engine '\(name)'", error.message, hint: error.hint) }
        }
    }

    private mutating func check(_ secret: Configuration.ProviderSecret, _ subject: String) {
        switch secret {
        case .own(let place): read(place, subject)
        case .stored(let store, _, _):
            if let layer = configuration.namedEngines[store]?.type, layer == .sealed { return }
            report(subject, "takes a secret from '\(store)', which is no engine that keeps secrets")
        }
    }

    private mutating func checkDefaults() {
        let descriptions: [EngineDescription]
        do throws(ConfigurationError) { descriptions = try Engines.descriptions(configuration) } catch {
            problems += error.problems
            return
        }
        let layers = Dictionary(descriptions.map { ($0.name, $0.layer) }) { $1 }
        for (layer, name) in configuration.defaults.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where layers[name] != layer {
            let isThere = layers[name] != nil
            report(
                "default engine of layer \(layer.rawValue)",
                isThere ? "'\(name)' works in another layer" : "'\(name)' is not configured")
        }
    }

    private mutating func check(_ notification: Configuration.NotificationSettings, _ subject: String) {
        if case .secret(let place)? = notification.address, let url = read(place, subject),
            notification.isConfidential, HTTPRequest(url).isOpenToAll
        {
            report(
                subject, "http shows the credential to everybody on the way",
                hint: "let its address begin with https://")
        }
        for place in notification.secrets {
            guard let text = read(place, subject) else { continue }
            do throws(WebhookSecretError) { _ = try WebhookSecret(text) } catch {
                report(subject, error.description)
            }
        }
        read(notification.credential, subject)
        checkFile(notification.caFile, "CA file", subject)
        for name in notification.sources.sorted() where configuration.sources[name] == nil {
            report(subject, "names source '\(name)', which is not configured")
        }
    }
}
