import Foundation
import Metrics
import Model
import Reconcile
import Server
import Store
import Synchronization

/// What the last pass left, as health and metrics want to know it at any time.
final class Pulse: Sendable {
    private struct State {
        /// On the pulse's own clock.
        var lastPass: Int?
        var longestSilence = 0
        var unready: Vitals.Unready? = Vitals.Unready(
            "no pass has ended yet", details: "no pass has ended yet")
        var watches: [Int: Watch] = [:]
        var nextWatch = 0
        var measured: Set<Series> = []
    }
    private let state = Mutex(State())
    /// Milliseconds of a clock that stands still while the machine sleeps: waking up is no silence.
    private let now: @Sendable () -> Int

    init(now: @escaping @Sendable () -> Int = awakeMilliseconds) { self.now = now }

    /// Whose loop it is from now on.
    func expect(_ configuration: Configuration) {
        state.withLock { $0.longestSilence = configuration.longestSilence.milliseconds }
    }

    /// Who wants to see each pass: first what happened in it, where anything did, then what it left.
    struct Watch: Sendable {
        var happened: @Sendable ([Happening]) -> Void
        var ended: @Sendable (Picture) -> Void
    }

    /// Until `unwatch` of the number that this returns. Both are called by the loop, which waits for them.
    func watch(_ watch: Watch) -> Int {
        state.withLock { state in
            state.nextWatch += 1
            state.watches[state.nextWatch] = watch
            return state.nextWatch
        }
    }
    func unwatch(_ number: Int) { state.withLock { $0.watches[number] = nil } }

    @Sendable func happened(_ happenings: [Happening]) {
        for watch in state.withLock(\.watches).values { watch.happened(happenings) }
    }

    /// Called at the end of each pass.
    @Sendable func take(_ picture: Picture) {
        defer { for watch in state.withLock(\.watches).values { watch.ended(picture) } }
        let waiting = picture.sources.filter { _, source in
            source.isConfigured && !source.isLoaded && source.record?.refusedCommit == nil
        }.keys.sorted()
        state.withLock { state in
            state.lastPass = now()
            let count = waiting.count == 1 ? "1 source" : "\(waiting.count) sources"
            state.unready =
                waiting.isEmpty
                ? nil
                : Vitals.Unready(
                    "\(count) not loaded yet", details: "not loaded yet: \(waiting.joined(separator: ", "))")
        }
        measure(picture)
    }

    /// A series goes with its source.
    private func measure(_ picture: Picture) {
        var counts: [Series: Int] = [:]
        for (name, source) in picture.sources {
            counts[Series("martlet_resources_drifted", ["source": name])] = source.driftedCount
            if source.isConfigured {
                counts[Series("martlet_webhook_seen_timestamp_seconds", ["source": name])] =
                    source.lastWoken.map { $0 / 1000 }
                counts[Series("martlet_polled_timestamp_seconds", ["source": name])] =
                    source.lastFetched.map { $0 / 1000 }
            }
            for (layer, tally) in source.tally {
                for (resource, count) in tally {
                    let labels = ["source": name, "layer": layer.rawValue, "state": resource.rawValue]
                    counts[Series("martlet_resources", labels)] = count
                }
            }
        }
        let gone = state.withLock { state in
            defer { state.measured = Set(counts.keys) }
            return state.measured.subtracting(counts.keys)
        }
        for series in gone { series.gauge.destroy() }
        for (series, count) in counts { series.gauge.record(count) }
    }

    private struct Series: Hashable {
        var label: String
        var labels: [String: String]
        init(_ label: String, _ labels: [String: String]) { (self.label, self.labels) = (label, labels) }
        var gauge: Gauge {
            Gauge(label: label, dimensions: labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
    }

    /// Why the loop is taken to be stuck; nil while it is well.
    var trouble: String? {
        let (last, longest) = state.withLock { ($0.lastPass, $0.longestSilence) }
        guard let last, now() - last > longest else { return nil }
        return "no pass has ended for \((now() - last) / 1000) s"
    }
    var unready: Vitals.Unready? { state.withLock(\.unready) }
}

extension Configuration {
    /// How long a loop that is well may go without the end of a pass. The timer of the engine that is swept most often
    /// makes a pass whatever else happens, a tenth later at most; reading a repository goes on beside the passes, and
    /// ten minutes are left for a pass itself. The first one may take as long as it needs.
    var longestSilence: Span {
        let sweep = namedEngines.values.map { $0.sweep ?? self.sweep }.min() ?? sweep
        return Span(milliseconds: sweep.milliseconds + sweep.milliseconds / 10 + 600_000)
    }
}

private let awakeSince = SuspendingClock.now
@Sendable private func awakeMilliseconds() -> Int {
    Int((SuspendingClock.now - awakeSince) / .milliseconds(1))
}
