import Model
import Synchronization

/// Asks an engine what a preview may ask, counts it, and changes nothing.
struct PreviewEngine: Engine {
    private let engine: (any Engine)?
    private let refusal: EngineError
    private let count: CallCount

    init(_ engine: any Engine, _ count: CallCount) {
        self.count = count
        switch engine.forPreviews {
        case .itself: (self.engine, refusal) = (engine, .previewEnded)
        case .other(let other): (self.engine, refusal) = (other, .previewEnded)
        case .none(let reason): (self.engine, refusal) = (nil, reason)
        }
    }

    /// Why nothing of it may be looked at; nil where it may.
    var blindness: EngineError? { engine == nil ? refusal : nil }

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        guard let engine, !Task.isCancelled else {
            return Dictionary(targets.map { ($0.id, .failure(refusal)) }) { first, _ in first }
        }
        count.calls.withLock { $0.observed += targets.count }
        return await engine.observe(targets)
    }

    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        guard let engine, !Task.isCancelled else { throw refusal }
        count.calls.withLock { $0.planned += 1 }
        return try await engine.plan(target, over: observation, secrets: secrets)
    }

    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        .failed(EngineError(.waitForChange, "a preview changes nothing"))
    }
}

final class CallCount: Sendable {
    let calls = Mutex(EngineCalls())
}

extension EngineError {
    fileprivate static let previewEnded = EngineError(.retry, "the preview was ended")
}
