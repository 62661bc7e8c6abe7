import Model
import Synchronization

/// Files and secrets that only tests have.
final class World: Sendable {
    struct Thing: Sendable {
        var fields: Value
        var isOurs = true
        var health = Observation.Health.ready
    }
    struct State: Sendable {
        var things: [ResourceID: Thing] = [:]
        /// Versions by path, and the word on each that is too old.
        var secrets: [String: Int] = [:]
        var stale: [String: String] = [:]
        var failing: [ResourceID: EngineError] = [:]
        var losing: Set<ResourceID> = []
        var unseen: Set<ResourceID> = []
    }
    let state = Mutex(State())

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    func edit(_ id: ResourceID, _ key: String, _ value: Value) {
        change { state in
            guard case .map(var fields)? = state.things[id]?.fields["config"] else { return }
            fields[key] = value
            state.things[id]?.fields = .map([
                "provider": .string("host"), "type": .string("file"), "config": .map(fields),
            ])
        }
    }
}

struct FileEngine: Engine {
    let world: World

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        world.state.withLock { state in
            var answers: [ResourceID: Result<Observation, EngineError>] = [:]
            for target in targets { answers[target.id] = observe(target, state) }
            return answers
        }
    }
    private func observe(_ target: Target, _ state: World.State) -> Result<Observation, EngineError> {
        if state.unseen.contains(target.id) {
            return .failure(EngineError(.retry, "the disk did not answer"))
        }
        if target.unanswered != nil, state.losing.contains(target.id) {
            return .failure(
                EngineError(
                    .waitForChange, "its create was begun, and the disk can't say whether it happened"))
        }
        guard let thing = state.things[target.id] else { return .success(.absent) }
        guard thing.isOurs || target.adoption != .no else { return .success(Observation(.foreign)) }
        return .success(observation(of: thing))
    }
    private func observation(of thing: World.Thing) -> Observation {
        Observation(
            .ours, thing.health, fields: thing.fields,
            outputs: .map(["path": thing.fields["config"]?["path"] ?? .null]))
    }

    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        world.state.withLock { state in
            if let error = state.failing[step.id] { return .failed(error) }
            if state.losing.contains(step.id) { return .unanswered(EngineError(.retry, "no answer")) }
            guard step.verb != .delete else {
                state.things[step.id] = nil
                return .done(.absent)
            }
            let thing = World.Thing(fields: step.desired ?? .null)
            state.things[step.id] = thing
            return .done(observation(of: thing))
        }
    }
}

struct SecretsEngine: SecretEngine {
    let world: World

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        world.state.withLock { state in
            var answers: [ResourceID: Result<Observation, EngineError>] = [:]
            for target in targets {
                let path = (target.desired ?? target.recorded?.spec)?["path"]?.string ?? ""
                guard let version = state.secrets[path] else {
                    answers[target.id] = .success(.absent)
                    continue
                }
                let handle = SecretHandle(target.id, "password", version: "\(version)")
                var seen = Observation(.ours, outputs: .map(["password": .secret(handle)]))
                seen.warning = state.stale[path]
                answers[target.id] = .success(seen)
            }
            return answers
        }
    }
    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        guard target.desired == nil || observation.presence == .ours else {
            throw EngineError(.waitForChange, "missing", hint: "put it with 'martlet secret put shop/db'")
        }
        return nil
    }
    func apply(_ step: Step, secrets: SecretSource) async -> Outcome { .done(step.observation) }
    func read(_ handle: SecretHandle, of observation: Observation, lease: Lease?)
        async throws(EngineError) -> SecretValue
    { SecretValue("CANARY".utf8) }
}
