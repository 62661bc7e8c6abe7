package import Model

extension RegistryEngine {
    /// Looking lists again what a record says; a preview leaves the list alone.
    package var forPreviews: PreviewAccess { .other(RegistryPreview(registry: registry)) }
}

/// The registry, looked at without a change of it.
struct RegistryPreview: Engine {
    let registry: Registry

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        var answers: [ResourceID: Result<Observation, EngineError>] = [:]
        for target in targets {
            let recorded = target.recorded?.observation
            answers[target.id] = .success(registry.observation(of: target.id) ?? recorded ?? .absent)
        }
        return answers
    }

    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        .failed(EngineError(.waitForChange, "a preview changes nothing"))
    }
}
