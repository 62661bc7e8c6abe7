import Synchronization

/// Holds back who guesses. Looking at a token and counting that it was wrong are one step, so that no number of tries at
/// one moment gets past the limit. An address that has shown a right token lately is not held to what all addresses
/// share, so that strangers lock nobody out.
final class FailedLogins: Sendable {
    struct Limits: Sendable {
        /// Wrong tries at once, and milliseconds until one more is allowed.
        var burst: Int
        var refill: Int
        static let address = Limits(burst: 10, refill: 6000)
        static let everybody = Limits(burst: 100, refill: 600)
    }
    /// Milliseconds until there may be another try.
    struct Held: Error, Sendable, Equatable { var wait: Int }

    private struct Bucket {
        /// When nothing will count any more, in milliseconds of the clock: each wrong try moves that by `refill`.
        var clear = Int.min
        /// When a right token came last.
        var proven: Int?

        func wait(_ limits: Limits, _ now: Int) -> Int {
            max(clear, now) - now - (limits.burst - 1) * limits.refill
        }
        mutating func count(_ limits: Limits, _ now: Int) { clear = max(clear, now) + limits.refill }
        func isProven(_ now: Int) -> Bool { proven.map { now - $0 < FailedLogins.remembers } ?? false }
    }
    private struct State {
        var addresses: [String: Bucket] = [:]
        var everybody = Bucket()
    }
    private let state = Mutex(State())
    private let now: @Sendable () -> Int
    private let (address, everybody): (Limits, Limits)
    /// Addresses that something is known of, at most.
    private let capacity: Int
    private static let remembers = 3_600_000

    /// - Parameter now: milliseconds of a clock that is never set back.
    init(
        address: Limits = .address, everybody: Limits = .everybody, capacity: Int = 10_000,
        now: @escaping @Sendable () -> Int
    ) {
        (self.address, self.everybody, self.capacity, self.now) = (address, everybody, capacity, now)
    }

    /// One try from an address; `check` gives nil where it was wrong. Nothing is looked at while it is held back.
    func attempt<Answer>(_ name: String, _ check: () -> Answer?) throws(Held) -> Answer? {
        let now = now()
        return try state.withLock { (state) throws(Held) in
            var bucket = state.addresses[name] ?? Bucket()
            let shared = bucket.isProven(now) ? 0 : state.everybody.wait(everybody, now)
            let wait = max(bucket.wait(address, now), shared)
            guard wait <= 0 else { throw Held(wait: wait) }
            let answer = check()
            if answer != nil {
                bucket.proven = now
            } else {
                bucket.count(address, now)
                if !bucket.isProven(now) { state.everybody.count(everybody, now) }
            }
            if state.addresses[name] == nil, state.addresses.count >= capacity { makeRoom(&state, now) }
            state.addresses[name] = bucket
            return answer
        }
    }

    /// How many addresses something is known of.
    var count: Int { state.withLock(\.addresses.count) }

    /// Those that nothing counts against go first, then those against which the least does: in one sweep for many, so
    /// that each new address pays little.
    private func makeRoom(_ state: inout State, _ now: Int) {
        state.addresses = state.addresses.filter { $0.value.clear > now || $0.value.isProven(now) }
        guard state.addresses.count >= capacity else { return }
        let keep = state.addresses.sorted { $0.value.clear > $1.value.clear }.prefix(capacity / 2)
        state.addresses = Dictionary(keep.map { ($0.key, $0.value) }) { $1 }
    }
}

private let start = ContinuousClock.now
@Sendable package func steadyMilliseconds() -> Int { Int((ContinuousClock.now - start) / .milliseconds(1)) }
