import Model
import Synchronization

/// Vault-like: versioned values, and roles that make a credential under a lease.
final class SecretServer: Sendable {
    struct State: Hashable, Sendable {
        var values: [String: [String]] = [:], roles: [String: Int] = [:]
        var leases: [String: String] = [:], issued = 0
    }
    let state = Mutex(State())
    init() {}
    func rotate(_ path: String) {
        state.withLock {
            if $0.roles[path] != nil {
                $0.roles[path]! += 1
                return
            }
            let version = ($0.values[path]?.count ?? 0) + 1
            $0.values[path, default: []].append("CANARY-\(path)-\(version)")
        }
    }
}

/// A reference makes nothing; its output is a handle, known from metadata alone.
struct SecretServerEngine: SecretEngine {
    let server: SecretServer
    init(_ server: SecretServer) { self.server = server }

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        server.state.withLock { state in
            var answers: [ResourceID: Result<Observation, EngineError>] = [:]
            for target in targets {
                let path = (target.desired ?? target.recorded?.spec)?["path"]?.string ?? ""
                let role = state.roles[path]
                guard let version = role ?? state.values[path]?.count else {
                    answers[target.id] = .success(.absent)
                    continue
                }
                let handle = SecretHandle(
                    target.id, "value", version: "\(version)", place: path, isLeased: role != nil)
                answers[target.id] = .success(
                    Observation(.ours, outputs: .map(["value": .secret(handle)]), state: Array(path.utf8)))
            }
            return answers
        }
    }
    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        guard target.desired == nil || observation.presence == .ours else {
            throw EngineError(.waitForChange, "no secret at \(target.desired?["path"] ?? .null)")
        }
        return nil
    }
    func apply(_ step: Step, secrets: SecretSource) async -> Outcome { .done(step.observation) }

    func read(_ handle: SecretHandle, of observation: Observation, lease: Lease?)
        async throws(EngineError) -> SecretValue
    {
        let path = String(decoding: observation.state, as: UTF8.self)
        let value = server.state.withLock { state -> String? in
            guard let lease else { return Int(handle.version).flatMap { state.values[path]?[$0 - 1] } }
            state.issued += 1
            state.leases[lease.name] = "CANARY-\(path)-credential-\(state.issued)"
            return state.leases[lease.name]
        }
        guard let value else {
            throw EngineError(.retry, "no version \(handle.version) at \(path)")
        }
        return SecretValue(value.utf8)
    }
    func revoke(_ lease: Lease) async throws(EngineError) {
        server.state.withLock { $0.leases[lease.name] = nil }
    }
}
