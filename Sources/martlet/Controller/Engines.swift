import Connect
import Foundation
import Model
import Provision
import Repository
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

    init(_ configuration: Configuration, key: StoreKey) throws(ConfigurationError) {
        descriptions = Self.descriptions(configuration)
        for (name, settings) in configuration.namedEngines.sorted(by: { $0.key < $1.key }) {
            switch settings.type {
            case "host":
                byName[name] = HostEngine(
                    configuration.hostEngine(settings), key: key.derived(for: "engine \(name) fingerprint"))
            default:
                let store = try Self.sealedStore(settings, configuration)
                (sealed[name], byName[name]) = (store, SealedEngine(store))
            }
        }
    }

    /// What keeps an engine from working as well as it could.
    var warnings: [Diagnostic] {
        byName.sorted { $0.key < $1.key }.compactMap { ($0.value as? HostEngine)?.watchProblem }
    }

    /// What is known of the configured engines before any of them is made.
    static func descriptions(_ configuration: Configuration) -> [EngineDescription] {
        configuration.namedEngines.sorted { $0.key < $1.key }.map { name, settings in
            settings.type == "host"
                ? HostEngine.description(name: name, configuration.hostEngine(settings))
                : SealedEngine.description(name: name)
        }
    }

    /// What is known of the embedded engines where there is no configuration: anywhere may be a root, and anybody an
    /// owner.
    static var embedded: [EngineDescription] {
        var host = HostEngine.description(name: "host", HostEngine.Configuration(roots: ["/"]))
        let check = host.check
        host.check = { manifest, grants in
            var grants = grants
            grants.owners.formUnion(manifest.namedOwners)
            return check(manifest, grants)
        }
        return [host, SealedEngine.description(name: "sealed")]
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

extension Manifest {
    /// The user and the group, as grants name them, that the manifest gives its file to.
    fileprivate var namedOwners: [String] {
        guard case .literal(let owner)? = spec["config"]?["owner"], let text = owner.string else { return [] }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.prefix(1).map(String.init) + parts.dropFirst().map { ":\($0)" }
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
        var paths = [state, socket, file, Self.ownExecutable]
        for repository in repositories.values {
            switch repository.login {
            case .none: break
            case .token(let place), .password(_, let place): places.append(place)
            case .key(let file, let passphrase):
                paths.append(file)
                places.append(passphrase)
            }
            paths += [repository.caFile, repository.knownHosts]
            guard let url = try? RemoteURL(repository.url) else { continue }
            if url.scheme == .file { paths.append(url.path) }
            if url.scheme == .ssh, repository.knownHosts == nil { paths.append(Self.userKnownHosts) }
        }
        for engine in engines.values {
            paths.append(engine.path)
            places.append(engine.key)
        }
        for webhook in webhooks.values {
            if case .secret(let place) = webhook.address { places.append(place) }
            places += webhook.secrets
            paths.append(webhook.caFile)
        }
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
            ? ["host": EngineSettings(type: "host"), "sealed": EngineSettings(type: "sealed")] : engines
    }
}
