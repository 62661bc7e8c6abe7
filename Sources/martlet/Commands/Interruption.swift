import Synchronization
import UnixSignals

/// Ctrl-C or SIGTERM, once it came.
final class Interruption: Sendable {
    private let came = Mutex(false)
    var hasCome: Bool { came.withLock(\.self) }

    /// Runs `body`, which ends by itself once `stop` was called.
    func stopping<Value>(
        _ stop: @escaping @Sendable () -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                for await _ in signals {
                    self.came.withLock { $0 = true }
                    stop()
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
