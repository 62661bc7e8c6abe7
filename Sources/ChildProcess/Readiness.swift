import CChildProcess
import Foundation
import Glibc
import Synchronization

/// Waits for all descriptors on one thread.
final class Readiness: Sendable {
    static let shared = Readiness()

    private struct Waiter {
        /// A duplicate: one descriptor may be waited for by several tasks, and is in the set only once.
        var descriptor: Int32
        var continuation: CheckedContinuation<Void, Never>
    }
    private struct State {
        var lastToken: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        /// Cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
    }
    private let state = Mutex(State())
    private let set = readiness_create()

    private init() {
        let thread = Thread { [self] in
            while true { end(readiness_next(set), isCancelled: false) }
        }
        thread.name = "readiness"
        thread.start()
    }

    /// Returns once the descriptor can be read or has ended, or the task is cancelled.
    func wait(for descriptor: Int32) async {
        let token = state.withLock { state in
            state.lastToken += 1
            return state.lastToken
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { begin(token, descriptor, $0) }
        } onCancel: {
            end(token, isCancelled: true)
        }
        state.withLock { _ = $0.cancelled.remove(token) }
    }

    private func begin(_ token: UInt64, _ descriptor: Int32, _ continuation: CheckedContinuation<Void, Never>)
    {
        let isWaiting = state.withLock { state in
            let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard duplicate >= 0, !state.cancelled.contains(token), readiness_add(set, duplicate, token) == 0
            else {
                if duplicate >= 0 { close(duplicate) }
                return false
            }
            state.waiters[token] = Waiter(descriptor: duplicate, continuation: continuation)
            return true
        }
        if !isWaiting { continuation.resume() }
    }

    private func end(_ token: UInt64, isCancelled: Bool) {
        let waiter = state.withLock { state in
            let waiter = state.waiters.removeValue(forKey: token)
            if waiter == nil, isCancelled { state.cancelled.insert(token) }
            return waiter
        }
        guard let waiter else { return }
        readiness_remove(set, waiter.descriptor)
        close(waiter.descriptor)
        waiter.continuation.resume()
    }
}
