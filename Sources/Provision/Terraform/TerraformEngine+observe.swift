import Cty
import Model
import ProviderPlugin

extension TerraformEngine {
    func look(at target: Target) async throws(EngineError) -> Observation {
        let state = target.recorded.flatMap { $0.observation.presence == .ours ? $0.observation.state : nil }
            .flatMap { TerraformState($0) }
        if let desired = target.desired, let spec = try? TerraformSpec(desired), spec.isData,
            state?.isData ?? true
        {
            return try await lookAtData(target, spec, state)
        }
        if let state, state.isData { return target.recorded?.observation ?? .absent }
        if let step = target.unanswered, step.verb == .create { return try await settle(step, target) }
        guard let state, let recorded = target.recorded else {
            // What was ours, and was taken away, is nothing that could be adopted.
            return target.recorded == nil ? try await adoptable(target) : .absent
        }
        if let spec = target.turned(from: state) { return try await moved(target, state, to: spec) }
        let schema = try await connection.schemas.schema(.resource, state.type, process)
        let prior = try await object(state, schema, target.id)
        guard let found = try await read(prior, state.type, schema, target.id) else { return .absent }
        let isAsRecorded =
            found.value == prior.value && found.privateBytes == state.privateBytes
            && found.identity == state.identity && found.identityVersion == state.identityVersion
            && state.version == schema.version
        if isAsRecorded, !state.isTainted, !state.leavesDrift, recorded.observation.health == .ready,
            target.unanswered == nil
        {
            var seen = recorded.observation
            seen.warning = found.words
            return seen
        }
        let form = form(like: target.desired, recorded: recorded.spec, prints: state.prints, schema.block)
        var seen = try observation(of: found, target.id, (state.type, false), schema, form)
        seen.intent = recorded.observation.intent
        if let step = target.unanswered, step.verb == .update { try settle(step, found, schema, &seen) }
        return seen
    }

    /// Nil where it is gone.
    func read(_ object: ProviderObject, _ type: String, _ schema: Schema, _ id: ResourceID)
        async throws(EngineError) -> ProviderObject?
    {
        var request = ReadResourceRequest(
            typeName: type, currentState: try encode(object.value, as: schema.block.type, of: type))
        request.privateBytes = object.privateBytes
        request.currentIdentity = try await identity(object.identity, type)
        let (client, asked) = (client(about: id), request)
        let answer = try await call { () throws(PluginError) in try await client.readResource(asked) }
        let said = heard(answer.diagnostics, with: answer.newState, schema.block)
        if let error = EngineError(said, otherwise: .retry) { throw error }
        if let reason = answer.deferred { throw .deferred(reason) }
        let value = try decode(answer.newState, as: schema.block.type, "ReadResource", of: type)
        if value.isNull { return nil }
        guard value.isWhollyKnown else {
            throw .unreadable(
                CtyError("a value that is not known"), "ReadResource", of: type, by: configuration.source)
        }
        var found = object
        conceal(value, schema.block)
        found.value = schema.block.normalized(value)
        (found.privateBytes, found.said) = (answer.privateBytes, said.warningLines)
        (found.identity, found.identityVersion) = try await identity(answer.newIdentity, type, else: object)
        return found
    }

    /// What has no record: imported where the manifest says by which id, else nothing that could be ours.
    private func adoptable(_ target: Target) async throws(EngineError) -> Observation {
        guard let desired = target.desired else { return .absent }
        switch target.adoption {
        case .no: return .absent
        case .inPlace:
            let spec = try TerraformSpec(desired)
            let schema = try await connection.schemas.schema(.resource, spec.type, process)
            var failure: EngineError?
            for guess in try await guesses(spec, planned: nil) {
                let found: ProviderObject?
                do throws(EngineError) {
                    found = try await imported(guess.key, target.id, spec.type, schema)
                } catch {
                    failure = failure ?? error
                    continue
                }
                guard let found, guess.isMet(by: found.value) else { continue }
                return try adopted(found, target.id, spec, schema, desired)
            }
            let hint = "write 'reconcile: {adopt: <import id>}', as the provider's documentation gives it"
            if var failure, failure.recovery == .retry {
                failure.hint = failure.hint ?? hint
                throw failure
            }
            throw EngineError(
                .waitForChange, "a provider does not say which object is to be adopted", hint: hint)
        case .importing(let importID):
            let spec = try TerraformSpec(desired)
            let schema = try await connection.schemas.schema(.resource, spec.type, process)
            if let found = try await imported(.id(importID), target.id, spec.type, schema) {
                return try adopted(found, target.id, spec, schema, desired)
            }
            throw EngineError(
                .waitForChange, "there is no \(spec.type) with the import id '\(importID.escapedForDisplay)'",
                hint:
                    "give the id as the provider's documentation has it; without 'adopt' the object is made anew"
            )
        }
    }

    private func adopted(
        _ found: ProviderObject, _ id: ResourceID, _ spec: TerraformSpec, _ schema: Schema, _ desired: Value
    ) throws(EngineError) -> Observation {
        let form = form(like: desired, recorded: nil, prints: [:], schema.block)
        return try observation(of: found, id, (spec.type, false), schema, form)
    }
}

extension EngineError {
    static func deferred(_ reason: DeferredReason) -> EngineError {
        let why =
            switch reason {
            case .resourceConfigUnknown: "its configuration is not known yet"
            case .providerConfigUnknown: "the provider's configuration is not known yet"
            case .absentPrerequisite: "something that it needs does not exist yet"
            case .unknown: "it can't be told yet"
            }
        return EngineError(.retry, "known later: the provider defers it, because \(why)")
    }
}
