import Model
import Synchronization

final class Disk: Sendable {
    let files = Mutex<[String: String]>([:])
    init() {}
}

/// A gateway's configuration, rendered from services' endpoints; its first line says whose it is.
struct GatewayEngine: Engine {
    let disk: Disk
    init(_ disk: Disk) { self.disk = disk }

    static func render(_ id: ResourceID, _ endpoints: [Value]) -> String {
        "# martlet \(id)\n" + endpoints.flatMap(\.items).map { "server \($0.string ?? "");\n" }.joined()
    }
    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        disk.files.withLock { files in
            Dictionary(
                uniqueKeysWithValues: targets.map { target in
                    let path = (target.recorded?.spec ?? target.desired)?["path"]?.string ?? ""
                    return (target.id, .success(Self.observe(target.id, path, files)))
                })
        }
    }
    private static func observe(_ id: ResourceID, _ path: String, _ files: [String: String]) -> Observation {
        guard let content = files[path] else { return .absent }
        return Observation(
            content.hasPrefix("# martlet \(id)\n") ? .ours : .foreign,
            fields: .map(["content": .string(content)]),
            state: Array(path.utf8))
    }
    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        guard let desired = target.desired else {
            return Change(.delete, cause: target.cause(over: observation))
        }
        let spec = target.recorded?.spec
        let endpoints = desired["endpoints"] ?? .unknown
        let before = observation.fields["content"] ?? .null
        let after = endpoints.isKnown ? Value.string(Self.render(target.id, endpoints.items)) : .unknown
        let moves = observation.presence == .ours && spec.map { $0["path"] != desired["path"] } ?? false
        if before == after, !moves { return nil }
        var fields = ["endpoints", "path"].filter { spec?[$0] != desired[$0] }.map { key in
            target.field(
                FieldPath(key), spec?[key] ?? .null, desired[key] ?? .null, over: observation,
                replaces: key == "path")
        }
        if target.recorded?.observation.fields["content"] != observation.fields["content"] {
            fields.append(target.field(FieldPath("content"), before, after, over: observation))
        }
        let action: Change.Action = moves ? .replace : observation.presence == .absent ? .create : .update
        return Change(action, fields, cause: target.cause(over: observation), outputs: .map([:]))
    }
    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        disk.files.withLock { files in
            let path =
                step.verb == .create
                ? step.desired?["path"]?.string ?? ""
                : String(decoding: step.observation.state, as: UTF8.self)
            guard Self.observe(step.id, path, files).presence != .foreign else {
                return .failed(EngineError(.retry, "\(path) is someone else's by now"))
            }
            files[path] =
                step.verb == .delete ? nil : Self.render(step.id, step.desired?["endpoints"]?.items ?? [])
            return .done(Self.observe(step.id, path, files))
        }
    }
}
