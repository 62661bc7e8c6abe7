import Foundation
import Logging
import Model
import Reconcile
import Review
import Server
import ServiceLifecycle
import Store
import Synchronization

/// One controller over one state directory, from start to stop; its configuration may change in between.
final class Controller: Sendable {
    let store: Store
    let startedAt = currentMilliseconds()
    let metrics: PrometheusRegistry
    let pulse = Pulse()
    /// The port that answers, once it does.
    let listening = Mutex<Configuration.Endpoint?>(nil)
    let tokens: AccessTokens
    let reports: ReportKeeper
    private let key: StoreKey
    private let log: Log
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var generation: Generation
        var isStopping = false
        /// Read and checked, and not in force yet.
        var next: Configuration?
    }

    /// Takes the state directory.
    init(_ configuration: Configuration, command: String, metrics: PrometheusRegistry, log: Log) throws {
        (key, store) = try Self.openStore(configuration, command: command)
        (self.metrics, self.log, logger) = (metrics, log, log.logger)
        tokens = try AccessTokens(
            store, now: currentMilliseconds,
            failed: { [logger = log.logger] error in
                logger.warning("use of tokens not noted", metadata: ["cause": "\(error.description)"])
            })
        reports = ReportKeeper(store, now: currentMilliseconds)
        pulse.expect(configuration)
        _ = pulse.watch(Pulse.Watch(happened: EventLog(logger: logger).log, ended: { _ in }))
        _ = pulse.watch(Pulse.Watch(happened: reports.happened, ended: reports.ended))
        state = Mutex(
            State(
                generation: try Generation(
                    configuration, store: store, key: key, logger: logger, happened: pulse.happened,
                    observer: pulse.take)))
    }

    /// Takes over with what was reloaded meanwhile; false where nothing was, or it is to stop. The next generation reads
    /// the store only here, after the last word of the one before.
    private func renew() throws -> Bool {
        var isRenewed = false
        while let wanted = state.withLock({ $0.isStopping ? nil : $0.next.take() }) {
            let next: Generation
            do { next = try makeGeneration(wanted) } catch {
                // What was there when it was checked may have gone since.
                logger.error(
                    "reloaded configuration not in force, the one before is",
                    metadata: ["cause": "\(plainText(error))"])
                next = try makeGeneration(configuration)
            }
            pulse.expect(next.configuration)
            isRenewed = state.withLock { state in
                state.generation = next
                return !state.isStopping
            }
        }
        return isRenewed
    }

    private func makeGeneration(_ configuration: Configuration) throws -> Generation {
        try Generation(
            configuration, store: store, key: key, logger: logger, happened: pulse.happened,
            observer: pulse.take)
    }

    static func openStore(_ configuration: Configuration, command: String) throws -> (StoreKey, Store) {
        let directory = URL(filePath: configuration.state)
        let key: StoreKey
        switch configuration.key {
        case .environment(let name)?:
            key = try StoreKey(text: try Configuration.SecretPlace.environment(name).read(), from: name)
        case .file(let path)?: key = try .file(URL(filePath: path), mayCreate: !Store.exists(in: directory))
        case nil:
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            key = try .file(directory.appending(path: "key"), mayCreate: !Store.exists(in: directory))
        }
        return (key, try Store.open(directory: directory, key: key, holder: .current(command: command)))
    }

    var generation: Generation { state.withLock(\.generation) }
    var configuration: Configuration { generation.configuration }

    /// Reads the configuration's file again. What is wrong with it is thrown, and the present one goes on.
    func reload() throws {
        let present = configuration
        guard let file = present.file else { return }
        let configuration = try present.overrides.applied(to: .read(file))
        let fixed = configuration.fixedSettings(changedFrom: present)
        guard fixed.isEmpty else {
            throw ConfigurationError(
                "\(fixed.map { "'\($0)'" }.joined(separator: ", ")) can't change while the controller runs",
                hint: "restart it for that; nothing of the new configuration is in force")
        }
        try Generation.check(configuration, key: key)
        log.use(configuration.log)
        let running = state.withLock { state in
            state.next = configuration
            return state.generation
        }
        running.stop()
    }

    /// Until `stop`; each reload is another turn.
    func run() async throws {
        logger.info("controller started", metadata: start)
        defer { logger.info("controller stopped") }
        while true {
            try await generation.run()
            guard try renew() else { return }
            logger.info("configuration reloaded")
        }
    }

    private var start: Logger.Metadata {
        let (names, file) = (configuration.sources.keys.sorted(), configuration.file)
        return [
            "version": "\(Martlet.version)", "configuration": "\(file ?? "none")",
            "state": "\(configuration.state)", "sources": "\(names.joined(separator: ", "))",
        ]
    }

    /// Steps that have begun are waited for.
    func stop() {
        logger.info("controller stopping")
        state.withLock { state in
            state.isStopping = true
            return state.generation
        }.stop()
    }
}

extension Configuration {
    /// What is taken at the start and held to the end, by name, as far as it is another one.
    fileprivate func fixedSettings(changedFrom present: Configuration) -> [String] {
        [
            ("state", state == present.state), ("socket", socket == present.socket),
            ("listen", listen == present.listen), ("tls", tls == present.tls),
            ("catalog", catalog == present.catalog),
            ("key", key == present.key),
        ].compactMap { $1 ? nil : $0 }
    }
}
