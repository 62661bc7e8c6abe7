import ChildProcess
import Fixtures
import Foundation
import Manifests
import Model
import Repository
import Testing

@testable import martlet

/// What an index says of a change is what reading everything says.
struct TreeCheckTests {
    @Test(arguments: Seeded.seeds(6))
    func `by an index the same problems are found as without one`(seed: UInt64) async throws {
        var random = Seeded(seed)
        let estate = try await Estate()
        for number in 0..<Estate.count { try estate.write(number, "\(Estate.resource(number, "file", ""))") }
        var check = try await estate.check()
        var verdict = try await check.verdict(on: try await estate.commit())
        #expect(verdict.problems == [] && verdict.files == Estate.count)
        var refusals = 0
        for _ in 0..<10 {
            for _ in 0..<Int.random(in: 1...3, using: &random) { try estate.change(&random) }
            let commit = try await estate.commit()
            check = try await estate.check()
            let index = try #require(FileManager.default.contents(atPath: check.file))
            verdict = try await check.verdict(on: commit)
            #expect(FileManager.default.contents(atPath: check.file) == index, "it was read by the index")
            try FileManager.default.removeItem(atPath: check.file)
            let whole = try await check.verdict(on: commit)
            #expect(Self.words(verdict) == Self.words(whole), "seed \(seed)")
            #expect(verdict.files == whole.files)
            refusals += whole.problems.isEmpty ? 0 : 1
            // With the older one the next change is a larger one.
            if !whole.problems.isEmpty || Bool.random(using: &random) {
                try index.write(to: URL(filePath: check.file))
            }
        }
        #expect(refusals > 0)
    }

    @Test func `an index that does not fit is made anew`() async throws {
        let estate = try await Estate()
        for number in 0..<Estate.count { try estate.write(number, Estate.resource(number, "file", "")) }
        let good = try await estate.commit()
        let check = try await estate.check()
        _ = try await check.verdict(on: good)
        let index = try Data(contentsOf: URL(filePath: check.file))
        try estate.write(1, Estate.resource(0, "file", ""))
        let bad = try await estate.commit()
        let words = try await Self.words(check.verdict(on: bad))
        #expect(words.count == 1)
        var flipped = index
        flipped[index.count / 2] ^= 1
        for damaged in [Data(), index.prefix(60), index.dropLast(), flipped, Data(count: index.count)] {
            try damaged.write(to: URL(filePath: check.file))
            #expect(try await Self.words(check.verdict(on: bad)) == words)
            _ = try await check.verdict(on: good)
            #expect(try Data(contentsOf: URL(filePath: check.file)) == index)
        }
        try estate.folder.write("1.yaml\n", to: ".martletignore")
        #expect(try await check.verdict(on: try await estate.commit()).problems == [])
        #expect(try Data(contentsOf: URL(filePath: check.file)) != index)
    }

    private static func words(_ verdict: TreeCheck.Verdict) -> [String] {
        verdict.problems.map { "\($0.location.map { "\($0)" } ?? "") \($0.message)" }
    }

    /// A repository of small files that name each other.
    private struct Estate {
        static let count = 12
        let folder: TemporaryFolder

        init() async throws {
            folder = try TemporaryFolder()
            try await git("init", "--quiet", "--initial-branch=main")
        }

        @discardableResult
        func git(_ arguments: String...) async throws -> String {
            let environment = [
                "PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "Ada",
                "GIT_COMMITTER_EMAIL": "a@b",
            ]
            let command = Command("/usr/bin/git", arguments, environment: environment, in: folder.path)
            let ended = try await command.run { child in
                let output = await child.output.collect(atMost: 4096)
                _ = await child.waitForExit()
                return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
            }
            try #require(ended.status.isSuccess)
            return ended.result
        }
        func commit() async throws -> ObjectID {
            try await git("add", "--all")
            try await git("commit", "--quiet", "--allow-empty", "--message", "change")
            return try #require(ObjectID(try await git("rev-parse", "HEAD")))
        }
        func check() async throws -> TreeCheck {
            let repository = try await LocalRepository.open(folder.path)
            let settings = ValidationSettings(.folder("/shop"), project: "shop").source
            let source = HookSource(
                name: nil, reference: "refs/heads/main", folder: "", settings: settings, fingerprint: [1])
            return try await TreeCheck(repository, source)
        }

        static func resource(_ number: Int, _ type: String, _ rest: String) -> String {
            let content = type == "file" ? ", content: \"x\"" : ""
            return """
                ---
                apiVersion: martlet/v1
                kind: Infrastructure
                metadata: {name: n\(number), labels: {a: "\(rest.count)"}}
                \(rest)
                spec: {type: \(type), config: {path: /srv/\(number)\(content)}}

                """
        }
        func write(_ number: Int, _ text: String) throws { try folder.write(text, to: "\(number).yaml") }

        /// Mostly right, and sometimes not.
        func change(_ random: inout Seeded) throws {
            func any() -> Int { Int.random(in: 0..<Self.count + 1, using: &random) }
            let number = Int.random(in: 0..<Self.count, using: &random)
            let path = "\(folder.path)/\(number).yaml"
            switch Int.random(in: 0..<8, using: &random) {
            case 0: try? FileManager.default.removeItem(atPath: path)
            case 1: try write(number, Self.resource(any(), "file", ""))
            case 2: try write(number, Self.resource(number, "directory", ""))
            case 3:
                try write(number, Self.resource(number, "file", "dependsOn: [infrastructure/n\(any())]"))
            case 4:
                try write(
                    number, Self.resource(number, "file", "reconcile: {movedFrom: infrastructure/n\(any())}"))
            case 5:
                let text = Self.resource(number, "file", "").replacing(
                    "\"x\"", with: "\"${infrastructure.n\(any()).sha256}\"")
                try write(number, text)
            case 6:
                try write(number, Self.resource(number, "file", "") + Self.resource(any() + 100, "file", ""))
            default: try write(number, Self.resource(number, "file", ""))
            }
        }
    }
}
