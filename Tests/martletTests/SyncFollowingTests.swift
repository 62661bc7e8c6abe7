import Model
import Reconcile
import Store
import Synchronization
import Testing

@testable import martlet

/// How often whoever follows a sync looks at all of its source.
@Suite struct SyncFollowingTests {
    @Test func `a look that takes long is not taken after each step, but after the last`() throws {
        let clock = SlowClock()
        let following = SyncFollowing("shop", started: 0, now: clock.now)
        let picture = try Self.picture()
        for _ in 0..<15 { _ = following.look(at: picture) }
        #expect(clock.readings == 15 + 1, "a look reads the clock again at its end")
        _ = following.look(at: picture, isLast: true)
        #expect(clock.readings == 16 + 2)
        for _ in 0..<25 { _ = following.look(at: picture) }
        #expect(clock.readings == 41 + 3, "it is taken again after a while")
    }

    private static func picture() throws -> Picture {
        let store = try Store.inMemory()
        let ledger = try store.ledger()
        return Reconciler(
            ledger: ledger, journal: try Journal(store, ledger: ledger), inbox: Inbox(),
            sources: ["shop": SourcePolicy(grants: Grants(projects: ["shop"]))], engines: [:], now: { 0 }
        ).picture
    }

    /// Each reading is 100 ms after the one before.
    private final class SlowClock: Sendable {
        private let count = Mutex(0)
        var readings: Int { count.withLock(\.self) }
        @Sendable func now() -> Int {
            count.withLock { count in
                count += 1
                return count * 100
            }
        }
    }
}
