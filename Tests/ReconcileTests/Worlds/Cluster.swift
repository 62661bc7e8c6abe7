import Foundation
import Model
import Synchronization

/// Nomad-like: registration compares and sets an index, deployments take time, a failed one is reverted by the server.
final class Cluster: Sendable {
    enum Deployment: Hashable, Sendable { case running, successful, failed }
    struct Version: Hashable, Sendable {
        var image = "", count = 1, priority = 50
        /// References as text; values are delivered apart, as by a template.
        var env: [String: String] = [:], delivered: [String: String] = [:]
        var owner: String?, intent: Int?, isRevert = false, deployment = Deployment.running
        init() {}
    }
    struct Job: Hashable, Sendable {
        var versions: [Version] = [], index = 0, addresses: [String] = []
        init() {}
        var current: Version { versions[versions.count - 1] }
    }
    struct State: Hashable, Sendable {
        var jobs: [String: Job] = [:], index = 0, port = 0
        mutating func register(_ name: String, _ version: Version, ifIndex expected: Int?) -> Bool {
            guard expected == nil || (jobs[name]?.index ?? 0) == expected else { return false }
            index += 1
            jobs[name, default: Job()].versions.append(version)
            jobs[name]!.index = index
            return true
        }
        mutating func place(_ name: String) {
            jobs[name]!.addresses = (0..<jobs[name]!.current.count).map { "10.0.0.1:\(port + $0)" }
            port += jobs[name]!.current.count
        }
    }
    let state = Mutex(State())
    init() {}
    /// Time passes: a deployment becomes healthy, or fails and is reverted; image "stuck" stays on its way.
    func tick() {
        state.withLock { state in
            for (name, job) in state.jobs
            where job.current.deployment == .running && job.current.image != "stuck" {
                let last = job.versions.count - 1
                let isBad = job.current.image.hasPrefix("bad")
                state.jobs[name]!.versions[last].deployment = isBad ? .failed : .successful
                if !isBad { state.place(name) }
                guard isBad, var stable = job.versions.last(where: { $0.deployment == .successful }) else {
                    continue
                }
                stable.isRevert = true
                _ = state.register(name, stable, ifIndex: nil)
                state.place(name)
            }
        }
    }
}

struct ClusterEngine: Engine {
    private struct JobState: Codable { var registered: Int, index: Int }
    let cluster: Cluster
    init(_ cluster: Cluster) { self.cluster = cluster }

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        cluster.state.withLock { state in
            Dictionary(uniqueKeysWithValues: targets.map { ($0.id, .success(observe($0, state))) })
        }
    }
    private func observe(_ target: Target, _ state: Cluster.State) -> Observation {
        guard let job = state.jobs[Self.name(target.id)] else { return .absent }
        let made = target.unanswered.flatMap { step in job.versions.lastIndex { $0.intent == step.intent } }
        let before = decode(target.recorded?.observation.state ?? [])?.registered
        return observation(
            target.id, job, registered: made ?? before ?? job.versions.count - 1,
            intent: made == nil ? job.current.intent : target.unanswered?.intent)
    }
    private func observation(_ id: ResourceID, _ job: Cluster.Job, registered: Int, intent: Int?)
        -> Observation
    {
        let current = job.current
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let state = try? encoder.encode(JobState(registered: registered, index: job.index))
        let isFailed =
            job.versions.indices.contains(registered) && job.versions[registered].deployment == .failed
        let health: Observation.Health =
            isFailed
            ? .failed(
                current.isRevert ? "version \(registered) failed and was reverted" : "deployment failed")
            : current.deployment == .running ? .progressing("deploying") : .ready
        return Observation(
            current.owner == "\(id)" ? .ours : .foreign, health,
            fields: .map([
                "image": .string(current.image), "count": .int(current.count),
                "priority": .int(current.priority),
                "env": .map(current.env.mapValues(Value.string)),
            ]), outputs: .map(["addresses": .list(job.addresses.map(Value.string))]),
            state: Array(state ?? Data()), intent: intent)
    }

    /// What the server would say differs.
    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        let state = decode(observation.state)
        let payload = Array("\(state?.index ?? 0)".utf8)
        guard let desired = target.desired else {
            return Change(.delete, cause: target.cause(over: observation), payload: payload)
        }
        let base = target.recorded?.observation.fields
        let wanted = Self.text(desired, priority: base?["priority"] ?? .int(50))
        let fields = wanted.fields.keys.sorted().compactMap { key -> FieldChange? in
            let before = observation.fields[key] ?? .null
            return before == wanted[key]
                ? nil : target.field(FieldPath(key), before, wanted[key]!, over: observation)
        }
        if fields.isEmpty { return nil }
        if case .failed(let reason) = observation.health, desired == target.recorded?.spec {
            // The server went back by itself: nothing to do until git says something else.
            if cluster.state.withLock({ $0.jobs[Self.name(target.id)]?.current.isRevert ?? false }) {
                return nil
            }
            throw EngineError(.waitForChange, reason)
        }
        return Change(
            observation.presence == .absent ? .create : .update, fields,
            cause: target.cause(over: observation),
            payload: payload)
    }

    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        let name = Self.name(step.id)
        let expected = Int(String(decoding: step.payload, as: UTF8.self))
        if step.verb == .delete {
            cluster.state.withLock { if $0.jobs[name]?.current.owner == "\(step.id)" { $0.jobs[name] = nil } }
            return .done(.absent)
        }
        var version = Cluster.Version()
        version.image = step.desired?["image"]?.string ?? ""
        if case .int(let count)? = step.desired?["count"] { version.count = count }
        (version.owner, version.intent) = ("\(step.id)", step.intent)
        for key in step.desired?["env"]?.fields.keys ?? [:].keys {
            let value = step.desired!["env"]![key]!
            version.env[key] = value.string ?? value.description
            do throws(EngineError) { version.delivered[key] = try await plainText(value, secrets) } catch {
                return .failed(error)
            }
        }
        return cluster.state.withLock { [version] state in
            guard state.register(name, version, ifIndex: expected) else {
                return .failed(EngineError(.retry, "\(name) was registered by someone else"))
            }
            let job = state.jobs[name]!
            return .done(observation(step.id, job, registered: job.versions.count - 1, intent: step.intent))
        }
    }

    static func name(_ id: ResourceID) -> String { "\(id.project)-\(id.name)" }
    private static func text(_ desired: Value, priority: Value) -> Value {
        var env: [String: Value] = [:]
        for key in desired["env"]?.fields.keys ?? [:].keys {
            let value = desired["env"]![key]!
            env[key] = value.isKnown ? .string(value.string ?? value.description) : .unknown
        }
        return .map([
            "image": desired["image"] ?? .null, "count": desired["count"] ?? .int(1), "env": .map(env),
            "priority": priority,
        ])
    }
    private func decode(_ bytes: [UInt8]) -> JobState? {
        try? JSONDecoder().decode(JobState.self, from: Data(bytes))
    }
}
