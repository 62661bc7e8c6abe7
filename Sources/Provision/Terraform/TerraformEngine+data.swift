import Cty
import Model
import ProviderPlugin

extension TerraformEngine {
    /// Read where all that it is asked is known without a secret; else it is read by a step, when all is known.
    func lookAtData(_ target: Target, _ spec: TerraformSpec, _ state: TerraformState?)
        async throws(EngineError) -> Observation
    {
        let schema = try await connection.schemas.schema(.dataSource, spec.type, process)
        let isOurs = state?.isData == true && state?.type == spec.type
        guard configuration.readsData, !target.isEarly, spec.config.isKnown, spec.config.secrets.isEmpty
        else {
            return isOurs ? target.recorded?.observation ?? .absent : .absent
        }
        var coercion = Coercion()
        let config = coercion.object(spec.config, as: schema.block, at: TerraformSpec.path)
        if let error = EngineError(coercion.problems) { throw error }
        let seen = try await readData(config, coercion.form, spec, schema, target.id)
        // Equal but for who has made it: the record's own, so that nothing is planned.
        if let recorded = target.recorded?.observation, recorded.state == seen.state,
            recorded.health == .ready
        {
            return recorded
        }
        return seen
    }

    func readData(
        _ config: CtyValue, _ form: Form, _ spec: TerraformSpec, _ schema: Schema, _ id: ResourceID
    ) async throws(EngineError) -> Observation {
        let bytes = try encode(config, as: schema.block.type, of: spec.type)
        let client = client(about: id)
        let checked = try await call { () throws(PluginError) in
            try await client.validateDataResourceConfig(typeName: spec.type, config: bytes)
        }
        if let error = EngineError(checked.diagnostics, otherwise: .waitForChange) { throw error }
        let answer = try await call { () throws(PluginError) in
            try await client.readDataSource(ReadDataSourceRequest(typeName: spec.type, config: bytes))
        }
        let said = heard(answer.diagnostics, with: answer.state, schema.block)
        if let error = EngineError(said, otherwise: .retry) { throw error }
        if let reason = answer.deferred { throw .deferred(reason) }
        let value = try decode(answer.state, as: schema.block.type, "ReadDataSource", of: spec.type)
        guard value.isWhollyKnown, !value.isNull else {
            throw .unreadable(
                CtyError("a value that is not known"), "ReadDataSource", of: spec.type,
                by: configuration.source)
        }
        conceal(value, schema.block)
        var object = ProviderObject(value: schema.block.normalized(value))
        object.warnings = checked.diagnostics.warningLines.adding(said.warningLines)
        object.configPrint = fingerprint(bytes.msgpack.hex)
        var form = form
        object.prints = prints(of: object.value, &form, schema.block)
        var seen = try observation(of: object, id, (spec.type, true), schema, form)
        // What was asked is told, and what came of it is for others alone: a change out there is no drift.
        seen.fields = .map(["data": .string(spec.type), "config": spec.config])
        return seen
    }

    /// What a data source has not been read for yet.
    func planData(
        _ target: Target, _ spec: TerraformSpec, over observation: Observation, _ secrets: SecretSource
    )
        async throws(EngineError) -> Change?
    {
        let schema = try await connection.schemas.schema(.dataSource, spec.type, process)
        let values = try await read(spec.config.secrets, secrets)
        var coercion = Coercion(secrets: values)
        let config = coercion.object(spec.config, as: schema.block, at: TerraformSpec.path)
        if let error = EngineError(coercion.problems) { throw error }
        let state = TerraformState(observation.state)
        if observation.presence == .ours, let state, state.type == spec.type, config.isWhollyKnown,
            !target.isEarly
        {
            let bytes = try encode(config, as: schema.block.type, of: spec.type)
            if state.configPrint == fingerprint(bytes.msgpack.hex) { return nil }
        }
        let planned = schema.block.proposed(prior: .unknown, config: config)
        let before = observation.fields["config"] ?? .map([:])
        let isNew = observation.presence != .ours
        let asked = spec.config.fields.sorted { $0.key < $1.key }.map {
            Difference(path: TerraformSpec.path.appending($0.key), before: .null, after: $0.value)
        }
        let changed =
            before.fields.isEmpty ? [] : Difference.all(before, spec.config, at: TerraformSpec.path)
        let fields = (isNew ? Self.made(target, "data") + asked : changed).map {
            target.field($0.path, $0.before, $0.after, over: observation)
        }
        return Change(
            isNew ? .create : .update, fields, cause: target.cause(over: observation),
            outputs: outputs(of: planned, target.id, schema, coercion.form))
    }

    /// A step reads it: all is known now.
    func applyData(_ step: Step, _ spec: TerraformSpec, _ secrets: SecretSource) async throws(EngineError)
        -> Outcome
    {
        guard configuration.readsData else {
            throw EngineError(.waitForChange, "data sources are not read here")
        }
        let schema = try await connection.schemas.schema(.dataSource, spec.type, process)
        var coercion = Coercion(secrets: try await read(spec.config.secrets, secrets))
        let config = coercion.object(spec.config, as: schema.block, at: TerraformSpec.path)
        if let error = EngineError(coercion.problems) { throw error }
        guard config.isWhollyKnown else { throw EngineError(.retry, "\(step.id) is not wholly known yet") }
        var seen = try await readData(config, coercion.form, spec, schema, step.id)
        seen.intent = step.intent
        return .done(seen)
    }

    /// What may be read of these; the provider's words never show them.
    func read(_ handles: [SecretHandle], _ secrets: SecretSource) async throws(EngineError)
        -> [SecretHandle: String]
    {
        var values: [SecretHandle: String] = [:]
        for handle in Set(handles) {
            guard let value = try await secrets.read(handle) else { continue }
            guard let text = value.withBytes({ String(validating: $0, as: UTF8.self) }) else {
                throw EngineError(
                    .waitForChange, "\(handle.source) is no text, and a provider takes nothing else")
            }
            values[handle] = text
        }
        process.conceal(Array(values.values))
        return values
    }
}
