import Foundation
import Model
import Synchronization

/// A cloud with generated ids, as a Terraform provider sees it.
final class Cloud: Sendable {
    struct Object: Hashable, Sendable {
        var type: String, attributes: [String: String], tags: [String: String]
        init(type: String, attributes: [String: String], tags: [String: String] = [:]) {
            (self.type, self.attributes, self.tags) = (type, attributes, tags)
        }
    }
    struct State: Hashable, Sendable {
        var objects: [String: Object] = [:], created = 0
        /// Names whose next create fails half-way: the object exists all the same.
        var failing: Set<String> = []
    }
    let state = Mutex(State())
    init() {}
}

/// Prior state and private bytes travel sealed; a create is found again by its tag, where the type has tags.
struct CloudEngine: SecretEngine {
    private struct ProviderState: Codable { var id: String, attributes: [String: String], tainted = false }
    let cloud: Cloud
    private static let planned = Array("planned".utf8)
    private static let settings: Set<String> = ["type", "createFirst"]
    init(_ cloud: Cloud) { self.cloud = cloud }

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        cloud.state.withLock { state in
            var answers: [ResourceID: Result<Observation, EngineError>] = [:]
            for target in targets { answers[target.id] = observe(target, state) }
            return answers
        }
    }
    private func observe(_ target: Target, _ state: Cloud.State) -> Result<Observation, EngineError> {
        if let step = target.unanswered, step.verb == .create {
            if step.desired?["type"] == .string("untaggable") {
                return .failure(
                    EngineError(.waitForChange, "\(target.id) may have been created, and can't be looked for")
                )
            }
            let found = state.objects.first { $0.value.tags["intent"] == "\(step.intent)" }
            return .success(
                found.map { observation(target.id, $0.key, $0.value, intent: step.intent) } ?? .absent)
        }
        guard let prior = decode(target.recorded?.observation.state ?? []),
            let object = state.objects[prior.id]
        else {
            return .success(.absent)
        }
        return .success(observation(target.id, prior.id, object, tainted: prior.tainted))
    }
    private func observation(
        _ id: ResourceID, _ cloudID: String, _ object: Cloud.Object, intent: Int? = nil, tainted: Bool = false
    ) -> Observation {
        var fields = object.attributes.mapValues(Value.string)
        fields["type"] = .string(object.type)
        fields["token"] = nil
        fields["password"] = object.attributes["password"].map { .secret(handle(id, "password", $0)) }
        var outputs = fields
        outputs["id"] = .string(cloudID)
        outputs["token"] = .secret(handle(id, "token", object.attributes["token"]!))
        return Observation(
            .ours, tainted ? .failed("tainted") : .ready, fields: .map(fields), outputs: .map(outputs),
            state: encode(ProviderState(id: cloudID, attributes: object.attributes, tainted: tainted)),
            intent: intent)
    }

    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        guard let desired = target.desired else {
            return Change(.delete, cause: target.cause(over: observation), payload: Self.planned)
        }
        guard observation.presence == .ours, let prior = decode(observation.state) else {
            let fields = desired.fields.keys.sorted().map {
                target.field(FieldPath($0), .null, desired[$0]!, over: observation)
            }
            return Change(
                .create, fields, cause: target.cause(over: observation), payload: Self.planned)
        }
        var fields: [FieldChange] = []
        for key in desired.fields.keys.sorted() where !Self.settings.contains(key) {
            let value = try await plainText(desired[key]!, secrets)
            let isAsApplied =
                desired[key] == target.recorded?.spec[key]
                && observation.fields[key] == target.recorded?.observation.fields[key]
            if value == prior.attributes[key] || value == nil && isAsApplied { continue }
            fields.append(
                target.field(
                    FieldPath(key), observation.fields[key] ?? .null, desired[key]!, over: observation,
                    replaces: key == "name"))
        }
        let isReplaced = prior.tainted || fields.contains(where: \.replaces)
        if fields.contains(where: { $0.path == FieldPath("size") }) || isReplaced {
            fields.append(
                target.field(
                    FieldPath("endpoint"), observation.fields["endpoint"]!, .unknown, over: observation))
        }
        guard !fields.isEmpty else { return nil }
        var outputs = observation.outputs
        if case .map(var known) = outputs, fields.contains(where: { $0.path == FieldPath("endpoint") }) {
            known["endpoint"] = .unknown
            outputs = isReplaced ? .unknown : .map(known)
        }
        var change = Change(
            isReplaced ? .replace : .update, fields, cause: target.cause(over: observation), outputs: outputs,
            payload: Self.planned)
        change.createsFirst = desired["createFirst"] == .bool(true)
        return change
    }

    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        guard step.payload == Self.planned else {
            return .failed(EngineError(.waitForChange, "the provider was not given back what it planned"))
        }
        var attributes: [String: String] = [:]
        for key in step.desired?.fields.keys ?? [:].keys where !Self.settings.contains(key) {
            do throws(EngineError) {
                attributes[key] = try await plainText(step.desired![key]!, secrets)
            } catch {
                return .failed(error)
            }
        }
        return cloud.state.withLock { state in
            let id = decode(step.observation.state)?.id ?? "db-\(state.created + 1)"
            if step.verb == .delete {
                state.objects[id] = nil
                return .done(.absent)
            }
            let isNew = step.verb == .create
            guard isNew || state.objects[id] != nil else {
                return .failed(EngineError(.retry, "\(id) is gone"))
            }
            if isNew { state.created += 1 }
            attributes["endpoint"] = "\(id).size\(attributes["size"] ?? "0")"
            attributes["token"] = state.objects[id]?.attributes["token"] ?? "CANARY-token-\(id)"
            let tags = isNew ? ["intent": "\(step.intent)", "owner": "\(step.id)"] : state.objects[id]!.tags
            let object = Cloud.Object(
                type: step.desired?["type"]?.string ?? "", attributes: attributes, tags: tags)
            state.objects[id] = object
            let fails = isNew && state.failing.remove(attributes["name"] ?? "") != nil
            let made = observation(step.id, id, object, tainted: fails)
            return fails
                ? .partly(made, EngineError(.retry, "\(id) was made, and failed")) : .done(made)
        }
    }

    func read(_ handle: SecretHandle, of observation: Observation, lease: Lease?)
        async throws(EngineError) -> SecretValue
    {
        guard let value = decode(observation.state)?.attributes[handle.output],
            fingerprint(value) == handle.version
        else { throw EngineError(.retry, "\(handle.source) has another \(handle.output) by now") }
        return SecretValue(value.utf8)
    }

    private func handle(_ id: ResourceID, _ output: String, _ value: String) -> SecretHandle {
        SecretHandle(id, output, version: fingerprint(value))
    }
    private func encode(_ state: ProviderState) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array((try? encoder.encode(state)) ?? Data())
    }
    private func decode(_ bytes: [UInt8]) -> ProviderState? {
        try? JSONDecoder().decode(ProviderState.self, from: Data(bytes))
    }
}

/// A value as the world gets it; nil where it is not known yet.
func plainText(_ value: Value, _ secrets: SecretSource) async throws(EngineError) -> String? {
    guard case .secret(let handle) = value else {
        return value.isKnown ? value.string ?? value.description : nil
    }
    guard let secret = try await secrets.read(handle) else { return nil }
    return secret.withBytes { String(decoding: $0, as: UTF8.self) }
}

/// FNV-1a: enough to tell two values apart in a test.
func fingerprint(_ text: String) -> String {
    String(text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
}
