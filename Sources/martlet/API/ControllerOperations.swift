import Model
import Reconcile
import Repository
import Review
import Server
import Store
import Synchronization

/// What can be asked, answered by this process's controller between two passes.
struct ControllerOperations: Operations {
    let controller: Controller
    /// Who asks.
    var caller = APICaller(name: "api", role: .viewer)

    private var name: String { controller.configuration.name }

    func status(_ source: String?) async throws -> StatusReport {
        var known = ControllerStatus(
            name: name, version: Martlet.version, startedAt: Timestamp(milliseconds: controller.startedAt))
        known.warnings = controller.generation.engines.warnings.map { Notice($0.message, hint: $0.hint) }
        known.warnings += try undelivered()
        let status = known
        let supervisors = controller.generation.engines.supervisors
        return try await report { picture, now, place in
            if let source { _ = try picture.source(named: source) }
            var status = status
            status.limits = picture.limits(of: supervisors)
            return StatusReport(
                picture, sources: source.map { [$0] }, controller: status, nextSweep: picture.nextSweep,
                now: now,
                place: place)
        }
    }

    func sources() async throws -> SourceReport {
        let origins = controller.configuration.origins
        return try await report { picture, now, _ in SourceReport(picture, origins: origins, now: now) }
    }

    func plan(_ source: String) async throws -> PlanReport {
        let name = name
        return try await report { picture, now, place in
            _ = try picture.source(named: source)
            return PlanReport(picture, source: source, controller: name, now: now, place: place)
        }
    }

    func drift(_ source: String) async throws -> DriftReport {
        let name = name
        return try await report { picture, now, place in
            _ = try picture.source(named: source)
            return DriftReport(picture, source: source, controller: name, now: now, place: place)
        }
    }

    func reviews(_ source: String?) async throws -> ReviewReport {
        try await report { picture, now, _ in
            if let source { _ = try picture.source(named: source) }
            return ReviewReport(picture, source: source, now: now)
        }
    }

    func resources(kind: String?, source: String?) async throws -> ResourceTable {
        try await report { picture, now, _ in
            if let source { _ = try picture.source(named: source) }
            return ResourceTable(picture, kind: kind, source: source, now: now)
        }
    }

    func resource(_ id: String) async throws -> ResourceReport {
        let id = try await read { picture in try picture.resource(named: id) }
        let events = try controller.store.history(resource: id, limit: 10)
        return try await report { picture, now, place in
            guard let report = ResourceReport(picture, id: id, history: events, now: now, place: place) else {
                throw OperationError(404, "no resource '\(id)'", hint: "list them with 'martlet get'")
            }
            return report
        }
    }

    func history(_ question: HistoryQuestion) async throws -> HistoryReport {
        // What is gone has a history too.
        let id = try await question.resource.asyncMap { text in
            try await read { picture in try ResourceID(text) ?? picture.resource(named: text) }
        }
        let limit = min(max(question.limit, 1), 1000)
        let events = try controller.store.history(resource: id, source: question.source, limit: limit)
        let older = try events.last.map {
            try controller.store.history(
                resource: id, source: question.source, limit: 1000, before: $0.number
            ).count
        }
        let origins = controller.configuration.origins
        let only = question.source ?? (origins.count == 1 ? origins.keys.first : nil)
        return HistoryReport(
            events: events, source: question.source, project: only.flatMap { origins[$0]?.project },
            resource: id, older: older ?? 0, now: currentMilliseconds())
    }

    func reload() async throws -> Answer {
        guard let file = controller.configuration.file else {
            throw OperationError(
                409, "the controller runs without a configuration file, so there is none to read")
        }
        do { try controller.reload() } catch let error as ConfigurationError {
            throw OperationError(400, error.problems.map(\.description).joined(separator: "\n"))
        }
        return Answer(message: "configuration '\(file)' is in force")
    }
}

extension ControllerOperations {
    /// A value out of the picture. While one configuration takes over from another, it is waited for.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Picture) throws -> Value) async throws -> Value {
        for _ in 0..<100 {
            let answer = await controller.generation.inbox.read { picture in Result { try body(picture) } }
            if let answer { return try answer.get() }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw OperationError(503, "the controller is stopping")
    }

    /// A report with its places: made twice where it has any, for files are not read while the loop waits.
    func report<Value: Sendable>(
        _ make:
            @escaping @Sendable (
                Picture, _ now: Int, _ place: @escaping (Manifest, FieldPath) -> ManifestLocation?
            )
            throws
            -> Value
    ) async throws -> Value {
        let places = Places()
        let (report, commits) = try await read { picture in
            (try make(picture, currentMilliseconds(), places.place), picture.commits)
        }
        guard places.isIncomplete else { return report }
        await places.find(in: controller.configuration.mirroredFiles, commits: commits)
        return try await read { picture in try make(picture, currentMilliseconds(), places.place) }
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ body: (Wrapped) async throws -> Value) async rethrows -> Value? {
        if let self { try await body(self) } else { nil }
    }
}

extension Configuration {
    /// What reports say of where sources come from.
    var origins: [String: SourceReport.Origin] {
        sources.mapValues { source in
            .init(
                project: source.project, repository: repository(of: source), revision: source.revision,
                path: source.path)
        }
    }
}
