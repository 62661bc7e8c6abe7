import Foundation
import HTTPClient
import Manifests
import Model
import ProviderPackages

/// Where the packages of a configuration's providers come from, which of them are pinned, and where they are kept.
struct ProviderSources: Sendable {
    let mirrors: PackageMirrors
    let lock: ProviderLock
    /// Absolute path of the lock's file.
    let lockFile: String
    let store: PackageStore
    /// Programs under development by provider, which nothing is checked of; empty where the configuration does not
    /// allow them.
    private(set) var overrides: [ProviderAddress: String] = [:]
    /// What keeps a part of it from counting.
    let warnings: [Diagnostic]

    /// - Parameter environment: the controller's own, which Terraform's variables are read from.
    init(
        _ configuration: Configuration,
        environment: [String: String] = ProcessInfo.processInfo.environment, home: String = NSHomeDirectory()
    ) throws(ConfigurationError) {
        let client: HTTPClient
        do throws(HTTPError) { client = try HTTPClient() } catch { throw ConfigurationError(error.cause) }
        var gathering = MirrorGathering(
            settings: configuration.providers, client: client, environment: environment, home: home)
        try gathering.gather()
        mirrors = PackageMirrors(gathering.mirrors)
        lockFile = configuration.providerLockFile
        lock = try ProviderLock.read(lockFile)
        store = PackageStore("\(configuration.state)/providers")
        let allows = configuration.providers.allowsOverrides
        if allows { overrides = gathering.overrides }
        warnings =
            gathering.warnings
            + gathering.overrides.keys.sorted().map { address in
                Diagnostic(
                    .warning,
                    allows
                        ? "\(address.short) is started from where it is developed: no version and no checksum holds for it"
                        : "dev_overrides of \(address.short) is passed over: nothing is started that is not pinned",
                    hint: allows
                        ? nil : "'providers: {devOverrides: true}' lets it count on a developer's machine")
            }
    }

    /// The program of a configured provider, checked just now.
    func program(_ settings: Configuration.TerraformSettings) async throws(PackageError) -> String {
        if let folder = overrides[settings.source] {
            return try PackageStore.program(of: settings.source, in: folder)
        }
        let pin = try lock.pin(of: settings.source, within: settings.version)
        return try await store.program(of: settings.source, pin, from: mirrors).path
    }
}

extension Configuration {
    var providerLockFile: String {
        if let named = providers.lock { return named }
        let folder = file.map { ($0 as NSString).deletingLastPathComponent } ?? state
        return "\(folder)/providers.lock.yaml"
    }

    /// Every provider that is configured, with what all who ask for it would take.
    var wantedProviders: [ProviderAddress: VersionConstraints] {
        namedEngines.sorted { $0.key < $1.key }.reduce(into: [:]) { wanted, engine in
            guard let settings = engine.value.terraform else { return }
            wanted[settings.source] = (wanted[settings.source] ?? .any).and(settings.version)
        }
    }
}

extension ProviderLock {
    /// Empty where there is no such file.
    static func read(_ file: String) throws(ConfigurationError) -> ProviderLock {
        guard FileManager.default.fileExists(atPath: file) else { return ProviderLock() }
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw ConfigurationError("lock '\(file)' can't be read")
        }
        let document = bytes.withUnsafeBytes { Document($0, file: file, fields: fields, named: "lock") }
        guard let value = document.value else { throw ConfigurationError(document.problems) }
        do throws(PackageError) { return try ProviderLock(value) } catch {
            throw ConfigurationError("\(file): \(error.message)", hint: error.hint)
        }
    }

    /// Whole or not at all.
    func write(_ file: String) throws(ConfigurationError) {
        do { try Data(text.utf8).write(to: URL(filePath: file), options: .atomic) } catch {
            throw ConfigurationError("lock '\(file)' can't be written")
        }
    }
}

/// Turns the configuration's mirrors, and Terraform's, into ones that can be asked.
private struct MirrorGathering {
    let settings: Configuration.ProviderSettings
    let client: HTTPClient
    let environment: [String: String]
    let home: String
    var mirrors: [PackageMirrors.Mirror] = []
    var overrides: [ProviderAddress: String] = [:]
    var warnings: [Diagnostic] = []

    mutating func gather() throws(ConfigurationError) {
        guard let named = settings.mirrors else { return try gatherTerraforms() }
        for mirror in named {
            switch mirror.place {
            case .filesystem(let path):
                mirrors.append(.init(.directory(DirectoryMirror(path)), [mirror.filter]))
            case .network(let url, let token, let caFile):
                mirrors.append(
                    .init(.network(try network(url, try token?.read(), caFile)), [mirror.filter]))
            case .cli(let file): try gather(file, [mirror.filter])
            }
        }
    }

    /// What Terraform itself would go by.
    private mutating func gatherTerraforms() throws(ConfigurationError) {
        if let named = environment["TF_CLI_CONFIG_FILE"], !named.isEmpty {
            if FileManager.default.fileExists(atPath: named) { return try gather(named, []) }
            warnings.append(
                Diagnostic(
                    .warning, "TF_CLI_CONFIG_FILE names '\(named.escapedForDisplay)', which is not there"))
        } else if let file = ["\(home)/.terraformrc", "\(home)/.tofurc"].first(
            where: FileManager.default.fileExists(atPath:))
        {
            return try gather(file, [])
        }
        gatherImplied()
    }

    private mutating func gatherImplied() {
        for folder in CLIConfiguration.impliedFolders(home: home, environment: environment)
        where FileManager.default.fileExists(atPath: folder) {
            mirrors.append(.init(.directory(DirectoryMirror(folder))))
        }
    }

    private mutating func gather(_ file: String, _ filters: [ProviderFilter]) throws(ConfigurationError) {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationError("Terraform's configuration '\(file)' can't be read")
        }
        let cli: CLIConfiguration
        do throws(PackageError) {
            cli = try CLIConfiguration(text, file: file, defaultHost: settings.host)
        } catch { throw ConfigurationError(error.message, hint: error.hint) }
        overrides.merge(cli.overrides) { first, _ in first }
        guard cli.hasInstallation else { return gatherImplied() }
        for method in cli.methods {
            let filters = filters + [method.filter]
            switch method.place {
            case .filesystem(let path):
                mirrors.append(.init(.directory(DirectoryMirror(path)), filters))
            case .network(let url):
                let token = cli.token(for: url, environment: environment)
                mirrors.append(.init(.network(try network(url, token, nil)), filters))
            // No registry is asked: what a registry says today is not what was reviewed.
            case .direct: continue
            }
        }
    }

    private func network(
        _ url: String, _ token: String?, _ caFile: String?
    ) throws(ConfigurationError) -> NetworkMirror {
        do throws(PackageError) {
            return try NetworkMirror(url, token: token, caFile: caFile, client: client)
        } catch { throw ConfigurationError(error.message, hint: error.hint) }
    }
}
