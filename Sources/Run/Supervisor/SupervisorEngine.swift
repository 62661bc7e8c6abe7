package import Model
package import Probe

/// Runs jobs as processes of this machine, which outlive the controller: a shim keeps each, and a supervisor rolls
/// and restarts them between steps.
package struct SupervisorEngine: Engine {
    let supervisor: Supervisor
    let privileges: Privileges

    /// - Parameter ask: asks a probe once.
    package init(_ configuration: Configuration, ask: @escaping @Sendable (ProbeTarget) async -> ProbeAnswer)
    {
        self.init(configuration, now: Supervisor.milliseconds, boot: Supervisor.bootID, ask: ask)
    }
    init(
        _ configuration: Configuration, now: @escaping @Sendable () -> Int, boot: String,
        ask: @escaping @Sendable (ProbeTarget) async -> ProbeAnswer
    ) {
        supervisor = Supervisor(configuration, now: now, boot: boot, ask: ask)
        privileges = Privileges(configuration: configuration)
    }

    /// Keeps the instances as they are asked for, until the task is cancelled. Without it nothing is started or
    /// stopped; what runs goes on.
    package func run() async { await supervisor.run() }

    /// Which limits of cpu and memory are in force, for people.
    package var limits: String { supervisor.limiter.description }

    /// What keeps it from working as well as it could, each thing once.
    package var warnings: [String] { supervisor.warned }

    /// What a person may ask of a job beside its manifest.
    package enum Order: String, Sendable, Codable, CaseIterable {
        /// Each instance is started again in its place.
        case restart
        /// Nothing runs until it is started, whatever git says and whoever restarts the controller.
        case stop
        case start
        /// A version that failed is rolled out once more.
        case retry
    }

    /// Throws where there is no such job.
    package func obey(_ order: Order, _ id: ResourceID) async throws(EngineError) {
        try await supervisor.obey(order, id)
    }

    /// Whether instances were told to go, and would stay without `run`.
    package var isStopping: Bool { get async { await supervisor.isStopping } }

    /// All that the job's instances have said, to be read from its beginning.
    package func log(of id: ResourceID) -> JobLog {
        JobLog(of: id, in: supervisor.configuration.logsFolder)
    }

    /// Begins with a `resync`: much may have ended while nobody listened.
    package func events() -> AsyncStream<Event> { supervisor.announced.events() }

    package static func description(name: String, _ configuration: Configuration) -> EngineDescription {
        let privileges = Privileges(configuration: configuration)
        return EngineDescription(name: name, type: "supervisor", layer: .run, isEmbedded: true) {
            manifest, grants in
            privileges.problems(of: manifest.spec.resolved { _ in .unknown }, grants)
                + shownSecrets(manifest.spec) + renaming(manifest)
        }
    }

    /// What every user of the machine can read of a process.
    private static func shownSecrets(_ spec: Expression) -> [FieldProblem] {
        ["command", "args", "cwd"].compactMap { field in
            let references = spec["task"]?[field]?.references ?? []
            guard let secret = references.first(where: { $0.id.kind == "secret" }) else { return nil }
            return Privileges.shown(FieldPath("task").appending(field), "a secret (\(secret))")
        }
    }

    /// A program that runs has its job's name in its variables, its folder and its log, and its shim works in that
    /// folder: none of it can be told another name while it runs.
    private static func renaming(_ manifest: Manifest) -> [FieldProblem] {
        guard manifest.options.movedFrom != nil else { return [] }
        return [
            FieldProblem(
                FieldPath(), "a job that the supervisor runs can't be renamed in place",
                hint: "leave out 'movedFrom': the new job is started, and the old one stopped")
        ]
    }

    package func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        let seen = await supervisor.observations(of: targets.map(\.id))
        var answers: [ResourceID: Result<Observation, EngineError>] = [:]
        for (target, answer) in zip(targets, seen) {
            answers[target.id] = answer.map { observation in
                observation.map { owned($0, by: target) } ?? .absent
            }
        }
        return answers
    }

    /// A job that no record knows was left by another state of the controller, unless a lost step made it.
    private func owned(_ observation: Observation, by target: Target) -> Observation {
        if target.recorded != nil || target.unanswered?.intent == observation.intent { return observation }
        return target.adoption != .no && target.grants.mayAdopt ? observation : Observation(.foreign)
    }

    package func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        if let desired = target.desired { try privileges.check(desired, target.grants) }
        if let change = Change.byField(target, over: observation) { return change }
        guard target.desired != nil, await supervisor.lacksSecrets(target.id) else { return nil }
        return Change(.update, cause: .engine, outputs: observation.outputs, payload: observation.state)
    }

    package func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        do throws(EngineError) {
            guard step.verb != .delete else {
                try await supervisor.remove(step.id)
                return .done(.absent)
            }
            guard let desired = step.desired, desired.isKnown else {
                throw EngineError(.retry, "\(step.id) is not wholly known yet")
            }
            try privileges.check(desired, step.grants)
            _ = try Job(desired)
            if step.verb == .create, !step.adopts, let there = try await supervisor.intent(of: step.id),
                there != step.intent
            {
                throw EngineError(
                    .waitForChange, "\(step.id) is there, and no record knows it",
                    hint: "take it over with 'reconcile: {adopt: true}'")
            }
            var values: SecretValues?
            if await supervisor.needsSecrets(step.id, desired) {
                values = try await SecretValues(of: desired, secrets)
            }
            return .done(try await supervisor.accept(step.id, desired, intent: step.intent, secrets: values))
        } catch {
            return .failed(error)
        }
    }
}
