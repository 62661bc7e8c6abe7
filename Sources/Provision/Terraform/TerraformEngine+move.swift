import Cty
import Model
import ProviderPlugin

extension Target {
    /// What the object is to become, where its manifest was moved from one of another type.
    func turned(from state: TerraformState) -> TerraformSpec? {
        guard isMoved, let desired, let spec = try? TerraformSpec(desired), !spec.isData,
            spec.type != state.type
        else { return nil }
        return spec
    }
}

extension TerraformEngine {
    /// The same object, as the provider describes it by another type. It stays as it is.
    func moved(_ target: Target, _ state: TerraformState, to spec: TerraformSpec) async throws(EngineError)
        -> Observation
    {
        let schema = try await connection.schemas.schema(.resource, spec.type, process)
        let hint = "leave out 'movedFrom': the new object is made, and the old one deleted"
        guard connection.schemas.index?.abilities.contains(.moveState) ?? false else {
            throw EngineError(
                .waitForChange,
                "provider '\(configuration.name)' can't make a \(spec.type) of a \(state.type)",
                hint: hint)
        }
        var request = MoveResourceStateRequest(
            from: state.provider, state.type, version: state.version,
            state: RawState(json: Array(state.attributes.text.utf8)), to: spec.type)
        request.sourcePrivate = state.privateBytes
        request.sourceIdentity = state.identity.map { RawState(json: Array($0.text.utf8)) }
        request.sourceIdentitySchemaVersion = state.identityVersion
        conceal(older: state, schema.block)
        let (client, asked) = (client(about: target.id), request)
        let answer = try await call { () throws(PluginError) in try await client.moveResourceState(asked) }
        let said = heard(answer.diagnostics, with: answer.targetState, schema.block)
        if var error = EngineError(said, otherwise: .waitForChange) {
            error.hint = hint
            throw error
        }
        let value = try decode(answer.targetState, as: schema.block.type, "MoveResourceState", of: spec.type)
        guard value.isWhollyKnown, !value.isNull else {
            throw .unreadable(
                CtyError("nothing that is known"), "MoveResourceState", of: spec.type,
                by: configuration.source)
        }
        var object = ProviderObject(value: value, privateBytes: answer.targetPrivate)
        (object.warnings, object.prints) = (said.warningLines, state.prints)
        (object.isTainted, object.leavesDrift) = (state.isTainted, state.leavesDrift)
        (object.identity, object.identityVersion) = try await identity(
            answer.targetIdentity, spec.type, else: nil)
        guard let found = try await read(object, spec.type, schema, target.id) else { return .absent }
        let form = form(
            like: target.desired, recorded: target.recorded?.spec, prints: state.prints, schema.block)
        var seen = try observation(of: found, target.id, (spec.type, false), schema, form)
        if let step = target.unanswered, step.verb == .update { try settle(step, found, schema, &seen) }
        return seen
    }
}
