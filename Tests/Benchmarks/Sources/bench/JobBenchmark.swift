import Foundation
import Glibc

/// Jobs of the supervisor, beside `supervisord` with as many of the same processes.
struct JobBenchmark {
    let martlet: String
    /// Where `.engines` is.
    let engines: URL
    var deaths = 15
    /// Seconds.
    var rest = 20.0
    private(set) var skipped: [String] = []
    private var table = Table(columns: [
        "processes", "started", "death to replacement", "slowest of them", "CPU at rest", "memory",
        "beside each process", "in all",
    ])
    private var turns = Table(columns: [
        "processes", "adopted after SIGKILL", "looking at all", "one job changed", "all stopped",
    ])

    init(martlet: String, engines: URL) { (self.martlet, self.engines) = (martlet, engines) }
    var markdown: String { table.markdown + "\n\n" + turns.markdown }

    mutating func measure(_ count: Int) {
        do {
            let sleepers = Sleepers()
            let user = NSUserName()
            let history = Fleet.jobs(sleepers, count: count, user: user)
            let place = try Workplace(
                martlet: martlet, allow: ", users: [\(user)]",
                rest: """
                    engines:
                      supervisor: {type: supervisor, users: [\(user)]}
                    """
            ) { try history.write(to: $0) }
            let (first, second) = try follow(place, sleepers, count)
            table.rows.append(["Martlet, \(count.grouped)"] + first)
            turns.rows.append([count.grouped] + second)
        } catch { skipped.append("\(count.grouped) jobs: \(error)") }
    }

    mutating func measureYardstick(_ count: Int) {
        do {
            let yardstick = try Supervisord(count, engines: engines)
            table.rows.append(["supervisord, \(count.grouped)"] + (try yardstick.measure(deaths, rest: rest)))
        } catch { skipped.append("supervisord: \(error)") }
    }

    private func follow(_ place: Workplace, _ sleepers: Sleepers, _ count: Int) throws -> (
        [String], [String]
    ) {
        var runFolder: URL?
        defer {
            Self.end(sleepers)
            place.remove(runFolder)
        }
        let first = try place.start()
        let figures = Result { try live(place, first.process, sleepers, count) }
        let before = Set(sleepers.all)
        runFolder = sleepers.runFolder
        kill(first.process, SIGKILL)
        _ = try first.wait()
        let (row, turn) = try figures.get()
        let next = try place.start()
        let ends = Result { () throws -> [String] in
            let adoption = try seconds { _ = try Self.waitUntilReady(place, next.process, count) }
            guard Set(sleepers.all) == before else { throw BenchError("not all processes were taken over") }
            let stop = try seconds {
                try place.push(GitHistory.empty)
                try place.sync()
                _ = try place.scrape(next.process, within: 300) { $0.isAtRest && $0.resources("ready") == 0 }
                try sleepers.wait(for: 0, within: 300)
            }
            return [adoption.seconds, stop.seconds]
        }
        kill(next.process, SIGTERM)
        _ = try next.wait()
        let end = try ends.get()
        return (row, [end[0]] + turn + [end[1]])
    }

    private func live(_ place: Workplace, _ process: pid_t, _ sleepers: Sleepers, _ count: Int) throws -> (
        [String], [String]
    ) {
        _ = try place.scrape(process, within: 60) { $0.loads == 1 && $0.isAtRest }
        let started = try seconds {
            try place.push(GitHistory.base)
            try place.sync()
            _ = try Self.waitUntilReady(place, process, count)
        }
        try sleepers.wait(for: count, within: 10)
        usleep(3_000_000)
        let figures = ProcessFigures(process)
        let load = figures.load(over: rest)
        let sweep = try place.lookAtAll(process)
        let change = try seconds {
            try place.push(GitHistory.changed)
            try place.sync()
            let deadline = ContinuousClock.now + .seconds(60)
            while !sleepers.all.contains(where: { $0.version == 2 }) || sleepers.all.count != count {
                guard ContinuousClock.now < deadline else { throw BenchError("a job does not change") }
                usleep(1000)
            }
        }
        let reactions = try sleepers.reactions(deaths)
        let memory = figures.memory
        let shims = Set(sleepers.all.compactMap { ProcessFigures($0.process).parent }).map {
            ProcessFigures($0).share
        }
        return (
            [
                started.seconds, reactions.median.seconds, (reactions.max() ?? .nan).seconds, load.percent,
                memory.megabytes, shims.median.kilobytes, (memory + shims.reduce(0, +)).megabytes,
            ], [sweep.seconds, change.seconds]
        )
    }

    private static func waitUntilReady(_ place: Workplace, _ process: pid_t, _ count: Int) throws -> Scrape {
        try place.scrape(process, within: 600) { $0.isAtRest && $0.resources("ready") == count }
    }

    /// Whatever is left of what did not end by itself.
    private static func end(_ sleepers: Sleepers) {
        for sleeper in sleepers.all {
            if let shim = ProcessFigures(sleeper.process).parent, shim > 1 { kill(shim, SIGKILL) }
            kill(sleeper.process, SIGKILL)
        }
    }
}
