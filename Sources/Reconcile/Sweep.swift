import Model

/// Observing everything again, engine by engine, spread over its interval.
struct Sweep: Sendable {
    private struct Cycle: Sendable {
        var interval: Int
        var next: Int
        /// Still to be looked at in this cycle, and how many at each tick.
        var rest: [ResourceID] = []
        var share = 0
        var pause: Int
    }
    private var cycles: [String: Cycle] = [:]
    private let random: @Sendable () -> Double

    init(engines: [String], policy: Policy, now: Int) {
        random = policy.random
        for name in engines {
            let interval = policy.sweepIntervals[name] ?? policy.sweepInterval
            let start = now + interval + Int(Double(interval) * random() / 10)
            cycles[name] = Cycle(interval: interval, next: start, pause: interval)
        }
    }

    /// When the next part is due, in milliseconds since 1970.
    var next: Int? { cycles.values.map(\.next).min() }

    /// What is due by now; at most a sixtieth of an engine's resources at a time, but at least 200 where it has them.
    mutating func due(_ picture: Picture, now: Int) -> [ResourceID] {
        var due: [ResourceID] = []
        for (name, var cycle) in cycles where cycle.next <= now {
            if cycle.rest.isEmpty {
                cycle.rest = picture.nodes.filter { $0.value.engine == name }.map(\.key)
                let ticks = min(60, max(1, cycle.rest.count / 200))
                cycle.share = (cycle.rest.count + ticks - 1) / ticks
                cycle.pause = cycle.interval / ticks
            }
            due += cycle.rest.suffix(cycle.share)
            cycle.rest.removeLast(min(cycle.share, cycle.rest.count))
            cycle.next = now + cycle.pause + Int(Double(cycle.pause) * random() / 10)
            cycles[name] = cycle
        }
        return due
    }
}
