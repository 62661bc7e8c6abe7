import Foundation
import Logging
import Model
import ProviderPackages
import ProviderPlugin
import Provision

/// Makes engines of the configured providers. Several configurations of one provider share its package, and no process.
struct ProviderEngines {
    let configuration: Configuration
    let sources: ProviderSources
    let secrets: ControllerSecrets
    let logger: Logger

    func engine(_ name: String, _ settings: Configuration.TerraformSettings, key: [UInt8]) -> TerraformEngine
    {
        var engine = engine(name, settings, settings.access, key: key)
        if let access = settings.preview {
            engine.forPreviews = .other(
                self.engine(name, settings, access, readsData: settings.isSafeForPreviews, key: key))
        }
        return engine
    }

    private func engine(
        _ name: String, _ settings: Configuration.TerraformSettings, _ access: Configuration.ProviderAccess,
        readsData: Bool = true, key: [UInt8]
    ) -> TerraformEngine {
        let secrets = secrets
        var engine = TerraformEngine.Configuration(name: name, source: settings.source.description) {
            () throws(EngineError) in
            var clear = ClearAccess(secrets)
            let config = try await clear.value(.map(access.config))
            return TerraformEngine.Settings(config, secrets: clear.values)
        }
        (engine.parallelism, engine.readsData) = (configuration.parallelism, readsData)
        engine.stepLimit = settings.stepLimit.duration
        return TerraformEngine(
            engine, launch: launch(name, settings, access), key: key, schemas: sources.schemas(settings),
            reports: .told(to: logger, name))
    }

    /// The program and its environment are found out anew before each start.
    private func launch(
        _ name: String, _ settings: Configuration.TerraformSettings, _ access: Configuration.ProviderAccess
    ) -> ProviderLaunch {
        var launch = ProviderLaunch(name: name, executable: "")
        launch.limits.idle = settings.idle.duration
        let (sources, secrets) = (sources, secrets)
        launch.renew = { launch throws(PluginError) in
            var launch = launch
            do throws(PackageError) { launch.executable = try await sources.program(settings) } catch {
                throw PluginError(.configuration, provider: name, error.message, hint: error.hint)
            }
            var clear = ClearAccess(secrets)
            do throws(EngineError) {
                for (variable, text) in access.environment {
                    launch.environment[variable] = try await clear.text(text)
                }
            } catch {
                let kind = error.recovery == .retry ? PluginError.Kind.start : .configuration
                throw PluginError(kind, provider: name, error.message, hint: error.hint)
            }
            launch.secrets = clear.values
            return launch
        }
        return launch
    }
}

extension ProviderSources {
    /// Beside the package whose binary they are of.
    func schemas(_ settings: Configuration.TerraformSettings) -> TerraformEngine.KeptSchemas {
        guard overrides[settings.source] == nil else { return .nowhere }
        return Self.schemas(settings, lock, store)
    }
    static func schemas(
        _ settings: Configuration.TerraformSettings, _ lock: ProviderLock, _ store: PackageStore
    ) -> TerraformEngine.KeptSchemas {
        guard let pin = try? lock.pin(of: settings.source, within: settings.version),
            let hash = pin.hashes[.current]?.first(where: { $0.scheme == .files })
        else { return .nowhere }
        let file = "\(store.folder)/\(hash.hex).schemas"
        return TerraformEngine.KeptSchemas(
            load: { FileManager.default.contents(atPath: file).map { Array($0) } },
            save: { try? Data($0).write(to: URL(filePath: file), options: .atomic) })
    }
}

/// Secrets that the controller itself needs, read at the moment when they are.
struct ControllerSecrets: Sendable {
    let stores: [String: any SecretEngine]

    func read(_ secret: Configuration.ProviderSecret) async throws(EngineError) -> String {
        switch secret {
        case .own(let place):
            do throws(ConfigurationError) { return try place.read() } catch {
                let problem = error.problems.first
                throw EngineError(.retry, problem?.message ?? "a secret can't be read", hint: problem?.hint)
            }
        case .stored(let store, let path, let key): return try await read(store, path, key)
        }
    }

    private func read(_ store: String, _ path: String, _ key: String) async throws(EngineError) -> String {
        guard let engine = stores[store] else {
            throw EngineError(
                .waitForChange, "'\(store)' is no engine that keeps secrets",
                hint: "name it under 'engines' in the controller's configuration")
        }
        let id = ResourceID("secret", "martlet", "provider")
        let spec: Value = .map([
            "store": .string(store), "path": .string(path), "keys": .list([.string(key)]),
        ])
        var grants = Grants(projects: ["martlet"])
        grants.secrets = ["**"]
        let seen = await engine.observe([Target(id, desired: spec, recorded: nil, grants: grants)])
        let observation = try seen[id]?.get() ?? .absent
        guard case .secret(let handle)? = observation.outputs[key] else {
            var why = "it is missing"
            if case .failed(let cause) = observation.health { why = cause }
            throw EngineError(.retry, "secret '\(path)' of '\(store)' can't be read: \(why)")
        }
        guard !handle.isLeased else {
            throw EngineError(
                .waitForChange, "secret '\(path)' of '\(store)' is made anew for each reader",
                hint: "a provider's configuration takes secrets that stay")
        }
        let value = try await engine.read(handle, of: observation, lease: nil)
        return value.withBytes { String(decoding: $0, as: UTF8.self) }
    }
}

/// An access with its secrets in clear, and which they were.
private struct ClearAccess {
    private let secrets: ControllerSecrets
    private(set) var values: [String] = []
    init(_ secrets: ControllerSecrets) { self.secrets = secrets }

    mutating func text(_ text: Configuration.ProviderText) async throws(EngineError) -> String {
        switch text {
        case .plain(let text): text
        case .secret(let secret): try await read(secret)
        }
    }
    mutating func value(_ config: Configuration.ProviderConfig) async throws(EngineError) -> Value {
        switch config {
        case .scalar(let value): return value
        case .secret(let secret): return .string(try await read(secret))
        case .list(let items):
            var values: [Value] = []
            for item in items { values.append(try await value(item)) }
            return .list(values)
        case .map(let fields):
            var values: [String: Value] = [:]
            for (name, field) in fields { values[name] = try await value(field) }
            return .map(values)
        }
    }
    private mutating func read(_ secret: Configuration.ProviderSecret) async throws(EngineError) -> String {
        let value = try await secrets.read(secret)
        values.append(value)
        return value
    }
}
