import Foundation

/// Cold load of a whole commit, beside C that does the least it can over the same bytes.
struct LoadBenchmark {
    var martlet: String
    var yardstick: String
    var folder: URL
    var runs: Int
    var cores: Int

    private var table = Table(columns: [
        "manifests", "bytes", "C, 1 core", "C, all cores", "martlet load", "wall", "CPU", "peak memory",
    ])
    private(set) var skipped: String?

    init(martlet: String, yardstick: String, folder: URL, runs: Int, cores: Int) {
        (self.martlet, self.yardstick, self.folder) = (martlet, yardstick, folder)
        (self.runs, self.cores) = (runs, cores)
    }

    mutating func measure(_ repository: Repository) throws {
        let single = try yardstick(repository, threads: 1)
        let all = try yardstick(repository, threads: cores)
        let bytes = single.first?.object["bytes"] as? Int ?? 0
        let loads = try load(repository)
        let (wall, cpu) = (loads.map(\.load).median, loads.map(\.measurement.cpu).median)
        table.rows.append(
            [
                repository.count.grouped, Double(bytes).megabytes, single.map(\.seconds).median.seconds,
                all.map(\.seconds).median.seconds,
            ]
                + (loads.isEmpty
                    ? ["", "", "", ""]
                    : [
                        wall.seconds, (wall / all.map(\.seconds).median).ratio,
                        (cpu / single.map(\.cpu).median).ratio,
                        (loads.map { Double($0.measurement.peak) }.max() ?? .nan).megabytes,
                    ]))
    }

    /// The columns `wall` and `CPU` are ratios: to C on all cores, and to the CPU time of C on one core.
    var markdown: String { table.markdown }

    private func yardstick(_ repository: Repository, threads: Int) throws -> [Measurement] {
        try (0..<runs).map { _ in
            try Command.must(
                [yardstick, repository.url.filePath, Repository.base, String(threads)], in: folder)
        }
    }

    private mutating func load(_ repository: Repository) throws -> [(measurement: Measurement, load: Double)]
    {
        guard skipped == nil else { return [] }
        let command = [
            martlet, "validate", "--repository", repository.url.filePath, "--revision", Repository.base,
            "--variable", "root=/srv", "--format", "json",
        ]
        var found: [(Measurement, Double)] = []
        for _ in 0..<runs {
            guard FileManager.default.isExecutableFile(atPath: martlet) else {
                skipped = "load: \(martlet) is not there"
                return []
            }
            let result = try Command.run(command, in: folder)
            guard let load = (result.object["timings"] as? [String: Any])?["load"] as? Double else {
                skipped =
                    "load: 'martlet validate' ended with \(result.status) and gave no timings (\(result.firstError))"
                return []
            }
            found.append((result, load))
        }
        return found
    }
}

extension Measurement {
    /// The yardstick's own count of seconds, without the start of the process.
    fileprivate var seconds: Double { object["load"] as? Double ?? .nan }
}
