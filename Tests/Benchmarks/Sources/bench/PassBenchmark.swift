import Foundation
import Glibc

/// A running controller over a repository: first convergence, a commit of one file, a pass with nothing to do.
struct PassBenchmark {
    let martlet: String
    let folder: URL
    private(set) var skipped: String?
    private var table = Table(columns: [
        "manifests", "first convergence", "commit pass", "idle pass", "peak memory",
    ])

    init(martlet: String, folder: URL) { (self.martlet, self.folder) = (martlet, folder) }

    var markdown: String { table.markdown }

    mutating func measure(_ repository: Repository) throws {
        guard skipped == nil else { return }
        guard FileManager.default.isExecutableFile(atPath: martlet) else {
            skipped = "passes: \(martlet) is not there"
            return
        }
        let place = folder.appending(path: "controller-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: place.appending(path: "root"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let mirror = place.appending(path: "shop.git").filePath
        try Command.must(["git", "clone", "--quiet", "--bare", repository.url.filePath, mirror], in: place)
        let port = UInt16.random(in: 20_000..<30_000)
        let configuration = place.appending(path: "martlet.yaml")
        try Self.configuration(place, port: port).write(to: configuration, atomically: true, encoding: .utf8)

        let serve = [martlet, "serve", "--config", configuration.filePath]
        let controller = try Command(serve, in: place)
        let controllerID = controller.process
        let figures = Result {
            try converge(
                configuration, mirror, port, while: { kill(controllerID, 0) == 0 && !controller.hasEnded })
        }
        if !controller.hasEnded { kill(controllerID, SIGTERM) }
        let end = try controller.wait()
        switch figures {
        case .success(let row):
            table.rows.append([repository.count.grouped] + row + [Double(end.peak).megabytes])
        case .failure(let error):
            skipped = "passes: \(error); 'martlet serve' ended with \(end.status) (\(end.firstError))"
        }
    }

    private func converge(
        _ configuration: URL, _ mirror: String, _ port: UInt16, while isRunning: () -> Bool
    ) throws -> [String] {
        let place = configuration.deletingLastPathComponent()
        let began = ContinuousClock.now
        while try scrape(port, in: place).isEmpty {
            guard isRunning() else { throw BenchError("the controller ended by itself") }
            guard ContinuousClock.now - began < .seconds(30) else {
                throw BenchError("/metrics does not answer")
            }
            usleep(20_000)
        }
        let sync = [martlet, "sync", "--config", configuration.filePath, "--wait", "--timeout", "1h"]
        try Command.must(sync, in: place)
        let first = (ContinuousClock.now - began) / .seconds(1)
        let before = try scrape(port, in: place)
        try Command.must(
            ["git", "--git-dir", mirror, "update-ref", "refs/heads/\(Repository.base)", Repository.changed],
            in: place)
        try Command.must(sync, in: place)
        let changed = try scrape(port, in: place)
        try Command.must(sync, in: place)
        let idle = try scrape(port, in: place)
        return [
            first.seconds, changed.planning(since: before).seconds, idle.planning(since: changed).seconds,
        ]
    }

    /// The metrics by their names with labels; none while nobody answers.
    private func scrape(_ port: UInt16, in place: URL) throws -> [String: Double] {
        let request = #"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"#
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(port) && printf '\(request)' >&3 && cat <&3"
        let answer = try Command.run(["bash", "-c", script], in: place)
        var values: [String: Double] = [:]
        for line in String(decoding: answer.output, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if words.count == 2, let value = Double(words[1]) { values[String(words[0])] = value }
        }
        return values
    }

    private static func configuration(_ place: URL, port: UInt16) -> String {
        """
        state: \(place.appending(path: "state").filePath)
        listen: 127.0.0.1:\(port)
        repositories:
          shop: {url: "file://\(place.appending(path: "shop.git").filePath)"}
        sources:
          shop:
            repository: shop
            revision: \(Repository.base)
            variables: {root: "\(place.appending(path: "root").filePath)"}
            may: {roots: ["\(place.appending(path: "root").filePath)"]}
        """
    }
}

extension [String: Double] {
    /// Seconds from a fetched commit to a finished plan, of all passes between two scrapes.
    fileprivate func planning(since before: [String: Double]) -> Double {
        ["load", "resolve", "observe", "plan"].reduce(0) { sum, stage in
            let name = "martlet_stage_seconds_sum{stage=\"\(stage)\"}"
            return sum + (self[name] ?? .nan) - (before[name] ?? 0)
        }
    }
}
