import Foundation

/// One changed file is pushed to a git server: bare, and with martlet's hooks, whose index knows all the others.
struct PushBenchmark {
    let martlet: String
    let folder: URL
    let runs: Int
    private(set) var skipped: String?
    private var table = Table(columns: [
        "manifests", "index made", "push without hooks", "with hooks", "refused", "index",
    ])

    init(martlet: String, folder: URL, runs: Int) {
        (self.martlet, self.folder, self.runs) = (martlet, folder, runs)
    }

    var markdown: String { table.markdown }

    mutating func measure(_ repository: Repository) throws {
        let place = folder.appending(path: "push-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let server = place.appending(path: "server.git").filePath
        try Command.must(
            [
                "git", "clone", "--quiet", "--bare", "--single-branch", "-b", Repository.base,
                repository.url.filePath, server,
            ],
            in: place)
        let plain = try pushes(repository, to: server, in: place)
        let install = [martlet, "hooks", "install", server, "--project", "shop", "--variable", "root=/srv"]
        let made = try Command.run(install, in: place)
        guard made.status == 0 else {
            skipped = "pushes: 'martlet hooks install' ended with \(made.status) (\(made.firstError))"
            return
        }
        let checked = try pushes(repository, to: server, in: place)
        let refused = try refusals(repository, to: server, in: place)
        let indexes = URL(filePath: server).appending(path: "martlet")
        let sizes = try FileManager.default.contentsOfDirectory(
            at: indexes, includingPropertiesForKeys: [.fileSizeKey]
        )
        .map { Double(try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0) }
        table.rows.append(
            [repository.count.grouped] + [made.wall, plain, checked, refused].map(\.seconds)
                + [sizes.reduce(0, +).megabytes])
    }

    /// The median time of `git push`, from the same state each time.
    private func pushes(_ repository: Repository, to server: String, in place: URL) throws -> Double {
        let git = ["git", "--git-dir", server]
        let head = try Command.must(git + ["rev-parse", Repository.base], in: place).output
        let id = String(decoding: head, as: UTF8.self).trimmingCharacters(in: .newlines)
        return try (0..<runs).map { _ in
            let pushed = try Command.must(
                [
                    "git", "--git-dir", repository.url.filePath, "push", "--quiet", server,
                    "\(Repository.changed):\(Repository.base)",
                ],
                in: place)
            try Command.must(git + ["update-ref", "refs/heads/\(Repository.base)", id], in: place)
            return pushed.wall
        }.median
    }

    /// Of a push whose one file has a key that nothing has.
    private func refusals(_ repository: Repository, to server: String, in place: URL) throws -> Double {
        let clone = place.appending(path: "clone.git").filePath
        try Command.must(
            ["git", "clone", "--quiet", "--bare", "--shared", repository.url.filePath, clone], in: place)
        let text =
            "apiVersion: martlet/v1\nkind: Infrastructure\nmetadata: {name: wrong}\nspec: {tipe: file}\n"
        let stream = place.appending(path: "stream")
        try """
        commit refs/heads/wrong
        committer Bench <bench@example.org> 1790000000 +0000
        data 5
        wrong
        from refs/heads/\(Repository.base)^0
        M 100644 inline part-000/wrong.yaml
        data \(text.utf8.count)
        \(text)
        """.write(to: stream, atomically: true, encoding: .utf8)
        try Command.must(
            ["git", "--git-dir", clone, "fast-import", "--quiet"], in: place, input: stream.filePath)
        return try (0..<runs).map { _ in
            let pushed = try Command.run(
                ["git", "--git-dir", clone, "push", "--quiet", server, "wrong:\(Repository.base)"], in: place)
            guard pushed.status != 0, pushed.errors.contains("part-000/wrong.yaml:4:") else {
                throw BenchError("a wrong push: \(pushed.firstError)")
            }
            return pushed.wall
        }.median
    }
}
