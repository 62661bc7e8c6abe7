import Foundation
import Model
import ProviderPackages

extension ConfigurationReading {
    private typealias Settings = Configuration.TerraformSettings

    mutating func providers(_ value: Value) -> Configuration.ProviderSettings {
        let path = FieldPath("providers")
        var result = Configuration.ProviderSettings()
        result.lock = value["lock"]?.string.map(absolute)
        result.allowsOverrides = value["devOverrides"]?.bool ?? false
        if let host = value["host"]?.string {
            attempt(path.appending("host")) { () throws(PackageError) in
                result.host = try ProviderAddress.host(host)
            }
        }
        guard let mirrors = value["mirrors"]?.items else { return result }
        result.mirrors = []
        for (index, item) in mirrors.enumerated() {
            guard
                let mirror = mirror(
                    item, path.appending("mirrors").appending(index), defaultHost: result.host)
            else { continue }
            result.mirrors?.append(mirror)
        }
        return result
    }

    private mutating func mirror(
        _ value: Value, _ path: FieldPath, defaultHost: String
    ) -> Configuration.MirrorSettings? {
        let named = ["filesystem", "network", "cli"].filter { value[$0] != nil }
        guard named.count == 1, let kind = named.first, let text = value[kind]?.string else {
            report(path, "a mirror is in one place: 'filesystem', 'network' or 'cli'")
            return nil
        }
        for key in ["token", "caFile"] where value[key] != nil && kind != "network" {
            report(path.appending(key), "'\(key)' says nothing to a mirror that is no 'network'")
        }
        var filter = ProviderFilter()
        attempt(path) { () throws(PackageError) in
            filter = try ProviderFilter(
                include: value["include"]?.strings, exclude: value["exclude"]?.strings ?? [],
                defaultHost: defaultHost)
        }
        switch kind {
        case "filesystem":
            return Configuration.MirrorSettings(place: .filesystem(absolute(text)), filter: filter)
        case "cli": return Configuration.MirrorSettings(place: .cli(absolute(text)), filter: filter)
        default:
            let token = value["token"].flatMap { secret($0, path.appending("token")) }
            attempt(path.appending("network")) { () throws(PackageError) in
                try NetworkMirror.check(text, hasToken: token != nil)
            }
            return Configuration.MirrorSettings(
                place: .network(text, token: token, caFile: value["caFile"]?.string.map(absolute)),
                filter: filter)
        }
    }

    /// Nil where it is of another type, or says too little.
    mutating func terraform(
        _ value: Value, _ path: FieldPath, defaultHost: String
    ) -> Configuration.TerraformSettings? {
        guard value["type"]?.string == Configuration.EngineSettings.Kind.terraform.rawValue else {
            for field in Configuration.terraform where value[field.name] != nil {
                // A default is no word of the person who wrote it.
                if value[field.name] == field.defaultValue { continue }
                report(
                    path.appending(field.name),
                    "'\(field.name)' says nothing to type \(value["type"]?.string ?? "")")
            }
            return nil
        }
        guard let source = value["source"]?.string else {
            report(path, "type terraform needs 'source'", hint: "write 'source: hashicorp/aws'")
            return nil
        }
        var result: Settings?
        attempt(path.appending("source")) { () throws(PackageError) in
            result = Settings(source: try ProviderAddress(source, defaultHost: defaultHost))
        }
        if let version = value["version"]?.string {
            attempt(path.appending("version")) { () throws(PackageError) in
                let constraints = try VersionConstraints(version)
                result?.version = constraints
            }
        }
        result?.access = access(value, path)
        result?.preview = value["preview"].map { access($0, path.appending("preview")) }
        result?.isSafeForPreviews = value["safeForPreviews"]?.bool ?? false
        if let idle = span("idle", of: value, path) { result?.idle = idle }
        if let limit = span("stepLimit", of: value, path) { result?.stepLimit = limit }
        for type in (value["sweeps"]?.fields ?? [:]).keys.sorted() {
            result?.sweeps[type] = span(type, of: value["sweeps"] ?? .null, path.appending("sweeps"))
        }
        return result
    }

    private mutating func access(_ value: Value, _ path: FieldPath) -> Configuration.ProviderAccess {
        var result = Configuration.ProviderAccess()
        for (name, item) in (value["config"]?.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
            result.config[name] = config(item, path.appending("config").appending(name))
        }
        for (name, item) in (value["environment"]?.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
            let path = path.appending("environment").appending(name)
            let isName = !name.isEmpty && !name.contains("=") && !name.utf8.contains(0)
            if !isName { report(path, "'\(name.escapedForDisplay)' is no variable's name") }
            if let text = item.string {
                result.environment[name] = .plain(text)
            } else if let secret = providerSecret(item) {
                result.environment[name] = .secret(secret)
            } else {
                report(
                    path, "a secret is in one place: 'file', 'env', or 'store' with 'path' and 'key'",
                    hint: "write {store: vault, path: kv/aws, key: secret_key}")
            }
        }
        return result
    }

    private func config(_ value: Value, _ path: FieldPath) -> Configuration.ProviderConfig {
        if let secret = providerSecret(value) { return .secret(secret) }
        return switch value {
        case .list(let items):
            .list(items.enumerated().map { config($0.element, path.appending($0.offset)) })
        case .map(let fields):
            .map(Dictionary(uniqueKeysWithValues: fields.map { ($0, config($1, path.appending($0))) }))
        default: .scalar(value)
        }
    }

    /// A map of exactly these keys, with strings.
    private func providerSecret(_ value: Value) -> Configuration.ProviderSecret? {
        let fields = value.fields.compactMapValues(\.string)
        guard fields.count == value.fields.count else { return nil }
        switch fields.keys.sorted() {
        case ["file"]: return fields["file"].map { .own(.file(absolute($0))) }
        case ["env"]: return fields["env"].map { .own(.environment($0)) }
        case ["key", "path", "store"]:
            guard let store = fields["store"], let path = fields["path"], let key = fields["key"] else {
                return nil
            }
            return .stored(store: store, path: path, key: key)
        default: return nil
        }
    }

    private mutating func attempt(_ path: FieldPath, _ body: () throws(PackageError) -> Void) {
        do throws(PackageError) { try body() } catch { report(path, error.message, hint: error.hint) }
    }
}

extension Configuration.TerraformSettings {
    /// Everything secret that it names.
    var secrets: [Configuration.ProviderSecret] {
        access.secrets + (preview?.secrets ?? [])
    }
}

extension Configuration.ProviderAccess {
    var secrets: [Configuration.ProviderSecret] {
        config.sorted { $0.key < $1.key }.flatMap(\.value.secrets)
            + environment.sorted { $0.key < $1.key }.compactMap {
                if case .secret(let secret) = $0.value { secret } else { nil }
            }
    }
}

extension Configuration.ProviderConfig {
    var secrets: [Configuration.ProviderSecret] {
        switch self {
        case .scalar: []
        case .secret(let secret): [secret]
        case .list(let items): items.flatMap(\.secrets)
        case .map(let fields): fields.sorted { $0.key < $1.key }.flatMap(\.value.secrets)
        }
    }
}
