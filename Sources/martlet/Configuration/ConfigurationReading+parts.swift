import Foundation
import HTTPClient
import Model
import Reconcile
import Repository

extension ConfigurationReading {
    mutating func repository(_ value: Value, _ path: FieldPath) -> Configuration.RepositorySettings {
        var url = value["url"]?.string ?? ""
        if !url.contains("://"), !url.contains(":"), !url.hasPrefix("/") { url = absolute(url) }
        var result = Configuration.RepositorySettings(url: url)
        do throws(GitError) { _ = try RemoteURL(url) } catch {
            report(path.appending("url"), error.message, hint: error.hint)
        }
        let passphrase = value["passphrase"].flatMap { secret($0, path.appending("passphrase")) }
        let token = value["token"].flatMap { secret($0, path.appending("token")) }
        let password = value["password"].flatMap { secret($0, path.appending("password")) }
        switch (token, value["user"]?.string, password, value["sshKey"]?.string) {
        case (nil, nil, nil, nil): result.login = .none
        case (let token?, nil, nil, nil): result.login = .token(token)
        case (nil, let user?, let password?, nil): result.login = .password(user: user, password)
        case (nil, nil, nil, let key?): result.login = .key(absolute(key), passphrase: passphrase)
        default:
            report(
                path, "one way to log in is needed, and several or half of one are given",
                hint: "give 'token', or 'user' and 'password', or 'sshKey'")
        }
        result.caFile = value["caFile"]?.string.map(absolute)
        result.knownHosts = value["knownHosts"]?.string.map(absolute)
        result.interval = span("interval", of: value, path) ?? result.interval
        result.timeout = span("timeout", of: value, path) ?? result.timeout
        result.idleTimeout = span("idleTimeout", of: value, path) ?? result.idleTimeout
        result.forge = value["forge"].flatMap { forge($0, of: url, path.appending("forge")) }
        return result
    }

    mutating func source(_ name: String, _ value: Value, _ path: FieldPath) -> Configuration.Source {
        let project = value["project"]?.string ?? name
        let allow = value["allow"] ?? .map([:])
        func strings(_ key: String) -> [String] { (allow[key]?.items ?? []).compactMap(\.string) }
        var grants = Grants(projects: Set(strings("projects")).union([project]))
        grants.references = Set(strings("references"))
        grants.engines = allow["engines"].map { Set($0.items.compactMap(\.string)) }
        grants.secrets = allow["secrets"] == nil ? ["\(project)/**"] : strings("secrets")
        grants.roots = strings("roots").map(absolute)
        grants.owners = Set(strings("owners"))
        grants.users = Set(strings("users"))
        grants.mayAdopt = allow["adopt"]?.bool ?? false
        grants.ports = strings("ports").compactMap { ports($0, path.appending("allow").appending("ports")) }
        var result = Configuration.Source(
            repository: value["repository"]?.string ?? "", project: project, grants: grants)
        result.path = value["path"]?.string ?? ""
        result.revision = value["revision"]?.string ?? "main"
        result.variables = value["variables"]?.fields ?? [:]
        result.review = value["requireReviewedPlan"]?.string.flatMap(ReviewRule.init)
        result.signatures = value["signatures"].flatMap { signatures($0, path.appending("signatures")) }
        result.maxDeletes = value["maxDeletes"].flatMap { budget($0, path) } ?? DeleteBudget()
        return result
    }

    private mutating func signatures(_ value: Value, _ path: FieldPath) -> SignatureRule? {
        func file(_ key: String) -> String? { value[key]?.string.map(absolute) }
        let rule = SignatureRule(
            allowedSigners: file("allowedSigners"), revokedKeys: file("revokedKeys"), keyring: file("keyring")
        )
        if rule.allowedSigners == nil, rule.keyring == nil {
            report(path, "nobody's signature would count", hint: "name 'allowedSigners', or a 'keyring'")
        }
        return rule
    }

    private mutating func budget(_ value: Value, _ path: FieldPath) -> DeleteBudget? {
        if let fixed = value.int { return DeleteBudget(fixed: fixed) }
        guard let text = value.string else { return nil }
        if let fixed = Int(text) { return DeleteBudget(fixed: fixed) }
        guard text.hasSuffix("%"), let percent = Int(text.dropLast()), (0...100).contains(percent) else {
            report(
                path.appending("maxDeletes"), "'\(text)' is no number and no percentage",
                hint: "write 25 or 10%")
            return nil
        }
        var budget = DeleteBudget()
        budget.percent = percent
        return budget
    }

    mutating func networks(_ key: String, of value: Value, _ path: FieldPath) -> [String] {
        let texts = value[key]?.strings ?? []
        for (index, text) in texts.enumerated() where Network(text) == nil {
            report(
                path.appending(key).appending(index), "'\(text.escapedForDisplay)' is no network",
                hint: "write 10.0.0.0/8, or one address")
        }
        return texts
    }

    private mutating func ports(_ text: String, _ path: FieldPath) -> ClosedRange<Int>? {
        let bounds = text.split(separator: "-" as Character).map { Int($0) }
        if let low = bounds.first ?? nil, let high = bounds.last ?? nil, bounds.count <= 2, 1...65_535 ~= low,
            low...65_535 ~= high
        {
            return low...high
        }
        report(path, "'\(text)' is no port and no range", hint: "write 8080 or 8000-8099")
        return nil
    }

    mutating func engine(_ value: Value, _ path: FieldPath) -> Configuration.EngineSettings {
        let type = value["type"]?.string.flatMap(Configuration.EngineSettings.Kind.init)
        var result = Configuration.EngineSettings(type: type ?? .host)
        result.roots = value["roots"].map { $0.items.compactMap(\.string).map(absolute) }
        result.path = value["path"]?.string.map(absolute)
        result.key = value["key"].flatMap { secret($0, path.appending("key")) }
        result.sweep = span("sweep", of: value, path)
        result.networks = value["networks"].map { _ in networks("networks", of: value, path) }
        result.users = Set(value["users"]?.strings ?? [])
        result.commands = value["commands"]?.strings.map(absolute)
        result.ports = value["ports"]?.string.flatMap { ports($0, path.appending("ports")) }
        result.maxInstances = value["maxInstances"]?.int
        result.maxMemory = value["maxMemory"]?.string.flatMap { ByteSize($0, unit: .mebibytes) }
        result.logSize = value["logSize"]?.string.flatMap { ByteSize($0, unit: .mebibytes) }
        result.logFiles = value["logFiles"]?.int
        return result
    }
}

extension Configuration.SecretPlace {
    /// The secret itself. Never printed, never kept.
    func read() throws(ConfigurationError) -> String {
        switch self {
        case .file(let path):
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError("secret file '\(path)' can't be read")
            }
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            if let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 {
                throw ConfigurationError(
                    "secret file '\(path)' is open to others: its mode is 0\(String(mode, radix: 8))",
                    hint: "chmod 600 '\(path)'")
            }
            return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
        case .environment(let name):
            guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else {
                throw ConfigurationError("variable '\(name)' of the environment is not set")
            }
            return text
        }
    }
}
