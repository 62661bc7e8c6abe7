import Synchronization

/// Holds back who guesses. Looking at a token and counting that it was wrong are one step, so that no number of tries at
/// one moment gets past the limit. An address that has shown a right token lately is not held to what all addresses
/// share, so that strangers lock nobody out.
final class FailedLogins: Sendable {
    /// Wrong tries of one address, and of all.
    static let address = HookRate(10)
    static let everybody = HookRate(100)
    /// Milliseconds until there may be another try.
    struct Held: Error, Sendable, Equatable { var wait: Int }

    private struct Known {
        var tries: TokenBucket
        /// When a right token came last.
        var proven: Int?

        func isProven(_ now: Int) -> Bool { proven.map { now - $0 < FailedLogins.remembers } ?? false }
    }
    private struct State {
        var addresses: [String: Known] = [:]
        var everybody: TokenBucket
    }
    private let state: Mutex<State>
    private let now: @Sendable () -> Int
    private let address: HookRate
    /// Addresses that something is known of, at most.
    private let capacity: Int
    private static let remembers = 3_600_000

    /// - Parameter now: milliseconds of a clock that is never set back.
    init(
        address: HookRate = address, everybody: HookRate = everybody, capacity: Int = 10_000,
        now: @escaping @Sendable () -> Int
    ) {
        (self.address, self.capacity, self.now) = (address, capacity, now)
        state = Mutex(State(everybody: TokenBucket(everybody, now: now())))
    }

    /// One try from an address; `check` gives nil where it was wrong. Nothing is looked at while it is held back.
    func attempt<Answer>(_ name: String, _ check: () -> Answer?) throws(Held) -> Answer? {
        let now = now()
        return try state.withLock { (state) throws(Held) in
            var known = state.addresses[name] ?? Known(tries: TokenBucket(address, now: now))
            let shared = known.isProven(now) ? nil : state.everybody.wait(now: now)
            let waits = [known.tries.wait(now: now), shared].compactMap(\.self)
            if let wait = waits.max() { throw Held(wait: wait) }
            let answer = check()
            if answer != nil {
                known.proven = now
            } else {
                _ = known.tries.take(now: now)
                if !known.isProven(now) { _ = state.everybody.take(now: now) }
            }
            if state.addresses[name] == nil, state.addresses.count >= capacity { makeRoom(&state, now) }
            state.addresses[name] = known
            return answer
        }
    }

    /// How many addresses something is known of.
    var count: Int { state.withLock(\.addresses.count) }

    /// Those that nothing counts against go first, then those against which the least does: in one sweep for many, so
    /// that each new address pays little.
    private func makeRoom(_ state: inout State, _ now: Int) {
        let all = state.addresses.map { name, known in
            var tries = known.tries
            return (name: name, known: known, missing: tries.missing(now: now))
        }.filter { $0.missing > 0 || $0.known.isProven(now) }
        let keep =
            all.count < capacity
            ? all[...] : all.sorted { $0.missing > $1.missing }.prefix(capacity / 2)
        state.addresses = Dictionary(keep.map { ($0.name, $0.known) }) { $1 }
    }
}

private let start = ContinuousClock.now
@Sendable package func steadyMilliseconds() -> Int { Int((ContinuousClock.now - start) / .milliseconds(1)) }
