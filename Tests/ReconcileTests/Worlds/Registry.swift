import Model
import Synchronization

/// Consul-like: entries with an index to compare and set, and fields that the server adds itself.
final class Registry: Sendable {
    struct Entry: Hashable, Sendable {
        var fields: [String: Value], owner: String?, intent: Int?, index = 0
        init(fields: [String: Value], owner: String?) { (self.fields, self.owner) = (fields, owner) }
    }
    struct State: Hashable, Sendable {
        var entries: [String: Entry] = [:], index = 0, unhealthy: Set<Value> = []
        /// Index 0 asks that there be none.
        mutating func put(_ name: String, _ entry: Entry, ifIndex expected: Int) -> Bool {
            guard (entries[name]?.index ?? 0) == expected else { return false }
            index += 1
            entries[name] = entry
            entries[name]!.index = index
            entries[name]!.fields.merge(["protocol": .string("tcp"), "weight": .int(1)]) { given, _ in given }
            return true
        }
    }
    let state = Mutex(State())
    private let stream = AsyncStream.makeStream(of: Event.self)
    init() {}
    var events: AsyncStream<Event> { stream.stream }
    func send(_ event: Event) { stream.continuation.yield(event) }
}

struct RegistryEngine: Engine {
    let registry: Registry
    init(_ registry: Registry) { self.registry = registry }
    func events() -> AsyncStream<Event> { registry.events }

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        registry.state.withLock { state in
            Dictionary(uniqueKeysWithValues: targets.map { ($0.id, .success(observe($0, state))) })
        }
    }
    private func observe(_ target: Target, _ state: Registry.State) -> Observation {
        guard let entry = state.entries["\(target.id.project)-\(target.id.name)"] else { return .absent }
        let isAdopted = entry.owner == nil && (target.adoption != .no || target.recorded != nil)
        guard entry.owner == "\(target.id)" || isAdopted else { return Observation(.foreign) }
        return observation(entry, state)
    }
    private func observation(_ entry: Registry.Entry, _ state: Registry.State) -> Observation {
        let healthy = (entry.fields["addresses"]?.items ?? []).filter { !state.unhealthy.contains($0) }
        return Observation(
            .ours, fields: .map(entry.fields),
            outputs: .map(["endpoints": .list(healthy)]), state: Array("\(entry.index)".utf8),
            intent: entry.intent)
    }
    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        registry.state.withLock { state in
            let name = "\(step.id.project)-\(step.id.name)"
            let expected = Int(String(decoding: step.payload, as: UTF8.self)) ?? 0
            let conflict = Outcome.failed(
                EngineError(.retry, "\(name) was changed by someone else"))
            if step.verb == .delete {
                guard let entry = state.entries[name], [nil, "\(step.id)"].contains(entry.owner) else {
                    return .done(.absent)
                }
                guard entry.index == expected else { return conflict }
                state.entries[name] = nil
                return .done(.absent)
            }
            guard case .map(let fields) = step.desired else { return conflict }
            var entry = Registry.Entry(fields: fields, owner: "\(step.id)")
            entry.intent = step.intent
            guard state.put(name, entry, ifIndex: expected), let made = state.entries[name] else {
                return conflict
            }
            return .done(observation(made, state))
        }
    }
}
