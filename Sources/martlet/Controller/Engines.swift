import Connect
import Foundation
import Model
import Provision
import Run
import Secure
import Store

/// Everything that a manifest can be.
let allKinds: [Kind] = [Infrastructure.kind, SecretReference.kind, Service.kind, Job.kind]

/// The engines of a configuration, ready to work, and what the loader must know of them.
struct Engines: Sendable {
    private(set) var byName: [String: any Engine] = [:]
    private(set) var descriptions: [EngineDescription] = []
    /// The sealed stores among them, which the `secret` commands work on.
    private(set) var sealed: [String: SealedStore] = [:]

    /// What is known of the embedded engines where there is no configuration.
    static var embedded: [EngineDescription] {
        [
            HostEngine.description(name: "host", HostEngine.Configuration()),
            SealedEngine.description(name: "sealed"),
        ]
    }

    init(_ configuration: Configuration, key: StoreKey) throws(ConfigurationError) {
        for (name, settings) in configuration.namedEngines.sorted(by: { $0.key < $1.key }) {
            switch settings.type {
            case "host": addHost(name, settings, configuration, key)
            default: try addSealed(name, settings, configuration)
            }
        }
    }

    private mutating func addHost(
        _ name: String, _ settings: Configuration.EngineSettings, _ configuration: Configuration,
        _ key: StoreKey
    ) {
        let roots = settings.roots ?? configuration.sources.values.flatMap(\.grants.roots)
        let forbidden = [configuration.state, configuration.file].compactMap(\.self)
        let host = HostEngine.Configuration(
            roots: Set(roots).sorted().map { HostEngine.Root($0) }, forbidden: forbidden)
        byName[name] = HostEngine(host, key: key.derived(for: "engine \(name) fingerprint"))
        descriptions.append(HostEngine.description(name: name, host))
    }

    private mutating func addSealed(
        _ name: String, _ settings: Configuration.EngineSettings, _ configuration: Configuration
    ) throws(ConfigurationError) {
        let store = try Self.sealedStore(settings, configuration)
        sealed[name] = store
        byName[name] = SealedEngine(store)
        descriptions.append(SealedEngine.description(name: name))
    }

    static func sealedStore(
        _ settings: Configuration.EngineSettings, _ configuration: Configuration
    ) throws(ConfigurationError) -> SealedStore {
        let key: KeySource
        switch settings.key {
        case nil: key = .file("\(configuration.state)/secrets.key")
        case .file(let path)?: key = .file(path)
        case .environment(let variable)?:
            let value = try Configuration.SecretPlace.environment(variable).read()
            do throws(SealedError) { key = try .environment(variable, value: value) } catch {
                throw ConfigurationError(error.message, hint: error.hint)
            }
        }
        let store = SealedStore(.init(folder: settings.path ?? "\(configuration.state)/secrets", key: key))
        do throws(SealedError) { try store.create() } catch {
            throw ConfigurationError(error.message, hint: error.hint)
        }
        return store
    }
}

extension Configuration {
    /// The configured engines, or the embedded ones.
    var namedEngines: [String: EngineSettings] {
        engines.isEmpty
            ? ["host": EngineSettings(type: "host"), "sealed": EngineSettings(type: "sealed")] : engines
    }
}
