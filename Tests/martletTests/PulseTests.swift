import Model
import Reconcile
import Store
import Synchronization
import Testing

@testable import martlet

/// When a controller is taken to be stuck.
@Suite struct PulseTests {
    private static func picture() throws -> Picture {
        let (store, now) = (try Store.inMemory(), { @Sendable in 0 })
        let ledger = try store.ledger()
        return Reconciler(
            ledger: ledger, journal: try Journal(store, ledger: ledger), inbox: Inbox(), sources: [:],
            engines: [:], now: now
        ).picture
    }

    @Test func `a loop is stuck once its sweeps and ten minutes have gone by without a pass`() throws {
        let clock = Clock()
        let pulse = Pulse(now: { clock.now.withLock(\.self) })
        var configuration = Configuration.standard()
        configuration.sweep = Span(milliseconds: 3_600_000)
        pulse.expect(configuration)
        clock.pass(seconds: 86_400)
        #expect(pulse.trouble == nil, "the first pass may take as long as it needs")
        pulse.take(try Self.picture())
        clock.pass(seconds: 3960 + 600)
        #expect(pulse.trouble == nil)
        clock.pass(seconds: 1)
        #expect(pulse.trouble == "no pass has ended for 4561 s")
        pulse.take(try Self.picture())
        #expect(pulse.trouble == nil)
    }

    @Test func `the engine that is swept most often says how long silence may be`() {
        var configuration = Configuration.standard()
        #expect(configuration.longestSilence.description == "11m6s")
        configuration.engines = [
            "files": .init(type: .host, sweep: Span(milliseconds: 10_000)),
            "sealed": .init(type: .sealed, sweep: Span(milliseconds: 86_400_000)),
        ]
        #expect(configuration.longestSilence.description == "10m11s")
    }

    private final class Clock: Sendable {
        let now = Mutex(0)
        func pass(seconds: Int) { now.withLock { $0 += seconds * 1000 } }
    }
}
