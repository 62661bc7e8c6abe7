import Foundation
import Glibc

/// What a merge would do, asked of a running controller: a request of one changed file.
struct PreviewBenchmark {
    let martlet: String
    let folder: URL
    var runs = 5
    private(set) var skipped: String?
    private var table = Table(columns: [
        "manifests", "asked to answered", "of it the preview", "resources observed", "planned",
        "passes meanwhile",
    ])

    init(martlet: String, folder: URL, runs: Int) {
        (self.martlet, self.folder, self.runs) = (martlet, folder, runs)
    }

    var markdown: String { table.markdown }

    mutating func measure(_ repository: Repository) throws {
        do {
            let place = try Workplace(martlet: martlet) { url in
                try Command.must(
                    ["git", "clone", "--quiet", "--bare", repository.url.filePath, url.filePath], in: folder)
            }
            defer { place.remove() }
            let controller = try place.start()
            let row = Result { try ask(repository, in: place, controller.process) }
            kill(controller.process, SIGTERM)
            _ = try controller.wait()
            table.rows.append([repository.count.grouped] + (try row.get()))
        } catch {
            skipped = "previews over \(repository.count.grouped): \(error)"
        }
    }

    private func ask(_ repository: Repository, in place: Workplace, _ process: pid_t) throws -> [String] {
        try place.push(Repository.base)
        let ready = try place.scrape(process, within: 1800) {
            $0.isAtRest && $0.resources("ready") == repository.count
        }
        let question = "/v1/preview?base=live&head=\(Repository.changed)"
        var (times, own): ([Double], [Double]) = ([], [])
        var (observed, planned) = (0, 0)
        for _ in 0..<runs {
            let began = ContinuousClock.now
            guard let answer = Scrape.ask("GET", question, socket: place.socket),
                let report = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any],
                let calls = report["calls"] as? [String: Int], let took = report["took"] as? Int,
                report["exitCode"] as? Int == 2
            else { throw BenchError("the controller answers no preview") }
            times.append((ContinuousClock.now - began) / .seconds(1))
            own.append(Double(took) / 1000)
            (observed, planned) = (calls["observed"] ?? 0, calls["planned"] ?? 0)
        }
        let after = try place.scrape(process, within: 60) { _ in true }
        let passes = after.passes - ready.passes
        return [
            times.median.seconds, own.median.seconds, String(observed), String(planned), String(passes),
        ]
    }
}
