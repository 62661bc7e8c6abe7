import Foundation
import Metrics
import Model
import Reconcile
import Store
import Synchronization

/// What the last pass left, as health and metrics want to know it at any time.
final class Pulse: Sendable {
    private struct State {
        var lastPass: Int?
        var unready: String? = "no pass has ended yet"
    }
    private let state = Mutex(State())
    /// A loop that is well makes a pass at least once for every sweep.
    private static let longestSilence = 600_000

    /// Called at the end of each pass.
    @Sendable func take(_ picture: Picture) {
        let waiting = picture.sources.filter { _, source in
            source.isConfigured && !source.isLoaded && source.record?.refusedCommit == nil
        }.keys.sorted()
        state.withLock { state in
            state.lastPass = currentMilliseconds()
            state.unready = waiting.isEmpty ? nil : "not loaded yet: \(waiting.joined(separator: ", "))"
        }
        for (name, source) in picture.sources {
            for (layer, counts) in source.tally {
                for (resource, count) in counts {
                    Gauge(
                        label: "martlet_resources",
                        dimensions: [
                            ("source", name), ("layer", layer.rawValue), ("state", resource.rawValue),
                        ]
                    ).record(count)
                }
            }
        }
    }

    /// Why the loop is taken to be stuck; nil while it is well.
    var trouble: String? {
        let last = state.withLock(\.lastPass)
        guard let last, currentMilliseconds() - last > Self.longestSilence else { return nil }
        return "no pass has ended for \((currentMilliseconds() - last) / 1000) s"
    }
    var unready: String? { state.withLock(\.unready) }
}
