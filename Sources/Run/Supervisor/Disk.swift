import Dispatch
import Foundation
import Model
import Synchronization

/// Threads for calls that wait for a disk. Many at once: a file system makes one commit of all that is to last at the
/// same moment, where one after the other each would wait for its own.
final class Disk: Sendable {
    static let shared = Disk(threads: 16)
    private let waiting = Mutex<[@Sendable () -> Void]>([])
    private let arrived = DispatchSemaphore(value: 0)

    private init(threads: Int) {
        for _ in 0..<threads {
            let thread = Thread { [self] in
                while true {
                    arrived.wait()
                    let body = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                    body?()
                }
            }
            thread.name = "disk"
            thread.start()
        }
    }

    func perform<Result: Sendable>(
        _ body: @escaping @Sendable () throws(EngineError) -> Result
    ) async throws(EngineError) -> Result {
        try await withCheckedContinuation { continuation in
            waiting.withLock { waiting in
                waiting.append { continuation.resume(returning: Swift.Result(catching: body)) }
            }
            arrived.signal()
        }.get()
    }
}
