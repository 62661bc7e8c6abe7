import Fixtures
import Repository
import Testing

struct ChangesTests {
    @Test func `a first read gives every manifest with its id and size`() async throws {
        let git = try await GitProgram()
        for (name, text) in [
            ("infra/a.yaml", "a"), ("infra/sub/b.yml", "bb"), ("infra/c.json", "ccc"),
            ("infra/readme.md", "x"),
            ("infra/.hidden.yaml", "x"), ("infra/.github/d.yaml", "x"), ("infra/yaml", "x"),
            ("other/e.yaml", "x"),
        ] { try git.write(text, to: name) }
        let commit = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        let changes = try await repository.changes(in: "infra", from: nil, to: commit)
        #expect(changes.written.map(\.path) == ["a.yaml", "c.json", "sub/b.yml"])
        #expect(changes.written.map(\.size) == [1, 3, 2])
        #expect(
            changes.written.map(\.blob) == [
                try await git.blob("a"), try await git.blob("ccc"), try await git.blob("bb"),
            ])
        #expect(changes.written.allSatisfy { $0.previous == nil })
        #expect(changes.totals == FolderTotals(files: 3, bytes: 6))
        #expect(changes.refused.isEmpty && changes.removed.isEmpty)
    }

    @Test func `an unchanged subtree is never opened`() async throws {
        let git = try await GitProgram()
        for folder in 0..<30 { try git.write("v: 1", to: "m/\(folder)/deep/er/a.yaml") }
        let first = try await git.commit()
        try git.write("v: 22", to: "m/7/deep/er/a.yaml")
        let second = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        let known = try await repository.changes(in: "m", from: nil, to: first)
        #expect(known.openedTrees == 1 + 30 * 3)
        let changes = try await repository.changes(in: "m", from: first, to: second, known: known.totals)
        #expect(changes.openedTrees == 2 * 4)
        #expect(changes.written.map(\.path) == ["7/deep/er/a.yaml"])
        #expect(changes.written.map(\.previous) == [known.written[0].blob])
        #expect(changes.totals == FolderTotals(files: 30, bytes: 30 * 4 + 1))
        #expect(try await repository.changes(in: "m", from: second, to: second).openedTrees == 0)
    }

    @Test func `a file that becomes a folder, a link or nothing is removed`() async throws {
        let git = try await GitProgram()
        for name in ["a.yaml", "b.yaml", "c.yaml", "d/e.yaml"] { try git.write("x", to: name) }
        let first = try await git.commit()
        try await git(["rm", "-q", "a.yaml", "b.yaml", "d/e.yaml"])
        try git.write("y", to: "a.yaml/inner.yml")
        try git.write("z", to: "d.json")
        let second = try await git.commit()
        let changes = try await LocalRepository.open(git.path).changes(in: "", from: first, to: second)
        #expect(changes.removed == ["a.yaml", "b.yaml", "d/e.yaml"])
        #expect(changes.written.map(\.path) == ["a.yaml/inner.yml", "d.json"])
    }

    @Test func `only the mode has changed, so nothing has`() async throws {
        let git = try await GitProgram()
        try git.write("x", to: "a.yaml")
        let first = try await git.commit()
        try await git(["update-index", "--chmod=+x", "a.yaml"])
        try await git(["commit", "-q", "-m", "mode"])
        let second = try await git.id("HEAD")
        #expect(first != second)
        let changes = try await LocalRepository.open(git.path).changes(in: ".", from: first, to: second)
        #expect(changes.written.isEmpty && changes.removed.isEmpty)
    }

    @Test(arguments: [
        ("infra", "there is no such folder"), ("a.yaml", "it is not a folder"), ("link", "it is a symlink"),
        ("a.yaml/deeper", "there is no such folder"),
    ])
    func `a folder that is none is an error`(folder: String, message: String) async throws {
        let git = try await GitProgram()
        try git.write("x", to: "a.yaml")
        try await git(["update-index", "--add", "--cacheinfo", "120000,\(try await git.blob("x")),link"])
        try await git(["add", "a.yaml"])
        try await git(["commit", "-q", "-m", "x"])
        let commit = try await git.id("HEAD")
        let repository = try await LocalRepository.open(git.path)
        let error = await #expect(throws: GitError.self) {
            _ = try await repository.changes(in: folder, from: nil, to: commit)
        }
        #expect(error?.code == .missing)
        #expect(error?.operation == "read folder '\(folder)' at commit \(commit.short)")
        #expect(error?.message == message)
    }

    @Test func `a folder that was not there before is all new`() async throws {
        let git = try await GitProgram()
        let first = try await git.commit()
        try git.write("x", to: "infra/a.yaml")
        let second = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        let changes = try await repository.changes(in: "/infra/", from: first, to: second)
        #expect(changes.written.map(\.path) == ["a.yaml"])
    }

    @Test func `what does not match is not there`() async throws {
        let git = try await GitProgram()
        for name in ["a.yaml", "charts/b.yaml"] { try git.write("x", to: name) }
        try await git(["add", "-A"])
        try await git([
            "update-index", "--add", "--cacheinfo", "120000,\(try await git.blob("x")),charts/l.yaml",
        ])
        try await git(["commit", "-q", "-m", "x"])
        let commit = try await git.id("HEAD")
        let changes = try await LocalRepository.open(git.path).changes(in: "", from: nil, to: commit) {
            !$0.hasPrefix("charts/")
        }
        #expect(changes.written.map(\.path) == ["a.yaml"])
        #expect(changes.refused.isEmpty)
    }

    @Test(arguments: 0..<12)
    func `changes are what git diff says, for random edits`(seed: UInt64) async throws {
        var random = Seeded(seed)
        let git = try await GitProgram()
        let parts = ["a", "b", "c.yaml", "d.yaml", "a.yaml", "a-b", "z.json", "n.txt", ".x"]
        var files: [String: String] = [:]
        var commits: [ObjectID] = []
        for _ in 0..<5 {
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let depth = Int.random(in: 1...3, using: &random)
                let path = (0..<depth).compactMap { _ in parts.randomElement(using: &random) }.joined(
                    separator: "/")
                let clash = files.keys.contains { $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }
                if files[path] != nil, Bool.random(using: &random) {
                    files[path] = nil
                } else if !clash {
                    files[path] = "v: \(Int.random(in: 0..<4, using: &random))"
                }
            }
            files["keep/k.txt"] = "k"
            try await git(["rm", "-r", "-q", "--cached", "--ignore-unmatch", "."])
            var index = ""
            for (path, text) in files.sorted(by: { $0.key < $1.key }) {
                index += "100644 \(try await git.blob(text))\t\(path)\n"
            }
            try await git(["update-index", "--index-info"], input: Array(index.utf8))
            try await git(["commit", "-q", "--allow-empty", "-m", "x"])
            commits.append(try await git.id("HEAD"))
        }
        let repository = try await LocalRepository.open(git.path)
        var totals = try await repository.changes(in: "", from: nil, to: commits[0]).totals
        for (old, new) in zip(commits, commits.dropFirst()) {
            let changes = try await repository.changes(in: "", from: old, to: new, known: totals)
            let ours =
                changes.written.map { "\($0.previous == nil ? "A" : "M")\t\($0.path)" }
                + changes.removed.map { "D\t\($0)" }
            let theirs = try await git(["diff", "--name-status", "--no-renames", "\(old)", "\(new)"])
            #expect(Set(ours) == Set(theirs.split(separator: "\n").map(String.init).filter(Self.isManifest)))
            totals = try await repository.changes(in: "", from: nil, to: new).totals
            #expect(changes.totals == totals)
        }
    }

    private static func isManifest(_ line: String) -> Bool {
        let path = line.dropFirst(2)
        return [".yaml", ".json"].contains { path.hasSuffix($0) }
            && !path.split(separator: "/").contains { $0.hasPrefix(".") }
    }
}
