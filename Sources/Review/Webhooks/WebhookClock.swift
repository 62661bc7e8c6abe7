import Foundation

/// The time as webhooks need it: of day, for signatures and for tries that outlast the process.
package struct WebhookClock: Sendable {
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Int, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        (self.now, self.sleep) = (now, sleep)
    }

    var date: Date { Date(timeIntervalSince1970: Double(now()) / 1000) }

    package static let system = WebhookClock(
        now: { Int(Date().timeIntervalSince1970 * 1000) }, sleep: { try await Task.sleep(for: $0) })
}
