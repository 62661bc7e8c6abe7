import Cty
package import Model

extension TerraformEngine {
    /// A sensitive output, as it was when it was last observed.
    package func read(_ handle: SecretHandle, of observation: Observation, lease: Lease?)
        async throws(EngineError) -> SecretValue
    {
        guard let state = TerraformState(observation.state), let path = Lifecycle.path(handle.output) else {
            throw EngineError(
                .waitForChange, "\(handle.source) has no output '\(handle.output.escapedForDisplay)'")
        }
        let schema = try await connection.schemas.schema(
            state.isData ? .dataSource : .resource, state.type, process)
        let value = try await object(state, schema, handle.source).value.at(path.components[...])
        switch value {
        case .null, .unknown, .refined:
            throw EngineError(.retry, "\(handle.source) has no output '\(handle.output.escapedForDisplay)'")
        case .string(let text): return SecretValue(text.utf8)
        case .number(let number): return SecretValue(number.text.utf8)
        case .bool(let flag): return SecretValue((flag ? "true" : "false").utf8)
        default: break
        }
        guard let text = try? value.json(as: CtyType(standingFor: value)).text else {
            throw EngineError(.waitForChange, "'\(handle.output.escapedForDisplay)' has no text")
        }
        return SecretValue(text.utf8)
    }
}

extension CtyType {
    /// A type that a value fits, for writing it as JSON.
    fileprivate init(standingFor value: CtyValue) {
        self =
            switch value {
            case .string: .string
            case .number: .number
            case .bool: .bool
            case .list(let items): .tuple(items.map { CtyType(standingFor: $0) })
            case .set(let set): set.items.first.map { .set(CtyType(standingFor: $0)) } ?? .set(.string)
            case .object(let fields): .object(fields.mapValues { CtyType(standingFor: $0) })
            case .dynamic(let type, _): type
            case .null, .unknown, .refined: .dynamic
            }
    }
}
