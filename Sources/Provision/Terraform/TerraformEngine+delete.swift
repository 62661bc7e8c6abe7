import Cty
import Model
import ProviderPlugin

extension TerraformEngine {
    func planDelete(_ target: Target, over observation: Observation) async throws(EngineError) -> Change? {
        guard observation.presence == .ours, let state = TerraformState(observation.state), !state.isData
        else {
            return nil
        }
        let lifecycle = try? (target.recorded?.spec["lifecycle"]).map { value throws(EngineError) in
            try Lifecycle(value)
        }
        // What was replaced before goes, whatever holds for what stands in its place.
        let isDeposed = target.recorded?.deposed.contains(observation) ?? false
        if let lifecycle, !isDeposed { try checkDestroy(target, lifecycle, state.type) }
        let schema = try await connection.schemas.schema(.resource, state.type, process)
        let prior = try await object(state, schema, target.id)
        var planned = PlannedState(
            planned: DynamicValue(msgpack: [0xc0]).msgpack, privateBytes: prior.privateBytes, identity: [],
            configPrint: "")
        // A provider that does not ask for it takes a destroy for a mistake.
        if connection.schemas.index?.abilities.contains(.planDestroy) ?? false {
            let null = DynamicValue(msgpack: [0xc0])
            var request = PlanResourceChangeRequest(
                typeName: state.type,
                priorState: try encode(prior.value, as: schema.block.type, of: state.type),
                proposedNewState: null, config: null)
            request.priorPrivate = prior.privateBytes
            request.priorIdentity = try await identity(prior.identity, state.type)
            let (client, asked) = (client(about: target.id), request)
            let answer = try await call { () throws(PluginError) in try await client.planResourceChange(asked)
            }
            if let error = EngineError(answer.diagnostics, otherwise: .retry) { throw error }
            if let reason = answer.deferred { throw .deferred(reason) }
            (planned.privateBytes, planned.warnings) = (
                answer.plannedPrivate, answer.diagnostics.warningLines
            )
            planned.identity = answer.plannedIdentity?.msgpack ?? []
        }
        var change = Change(.delete, cause: target.cause(over: observation), payload: planned.bytes)
        change.warnings = planned.warnings
        return change
    }

    func checkDestroy(_ target: Target, _ lifecycle: Lifecycle, _ type: String) throws(EngineError) {
        guard lifecycle.preventsDestroy else { return }
        let does = target.desired == nil ? "is to be deleted" : "can only be replaced"
        throw EngineError(
            .waitForChange, "\(type) \(does), and lifecycle.preventDestroy forbids that",
            hint: target.desired == nil
                ? "apply its manifest with 'preventDestroy: false' first, or say 'martlet forget \(target.id)'"
                : "take the change back, or write 'preventDestroy: false'")
    }

    func applyDelete(_ step: Step) async throws(EngineError) -> Outcome {
        guard let state = TerraformState(step.observation.state) else {
            throw EngineError(.waitForChange, "\(step.id) was recorded without its state")
        }
        if state.isData { return .done(.absent) }
        let schema = try await connection.schemas.schema(.resource, state.type, process)
        let prior = try await object(state, schema, step.id)
        let planned = PlannedState(step.payload)
        let null = DynamicValue(msgpack: [0xc0])
        var request = ApplyResourceChangeRequest(
            typeName: state.type, priorState: try encode(prior.value, as: schema.block.type, of: state.type),
            plannedState: null, config: null)
        request.plannedPrivate = planned?.privateBytes ?? prior.privateBytes
        request.plannedIdentity =
            if let bytes = planned?.identity, !bytes.isEmpty { DynamicValue(msgpack: bytes) } else {
                try await identity(prior.identity, state.type)
            }
        let answer: ApplyResourceChangeResponse
        do throws(PluginError) {
            answer = try await apply(request, step.id, within: limit(of: .delete, in: prior.value))
        } catch {
            return Self.lost(error)
        }
        let said = heard(answer.diagnostics, with: answer.newState, schema.block)
        if let error = EngineError(said, otherwise: .retry) {
            let left = try? await remains(of: step, prior, answer, schema, error)
            return left.map { .partly($0, error) } ?? .failed(error)
        }
        let left = try decode(answer.newState, as: schema.block.type, "ApplyResourceChange", of: state.type)
        guard left.isNull else {
            return .failed(
                EngineError(
                    .retry, "\(configuration.source) says that \(state.type) is deleted, and gives it back",
                    hint: "this is a bug of the provider: tell its authors"))
        }
        return .done(.absent)
    }

    /// What a delete that failed has left, where that is not what stood there before.
    private func remains(
        of step: Step, _ prior: ProviderObject, _ answer: ApplyResourceChangeResponse, _ schema: Schema,
        _ error: EngineError
    ) async throws(EngineError) -> Observation? {
        guard var state = TerraformState(step.observation.state) else { return nil }
        let type = state.type
        let value = schema.block.normalized(
            try decode(answer.newState, as: schema.block.type, "ApplyResourceChange", of: type))
        guard !value.isNull, value.isWhollyKnown, value != prior.value else { return nil }
        conceal(value, schema.block)
        do throws(CtyError) { state.attributes = try value.json(as: schema.block.type) } catch { return nil }
        (state.version, state.privateBytes) = (schema.version, answer.privateBytes)
        (state.identity, state.identityVersion) = try await identity(answer.newIdentity, type, else: prior)
        var left = step.observation
        (left.state, left.health) = (state.bytes, .failed(error.message))
        return left
    }

    /// Whether a call that failed may have done something all the same.
    static func lost(_ error: PluginError) -> Outcome {
        error.mayHaveActed
            ? .unanswered(EngineError(.retry, error.description, hint: error.hint))
            : .failed(EngineError(error))
    }
}
