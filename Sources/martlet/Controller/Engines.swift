import Connect
import Foundation
import HTTPClient
import Logging
import Model
import Probe
import ProviderPackages
import ProviderPlugin
import Provision
import Repository
import Run
import Secure
import Server
import Store

/// Everything that a manifest can be.
let allKinds: [Kind] = [Infrastructure.kind, SecretReference.kind, Service.kind, Job.kind]

/// The engines of a configuration, ready to work, and what the loader must know of them.
struct Engines: Sendable {
    private(set) var byName: [String: any Engine] = [:]
    private(set) var descriptions: [EngineDescription] = []
    /// The sealed stores among them, which the `secret` commands work on.
    private(set) var sealed: [String: SealedStore] = [:]

    /// What lists services, where one is configured.
    private(set) var registry: Registry?
    /// What goes on beside the loop for as long as the engines are in use.
    private(set) var running: [@Sendable () async -> Void] = []

    /// The Terraform providers among them, which have processes.
    private(set) var providers: [String: TerraformEngine] = [:]
    /// What is known of where those come from; empty where there are none.
    private(set) var providerWarnings: [Diagnostic] = []
    private var packages: ProviderSources?

    init(
        _ configuration: Configuration, key: StoreKey, logger: Logger = Logger(label: "martlet")
    ) throws(ConfigurationError) {
        descriptions = try Self.descriptions(configuration)
        for (name, settings) in configuration.namedEngines.sorted(by: { $0.key < $1.key }) {
            switch settings.type {
            case .host:
                byName[name] = HostEngine(
                    configuration.hostEngine(settings), key: key.derived(for: "engine \(name) fingerprint"))
            case .sealed:
                let store = try Self.sealedStore(settings, configuration)
                (sealed[name], byName[name]) = (store, SealedEngine(store))
            case .registry:
                let engine = RegistryEngine(
                    settings.registry, start: currentMilliseconds(), client: try Self.client())
                (registry, byName[name]) = (engine.registry, engine)
                running.append(engine.run)
            case .supervisor:
                let client = try Self.client()
                let engine = SupervisorEngine(try configuration.supervisor(settings, name: name)) {
                    await client.ask($0, within: [])
                }
                byName[name] = engine
                running.append(engine.run)
            // They may need the secrets of the others.
            case .terraform: continue
            }
        }
        try addProviders(configuration, key: key, logger)
    }

    private mutating func addProviders(
        _ configuration: Configuration, key: StoreKey, _ logger: Logger
    ) throws(ConfigurationError) {
        let wanted = configuration.namedEngines.compactMapValues(\.terraform)
        guard !wanted.isEmpty else { return }
        let sources = try ProviderSources(configuration)
        providerWarnings = sources.warnings
        packages = sources
        let making = ProviderEngines(
            configuration: configuration, sources: sources,
            secrets: ControllerSecrets(stores: byName.compactMapValues { $0 as? any SecretEngine }),
            logger: logger)
        for (name, settings) in wanted.sorted(by: { $0.key < $1.key }) {
            let engine = making.engine(name, settings, key: key.derived(for: "engine \(name) fingerprint"))
            (providers[name], byName[name]) = (engine, engine)
            for process in engine.processes { running.append { await process.measure() } }
        }
    }

    /// Takes away the packages that the lock in force does not name.
    func prunePackages() {
        if let packages { packages.store.prune(keeping: packages.lock) }
    }

    /// Ends the processes of providers: of a command that ends.
    func endProviders() async {
        for process in providers.values.flatMap(\.processes) { await process.close() }
    }

    /// What asks probes, and nothing else.
    private static func client() throws(ConfigurationError) -> HTTPClient {
        do throws(HTTPError) { return try HTTPClient() } catch { throw ConfigurationError(error.cause) }
    }

    /// Services are listed as they were; what can't be read is told when it is looked at.
    func restore(_ ledger: Ledger) {
        for (id, record) in ledger.records where record.layer == .connect {
            guard let engine = byName[record.engine] as? RegistryEngine else { continue }
            try? engine.restore(id, record)
        }
    }

    /// What runs jobs on this machine, by name.
    var supervisors: [String: SupervisorEngine] { byName.compactMapValues { $0 as? SupervisorEngine } }

    /// Whether what was told to go on this machine is not gone yet.
    var isStopping: Bool {
        get async {
            for engine in supervisors.values {
                if await engine.isStopping { return true }
            }
            return false
        }
    }

    /// What keeps an engine from working as well as it could.
    var warnings: [Diagnostic] {
        byName.sorted { $0.key < $1.key }.flatMap { name, engine in
            let problems = (engine as? SupervisorEngine)?.warnings.map {
                Diagnostic(.warning, "\(name): \($0)")
            }
            return [(engine as? HostEngine)?.watchProblem].compactMap(\.self) + (problems ?? [])
        } + providerWarnings
    }

    /// What is known of the configured engines before any of them is made.
    static func descriptions(_ configuration: Configuration) throws(ConfigurationError) -> [EngineDescription]
    {
        var descriptions: [EngineDescription] = []
        for (name, settings) in configuration.namedEngines.sorted(by: { $0.key < $1.key }) {
            switch settings.type {
            case .host:
                descriptions.append(HostEngine.description(name: name, configuration.hostEngine(settings)))
            case .sealed: descriptions.append(SealedEngine.description(name: name))
            case .registry: descriptions.append(RegistryEngine.description(name: name, settings.registry))
            case .supervisor:
                let settings = try configuration.supervisor(settings, name: name)
                descriptions.append(SupervisorEngine.description(name: name, settings))
            case .terraform:
                guard let provider = settings.terraform else { continue }
                let lock = try ProviderLock.read(configuration.providerLockFile)
                let store = PackageStore("\(configuration.state)/providers")
                descriptions.append(
                    TerraformEngine.description(
                        name: name, source: provider.source.description,
                        schemas: ProviderSources.schemas(provider, lock, store)))
            }
        }
        return descriptions
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
    fileprivate func hostEngine(_ settings: EngineSettings) -> HostEngine.Configuration {
        // Without roots of its own, each source's grants alone decide.
        let roots = settings.roots ?? ["/"]
        return HostEngine.Configuration(
            roots: Set(roots).sorted(), forbidden: ownPaths.sorted())
    }

    /// Everything that the controller itself depends on: whoever wrote there would be its master.
    var ownPaths: Set<String> {
        var places = [key]
        var paths = [state, socket, file, Self.ownExecutable, Self.shim, tls?.certificate, tls?.key]
        for repository in repositories.values {
            switch repository.login {
            case .none: break
            case .token(let place), .password(_, let place): places.append(place)
            case .key(let file, let passphrase):
                paths.append(file)
                places.append(passphrase)
            }
            paths += [repository.caFile, repository.knownHosts, repository.forge?.caFile]
            places.append(repository.forge?.token)
            guard let url = try? RemoteURL(repository.url) else { continue }
            if url.scheme == .file { paths.append(url.path) }
            if url.scheme == .ssh, repository.knownHosts == nil { paths.append(Self.userKnownHosts) }
        }
        if let folder = try? runFolder { paths.append(folder) }
        paths += providers.paths
        for case .network(_, let token, _) in (providers.mirrors ?? []).map(\.place) { places.append(token) }
        for engine in namedEngines.values {
            paths.append(engine.path)
            places.append(engine.key)
            for case .own(let place) in engine.terraform?.secrets ?? [] { places.append(place) }
            // Whoever made a program where jobs may have theirs would run it.
            if !engine.users.isEmpty { paths += engine.commands ?? SupervisorEngine.usualCommands }
        }
        for notification in notifications.values {
            if case .secret(let place)? = notification.address { places.append(place) }
            places += notification.secrets + [notification.credential]
            paths.append(notification.caFile)
        }
        for rule in sources.values.compactMap(\.signatures) {
            paths += [rule.allowedSigners, rule.revokedKeys, rule.keyring]
        }
        for case .own(let place) in hooks.values.flatMap(\.secrets) { places.append(place) }
        for case .file(let path)? in places { paths.append(path) }
        return Set(paths.compactMap(\.self))
    }
    static var userKnownHosts: String { "\(NSHomeDirectory())/.ssh/known_hosts" }
    private static var ownExecutable: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    /// The configured engines, or the embedded ones.
    var namedEngines: [String: EngineSettings] {
        engines.isEmpty
            ? Dictionary(
                uniqueKeysWithValues: EngineSettings.Kind.allCases.filter(\.isEmbedded).map {
                    ($0.rawValue, EngineSettings(type: $0))
                })
            : engines
    }
}

extension TerraformEngine {
    /// Its own, and the one that previews are planned with.
    fileprivate var processes: [ProviderProcess] {
        guard case .other(let preview as TerraformEngine) = forPreviews else { return [process] }
        return [process, preview.process]
    }
}
