import Cty
import Model
import ProviderPlugin
import Synchronization

/// A provider's process with its schemas.
final class ProviderConnection: Sendable {
    let process: ProviderProcess
    let schemas: ProviderSchemas

    init(
        _ configuration: TerraformEngine.Configuration, launch: ProviderLaunch,
        kept: TerraformEngine.KeptSchemas, reports: ProviderReports
    ) {
        let schemas = ProviderSchemas(provider: configuration.name, kept: kept)
        self.schemas = schemas
        process = ProviderProcess(launch, reports: reports) { client throws(PluginError) in
            try await schemas.ask(client)
            for warning in try await schemas.configure(client, configuration) {
                reports.log(PluginLogLine(level: .warning, message: warning.placedText))
            }
        }
    }
}

/// What a provider's types are. Read once, and a type's only when it is asked for.
final class ProviderSchemas: Sendable {
    let provider: String
    private let kept: TerraformEngine.KeptSchemas
    private let known: Mutex<Known>

    private struct Known {
        var index: SchemaIndex?
        var resources: [String: Schema] = [:]
        var dataSources: [String: Schema] = [:]
        var identities: [String: ResourceIdentitySchema]?
    }
    enum Kind { case resource, dataSource }

    init(provider: String, kept: TerraformEngine.KeptSchemas) {
        (self.provider, self.kept) = (provider, kept)
        known = Mutex(Known())
    }

    /// Without asking the provider: nil where its schemas are not kept yet.
    var index: SchemaIndex? {
        known.withLock { known in
            if known.index == nil { known.index = kept.load().flatMap { try? SchemaIndex($0) } }
            return known.index
        }
    }

    /// A new process must be asked for them, unless it says that it need not.
    func ask(_ client: ProviderClient) async throws(PluginError) {
        if let index, index.abilities.contains(.schemaOptional) { return }
        let answer = try await client.getProviderSchema()
        if let error = answer.diagnostics.errors.first {
            throw PluginError(.configuration, provider: provider, error.text)
        }
        if index?.bytes == answer.bytes { return }
        let found: SchemaIndex
        do throws(CtyError) { found = try SchemaIndex(answer.bytes) } catch {
            throw PluginError(.malformed, provider: provider, "its schemas can't be read: \(error)")
        }
        known.withLock { $0 = Known(index: found) }
        kept.save(answer.bytes)
    }

    /// - Parameter process: is started where the schemas are not kept yet.
    func schema(_ kind: Kind, _ type: String, _ process: ProviderProcess) async throws(EngineError) -> Schema
    {
        if index == nil {
            do throws(PluginError) { _ = try await process.client.getMetadata() } catch {
                if error.kind != .unsupported { throw EngineError(error) }
            }
        }
        guard let index else { throw EngineError(.retry, "provider '\(provider)' has not told its schemas") }
        return try schema(kind, type, in: index)
    }

    func schema(_ kind: Kind, _ type: String, in index: SchemaIndex) throws(EngineError) -> Schema {
        let seen = known.withLock { kind == .resource ? $0.resources[type] : $0.dataSources[type] }
        if let seen { return seen }
        let found: Schema?
        do throws(CtyError) {
            found = try kind == .resource ? index.resource(type) : index.dataSource(type)
        } catch {
            throw EngineError(.waitForChange, "provider '\(provider)' describes '\(type)' badly: \(error)")
        }
        guard let found else { throw .noType(kind, type, of: provider, index) }
        known.withLock { known in
            if kind == .resource { known.resources[type] = found } else { known.dataSources[type] = found }
        }
        return found
    }

    /// What identifies a type's objects; nil where nothing does but their attributes.
    func identity(_ type: String, _ process: ProviderProcess) async throws(EngineError)
        -> ResourceIdentitySchema?
    {
        if let known = known.withLock({ $0.identities }) { return known[type] }
        var answer = GetResourceIdentitySchemasResponse()
        do throws(PluginError) { answer = try await process.client.getResourceIdentitySchemas() } catch {
            if error.kind != .unsupported { throw EngineError(error) }
        }
        if let error = EngineError(answer.diagnostics, otherwise: .retry) { throw error }
        known.withLock { $0.identities = answer.schemas }
        return answer.schemas[type]
    }
}

extension EngineError {
    static func noType(
        _ kind: ProviderSchemas.Kind, _ type: String, of provider: String, _ index: SchemaIndex
    ) -> EngineError {
        let names = kind == .resource ? Array(index.resourceNames) : Array(index.dataSourceNames)
        let others = kind == .resource ? Array(index.dataSourceNames) : Array(index.resourceNames)
        var hint = Suggestion.hint(type, among: names.sorted())
        if others.contains(type) {
            hint =
                kind == .resource
                ? "it is a data source: write 'data: \(type)'" : "it is a resource: write 'type: \(type)'"
        }
        let what = kind == .resource ? "resource type" : "data source"
        return EngineError(
            .waitForChange, "provider '\(provider)' has no \(what) '\(type.escapedForDisplay)'", hint: hint)
    }
}

extension ProviderSchemas {
    /// Checks the provider's own configuration by its schema, and gives it to a new process; what the provider says of it
    /// though it takes it.
    func configure(_ client: ProviderClient, _ configuration: TerraformEngine.Configuration)
        async throws(PluginError) -> [PluginDiagnostic]
    {
        let settings: TerraformEngine.Settings
        do throws(EngineError) { settings = try await configuration.settings() } catch {
            let kind = error.recovery == .retry ? PluginError.Kind.start : .configuration
            throw PluginError(kind, provider: provider, error.message, hint: error.hint)
        }
        client.conceal(settings.secrets)
        let config: DynamicValue
        do throws(CtyError) {
            guard let index else { throw CtyError("its schemas are not known") }
            let block = try index.configuration().block
            var coercion = Coercion()
            let value = coercion.object(settings.value, as: block, at: FieldPath("config"))
            if let problem = coercion.problems.first { throw CtyError(settings.words(for: problem)) }
            config = DynamicValue(msgpack: try value.msgpack(as: block.type))
        } catch { throw PluginError(.configuration, provider: provider, error.message) }
        let checked = try await client.validateProviderConfig(config).diagnostics
        if let error = checked.errors.first {
            throw PluginError(.configuration, provider: provider, error.placedText)
        }
        let answer = try await client.configureProvider(ConfigureProviderRequest(config: config))
        if let error = answer.diagnostics.errors.first {
            throw PluginError(.configuration, provider: provider, error.placedText)
        }
        return (checked + answer.diagnostics).warnings
    }
}

extension TerraformEngine.Settings {
    /// What is wrong with one of them; not what stands there, where a secret is in it.
    func words(for problem: FieldProblem) -> String {
        let place = FieldPath(Array(problem.path.components.dropFirst()))
        guard !(value[place]?.holds(secrets) ?? false) else {
            return "\(problem.path): the value with a secret in it does not fit the provider's schema"
        }
        return "\(problem.path): \(problem.message)\(problem.hint.map { " (\($0))" } ?? "")"
    }
}

extension Value {
    fileprivate func holds(_ secrets: [String]) -> Bool {
        switch self {
        case .list(let items): items.contains { $0.holds(secrets) }
        case .map(let fields): fields.values.contains { $0.holds(secrets) }
        default: string.map { text in secrets.contains { text.contains($0) } } ?? false
        }
    }
}
