/// Where messages wait until they are delivered, as far as their delivery needs to know. Times are
/// milliseconds since 1970.
package struct Outbox: Sendable {
    package struct Message: Hashable, Sendable {
        /// The same on every try, so that a receiver can tell a second one.
        package var id: String
        /// The receiver's name.
        package var target: String
        /// JSON.
        package var body: [UInt8]
        package var created: Int
        /// Tries so far.
        package var attempts: Int
        /// It was sent before, and no answer is known.
        package var isUnanswered = false
        /// A newer one with the same key waits behind it.
        package var isFollowed = false

        package init(id: String, target: String, body: [UInt8], created: Int, attempts: Int = 0) {
            (self.id, self.target, self.body) = (id, target, body)
            (self.created, self.attempts) = (created, attempts)
        }
    }
    /// Messages whose time has come, those that wait longest first; of those that must keep an order, the
    /// first alone. One that is being sent is among them.
    package var due: @Sendable (_ now: Int, _ limit: Int) async throws -> [Message]
    /// When `due` next has something; nil while nothing waits.
    package var nextDue: @Sendable () async throws -> Int?
    package var delivered: @Sendable (_ id: String, _ now: Int) async throws -> Void
    /// Tried in vain; without a next attempt it is given up, and kept with its error.
    package var failed:
        @Sendable (_ id: String, _ error: String, _ now: Int, _ nextAttempt: Int?) async throws -> Void
    /// It is about to be sent, and not known to have been until `delivered` or `failed` says so.
    package var begun: @Sendable (_ id: String, _ now: Int) async throws -> Void = { _, _ in }
    /// Like `failed`, of one that may have arrived all the same.
    package var lost:
        @Sendable (_ id: String, _ error: String, _ now: Int, _ nextAttempt: Int) async throws -> Void =
            { _, _, _, _ in }
    /// Not tried, and not before then.
    package var postponed: @Sendable (_ id: String, _ time: Int) async throws -> Void = { _, _ in }
    /// Never to be sent, for the one behind it says it all.
    package var overtaken: @Sendable (_ id: String, _ now: Int) async throws -> Void = { _, _ in }

    package init(
        due: @escaping @Sendable (_ now: Int, _ limit: Int) async throws -> [Message],
        nextDue: @escaping @Sendable () async throws -> Int?,
        delivered: @escaping @Sendable (_ id: String, _ now: Int) async throws -> Void,
        failed:
            @escaping @Sendable (_ id: String, _ error: String, _ now: Int, _ nextAttempt: Int?)
            async throws -> Void
    ) {
        (self.due, self.nextDue, self.delivered, self.failed) = (due, nextDue, delivered, failed)
    }
}
