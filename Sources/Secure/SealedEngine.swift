package import Model
import Synchronization

/// Looks after references into a sealed store. A reference makes nothing: it is *ready*, ready with a warning when the
/// secret is stale, *missing* or *unreadable*; its outputs are handles, one per key.
package actor SealedEngine: SecretEngine {
    /// What is remembered of a reference since it was last observed.
    private struct Reference: Sendable {
        var path: SecretPath
        var grants: Grants
    }
    /// Reads block, so they have a thread of their own.
    private nonisolated let queue = BlockingQueue(label: "martlet.sealed")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }
    private nonisolated let store: SealedStore
    private nonisolated let references = Mutex<[ResourceID: Reference]>([:])

    package init(_ store: SealedStore) { self.store = store }

    /// Another one over the same store, so that nothing is remembered of references that nobody has merged.
    package nonisolated var forPreviews: PreviewAccess { .other(SealedEngine(store)) }

    package func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        var answers: [ResourceID: Result<Observation, EngineError>] = [:]
        var wanted: [(target: Target, sealed: SealedTarget)] = []
        for target in targets {
            do throws(EngineError) {
                let sealed = try SealedTarget(target.desired ?? target.recorded?.spec ?? .null)
                references.withLock { $0[target.id] = Reference(path: sealed.path, grants: target.grants) }
                try target.grants.check(sealed.path)
                wanted.append((target, sealed))
            } catch { answers[target.id] = target.answer(to: error) }
        }
        if wanted.isEmpty { return answers }
        do throws(SealedError) {
            try store.examine(wanted.map(\.sealed)) { position, result in
                let (target, sealed) = wanted[position]
                answers[target.id] = target.answer(to: result, about: sealed, now: store.clock())
            }
        } catch {
            for (target, _) in wanted { answers[target.id] = target.answer(to: EngineError(error)) }
        }
        return answers
    }

    /// Nil where the secret is there: the loop then records the reference.
    package func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        guard target.desired != nil, observation.presence != .ours else { return nil }
        var message = "missing"
        if case .failed(let cause) = observation.health { message = cause }
        throw EngineError(.waitForChange, message)
    }

    /// Nothing is ever made or deleted.
    package func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        guard step.verb == .delete else { return .done(step.observation) }
        references.withLock { $0[step.id] = nil }
        return .done(.absent)
    }

    package func read(_ handle: SecretHandle, of observation: Observation, lease: Lease?)
        async throws(EngineError) -> SecretValue
    {
        guard let reference = references.withLock({ $0[handle.source] }) else {
            throw EngineError(.retry, "\(handle.source) has not been observed yet")
        }
        do throws(SealedError) {
            let path = try SecretPath(String(decoding: observation.state, as: UTF8.self))
            try checkGranted(path, reference)
            return try store.read(path, key: handle.output, version: Int(handle.version) ?? 0)
        } catch {
            throw EngineError(error, missing: .retry)
        }
    }

    private func checkGranted(_ path: SecretPath, _ reference: Reference) throws(SealedError) {
        do throws(EngineError) { try reference.grants.check(path) } catch {
            throw SealedError(.refused, error.message, hint: error.hint)
        }
    }

    /// Says which references to observe again when their secrets change; when something may have been missed, or the key
    /// has changed, all of them. Ends at once where the system has no more watches; the sweep then sees to it.
    package nonisolated func events() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        let watch = FolderWatch(folder: store.configuration.folder, keyFile: store.configuration.key.filePath)
        {
            [weak self] sighting in
            guard let event = self?.event(for: sighting) else { return }
            continuation.yield(event)
        }
        guard let watch else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { _ in watch.stop() }
        if references.withLock({ !$0.isEmpty }) { continuation.yield(.resync) }
        return stream
    }

    /// Nil where nobody refers to what has changed.
    private nonisolated func event(for sighting: FolderWatch.Sighting) -> Event? {
        switch sighting {
        case .lost: return .resync
        case .changed(let paths):
            let ids = references.withLock { $0.filter { paths.contains($0.value.path) }.keys }
            return ids.isEmpty ? nil : .changed(Set(ids))
        }
    }
}

extension SealedStore {
    /// Looks at many references under one lock, each by itself.
    fileprivate func examine(
        _ targets: [SealedTarget], _ report: (Int, Result<SealedRecord.Version, SealedError>) -> Void
    ) throws(SealedError) {
        try folder.locked(.shared) { () throws(SealedError) in
            let keys = try keys()
            for (position, target) in targets.enumerated() {
                let result = Result { () throws(SealedError) in
                    let secret = try existing(target.path, keys)
                    let version = try secret.version(target.version)
                    for key in target.keys { _ = try secret.value(key, of: version) }
                    return version
                }
                report(position, result)
            }
        }
    }
}

extension Target {
    /// What is no longer asked for is let go of, readable or not.
    fileprivate func answer(to error: EngineError) -> Result<Observation, EngineError> {
        desired == nil ? .success(.absent) : .failure(error)
    }

    fileprivate func answer(
        to result: Result<SealedRecord.Version, SealedError>, about sealed: SealedTarget, now: Int
    ) -> Result<Observation, EngineError> {
        switch result {
        case .success(let version): return .success(observation(of: version, sealed, now: now))
        case .failure(let error) where error.reason == .missing:
            let cause = "missing: \(error.message)" + (error.hint.map { "; \($0)" } ?? "")
            return .success(desired == nil ? .absent : Observation(.absent, .failed(cause)))
        case .failure(let error): return answer(to: EngineError(error))
        }
    }

    private func observation(of version: SealedRecord.Version, _ sealed: SealedTarget, now: Int)
        -> Observation
    {
        let spec = (desired ?? recorded?.spec)?.fields ?? [:]
        let outputs = sealed.keys.map { key -> (String, Value) in
            let handle = SecretHandle(
                id, key, version: String(version.number), place: sealed.path.description)
            return (key, Value.secret(handle))
        }
        return Observation(
            .ours, fields: .map(spec.filter { SealedTarget.fields.contains($0.key) }),
            outputs: .map(Dictionary(outputs) { $1 }), state: Array(sealed.path.description.utf8),
            warning: sealed.warning(created: version.created, now: now))
    }
}

extension SealedTarget {
    fileprivate func warning(created: Int, now: Int) -> String? {
        let age = Span(milliseconds: max(0, now - created) * 1000)
        guard let maxAge, age > maxAge else { return nil }
        return "secret is \(age.rounded) old, over its maxAge of \(maxAge)"
    }
}

extension EngineError {
    fileprivate init(_ error: SealedError, missing: Recovery = .waitForChange) {
        switch error.reason {
        case .missing: self.init(missing, "missing: \(error.message)", hint: error.hint)
        case .unreadable: self.init(.waitForChange, "unreadable: \(error.message)", hint: error.hint)
        case .refused: self.init(.waitForChange, error.message, hint: error.hint)
        case .conflict, .unavailable: self.init(.retry, error.message, hint: error.hint)
        }
    }
}
