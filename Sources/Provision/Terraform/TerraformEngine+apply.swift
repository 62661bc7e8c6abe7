import Cty
package import Model
import ProviderPlugin

extension TerraformEngine {
    package func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        do throws(EngineError) {
            guard step.verb != .delete else { return try await applyDelete(step) }
            guard let desired = step.desired, desired.isKnown else {
                throw EngineError(.retry, "\(step.id) is not wholly known yet")
            }
            let spec = try TerraformSpec(desired)
            if spec.isData { return try await applyData(step, spec, secrets) }
            return try await make(step, spec, try await read(desired.secrets, secrets))
        } catch { return .failed(error) }
    }

    private func make(_ step: Step, _ spec: TerraformSpec, _ values: [SecretHandle: String])
        async throws(EngineError) -> Outcome
    {
        let isNew = step.verb == .create
        let state = isNew ? nil : TerraformState(step.observation.state)
        if !isNew, state?.type != spec.type {
            throw EngineError(.retry, "\(step.id) is not what was observed")
        }
        // As it was planned: a secret that has not changed is read again all the same.
        let target = Target(step.id, desired: step.desired, recorded: nil, grants: step.grants)
        let planning = try await planning(target, spec, state, over: step.observation, values)
        guard planning.written.isWhollyKnown else {
            throw EngineError(.retry, "\(step.id) holds a secret that could not be read")
        }
        let planned = try await planned(step, planning)
        let (block, type) = (planning.block, spec.type)
        var request = ApplyResourceChangeRequest(
            typeName: type, priorState: try encode(planning.prior.value, as: block.type, of: type),
            plannedState: DynamicValue(msgpack: planned.planned),
            config: try encode(planning.written, as: block.type, of: type))
        request.plannedPrivate = planned.privateBytes
        if !planned.identity.isEmpty { request.plannedIdentity = DynamicValue(msgpack: planned.identity) }
        let answer: ApplyResourceChangeResponse
        do throws(PluginError) {
            answer = try await apply(
                request, step.id, within: limit(of: step.verb, in: planning.config))
        } catch {
            return Self.lost(error)
        }
        do throws(EngineError) { return try await outcome(of: answer, planned, planning, step) } catch {
            // It answered, and what it says can't be read: something may stand there.
            return .unanswered(error)
        }
    }

    /// What the plan gave, where the configuration is still the one that was planned; else it is planned again.
    private func planned(_ step: Step, _ planning: Planning) async throws(EngineError) -> PlannedState {
        let print = try configPrint(planning)
        if let planned = PlannedState(step.payload), planned.configPrint == print { return planned }
        let plan = try await ask(planning)
        if let reason = plan.deferred { throw .deferred(reason) }
        let isReplaced =
            !planning.prior.value.isNull && !plan.replaced(from: planning.prior.value).isEmpty
        guard !isReplaced else {
            throw EngineError(.retry, "what it refers to has changed, and now it can only be replaced")
        }
        return PlannedState(
            planned: plan.bytes.msgpack, privateBytes: plan.privateBytes, identity: plan.identity,
            configPrint: print, warnings: plan.warnings)
    }

    private func outcome(
        of answer: ApplyResourceChangeResponse, _ planned: PlannedState, _ planning: Planning, _ step: Step
    ) async throws(EngineError) -> Outcome {
        let (block, type, isNew) = (planning.block, planning.spec.type, step.verb == .create)
        let said = heard(answer.diagnostics, with: answer.newState, block)
        var error = EngineError(said, otherwise: .retry)
        var value = try decode(answer.newState, as: block.type, "ApplyResourceChange", of: type)
        conceal(value, block)
        if value.isNull {
            return .failed(
                error
                    ?? EngineError(
                        .retry,
                        "\(configuration.source) says that \(type) is applied, and gives nothing back",
                        hint: "this is a bug of the provider: tell its authors"))
        }
        if let error, !isNew, value == planning.prior.value { return .failed(error) }
        value = block.normalized(value)
        if error == nil { error = try breach(by: value, answer.legacyTypeSystem, planned, planning) }
        value = value.isWhollyKnown ? value : value.withoutUnknowns
        var object = ProviderObject(value: value, privateBytes: answer.privateBytes)
        object.isTainted = isNew && !answer.diagnostics.errors.isEmpty
        object.leavesDrift = !step.keeps.isEmpty
        object.warnings = planned.warnings.adding(said.warningLines)
        // What was made is recorded, also where its identity can't be read.
        let identified = try? await identity(answer.newIdentity, type, else: planning.prior)
        (object.identity, object.identityVersion) =
            identified ?? (planning.prior.identity, planning.prior.identityVersion)
        var form = planning.form
        object.prints = prints(of: value, &form, block)
        var made = try observation(of: object, step.id, (type, false), planning.schema, form)
        made.intent = step.intent
        guard let error else { return .done(made) }
        made.health = .failed(error.message)
        return .partly(made, error)
    }

    /// Where what came of it is not what was planned; the legacy SDK never promised that.
    private func breach(
        by value: CtyValue, _ isLegacy: Bool, _ planned: PlannedState, _ planning: Planning
    ) throws(EngineError) -> EngineError? {
        let (block, type) = (planning.block, planning.spec.type)
        guard value.isWhollyKnown else {
            let problem = FieldProblem(FieldPath(), "holds values that are not known")
            return .broken([problem], "answers the apply", of: type, by: configuration.source)
        }
        if isLegacy { return nil }
        let wanted = try decode(
            DynamicValue(msgpack: planned.planned), as: block.type, "PlanResourceChange", of: type)
        return .broken(
            block.problems(applied: value, planned: wanted), "has not done what it planned", of: type,
            by: configuration.source)
    }
}

extension CtyValue {
    /// Null stands for what should be known and is not.
    fileprivate var withoutUnknowns: CtyValue {
        switch self {
        case .unknown, .refined: .null
        case .list(let items): .list(items.map(\.withoutUnknowns))
        case .set(let set): .set(CtySet(set.items.map(\.withoutUnknowns)))
        case .object(let fields): .object(fields.mapValues(\.withoutUnknowns))
        case .dynamic(let type, let value): .dynamic(type, value.withoutUnknowns)
        case .null, .string, .number, .bool: self
        }
    }
}
