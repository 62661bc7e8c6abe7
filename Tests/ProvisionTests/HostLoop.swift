import Fixtures
import Foundation
import Glibc
import Model
import Provision

/// Plays the loop for one engine: observe, plan, apply, record.
actor HostLoop {
    nonisolated let folder: TemporaryFolder
    nonisolated let engine: HostEngine
    var records: [ResourceID: Recorded] = [:]
    var grants: Grants
    var secrets: [SecretHandle: String] = [:]
    private var lastIntent = 100
    /// What a test looks through for values that must not be there.
    private(set) var said: [String] = []

    init(
        root: String? = nil, forbidden: [String] = [], mayAdopt: Bool = false, owners: Set<String> = [],
        engine: ((HostEngine.Configuration) -> HostEngine)? = nil
    ) throws {
        let folder = try TemporaryFolder()
        let root = root ?? folder.path
        let configuration = HostEngine.Configuration(roots: [root], forbidden: forbidden)
        var grants = Grants(projects: ["shop"])
        (grants.roots, grants.mayAdopt, grants.owners) = ([root], mayAdopt, owners)
        self.grants = grants
        self.engine = engine?(configuration) ?? HostEngine(configuration, key: Array("a key".utf8))
        self.folder = folder
    }

    nonisolated func path(_ name: String) -> String {
        folder.url.appending(path: name).path(percentEncoded: false)
    }

    func target(
        _ id: ResourceID, _ desired: Value?, adoption: ReconcileOptions.Adoption = .no,
        unanswered: Step? = nil
    ) -> Target {
        var target = Target(
            id, desired: desired, type: desired?["type"]?.string, recorded: records[id], grants: grants,
            unanswered: unanswered)
        target.adoption = adoption
        return target
    }

    func observe(
        _ id: ResourceID, _ desired: Value?, adoption: ReconcileOptions.Adoption = .no,
        unanswered: Step? = nil
    ) async throws(EngineError) -> Observation {
        let target = target(id, desired, adoption: adoption, unanswered: unanswered)
        guard let answer = await engine.observe([target])[id] else { throw EngineError(.retry, "no answer") }
        said.append(String(describing: answer))
        return try answer.get()
    }

    func plan(
        _ id: ResourceID, _ desired: Value?, adoption: ReconcileOptions.Adoption = .no, follows: Bool = false
    ) async throws(EngineError) -> Change? {
        let seen = try await observe(id, desired, adoption: adoption)
        var target = target(id, desired, adoption: adoption)
        target.followsOnly = follows
        let change = try await engine.plan(target, over: seen, secrets: source)
        said.append(String(describing: change))
        return change
    }

    /// One whole turn; what was changed.
    @discardableResult
    func converge(_ id: ResourceID, _ desired: Value?, adoption: ReconcileOptions.Adoption = .no)
        async throws(EngineError) -> Change?
    {
        let seen = try await observe(id, desired, adoption: adoption)
        let target = target(id, desired, adoption: adoption)
        let change = try await engine.plan(target, over: seen, secrets: source)
        said.append(String(describing: change))
        guard let change else {
            record(id, desired, seen.presence == .ours ? seen : nil)
            return nil
        }
        let isAdopted = adoption != .no && records[id] == nil
        switch change.action {
        case .create: try await carryOut(.create, id, desired, over: seen)
        case .update: try await carryOut(.update, id, desired, over: seen, adopts: isAdopted)
        case .delete: try await carryOut(.delete, id, nil, over: seen)
        case .replace where change.createsFirst:
            try await carryOut(.create, id, desired, over: .absent)
            let made = records[id]
            try await carryOut(.delete, id, nil, over: seen)
            records[id] = made
        case .replace:
            try await carryOut(.delete, id, nil, over: seen)
            try await carryOut(.create, id, desired, over: .absent)
        }
        return change
    }

    func step(
        _ verb: Step.Verb, _ id: ResourceID, _ desired: Value?, over seen: Observation, adopts: Bool = false
    ) -> Step {
        lastIntent += 1
        return Step(
            intent: lastIntent, id: id, engine: "host", type: nil, verb: verb, desired: desired, over: seen,
            payload: [], adopts: adopts, grants: grants, manifest: nil)
    }
    func carryOut(
        _ verb: Step.Verb, _ id: ResourceID, _ desired: Value?, over seen: Observation, adopts: Bool = false
    ) async throws(EngineError) {
        let step = step(verb, id, desired, over: seen, adopts: adopts)
        let outcome = await engine.apply(step, secrets: source)
        said.append(String(describing: outcome))
        switch outcome {
        case .done(let made): record(id, desired, made.presence == .ours ? made : nil)
        case .partly(let made, let error):
            record(id, desired, made)
            throw error
        case .failed(let error), .unanswered(let error): throw error
        }
    }

    func record(_ id: ResourceID, _ desired: Value?, _ made: Observation?) {
        guard let desired, let made else {
            records[id] = nil
            return
        }
        records[id] = Recorded(
            source: "shop", layer: .provision, engine: "host", type: desired["type"]?.string,
            manifest: .literal(desired), spec: desired, dependencies: [], observation: made,
            intent: made.intent ?? 0, onRemove: .delete)
    }
    /// As after a replacement whose old object is not deleted yet.
    func leave(_ old: Observation, of id: ResourceID) { records[id]?.deposed.append(old) }
    func give(_ handle: SecretHandle, _ value: String) { secrets[handle] = value }
    func allowAdoption() { grants.mayAdopt = true }

    private var source: SecretSource {
        let values = secrets
        return SecretSource { handle throws(EngineError) in
            guard let value = values[handle] else { throw EngineError(.retry, "no such secret") }
            return SecretValue(value.utf8)
        }
    }
}

extension ResourceID {
    static let motd = ResourceID("infrastructure", "shop", "motd")
}

func file(_ path: String, _ content: String, mode: String = "0644") -> Value {
    file(path, .string(content), mode: mode)
}
func file(_ path: String, _ content: Value, mode: String = "0644", owner: String? = nil) -> Value {
    var config: [String: Value] = ["path": .string(path), "content": content, "mode": .string(mode)]
    config["owner"] = owner.map(Value.string)
    return .map(["provider": .string("host"), "type": .string("file"), "config": .map(config)])
}
func directory(_ path: String, mode: String = "0755") -> Value {
    let config: [String: Value] = ["path": .string(path), "mode": .string(mode)]
    return .map(["provider": .string("host"), "type": .string("directory"), "config": .map(config)])
}
func symlink(_ path: String, to target: String) -> Value {
    let config: [String: Value] = ["path": .string(path), "target": .string(target)]
    return .map(["provider": .string("host"), "type": .string("symlink"), "config": .map(config)])
}

extension Change {
    /// As a reader sees it: `update config.mode "0600" -> "0644" (drift)`.
    var summary: String {
        ([action.rawValue]
            + fields.map {
                "\($0.path) \($0.before) -> \($0.after) (\($0.cause.rawValue))" + ($0.replaces ? " !" : "")
            })
            .joined(separator: "; ")
    }
}

func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
func mode(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}
func names(in path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
}
let isRoot = geteuid() == 0
