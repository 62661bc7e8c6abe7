import Model

/// Observing everything again, engine by engine and, where types have a time of their own, type by type, each spread
/// over its interval.
struct Sweep: Sendable {
    private struct Round: Sendable, Hashable {
        var engine: String
        /// Nil for all that has no round of its own.
        var type: String?
    }
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
    private var cycles: [Round: Cycle] = [:]
    /// Those with a round of their own, by engine.
    private let types: [String: Set<String>]
    private let random: @Sendable () -> Double

    init(engines: [String], policy: Policy, now: Int) {
        random = policy.random
        types = policy.typeIntervals.mapValues { Set($0.keys) }
        for name in engines {
            begin(Round(engine: name), policy.sweepIntervals[name] ?? policy.sweepInterval, now)
            for (type, interval) in policy.typeIntervals[name] ?? [:] {
                begin(Round(engine: name, type: type), interval, now)
            }
        }
    }

    private mutating func begin(_ round: Round, _ interval: Int, _ now: Int) {
        let interval = max(Self.shortest, interval)
        let start = now + interval + Int(Double(interval) * random() / 10)
        cycles[round] = Cycle(interval: interval, next: start, pause: interval)
    }

    /// When the next part is due, in milliseconds since 1970.
    var next: Int? { cycles.values.map(\.next).min() }

    /// What is due by now; at most a sixtieth of a round's resources at a time, but at least 200 where it has them.
    mutating func due(_ picture: borrowing Picture, now: Int) -> [ResourceID] {
        var due: [ResourceID] = []
        for (round, var cycle) in cycles where cycle.next <= now {
            if cycle.rest.isEmpty {
                cycle.rest = members(of: round, picture)
                let ticks = max(1, min(60, cycle.rest.count / 200, cycle.interval / Self.shortest))
                cycle.share = (cycle.rest.count + ticks - 1) / ticks
                cycle.pause = cycle.interval / ticks
            }
            due += cycle.rest.suffix(cycle.share)
            cycle.rest.removeLast(min(cycle.share, cycle.rest.count))
            cycle.next = now + cycle.pause + Int(Double(cycle.pause) * random() / 10)
            cycles[round] = cycle
        }
        return due
    }

    private func members(of round: Round, _ picture: borrowing Picture) -> [ResourceID] {
        let all = picture.idsByEngine[round.engine]
        guard let own = types[round.engine], !own.isEmpty else { return Array(all) }
        var members: [ResourceID] = []
        for id in all {
            let (manifest, record) = (picture.nodes[id]?.manifest, picture.nodes[id]?.record)
            let type = manifest?.type ?? manifest?.dataType ?? record?.type
            let isOfRound = round.type == nil ? !(type.map(own.contains) ?? false) : type == round.type
            if isOfRound { members.append(id) }
        }
        return members
    }
}
