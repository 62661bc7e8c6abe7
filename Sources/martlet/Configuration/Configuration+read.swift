import Foundation
import HTTPClient
import Manifests
import Model
import Reconcile
import Review
import Server

/// What keeps a configuration from being used.
struct ConfigurationError: Error, Sendable {
    var problems: [Diagnostic]
    init(_ problems: [Diagnostic]) { self.problems = problems }
    init(_ message: String, hint: String? = nil) { problems = [Diagnostic(.error, message, hint: hint)] }
}

extension Configuration {
    /// Reads and checks a configuration file. Relative paths in it are taken from its own folder.
    static func read(_ file: String) throws(ConfigurationError) -> Configuration {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw ConfigurationError(
                "configuration '\(file)' can't be read",
                hint: "write one with 'martlet init', or name another with --config")
        }
        return try parse(bytes, file: file)
    }

    static func parse(_ bytes: Data, file: String) throws(ConfigurationError) -> Configuration {
        let document = bytes.withUnsafeBytes {
            Document($0, file: file, fields: fields, named: "configuration")
        }
        guard let value = document.value else { throw ConfigurationError(document.problems) }
        var reading = ConfigurationReading(
            document: document, folder: URL(filePath: file).deletingLastPathComponent())
        let configuration = reading.configuration(value)
        guard reading.problems.isEmpty else { throw ConfigurationError(reading.problems.sortedByPlace) }
        return configuration
    }

    /// What stands where there is no file: no source, the embedded engines, the user's own state folder.
    static func standard() -> Configuration {
        let state = defaultState()
        return Configuration(name: "martlet", state: state, socket: "\(state)/martlet.sock")
    }

    static func defaultState() -> String {
        if geteuid() == 0 { return "/var/lib/martlet" }
        let environment = ProcessInfo.processInfo.environment
        let base = environment["XDG_STATE_HOME"] ?? "\(NSHomeDirectory())/.local/state"
        return "\(base)/martlet"
    }
}

/// Turns a document that fits the schema into settings, gathering what is wrong between its fields.
struct ConfigurationReading {
    let document: Document
    let folder: URL
    var problems: [Diagnostic] = []

    mutating func configuration(_ value: Value) -> Configuration {
        let state = value["state"]?.string.map(absolute) ?? Configuration.defaultState()
        let socket = value["socket"]?.string.map(absolute) ?? "\(state)/martlet.sock"
        var result = Configuration(
            name: value["name"]?.string ?? "martlet", file: document.file, state: state, socket: socket)
        result.listen = endpoint("listen", of: value)
        result.catalog = endpoint("catalog", of: value)
        result.tls = value["tls"].map { files in
            TLSFiles(
                certificate: absolute(files["certificate"]?.string ?? ""),
                key: absolute(files["key"]?.string ?? ""))
        }
        result.isInsecure = value["insecure"]?.bool ?? false
        result.proxies = networks("proxies", of: value, FieldPath()).compactMap { Network($0) }
        result.url = value["url"]?.string.flatMap { url($0) }
        if let catalog = result.catalog, !catalog.isLoopback {
            report(
                FieldPath("catalog"), "the catalog answers everybody, and so on this machine alone",
                hint: "write 127.0.0.1:\(catalog.port)")
        }
        result.log.level = value["log"]?["level"]?.string ?? "info"
        result.log.format = .init(rawValue: value["log"]?["format"]?.string ?? "") ?? .text
        result.key = value["key"].flatMap { secret($0, FieldPath("key")) }
        result.parallelism = value["parallelism"]?.int ?? 32
        result.sweep = span("sweep", of: value, FieldPath()) ?? result.sweep
        each("repositories", of: value) { reading, name, value, path in
            result.repositories[name] = reading.repository(value, path)
        }
        if let value = value["providers"] { result.providers = providers(value) }
        each("engines", of: value) { reading, name, value, path in
            result.engines[name] = reading.engine(value, path)
            result.engines[name]?.terraform = reading.terraform(
                value, path, defaultHost: result.providers.host)
        }
        for layer in Layer.allCases { result.defaults[layer] = value["defaults"]?[layer.rawValue]?.string }
        each("sources", of: value) { reading, name, value, path in
            result.sources[name] = reading.source(name, value, path)
            if let repository = value["repository"]?.string, result.repositories[repository] == nil {
                reading.report(
                    path.appending("repository"), "no repository '\(repository)' is configured",
                    hint: "name it under 'repositories'")
            }
        }
        each("notifications", of: value) { reading, name, value, path in
            result.notifications[name] = reading.notification(value, path)
        }
        each("webhooks", of: value) { reading, name, value, path in
            if result.notifications[name] != nil {
                reading.report(path, "a notification has the name '\(name)' too", hint: "give it another")
            }
            result.notifications[name] = reading.notification(value, path, kind: .webhook)
        }
        for (name, repository) in result.repositories
        where repository.forge?.kind == .bitbucket && result.url == nil {
            report(
                FieldPath("repositories").appending(name).appending("forge"),
                "bitbucket takes no status without a link",
                hint: "say with 'url' where people reach this controller")
        }
        each("hooks", of: value) { reading, name, value, path in
            result.hooks[name] = reading.hook(name, value, path)
        }
        checkOwners(result)
        return result
    }

    /// Nil, and said, where it is no address of a whole server: pages are at its root.
    private mutating func url(_ text: String) -> String? {
        let whole = text.hasSuffix("/") ? String(text.dropLast()) : text
        let rest = ["https://", "http://"].first { whole.hasPrefix($0) }.map { whole.dropFirst($0.count) }
        let plain = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]"
        if let rest, !rest.isEmpty, rest.allSatisfy({ plain.contains($0) }) { return whole }
        report(
            FieldPath("url"), "'\(text.escapedForDisplay)' is no address of a server",
            hint: "write https://martlet.example, in lower case and without a path")
        return nil
    }

    private mutating func each(
        _ key: String, of value: Value, _ body: (inout ConfigurationReading, String, Value, FieldPath) -> Void
    ) {
        for (name, item) in (value[key]?.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
            body(&self, name, item, FieldPath(key).appending(name))
        }
    }

    mutating func report(_ path: FieldPath, _ message: String, hint: String? = nil) {
        problems.append(document.problem(path, message, hint: hint))
    }

    func absolute(_ path: String) -> String {
        path.hasPrefix("/")
            ? path : folder.appending(path: path).standardizedFileURL.path(percentEncoded: false)
    }

    /// Nil where it is left out, or shorter than anything that goes on for ever may be.
    mutating func span(_ key: String, of value: Value, _ path: FieldPath) -> Span? {
        guard let text = value[key]?.string, let span = Span(text) else { return nil }
        if span >= Span(milliseconds: 1000) { return span }
        report(path.appending(key), "'\(text)' is less than a second", hint: "write 1s or more")
        return nil
    }

    private mutating func endpoint(_ key: String, of value: Value) -> Configuration.Endpoint? {
        guard let text = value[key]?.string else { return nil }
        if let endpoint = Configuration.Endpoint(text) { return endpoint }
        let problem = Configuration.Endpoint.problem(text)
        report(FieldPath(key), problem.message, hint: problem.hint)
        return nil
    }

    mutating func secret(_ value: Value, _ path: FieldPath) -> Configuration.SecretPlace? {
        switch (value["file"]?.string, value["env"]?.string) {
        case (let file?, nil): return .file(absolute(file))
        case (nil, let name?): return .environment(name)
        default:
            report(path, "a secret is in one place: 'file' or 'env'")
            return nil
        }
    }

    /// A project's resources belong to one source; two that may declare it would fight.
    private mutating func checkOwners(_ configuration: Configuration) {
        var owners: [String: String] = [:]
        for (name, source) in configuration.sources.sorted(by: { $0.key < $1.key }) {
            for project in source.grants.projects.sorted() {
                guard let other = owners[project] else {
                    owners[project] = name
                    continue
                }
                report(
                    FieldPath("sources").appending(name), "project '\(project)' belongs to source '\(other)'",
                    hint: "give each source projects of its own")
            }
        }
        checkUsers(configuration)
    }

    /// Jobs of one user can read each other's secrets, so that a user serves one source.
    private mutating func checkUsers(_ configuration: Configuration) {
        var owners: [String: String] = [:]
        for (name, source) in configuration.sources.sorted(by: { $0.key < $1.key }) {
            for user in source.grants.users.sorted() {
                guard let other = owners.updateValue(owners[user] ?? name, forKey: user) else { continue }
                report(
                    FieldPath("sources").appending(name), "user '\(user)' runs jobs of source '\(other)'",
                    hint: "give each source users of its own")
            }
        }
    }
}
