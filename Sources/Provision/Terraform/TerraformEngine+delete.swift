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
            planned.privateBytes = answer.plannedPrivate
            planned.identity = answer.plannedIdentity?.msgpack ?? []
        }
        return Change(.delete, cause: target.cause(over: observation), payload: planned.bytes)
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
            answer = try await client(about: step.id).applyResourceChange(request)
        } catch {
            return Self.lost(error)
        }
        if let error = EngineError(answer.diagnostics, otherwise: .retry) { return .failed(error) }
        let left = try decode(answer.newState, as: schema.block.type, "ApplyResourceChange", of: state.type)
        guard left.isNull else {
            return .failed(
                EngineError(
                    .retry, "\(configuration.source) says that \(state.type) is deleted, and gives it back",
                    hint: "this is a bug of the provider: tell its authors"))
        }
        return .done(.absent)
    }

    /// Whether a call that failed may have done something all the same.
    static func lost(_ error: PluginError) -> Outcome {
        error.mayHaveActed
            ? .unanswered(EngineError(.retry, error.description, hint: error.hint))
            : .failed(EngineError(error))
    }
}
