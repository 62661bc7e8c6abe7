import Foundation
import Logging
import Model
import Reconcile
import Repository
import Review
import Store
import Synchronization

/// The state directory in this process's hands for the length of a command, with sources that it has read.
struct LocalSession: Sendable {
    let configuration: Configuration
    let generation: Generation
    let loads: [Load]
    let files: [String: SourceFiles]
    let focus: Focus
    private let watching: Watching

    /// - Parameter sources: in the order of the answers.
    static func open(
        _ configuration: Configuration, _ sources: [LocalSource], _ options: FocusOptions? = nil,
        command: String
    ) async throws -> LocalSession {
        let (generation, watching) = try begin(
            configuration, sources, parallelism: options?.parallelism, command: command)
        var loads: [Load] = []
        var files: [String: SourceFiles] = [:]
        for source in sources {
            let (load, place) = try await generation.read(source)
            loads.append(load)
            files[source.name] = place
        }
        let recorded = Array(try generation.store.ledger().records.keys)
        let focus = try options?.focus(loads, recorded: recorded) ?? Focus()
        generation.setFocus(focus)
        return LocalSession(
            configuration: generation.configuration, generation: generation, loads: loads, files: files,
            focus: focus, watching: watching)
    }

    /// The same before anything is read.
    static func begin(
        _ configuration: Configuration, _ sources: [LocalSource], parallelism: Int? = nil, command: String
    ) throws -> (Generation, Watching) {
        var configuration = configuration
        if let parallelism { configuration.parallelism = parallelism }
        for source in sources { configuration.sources[source.name] = source.settings }
        configuration.allowJobs(of: sources.reduce(into: []) { $0.formUnion($1.users) })
        let (key, store) = try hold(configuration, command: command)
        try check(sources, try store.ledger(), configuration)
        var logger = Log(configuration.log).logger
        logger.logLevel = max(logger.logLevel, .warning)
        let watching = Watching()
        let generation = try Generation(
            configuration, store: store, key: key, logger: logger, watchesRepositories: false,
            happened: { happenings in watching.note(happenings) },
            observer: { picture in watching.see(picture) })
        return (generation, watching)
    }

    /// Two folders of one name are not one source: what the one made would be taken away for the other.
    private static func check(
        _ sources: [LocalSource], _ ledger: Ledger, _ configuration: Configuration
    ) throws(OperationError) {
        for source in sources where source.settings.place != nil && !source.hasMoved {
            let origin = configuration.origin(of: source.settings)
            let recorded = ledger.sources[source.name]?.repository ?? ""
            guard !recorded.isEmpty, recorded != origin else { continue }
            let (old, new) = (recorded.escapedForDisplay, origin.escapedForDisplay)
            throw OperationError(
                409, "source '\(source.name)' comes from '\(old)', not from '\(new)'",
                hint:
                    "give this one a name of its own with '--project NAME', or say '--moved' if it is the same"
            )
        }
    }

    /// A controller that runs is asked instead, and can't be asked about a folder.
    private static func hold(_ configuration: Configuration, command: String) throws -> (StoreKey, Store) {
        do { return try Controller.openStore(configuration, command: command) } catch let error as StoreError
        {
            guard case .inUse = error else { throw error }
            throw OperationError(
                409, error.description,
                hint:
                    "ask it about its own sources ('\(command) SOURCE'), or work on a state folder of your own (--state)"
            )
        }
    }

    var names: [String] { loads.map(\.source) }

    /// Ends what the engines have started for this command alone.
    func end() async { await generation.engines.endProviders() }

    /// What the loads would do, with nothing done.
    func preview() async throws -> Picture { try await generation.preview(loads) }

    func plans(of picture: Picture) async -> [PlanReport] {
        var reports: [PlanReport] = []
        for name in names {
            var report = await placed(files, picture.commits) { place in
                PlanReport(picture, source: name, controller: nil, now: currentMilliseconds(), place: place)
            }
            report.warnings += focus.notices(picture)
            reports.append(report)
        }
        return reports
    }

    func drifts(of picture: Picture) async -> [DriftReport] {
        var reports: [DriftReport] = []
        for name in names {
            reports.append(
                await placed(files, picture.commits) { place in
                    DriftReport(
                        picture, source: name, controller: nil, now: currentMilliseconds(), place: place)
                })
        }
        return reports
    }

    /// Carries the loads out, as far as nobody has to agree who did not; `show` is told of each pass.
    func apply(
        approvals: [Decision], confirmations: [Decision], _ interruption: Interruption,
        show: @escaping @Sendable (ApplyProgress) -> Void
    ) async throws -> [SyncMoment] {
        let started = currentMilliseconds()
        let generation = generation
        watching.begin(names.map { SyncFollowing($0, started: started) }, show: show)
        let picture = try await interruption.stopping(generation.stop) {
            try await generation.reconcile(loads, approvals: approvals, confirmations: confirmations)
        }
        watching.see(picture, isLast: true)
        var moments: [SyncMoment] = []
        for name in names {
            let now = currentMilliseconds()
            let end: ApplyReport.End =
                interruption.hasCome ? .interrupted : picture.end(of: name, now: now) ?? .waiting
            var moment = await placed(files, picture.commits) { place in
                SyncMoment(
                    picture, name, happenings: watching.happenings, started: started, end: end, now: now,
                    place: place)
            }
            moment.report?.warnings += focus.notices(picture)
            moments.append(moment)
        }
        return moments
    }
}

/// Gathers what the loop tells while it runs.
final class Watching: Sendable {
    private struct State {
        var happenings: [Happening] = []
        var following: [SyncFollowing] = []
        var show: @Sendable (ApplyProgress) -> Void = { _ in }
    }
    private let state = Mutex(State())

    var happenings: [Happening] { state.withLock(\.happenings) }

    func begin(_ following: [SyncFollowing], show: @escaping @Sendable (ApplyProgress) -> Void) {
        state.withLock { ($0.following, $0.show) = (following, show) }
    }
    func note(_ happenings: [Happening]) { state.withLock { $0.happenings += happenings } }
    func see(_ picture: Picture, isLast: Bool = false) {
        let (following, show) = state.withLock { ($0.following, $0.show) }
        for source in following {
            if let progress = source.look(at: picture, isLast: isLast).progress { show(progress) }
        }
    }
}

extension Configuration {
    fileprivate mutating func allowJobs(of users: Set<String>) {
        guard !users.isEmpty else { return }
        engines = namedEngines.mapValues { settings in
            var settings = settings
            if settings.type == .supervisor { settings.users.formUnion(users) }
            return settings
        }
    }
}

extension Generation {
    /// All of a source, read by this process.
    fileprivate func read(_ source: LocalSource) async throws -> (Load, SourceFiles) {
        var reader = Self.reader(source.name, source.settings, configuration, engines)
        switch source.origin {
        case .folder(let path):
            return (try await reader.read(Folder(path)), .folder(path))
        case .repository(let path, let revision):
            let repository = try await LocalRepository.open(path)
            let commit = try await repository.resolve(revision)
            let load = try await reader.read(repository, at: commit, folder: source.settings.path)
            return (load, .repository(path, folder: source.settings.path))
        case .configured:
            let name = source.settings.repository
            guard let settings = configuration.repositories[name] else {
                throw ConfigurationError(
                    "no repository '\(name)' is configured", hint: "name it under 'repositories'")
            }
            let mirror = Mirror(try settings.remote(), in: configuration.mirrorFolder(of: name))
            _ = try await mirror.fetch()
            let repository = try await mirror.open()
            let commit = try await repository.resolve(source.settings.revision)
            let load = try await reader.read(
                repository, at: commit, folder: source.settings.path,
                after: try store.ledger().sources[source.name])
            return (load, .repository(mirror.folder, folder: source.settings.path))
        }
    }
}
