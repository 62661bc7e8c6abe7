/// When a message is tried again: exponential, with full jitter, so that a receiver that comes back is not
/// met by all at once.
package struct WebhookSchedule: Sendable {
    private static let minute = 60
    private static let hour = 3600
    /// Seconds at most before each next try; the last one goes on.
    static let ceilings = [
        5, 30, 2 * minute, 10 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour,
    ]
    /// A receiver may ask for patience, but not for ever.
    static let maxRetryAfter = 24 * hour
    /// Milliseconds after its creation at which a message is given up.
    static let giveUpAfter = 3 * 24 * hour * 1000

    /// A number of milliseconds in the range.
    package var jitter: @Sendable (ClosedRange<Int>) -> Int

    package init(jitter: @escaping @Sendable (ClosedRange<Int>) -> Int = { Int.random(in: $0) }) {
        self.jitter = jitter
    }

    /// Milliseconds since 1970; nil when it is to be given up. `message.attempts` does not count the one that
    /// failed.
    func next(_ message: Outbox.Message, now: Int, retryAfter: Duration?) -> Int? {
        let ceiling = Self.ceilings[min(max(message.attempts, 0), Self.ceilings.count - 1)]
        // Never at once: a jitter of nothing would be no backoff.
        let backoff = max(jitter(0...ceiling * 1000), 500)
        let asked = retryAfter.map { Int(min(max($0.components.seconds, 0), Int64(Self.maxRetryAfter))) } ?? 0
        let part = (retryAfter?.components.attoseconds ?? 0) > 0 ? 1 : 0
        let next = now + max(backoff, (asked + part) * 1000)
        return next - message.created <= Self.giveUpAfter ? next : nil
    }
}
