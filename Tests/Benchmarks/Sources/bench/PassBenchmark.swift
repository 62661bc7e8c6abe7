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
        let place: Workplace
        do {
            place = try Workplace(martlet: martlet) { url in
                try Command.must(
                    ["git", "clone", "--quiet", "--bare", repository.url.filePath, url.filePath], in: folder)
            }
        } catch {
            skipped = "passes: \(error)"
            return
        }
        defer { place.remove() }
        let controller = try place.start()
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

    private func follow(_ repository: Repository, in place: Workplace, _ process: pid_t) throws -> [String] {
        let empty = try place.scrape(process, within: 60) { $0.loads == 1 && $0.isAtRest }
        let pushed = ContinuousClock.now
        try place.push(Repository.base)
        let first = try place.scrape(process, within: 1800) {
            $0.loads == 2 && $0.isAtRest && $0.resources("ready") == repository.count
        }
        let converged = (ContinuousClock.now - pushed) / .seconds(1)
        let memory = ProcessFigures(process).memory
        var (loads, plans, passes): ([Double], [Double], [Double]) = ([], [], [])
        var last = first
        for change in 0..<changes {
            // Until the last load's passes have ended, and what fetching says of the sources has been taken.
            last = try place.scrape(process, within: 60) { [last] in $0.passes > last.passes && $0.isAtRest }
            try place.push(change.isMultiple(of: 2) ? Repository.changed : Repository.base)
            let next = try place.scrape(process, within: 60) { [last] in
                $0.loads == last.loads + 1 && $0.isAtRest && $0.resources("ready") == repository.count
            }
            loads.append(next.stage("load") - last.stage("load"))
            plans.append(
                ["observe", "plan"].reduce(0) { $0 + next.stage($1) - last.stage($1) })
            passes.append(next.passSeconds - last.passSeconds)
            last = next
        }
        let idle = try place.scrape(process, within: 60) { [last] in $0.passes >= last.passes + 10 }
        let idlePass = (idle.passSeconds - last.passSeconds) / Double(idle.passes - last.passes)
        return [
            (first.stage("load") - empty.stage("load")).seconds, converged.seconds, loads.median.seconds,
            plans.median.seconds, passes.median.seconds, idlePass.seconds, memory.megabytes,
        ]
    }
}
