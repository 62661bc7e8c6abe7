import Dispatch
import Glibc
package import Model

/// Files, directories and symlinks of this machine, under the roots that the controller's configuration names.
///
/// Paths are walked from `/` without following a symlink, and what is made is made under a temporary name in its
/// own folder, so that it appears whole or not at all. An extended attribute tells which step made an object,
/// where the file system has such; it is never needed but after a lost answer.
package struct HostEngine: Engine {
    package struct Configuration: Sendable {
        /// Nothing is written outside of these; a symlink on the way to one is an error.
        package var roots: [String]
        /// The controller's own state, configuration and commands: never written in, whatever the roots say.
        package var forbidden: [String]
        package init(roots: [String] = [], forbidden: [String] = []) {
            (self.roots, self.forbidden) = (roots, forbidden)
        }
    }

    let roots: HostRoots
    let key: FingerprintKey
    let watcher: Watcher
    let readings = Readings()
    /// Whether what it is asked about is watched from then on.
    private(set) var watches = true
    private let queue = DispatchQueue(label: "martlet.host", attributes: .concurrent)

    /// `key` makes fingerprints: the same bytes for as long as the records last.
    package init(_ configuration: Configuration, key: [UInt8]) {
        self.init(configuration, key: key, watching: DispatchQueue(label: "martlet.host.watch"))
    }
    init(_ configuration: Configuration, key: [UInt8], watching queue: DispatchQueue) {
        roots = HostRoots(configuration)
        self.key = FingerprintKey(key)
        watcher = Watcher(queue: queue)
    }

    /// Why some folders are not watched, for people; nil while all are. The sweep covers them.
    package var watchProblem: Diagnostic? { watcher.problem }

    package func events() -> AsyncStream<Event> { watcher.events() }

    /// It sees the same, and watches nothing for it.
    package var forPreviews: PreviewAccess {
        var engine = self
        engine.watches = false
        return .other(engine)
    }

    /// Blocking calls run here, never on the threads that tasks share.
    func onQueue<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }

    package func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        let width = targets.count < 64 ? 1 : 4
        let size = max(1, (targets.count + width - 1) / width)
        return await withTaskGroup(of: [(ResourceID, Result<Observation, EngineError>)].self) { group in
            for start in stride(from: 0, to: targets.count, by: size) {
                let chunk = targets[start..<min(start + size, targets.count)]
                group.addTask { await onQueue { look(at: chunk) } }
            }
            var answers: [ResourceID: Result<Observation, EngineError>] = [:]
            answers.reserveCapacity(targets.count)
            for await found in group {
                for (id, answer) in found { answers[id] = answer }
            }
            return answers
        }
    }
    private func look(at targets: ArraySlice<Target>) -> [(ResourceID, Result<Observation, EngineError>)] {
        var walk = Walk()
        return targets.map { target in
            do throws(EngineError) {
                return (target.id, .success(try look(at: target, &walk)))
            } catch {
                return (target.id, .failure(error))
            }
        }
    }
}
