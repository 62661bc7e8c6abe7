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
    /// Between two parts, in milliseconds: less would leave the loop no time for anything else.
    private static let shortest = 1000
    private var cycles: [String: Cycle] = [:]
    private let random: @Sendable () -> Double

    init(engines: [String], policy: Policy, now: Int) {
        random = policy.random
        for name in engines {
            let interval = max(Self.shortest, policy.sweepIntervals[name] ?? policy.sweepInterval)
            let start = now + interval + Int(Double(interval) * random() / 10)
            cycles[name] = Cycle(interval: interval, next: start, pause: interval)
        }
    }

    /// When the next part is due, in milliseconds since 1970.
    var next: Int? { cycles.values.map(\.next).min() }

    /// What is due by now; at most a sixtieth of an engine's resources at a time, but at least 200 where it has them.
    mutating func due(_ ids: Groups, now: Int) -> [ResourceID] {
        var due: [ResourceID] = []
        for (name, var cycle) in cycles where cycle.next <= now {
            if cycle.rest.isEmpty {
                cycle.rest = Array(ids[name])
                let ticks = max(1, min(60, cycle.rest.count / 200, cycle.interval / Self.shortest))
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
