import Foundation
import Logging
import Manifests
import Model
import Reconcile
import Repository
import Review
import Server
import ServiceLifecycle
import Store
import Synchronization

/// Everything that one reading of the configuration made: a reload makes the next one over the same store.
final class Generation: Sendable {
    let configuration: Configuration
    let engines: Engines
    let inbox = Inbox()
    let store: Store
    let policies: [String: SourcePolicy]
    /// Where pushes are heard of, by name.
    let hooks: [String: HookRoute]
    let logger: Logger
    private let watches: [String: RepositoryWatch]
    private let delivery: WebhookDelivery?
    /// By repository, while this runs.
    let requestWatches: Mutex<[String: RequestWatch]> = Mutex([:])
    /// Taken out to run: with two owners, each change of its picture would copy all of it.
    private let reconciler: Mutex<Reconciler?>

    /// - Parameter watchesRepositories: false for a command that brings its own loads.
    init(
        _ configuration: Configuration, store: Store, key: StoreKey, logger: Logger,
        watchesRepositories: Bool = true, happened: @escaping @Sendable ([Happening]) -> Void = { _ in },
        observer: @escaping @Sendable (Picture) -> Void = { _ in }
    ) throws {
        (self.configuration, self.store, self.logger) = (configuration, store, logger)
        engines = try Engines(configuration, key: key, logger: logger)
        policies = configuration.sources.mapValues { source in
            var policy = SourcePolicy(grants: source.grants)
            (policy.maxDeletes, policy.review) = (source.maxDeletes, source.review)
            policy.isSignatureRequired = source.signatures != nil
            (policy.folder, policy.origin) = (source.path, configuration.origin(of: source))
            return policy
        }
        let ledger = try store.ledger()
        engines.restore(ledger)
        if watchesRepositories { engines.prunePackages() }
        if watchesRepositories {
            try store.forgetTold(
                except: configuration.targetNames, sources: Set(configuration.sources.keys))
        }
        let audience = Audience(
            configuration.subscriptions, forges: configuration.statusForges,
            told: try store.told(of: configuration.targetNames))
        delivery = try WebhookDelivery.configured(configuration, store, logger)
        let journal = try Journal(store, ledger: ledger, announced: { [delivery] in delivery?.wake() })
        reconciler = Mutex(
            Reconciler(
                ledger: ledger, journal: journal, inbox: inbox, sources: policies, engines: engines.byName,
                policy: Self.policy(configuration),
                announcer: .reports(controller: configuration.name, url: configuration.url, to: audience)
                    .telling(happened),
                observer: Self.telling(engines, logger, observer), now: currentMilliseconds))
        watches =
            watchesRepositories
            ? try Self.watches(configuration, engines, ledger, inbox: inbox, logger: logger) : [:]
        hooks = watchesRepositories ? try configuration.hookRoutes(engines) : [:]
        for source in hooks.isEmpty ? [] : configuration.sources.keys.sorted() {
            guard let hearing = try store.hearing(of: source) else { continue }
            inbox.note(.woken(source: source, at: hearing.seenAt))
        }
    }

    /// Whether a configuration could be put in force: its engines, credentials and receivers can be had. Takes nothing over.
    static func check(_ configuration: Configuration, key: StoreKey) throws {
        _ = try configuration.hookRoutes(try Engines(configuration, key: key))
        _ = try configuration.receivers()
        for repository in configuration.repositories.values { _ = try repository.remote() }
    }

    private func takeReconciler() throws -> Reconciler {
        guard let taken = reconciler.withLock({ $0.take() }) else {
            throw OperationError(409, "the controller runs already")
        }
        return taken
    }

    /// Until `stop`, and once.
    func run() async throws {
        defer { inbox.close() }
        try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            let (inbox, engines) = (inbox, engines.byName)
            group.addTask { await inbox.listen(to: engines) }
            for work in self.engines.running { group.addTask(operation: work) }
            for watch in watches.values { group.addTask { await watch.run() } }
            if let delivery { group.addTask { await delivery.run() } }
            let requests = try makeRequestWatches()
            requestWatches.withLock { $0 = requests }
            defer { requestWatches.withLock { $0 = [:] } }
            for watch in requests.values { group.addTask { await watch.run() } }
            var reconciler = try takeReconciler()
            try await reconciler.run(sleep: { try? await Task.sleep(for: .milliseconds($0)) })
        }
    }

    /// Steps that have begun are waited for.
    func stop() { inbox.post(.stop) }

    /// Webhooks were seen, and some of them ask for a fetch.
    func hear(_ seen: [String: Int], asked: Set<String>) {
        for (source, time) in seen { inbox.note(.woken(source: source, at: time)) }
        for repository in Set(asked.compactMap { configuration.sources[$0]?.repository }) {
            watches[repository]?.wake()
        }
    }

    func watch(of repository: String) -> RepositoryWatch? { watches[repository] }

    /// Something was put into the outbox.
    func wakeDelivery() { delivery?.wake() }

    /// What comes back from a message that is sent past the outbox; nil where there is no such receiver.
    func test(_ message: Outbox.Message) async -> Sending? { await delivery?.test(message) }

    /// Asks for a fetch of a source's repository, or of all.
    func fetch(_ source: String? = nil) {
        let wanted = source.flatMap { configuration.sources[$0]?.repository }
        for (name, watch) in watches where source == nil || name == wanted { watch.wake() }
    }

    /// The loop over loads that a command brings, until nothing is left to do at once, also about what a person says
    /// of what is left, and no job is on its way any more, up or down. Jobs go on without it. Once.
    func reconcile(
        _ loads: [Load], approvals: [Decision] = [], confirmations: [Decision] = []
    ) async throws -> Picture {
        var reconciler = try takeReconciler()
        for load in loads { inbox.post(.load(load)) }
        for decision in approvals { inbox.post(.decide(decision)) }
        return try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            for work in engines.running { group.addTask(operation: work) }
            try await reconciler.run(untilIdle: true)
            if !confirmations.isEmpty, !reconciler.isStopped {
                for decision in confirmations { inbox.post(.decide(decision)) }
                try await reconciler.run(untilIdle: true)
            }
            while !reconciler.isStopped {
                let isStopping = await engines.isStopping
                guard isStopping || loads.contains(where: { reconciler.picture.isMoving($0.source) }) else {
                    break
                }
                try await Task.sleep(for: .milliseconds(100))
                inbox.post(.timer)
                try await reconciler.run(untilIdle: true)
            }
            return reconciler.picture
        }
    }

    /// What a person wants of the one run that is to come.
    func setFocus(_ focus: Focus) { reconciler.withLock { $0?.setFocus(focus) } }

    /// What these loads would do, with nothing done; to be asked before it runs.
    func preview(_ loads: [Load]) async throws -> Picture { try await idle().preview(loads) }
    /// All that is known before it runs.
    func idlePicture() throws -> Picture { try idle().picture }

    private func idle() throws -> Reconciler {
        guard let reconciler = reconciler.withLock({ $0 }) else {
            throw OperationError(409, "the controller runs already")
        }
        return reconciler
    }
}

/// Milliseconds since 1970.
@Sendable func currentMilliseconds() -> Int { Int(Date().timeIntervalSince1970 * 1000) }

extension Generation {
    /// Logs what the engines warn of after a pass, each thing once.
    private static func telling(
        _ engines: Engines, _ logger: Logger, _ observer: @escaping @Sendable (Picture) -> Void
    ) -> @Sendable (Picture) -> Void {
        let told = Mutex<Set<String>>([])
        return { picture in
            for warning in engines.warnings where told.withLock({ $0.insert(warning.message).inserted }) {
                logger.warning("engine warns", metadata: ["cause": "\(warning.message)"])
            }
            observer(picture)
        }
    }

    static func policy(_ configuration: Configuration) -> Policy {
        var policy = Policy()
        policy.width = configuration.parallelism
        policy.sweepInterval = configuration.sweep.milliseconds
        policy.sweepIntervals = configuration.namedEngines.compactMapValues { $0.sweep?.milliseconds }
        policy.typeIntervals = configuration.namedEngines.compactMapValues { engine in
            engine.terraform.map { $0.sweeps.mapValues(\.milliseconds) }
        }
        return policy
    }

    /// How a source's files are read.
    static func reader(
        _ name: String, _ source: Configuration.Source, _ configuration: Configuration, _ engines: Engines
    )
        -> SourceReader
    {
        var settings = SourceSettings(name: name, project: source.project, grants: source.grants)
        settings.variables = source.variables
        settings.defaults = configuration.defaults
        settings.engines = engines.descriptions
        return SourceReader(
            kinds: allKinds, settings: settings, signatures: source.signatures,
            followsRequests: source.review != nil)
    }

    private static func watches(
        _ configuration: Configuration, _ engines: Engines, _ ledger: Ledger, inbox: Inbox, logger: Logger
    ) throws -> [String: RepositoryWatch] {
        var watches: [String: RepositoryWatch] = [:]
        for (name, settings) in configuration.repositories {
            let sources = configuration.sources.filter { $0.value.repository == name }.sorted {
                $0.key < $1.key
            }
            guard !sources.isEmpty else { continue }
            let mirror = Mirror(try settings.remote(), in: configuration.mirrorFolder(of: name))
            let watched = sources.map { source, wanted in
                RepositoryWatch.Source(
                    reader: reader(source, wanted, configuration, engines), folder: wanted.path,
                    revision: wanted.revision, lastGood: ledger.sources[source]?.commit)
            }
            watches[name] = RepositoryWatch(
                mirror, sources: watched, interval: settings.interval.duration, inbox: inbox, logger: logger,
                now: currentMilliseconds)
        }
        return watches
    }
}

extension Configuration {
    /// A path or a URL, without credentials.
    func repository(of source: Source) -> String {
        source.place
            ?? repositories[source.repository].flatMap { try? RemoteURL($0.url) }?.description ?? ""
    }
    /// The same with the source's folder: what a record keeps of where its source comes from.
    func origin(of source: Source) -> String {
        let repository = repository(of: source)
        return source.path.isEmpty ? repository : "\(repository)/\(source.path)"
    }

    /// Where a repository's mirror is kept.
    func mirrorFolder(of repository: String) -> String { "\(state)/repositories/\(repository).git" }
}

extension Configuration.RepositorySettings {
    /// With its credentials read.
    func remote() throws -> Remote {
        let credentials: Credentials =
            switch login {
            case .none: .none
            case .token(let place): .token(try place.read())
            case .password(let user, let place): .password(user: user, password: try place.read())
            case .key(let file, let place): .sshKey(file: file, passphrase: try place?.read())
            }
        return Remote(
            try RemoteURL(url), credentials: credentials, caFile: caFile,
            knownHosts: knownHosts ?? Configuration.userKnownHosts,
            limits: FetchLimits(whole: timeout.duration, idle: idleTimeout.duration))
    }
}
