import Foundation
import Glibc

/// Everything of one controller: a folder under `/tmp` with a repository, a configuration and what it makes.
struct Workplace {
    let folder: URL
    private let martlet: String
    var repository: URL { folder.appending(path: "shop.git") }
    var socket: String { folder.appending(path: "s").filePath }
    /// Where its files go.
    var root: String { folder.appending(path: "root").filePath }

    /// Nothing is pushed yet.
    /// - Parameters:
    ///   - fill: makes the repository.
    ///   - allow: further grants of the source, each after a comma.
    ///   - rest: further lines of the configuration.
    init(martlet: String, allow: String = "", rest: String = "", fill: (URL) throws -> Void) throws {
        guard FileManager.default.isExecutableFile(atPath: martlet) else {
            throw BenchError("\(martlet) is not there")
        }
        self.martlet = martlet
        folder = URL(filePath: "/tmp/martlet-bench-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "root"), withIntermediateDirectories: true)
        try fill(repository)
        try configuration(allow, rest).write(
            to: folder.appending(path: "martlet.yaml"), atomically: true, encoding: .utf8)
        try push(GitHistory.empty)
    }
    /// - Parameter runFolder: what its instances had in memory.
    func remove(_ runFolder: URL? = nil) {
        for url in [folder, runFolder].compactMap(\.self) { try? FileManager.default.removeItem(at: url) }
    }

    func start() throws -> Command {
        try Command(
            [martlet, "serve", "--config", folder.appending(path: "martlet.yaml").filePath], in: folder)
    }
    /// One command that must succeed.
    @discardableResult
    func measure(_ arguments: String...) throws -> Measurement {
        let file = folder.appending(path: "martlet.yaml").filePath
        return try Command.must([martlet] + arguments + ["--config", file], in: folder)
    }
    func push(_ revision: String) throws {
        try Command.must(
            ["git", "--git-dir", repository.filePath, "update-ref", "refs/heads/live", revision], in: folder)
    }
    /// Fetches and looks at everything, as a webhook and a person ask for.
    func sync() throws {
        guard Scrape.ask("POST", "/v1/sync", socket: socket) != nil else {
            throw BenchError("the controller does not take a sync")
        }
    }

    /// Scrapes until it is as wanted.
    func scrape(
        _ process: pid_t, within seconds: Double, until isWanted: (Scrape) -> Bool
    ) throws -> Scrape {
        let began = ContinuousClock.now
        while true {
            if let scrape = Scrape(socket: socket), isWanted(scrape) { return scrape }
            guard kill(process, 0) == 0 else { throw BenchError("the controller ended by itself") }
            guard ContinuousClock.now - began < .seconds(seconds) else {
                throw BenchError("not as expected within \(seconds) s")
            }
            usleep(10_000)
        }
    }

    /// Polled often, because nobody sends a webhook here; the sweep stays out of the way, as it is no part of a pass.
    private func configuration(_ allow: String, _ rest: String) -> String {
        """
        state: \(folder.appending(path: "state").filePath)
        socket: \(socket)
        sweep: 1d
        log: {level: warning}
        repositories:
          shop: {url: "\(repository.filePath)", interval: 1s}
        sources:
          shop:
            repository: shop
            revision: live
            maxDeletes: 1000000
            variables: {root: "\(root)"}
            allow: {roots: ["\(root)"]\(allow)}
        \(rest)
        """
    }
}
