import Foundation
import Glibc

/// Services of the registry: fixed addresses, without checks and with one each.
struct ServiceBenchmark {
    let martlet: String
    let folder: URL
    let count: Int
    private(set) var skipped: String?
    private var table = Table(columns: [
        "services", "first convergence", "after a restart", "looking at all", "one change", "catalog, all",
        "catalog, one", "CPU at rest", "memory",
    ])

    init(martlet: String, folder: URL, count: Int) {
        (self.martlet, self.folder, self.count) = (martlet, folder, count)
    }
    var markdown: String { table.markdown }

    mutating func measure() {
        do {
            let answerer = try LocalServer.answerer(ports: count, in: folder)
            let result = Result { try measure(at: answerer.ports) }
            try answerer.end()
            try result.get()
        } catch { skipped = "services: \(error)" }
    }

    private mutating func measure(at ports: [Int]) throws {
        for checks in [false, true] {
            let history = Fleet.services(at: ports, checks: checks)
            let place = try Workplace(martlet: martlet) { try history.write(to: $0) }
            defer { place.remove() }
            let name = "\(count.grouped)\(checks ? ", each asked by HTTP every 10 s" : "")"
            table.rows.append([name] + (try follow(place, restOver: checks ? 60 : 20)))
        }
    }

    private func follow(_ place: Workplace, restOver rest: Double) throws -> [String] {
        let first = try place.start()
        let process = first.process
        let figures = Result { () throws -> [String] in
            _ = try place.scrape(process, within: 60) { $0.loads == 1 && $0.isAtRest }
            let converged = try seconds {
                try place.push(GitHistory.base)
                try place.sync()
                _ = try waitUntilReady(place, process)
            }
            // The checks' first answers are over, and their further ones are spread.
            usleep(12_000_000)
            let load = ProcessFigures(process).load(over: rest)
            let sweep = try place.lookAtAll(process)
            let change = try seconds {
                let loads = try place.scrape(process, within: 60) { $0.isAtRest }.loads
                try place.push(GitHistory.changed)
                try place.sync()
                _ = try place.scrape(process, within: 60) { $0.loads > loads && $0.isAtRest }
            }
            let all = try place.answer("/v1/catalog/services")
            let one = try place.answer("/v1/catalog/services/shop/service-7")
            let memory = ProcessFigures(process).memory
            return [
                converged.seconds, sweep.seconds, change.seconds, all.seconds, one.seconds, load.percent,
                memory.megabytes,
            ]
        }
        kill(process, SIGKILL)
        _ = try first.wait()
        var row = try figures.get()
        let next = try place.start()
        let restart = Result { try seconds { _ = try waitUntilReady(place, next.process) } }
        kill(next.process, SIGTERM)
        _ = try next.wait()
        row.insert(try restart.get().seconds, at: 1)
        return row
    }

    private func waitUntilReady(_ place: Workplace, _ process: pid_t) throws -> Scrape {
        try place.scrape(process, within: 300) { $0.isAtRest && $0.resources("ready") == count }
    }
}

/// How long something takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let began = ContinuousClock.now
    try body()
    return (ContinuousClock.now - began) / .seconds(1)
}

extension Workplace {
    /// All passes that looking at everything takes, where nothing has changed.
    func lookAtAll(_ process: pid_t, times count: Int = 5) throws -> Double {
        let times = try (0..<count).map { _ in
            let before = try scrape(process, within: 60) { $0.isAtRest }
            try sync()
            _ = try scrape(process, within: 300) { $0.passes > before.passes && $0.isAtRest }
            // The fetch makes a pass too: this is answered after the one that goes on.
            guard Scrape.ask("GET", "/v1/sources/shop/plan", socket: socket) != nil else {
                throw BenchError("the controller does not tell its plan")
            }
            let after = try scrape(process, within: 300) { $0.isAtRest }
            return after.passSeconds - before.passSeconds
        }
        return times.median
    }
    /// From the request to the last byte, on a connection of its own.
    func answer(_ path: String) throws -> Double {
        let times = try (0..<20).map { _ in
            try seconds {
                guard Scrape.ask("GET", path, socket: socket) != nil else {
                    throw BenchError("no answer to \(path)")
                }
            }
        }
        return times.median
    }
}
