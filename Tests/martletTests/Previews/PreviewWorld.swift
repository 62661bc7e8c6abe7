import Model
import Synchronization

/// All that exists of four layers, in memory.
final class PreviewWorld: Sendable {
    struct Thing: Sendable, Hashable {
        var fields: Value
        var isOurs = true
    }
    struct State: Sendable, Hashable {
        var things: [ResourceID: Thing] = [:]
        /// Versions of secrets, by path.
        var secrets = ["shop/db": 3, "shop/mail": 1]
        var refusing: Set<ResourceID> = []
    }
    let state = Mutex(State())
    /// Secrets that were read, which a preview never does.
    let reads = Mutex(0)

    /// By hand.
    func edit(_ id: ResourceID, _ path: String..., to value: Value?) {
        state.withLock { state in
            guard var thing = state.things[id] else { return }
            thing.fields = thing.fields.setting(path[...], to: value)
            state.things[id] = thing
        }
    }
}

extension Value {
    fileprivate func setting(_ path: ArraySlice<String>, to value: Value?) -> Value {
        guard let key = path.first, case .map(var fields) = self else { return self }
        fields[key] = path.count == 1 ? value : fields[key]?.setting(path.dropFirst(), to: value)
        return .map(fields)
    }
}

/// One layer's engine: field by field, a file's path can't be changed in place.
struct PreviewLayer: SecretEngine {
    let world: PreviewWorld
    let layer: Layer

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        world.state.withLock { state in
            var answers: [ResourceID: Result<Observation, EngineError>] = [:]
            for target in targets { answers[target.id] = .success(observation(target, state)) }
            return answers
        }
    }
    private func observation(_ target: Target, _ state: PreviewWorld.State) -> Observation {
        if layer == .secure { return secret(target, state) }
        guard let thing = state.things[target.id] else { return .absent }
        guard thing.isOurs || target.adoption != .no else { return Observation(.foreign) }
        return seen(target.id, thing)
    }
    private func seen(_ id: ResourceID, _ thing: PreviewWorld.Thing) -> Observation {
        let outputs: [String: Value] =
            switch layer {
            case .provision: ["path": thing.fields["config"]?["path"] ?? .null]
            case .connect: ["address": .string("10.0.0.1"), "port": .int(80)]
            default:
                [
                    "instances": .list(
                        (0..<(thing.fields["count"]?.number ?? 0)).map { .string("\(id.name)-\($0)") })
                ]
            }
        return Observation(.ours, fields: thing.fields, outputs: .map(outputs))
    }
    private func secret(_ target: Target, _ state: PreviewWorld.State) -> Observation {
        let spec = target.desired ?? target.recorded?.spec
        guard let version = state.secrets[spec?["path"]?.string ?? ""] else { return .absent }
        let keys = spec?["keys"]?.items.compactMap(\.string) ?? ["value"]
        let handles = keys.map { ($0, Value.secret(SecretHandle(target.id, $0, version: "\(version)"))) }
        return Observation(.ours, outputs: .map(Dictionary(handles) { first, _ in first }))
    }

    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        if layer == .secure {
            guard target.desired != nil, observation.presence != .ours else { return nil }
            throw EngineError(.waitForChange, "missing", hint: "put it with 'martlet secret put'")
        }
        for handle in target.desired?.secrets ?? [] { _ = try await secrets.read(handle) }
        guard var change = Change.byField(target, over: observation) else { return nil }
        let isMoved = change.fields.contains { $0.path.description == "config.path" }
        if layer == .provision, change.action == .update, isMoved { change.action = .replace }
        if change.action != .update { change.outputs = .unknown }
        return change
    }

    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        world.state.withLock { state in
            if state.refusing.contains(step.id) { return .failed(EngineError(.waitForChange, "not now")) }
            if layer == .secure { return .done(step.verb == .delete ? .absent : step.observation) }
            guard step.verb != .delete, let desired = step.desired else {
                state.things[step.id] = nil
                return .done(.absent)
            }
            let thing = PreviewWorld.Thing(fields: desired)
            state.things[step.id] = thing
            return .done(seen(step.id, thing))
        }
    }

    func read(_ handle: SecretHandle, of observation: Observation, lease: Lease?)
        async throws(EngineError) -> SecretValue
    {
        world.reads.withLock { $0 += 1 }
        return SecretValue("CANARY".utf8)
    }
}

extension Value {
    fileprivate var number: Int? { if case .int(let number) = self { number } else { nil } }
}
