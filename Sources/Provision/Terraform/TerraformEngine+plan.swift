import Cty
package import Model
import ProviderPlugin

/// All that one planning of an object knows.
struct Planning {
    var target: Target
    var observation: Observation
    var spec: TerraformSpec
    var schema: Schema
    /// What exists; null where nothing does.
    var prior: ProviderObject
    /// What is asked for.
    var written: CtyValue
    /// The same, with what does not count as it is.
    var config: CtyValue
    /// How the manifest writes it.
    var form: Form
    var block: Block { schema.block }
}

/// What a provider would do.
struct ProviderPlan {
    /// As the provider said it, but for what is to be ignored.
    var bytes: DynamicValue
    /// Without noise.
    var state: CtyValue
    var privateBytes: [UInt8]
    var identity: [UInt8]
    var replaces: [FieldPath]
    var deferred: DeferredReason?
    /// What the provider says beside it, a line each.
    var warnings: [String] = []

    /// Of what can't be changed in place, that which would be changed.
    func replaced(from prior: CtyValue) -> [FieldPath] {
        replaces.filter { prior.at($0.components.dropFirst()) != state.at($0.components.dropFirst()) }
    }
}

extension TerraformEngine {
    package func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        guard let desired = target.desired else { return try await planDelete(target, over: observation) }
        let spec = try TerraformSpec(desired)
        guard observation.presence != .foreign else {
            throw EngineError(.waitForChange, "exists, and is not ours")
        }
        let state = observation.presence == .ours ? TerraformState(observation.state) : nil
        if let state, state.isData != spec.isData || (!spec.isData && state.type != spec.type) {
            return try await changingType(from: state, spec, target, over: observation, secrets)
        }
        if spec.isData { return try await planData(target, spec, over: observation, secrets) }
        let planning = try await planning(
            target, spec, state, over: observation, try await read(desired.secrets, secrets))
        let warnings = try await validate(planning)
        var plan = try await ask(planning)
        plan.warnings = warnings.adding(plan.warnings)
        if let reason = plan.deferred, desired.isKnown { throw .deferred(reason) }
        return try await change(planning, plan)
    }

    /// Another type is another object.
    private func changingType(
        from state: TerraformState, _ spec: TerraformSpec, _ target: Target, over observation: Observation,
        _ secrets: SecretSource
    ) async throws(EngineError) -> Change? {
        var fresh = target
        fresh.recorded = nil
        guard let made = try await plan(fresh, over: .absent, secrets: secrets) else { return nil }
        try checkDestroy(target, spec.lifecycle, state.type)
        let type = target.field(
            FieldPath("type"), state.isData ? .null : .string(state.type),
            spec.isData ? .null : .string(spec.type),
            over: observation,
            replaces: true)
        var change = Change(
            .replace, [type] + made.fields, cause: target.cause(over: observation), outputs: made.outputs)
        change.createsFirst = spec.lifecycle.createsFirst || target.createsFirst
        return change
    }

    func planning(
        _ target: Target, _ spec: TerraformSpec, _ state: TerraformState?, over observation: Observation,
        _ values: [SecretHandle: String]
    ) async throws(EngineError) -> Planning {
        let schema = try await connection.schemas.schema(.resource, spec.type, process)
        var prior = ProviderObject(value: .null)
        if let state { prior = try await object(state, schema, target.id) }
        let recorded = target.recorded?.spec
        let known = form(like: recorded, recorded: recorded, prints: prior.prints, schema.block)
        var current = known
        let standing = prints(of: prior.value, &current, schema.block)
        var coercion = Coercion(secrets: values) { path, value in
            guard recorded?[path] == value else { return false }
            let words = known.words.filter { path.touches($0.key) }
            return !words.isEmpty && words.allSatisfy { standing[$0.key.pointer] == $0.value.fingerprint }
        }
        let written = coercion.object(
            spec.config, as: schema.block, prior: prior.value, at: TerraformSpec.path)
        if let error = EngineError(coercion.problems) { throw error }
        conceal(written, schema.block)
        return Planning(
            target: target, observation: observation, spec: spec, schema: schema, prior: prior,
            written: written,
            config: schema.block.configuration(written, ignoring: spec.lifecycle.ignored, as: prior.value),
            form: coercion.form)
    }

    /// What the provider says of the configuration though it takes it, a line each.
    func validate(_ planning: Planning) async throws(EngineError) -> [String] {
        let config = try encode(planning.written, as: planning.block.type, of: planning.spec.type)
        let (client, type) = (client(about: planning.target.id), planning.spec.type)
        let answer = try await call { () throws(PluginError) in
            try await client.validateResourceConfig(typeName: type, config: config)
        }
        if let error = EngineError(answer.diagnostics, otherwise: .waitForChange) { throw error }
        return answer.diagnostics.warningLines
    }

    /// Asks the provider, and checks that its answer keeps to the configuration.
    func ask(_ planning: Planning) async throws(EngineError) -> ProviderPlan {
        let (block, type, prior) = (planning.block, planning.spec.type, planning.prior)
        let proposed = block.proposed(prior: prior.value, config: planning.config)
        var request = PlanResourceChangeRequest(
            typeName: type, priorState: try encode(prior.value, as: block.type, of: type),
            proposedNewState: try encode(proposed, as: block.type, of: type),
            config: try encode(planning.config, as: block.type, of: type))
        request.priorPrivate = prior.privateBytes
        request.priorIdentity = try await identity(prior.identity, type)
        let (client, asked) = (client(about: planning.target.id), request)
        let answer = try await call { () throws(PluginError) in try await client.planResourceChange(asked) }
        let said = heard(answer.diagnostics, with: answer.plannedState, block)
        if let error = EngineError(said, otherwise: .retry) { throw error }
        var (state, bytes) = (
            try decode(answer.plannedState, as: block.type, "PlanResourceChange", of: type),
            answer.plannedState
        )
        let kept = block.problems(keptIn: state)
        if let error = EngineError.broken(kept, "plans a change", of: type, by: configuration.source) {
            throw error
        }
        if answer.legacyTypeSystem {
            // It may have made something else of what is to be ignored: a hash of the hash that it was given.
            let reverted = block.reverting(planning.spec.lifecycle.ignored, in: state, to: prior.value)
            if reverted != state {
                (state, bytes) = (reverted, try encode(reverted, as: block.type, of: type))
            }
            state = block.withoutNoise(block.normalized(state), prior: prior.value, config: planning.config)
        } else if answer.deferred == nil,
            let error = EngineError.broken(
                block.problems(planned: state, config: planning.config, prior: prior.value), "plans a change",
                of: type,
                by: configuration.source)
        {
            throw error
        }
        return ProviderPlan(
            bytes: bytes, state: state, privateBytes: answer.plannedPrivate,
            identity: answer.plannedIdentity?.msgpack ?? [],
            replaces: answer.requiresReplace.map { FieldPath($0) },
            deferred: answer.deferred, warnings: said.warningLines)
    }

    /// The whole change, for people and for the apply.
    private func change(_ planning: Planning, _ plan: ProviderPlan) async throws(EngineError) -> Change? {
        let prior = planning.prior
        var (planning, plan) = (planning, plan)
        var target = planning.target
        let before = before(planning)
        target.recorded?.observation.fields = recordedFields(planning, before)
        let replaces = prior.value.isNull ? [] : reasons(planning, plan)
        let isReplaced = !prior.value.isNull && (!replaces.isEmpty || prior.isTainted || target.isReplaced)
        if isReplaced {
            try checkDestroy(target, planning.spec.lifecycle, planning.spec.type)
            // What is made anew has nothing that could be left as it is.
            (planning.prior, planning.config) = (ProviderObject(value: .null), planning.written)
            let warnings = plan.warnings
            plan = try await ask(planning)
            plan.warnings = warnings.adding(plan.warnings)
        } else if plan.state.unrefined == prior.value {
            return nil
        }
        let copies = copies(in: plan.state, planning.form, prior.prints, planning.block)
        var writer = ValueWriter(fieldsIn: planning.form, copies: copies, fingerprint: fingerprint)
        let after = writer.fields(plan.state, planning.block, at: TerraformSpec.path)
        var observed = planning.observation
        observed.fields = .map(["type": .string(planning.spec.type), "config": before])
        var differences = Self.differences(prior.value.isNull, before, after, sets: writer.sets)
        if prior.value.isNull { differences.insert(contentsOf: Self.made(planning.target, "type"), at: 0) }
        for path in replaces where path.components.first == .key("lifecycle") {
            let (before, after) = (target.recorded?.spec[path], target.desired?[path])
            differences.append(Difference(path: path, before: before ?? .null, after: after ?? .null))
        }
        let released = released(planning)
        let fields = differences.map { each in
            let isComputed = each.after == .unknown && target.desired?[each.path] == nil
            return target.field(
                each.path, each.before, each.after, over: observed,
                replaces: replaces.contains { $0.touches(each.path) },
                isAskedAnew: !isComputed && released.contains { $0.touches(each.path) })
        }
        var change = Change(
            isReplaced ? .replace : prior.value.isNull ? .create : .update, fields,
            cause: target.cause(over: planning.observation),
            outputs: outputs(of: plan.state, target.id, planning.schema, planning.form, copies),
            payload: try payload(planning, plan))
        change.createsFirst = isReplaced && (planning.spec.lifecycle.createsFirst || target.createsFirst)
        change.warnings = plan.warnings
        return change
    }

    /// What is made, and with whose credentials: with the fields of its `config`, all that a review of it binds.
    static func made(_ target: Target, _ kind: String) -> [Difference] {
        ["provider", kind].compactMap { key in
            target.desired?[key].map { Difference(path: FieldPath(key), before: .null, after: $0) }
        }
    }

    func payload(_ planning: Planning, _ plan: ProviderPlan) throws(EngineError) -> [UInt8] {
        PlannedState(
            planned: plan.bytes.msgpack, privateBytes: plan.privateBytes, identity: plan.identity,
            configPrint: try configPrint(planning), warnings: plan.warnings
        ).bytes
    }
    func configPrint(_ planning: Planning) throws(EngineError) -> String {
        let bytes = try encode(planning.config, as: planning.block.type, of: planning.spec.type)
        return fingerprint(bytes.msgpack.hex)
    }

    /// What is there, as this manifest would write it.
    private func before(_ planning: Planning) -> Value {
        let form = form(
            like: planning.target.desired, recorded: planning.target.recorded?.spec,
            prints: planning.prior.prints, planning.block)
        let copies = copies(in: planning.prior.value, form, planning.prior.prints, planning.block)
        var writer = ValueWriter(fieldsIn: form, copies: copies, fingerprint: fingerprint)
        return planning.prior.value.isNull
            ? .null : writer.fields(planning.prior.value, planning.block, at: TerraformSpec.path)
    }
    /// What the record says was there, as this manifest would write it. Drift that was left is in its fields alone; what
    /// was taken over from elsewhere has none, and was as it is.
    private func recordedFields(_ planning: Planning, _ before: Value) -> Value {
        let (desired, block) = (planning.target.desired, planning.block)
        guard let recorded = planning.target.recorded else { return .map([:]) }
        guard recorded.spec != .null else {
            return .map(["type": .string(planning.spec.type), "config": before])
        }
        let then = form(like: recorded.spec, recorded: recorded.spec, prints: [:], block)
        guard let state = TerraformState(recorded.observation.state),
            state.version == planning.schema.version,
            let value = try? CtyValue(state.attributes, as: block.type),
            then.bare != planning.form.bare || then.structured != planning.form.structured
        else { return recorded.observation.fields }
        let form = form(like: desired, recorded: recorded.spec, prints: state.prints, block)
        let copies = copies(in: value, form, state.prints, block)
        var writer = ValueWriter(fieldsIn: form, copies: copies, fingerprint: fingerprint)
        let fields = writer.fields(value, block, at: TerraformSpec.path)
        return .map(["type": .string(state.type), "config": fields])
    }

    /// Why what exists can't become what is asked for: the places that differ, of those that the provider or the manifest
    /// names.
    private func reasons(_ planning: Planning, _ plan: ProviderPlan) -> [FieldPath] {
        var reasons = plan.replaced(from: planning.prior.value)
        if let recorded = planning.target.recorded.flatMap({ try? Lifecycle($0.spec["lifecycle"] ?? .null) }),
            planning.spec.lifecycle.isTriggered(since: recorded)
        {
            reasons.append(FieldPath("lifecycle").appending("replaceTriggeredBy"))
        }
        return reasons
    }

    /// What was ignored until now: nobody was shown what the manifest said there.
    private func released(_ planning: Planning) -> [FieldPath] {
        let recorded = planning.target.recorded.flatMap { try? Lifecycle($0.spec["lifecycle"] ?? .null) }
        return (recorded?.ignored ?? []).filter { !planning.spec.lifecycle.ignored.contains($0) }
            .map { FieldPath(TerraformSpec.path.components + $0.components) }
    }

    private static func differences(_ isNew: Bool, _ before: Value, _ after: Value, sets: Set<FieldPath>)
        -> [Difference]
    {
        guard isNew else { return Difference.all(before, after, at: TerraformSpec.path, sets: sets) }
        return after.fields.keys.sorted().map { name in
            Difference(path: TerraformSpec.path.appending(name), before: .null, after: after[name] ?? .null)
        }
    }
}

extension CtyValue {
    /// Null where nothing is; items of a set have no place.
    func at(_ path: ArraySlice<FieldPath.Component>) -> CtyValue {
        guard let first = path.first else { return self }
        switch first {
        case .key(let key): return self[key].at(path.dropFirst())
        case .index(let index):
            guard let items, items.indices.contains(index) else { return .null }
            return items[index].at(path.dropFirst())
        }
    }
}
