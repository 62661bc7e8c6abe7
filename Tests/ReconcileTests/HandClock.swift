import Reconcile
import Synchronization

/// A clock that tests turn by hand.
final class HandClock: Sendable {
    private let time = Mutex(0)
    var value: Int { time.withLock(\.self) }
    /// In milliseconds.
    func advance(by pause: Int = 10_000) { time.withLock { $0 += pause } }
}

extension Policy {
    /// Retries are due at the next turn of the clock, and no sweep comes by itself.
    static var forTests: Policy {
        var policy = Policy()
        (policy.firstRetry, policy.longestRetry, policy.width) = (1, 1, 4)
        (policy.sweepInterval, policy.random) = (.max / 4, { 0 })
        return policy
    }
}
