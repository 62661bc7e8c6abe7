import Model
import Reconcile
import Review
import Run
import Server
import Store

extension ControllerOperations {
    func order(_ order: SupervisorEngine.Order, _ job: String, by: String?) async throws -> Answer {
        let (id, engine) = try await supervised(job)
        do throws(EngineError) { try await engine.obey(order, id) } catch {
            throw OperationError(409, error.message, hint: error.hint)
        }
        let person = caller.asking(for: by)
        controller.generation.inbox.post(.asked(id, order.remembered, by: person))
        // Remembered by the time that this returns.
        try await read { _ in }
        let short = id.description(in: id.project)
        return switch order {
        case .restart: Answer(message: "\(id) is restarted")
        case .stop: Answer(message: "\(id) is stopped", hint: "start it with 'martlet job start \(short)'")
        case .start: Answer(message: "\(id) is started")
        case .retry: Answer(message: "\(id) is tried again")
        }
    }

    func logs(
        of job: String, since: Timestamp?, follows: Bool
    ) async throws -> AsyncThrowingStream<JobLog.Line, any Error> {
        let (id, engine) = try await supervised(job)
        // Without its 'Z' it begins each time of the same second, or millisecond.
        let reading = LogReading(
            engine.log(of: id), since: String(since?.description.dropLast() ?? ""), follows: follows)
        return AsyncThrowingStream { await reading.next() }
    }

    /// The job that a person names, `web` being as good as `job/web`, and what runs it on this machine.
    private func supervised(_ text: String) async throws -> (ResourceID, SupervisorEngine) {
        let (id, name) = try await read { picture in
            let id = try picture.resource(named: text.contains("/") ? text : "job/\(text)")
            return (id, picture.nodes[id]?.engine ?? "")
        }
        guard id.kind == Job.kind.id else {
            throw OperationError(
                400, "\(id) is no job", hint: "list the jobs with 'martlet get job'")
        }
        guard let engine = controller.generation.engines.supervisors[name] else {
            throw OperationError(409, "\(id) runs by engine '\(name.escapedForDisplay)', not on this machine")
        }
        return (id, engine)
    }
}

/// A job's lines one by one, no more of them held than were read at once.
private actor LogReading {
    private var log: JobLog
    private let since: String
    private let follows: Bool
    private var lines: ArraySlice<JobLog.Line> = []

    init(_ log: JobLog, since: String, follows: Bool) {
        (self.log, self.since, self.follows) = (log, since, follows)
    }

    /// Waits for one where it follows; nil at the end, or when the task is cancelled.
    func next() async -> JobLog.Line? {
        while !Task.isCancelled {
            if let line = lines.popFirst() { return line }
            lines = log.next(since: since)[...]
            guard lines.isEmpty else { continue }
            guard follows, (try? await Task.sleep(for: .milliseconds(200))) != nil else { return nil }
        }
        return nil
    }
}

extension SupervisorEngine.Order {
    fileprivate var remembered: HistoryEvent.Kind {
        switch self {
        case .restart: .restarted
        case .stop: .stopped
        case .start: .started
        case .retry: .retried
        }
    }
}

extension Picture {
    /// What the supervisors among the engines hold their jobs to; nil where no job is theirs.
    func limits(of supervisors: [String: SupervisorEngine]) -> String? {
        let used = Set(nodes.values.compactMap { $0.layer == .run ? $0.engine : nil })
        let limits = Set(supervisors.filter { used.contains($0.key) }.values.map(\.limits))
        return limits.isEmpty ? nil : limits.sorted().joined(separator: "; ")
    }
}
