package import NIOCore
import Synchronization

/// What one receiver takes at most.
package struct HookLimits: Sendable {
    /// Of one body, in bytes.
    package var body = 4 << 20
    /// Of all bodies that are being read, and of those that come from one address.
    package var bodies = 64 << 20
    package var share = 16 << 20
    /// Until a body is there.
    package var time = TimeAmount.seconds(10)
    /// What one address may get wrong before it is told to wait, and no more is said of it in the log.
    package var failures = HookRate(20)
    /// Lines of the log about what was refused.
    package var lines = HookRate(10)
    /// Addresses that are remembered.
    package var addresses = 10_000
    package init() {}
}

/// Counts what comes in, against the limits. Its memory has a bound.
final class HookGuard: Sendable {
    private struct State {
        var routes: TokenBuckets
        var addresses: TokenBuckets
        var lines: TokenBuckets
        var unsaid = 0
        var bodies = 0
        /// By address; none is 0.
        var shares: [String: Int] = [:]
        /// Of configured routes only.
        var sights: [String: HookSight] = [:]
    }
    private let limits: HookLimits
    private let state: Mutex<State>

    init(_ limits: HookLimits) {
        self.limits = limits
        state = Mutex(
            State(
                routes: TokenBuckets(limit: 1000), addresses: TokenBuckets(limit: limits.addresses),
                lines: TokenBuckets(limit: 1)))
    }

    /// How long an address that failed too often is not listened to; nil where it is. In milliseconds.
    func wait(for address: String, now: Int) -> Int? {
        state.withLock { $0.addresses.wait(for: address, now: now) }
    }
    func failed(_ address: String, now: Int) {
        state.withLock { _ = $0.addresses.take(for: address, limits.failures, now: now) }
    }
    /// Only what is believed counts, so that nobody else can use up a route's share.
    func take(_ route: HookRoute, now: Int) -> Int? {
        state.withLock { $0.routes.take(for: route.name, route.rate, now: now) }
    }

    func see(_ sight: HookSight, of route: String) { state.withLock { $0.sights[route] = sight } }
    var sights: [String: HookSight] { state.withLock(\.sights) }

    /// Room for so many more bytes of bodies; false where there is none, or not for this address. `release` gives it
    /// back.
    func reserve(_ count: Int, for address: String?) -> Bool {
        state.withLock { state in
            let share = address.map { state.shares[$0, default: 0] + count } ?? 0
            guard state.bodies + count <= limits.bodies, share <= limits.share else { return false }
            state.bodies += count
            if let address { state.shares[address] = share }
            return true
        }
    }
    func release(_ count: Int, of address: String?) {
        state.withLock { state in
            state.bodies -= count
            guard let address, let share = state.shares[address] else { return }
            state.shares[address] = share > count ? share - count : nil
        }
    }

    /// Whether a line may be written now, and how many were not since the last one.
    func line(now: Int) -> Int? {
        state.withLock { state in
            guard state.lines.take(for: "", limits.lines, now: now) == nil else {
                state.unsaid += 1
                return nil
            }
            defer { state.unsaid = 0 }
            return state.unsaid
        }
    }
}
