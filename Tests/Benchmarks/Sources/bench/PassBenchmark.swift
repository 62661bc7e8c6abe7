import Foundation
import Glibc

/// A running controller: a repository is pushed to it, then one file of it is changed, then nothing is.
struct PassBenchmark {
    let martlet: String
    let folder: URL
    var changes = 5
    private(set) var skipped: String?
    private var table = Table(columns: [
        "manifests", "first load", "push to converged", "commit: load", "observe and plan", "whole passes",
        "idle pass",
        "memory at rest", "peak memory",
    ])

    init(martlet: String, folder: URL) { (self.martlet, self.folder) = (martlet, folder) }

    var markdown: String { table.markdown }

    mutating func measure(_ repository: Repository) throws {
        guard FileManager.default.isExecutableFile(atPath: martlet) else {
            skipped = "passes: \(martlet) is not there"
            return
        }
        let place = URL(filePath: "/tmp/martlet-bench-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: place.appending(path: "root"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        try Command.must(
            [
                "git", "clone", "--quiet", "--bare", repository.url.filePath,
                place.appending(path: "shop.git").filePath,
            ],
            in: place)
        try Self.configuration(place).write(
            to: place.appending(path: "martlet.yaml"), atomically: true, encoding: .utf8)
        try setBranch(to: Repository.empty, in: place)
        let controller = try Command(
            [martlet, "serve", "--config", place.appending(path: "martlet.yaml").filePath], in: place)
        let process = controller.process
        let figures = Result { try follow(repository, in: place, process) }
        if !controller.hasEnded { kill(process, SIGTERM) }
        let end = try controller.wait()
        switch figures {
        case .success(let row):
            table.rows.append([repository.count.grouped] + row + [Double(end.peak).megabytes])
        case .failure(let error):
            skipped =
                "passes over \(repository.count.grouped): \(error); 'martlet serve' ended with \(end.status) (\(end.firstError))"
        }
    }

    private func follow(_ repository: Repository, in place: URL, _ process: pid_t) throws -> [String] {
        let empty = try scrape(place, process, within: 60) { $0.loads == 1 && $0.isAtRest }
        let pushed = ContinuousClock.now
        try setBranch(to: Repository.base, in: place)
        let first = try scrape(place, process, within: 1800) {
            $0.loads == 2 && $0.isAtRest && $0.resources("ready") == repository.count
        }
        let converged = (ContinuousClock.now - pushed) / .seconds(1)
        let memory = Self.memory(of: process)
        var (loads, plans, passes): ([Double], [Double], [Double]) = ([], [], [])
        var last = first
        for change in 0..<changes {
            // Until the last load's passes have ended, and what fetching says of the sources has been taken.
            last = try scrape(place, process, within: 60) { [last] in $0.passes > last.passes && $0.isAtRest }
            try setBranch(to: change.isMultiple(of: 2) ? Repository.changed : Repository.base, in: place)
            let next = try scrape(place, process, within: 60) { [last] in
                $0.loads == last.loads + 1 && $0.isAtRest && $0.resources("ready") == repository.count
            }
            loads.append(next.stage("load") - last.stage("load"))
            plans.append(
                ["observe", "plan"].reduce(0) { $0 + next.stage($1) - last.stage($1) })
            passes.append(next.passSeconds - last.passSeconds)
            last = next
        }
        let idle = try scrape(place, process, within: 60) { [last] in $0.passes >= last.passes + 10 }
        let idlePass = (idle.passSeconds - last.passSeconds) / Double(idle.passes - last.passes)
        return [
            (first.stage("load") - empty.stage("load")).seconds, converged.seconds, loads.median.seconds,
            plans.median.seconds, passes.median.seconds, idlePass.seconds, memory.megabytes,
        ]
    }

    /// Scrapes until it is as wanted.
    private func scrape(
        _ place: URL, _ process: pid_t, within seconds: Double, until isWanted: (Scrape) -> Bool
    ) throws -> Scrape {
        let began = ContinuousClock.now
        while true {
            if let scrape = Scrape(socket: place.appending(path: "s").filePath), isWanted(scrape) {
                return scrape
            }
            guard kill(process, 0) == 0 else { throw BenchError("the controller ended by itself") }
            guard ContinuousClock.now - began < .seconds(seconds) else {
                throw BenchError("not as expected within \(seconds) s")
            }
            usleep(10_000)
        }
    }

    private func setBranch(to revision: String, in place: URL) throws {
        try Command.must(
            [
                "git", "--git-dir", place.appending(path: "shop.git").filePath, "update-ref",
                "refs/heads/live", revision,
            ], in: place)
    }

    /// Bytes that are resident now.
    private static func memory(of process: pid_t) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
        return pages * Double(getpagesize())
    }

    /// Polled often, because nobody sends a webhook here; the sweep stays out of the way, as it is no part of a pass.
    private static func configuration(_ place: URL) -> String {
        """
        state: \(place.appending(path: "state").filePath)
        socket: \(place.appending(path: "s").filePath)
        sweep: 1d
        log: {level: warning}
        repositories:
          shop: {url: "\(place.appending(path: "shop.git").filePath)", interval: 1s}
        sources:
          shop:
            repository: shop
            revision: live
            variables: {root: "\(place.appending(path: "root").filePath)"}
            allow: {roots: ["\(place.appending(path: "root").filePath)"]}
        """
    }
}
