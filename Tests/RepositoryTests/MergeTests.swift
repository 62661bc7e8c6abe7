import Fixtures
import Foundation
import Model
import Testing

@testable import Repository

@Suite("Merges", .timeLimit(.minutes(2))) struct MergeTests {
    /// Everything in a repository's folder, by path, with what it holds.
    private func bytes(of git: GitProgram) throws -> [String: [UInt8]] {
        var all: [String: [UInt8]] = [:]
        let files = FileManager.default
        for path in files.enumerator(atPath: git.path)?.compactMap({ $0 as? String }) ?? [] {
            all[path] = files.contents(atPath: "\(git.path)/\(path)").map(Array.init)
        }
        return all
    }

    private func read(_ merge: Merge, _ path: String) async throws -> String? {
        try await merge.repository.readFile(path, at: merge.tree).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `files that only one side changed are taken from it, and nothing is written`() async throws {
        let git = try await GitProgram()
        for name in ["a/one.yaml", "a/two.yaml", "b/deep/three.yaml", "c.yaml"] {
            try git.write("0", to: name)
        }
        try await git.commit()
        try await git(["checkout", "-q", "-b", "topic"])
        try git.write("head", to: "a/one.yaml")
        try git.write("new", to: "b/deep/new.yaml")
        try await git(["rm", "-q", "c.yaml"])
        let head = try await git.commit()
        try await git(["checkout", "-q", "main"])
        try git.write("base", to: "a/two.yaml")
        try git.write("base", to: "b/deep/three.yaml")
        let base = try await git.commit()
        let before = try bytes(of: git)
        let merge = try await LocalRepository.open(git.path).merge(head, into: base)
        #expect(merge.conflicts == [])
        #expect(try await read(merge, "a/one.yaml") == "head")
        #expect(try await read(merge, "a/two.yaml") == "base")
        #expect(try await read(merge, "b/deep/new.yaml") == "new")
        #expect(try await read(merge, "c.yaml") == nil)
        let changes = try await merge.repository.changes(in: "", from: base, to: merge.tree)
        #expect(changes.written.map(\.path) == ["a/one.yaml", "b/deep/new.yaml"])
        #expect(changes.removed == ["c.yaml"])
        #expect(try bytes(of: git) == before)
    }

    @Test func `a merge that nobody waits for any more ends at the next object`() async throws {
        let git = try await GitProgram()
        for name in ["a.yaml", "b.yaml"] { try git.write("1\n2\n3\n4\n5\n6\n7\n8\n9\n", to: name) }
        try await git.commit()
        try await git(["checkout", "-q", "-b", "topic"])
        try git.write("head\n2\n3\n4\n5\n6\n7\n8\n9\n", to: "a.yaml")
        let head = try await git.commit()
        try await git(["checkout", "-q", "main"])
        try git.write("1\n2\n3\n4\n5\n6\n7\n8\nbase\n", to: "a.yaml")
        let base = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        let waiting = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await repository.merge(head, into: base)
        }
        waiting.cancel()
        let error = await #expect(throws: GitError.self) { try await waiting.value }
        #expect(error?.code == .cancelled)
        #expect(try await repository.merge(head, into: base).conflicts == [])
    }

    @Test func `a file that both changed in other lines is merged in memory`() async throws {
        let git = try await GitProgram()
        let lines = (0..<20).map { "line \($0)" }
        func text(_ changed: [Int: String]) -> String {
            lines.indices.map { changed[$0] ?? lines[$0] }.joined(separator: "\n") + "\n"
        }
        try git.write(text([:]), to: "run/web.yaml")
        try await git.commit()
        try await git(["checkout", "-q", "-b", "topic"])
        try git.write(text([2: "head"]), to: "run/web.yaml")
        let head = try await git.commit()
        try await git(["checkout", "-q", "main"])
        try git.write(text([17: "base"]), to: "run/web.yaml")
        let base = try await git.commit()
        let before = try bytes(of: git)
        let merge = try await LocalRepository.open(git.path).merge(head, into: base)
        #expect(try await read(merge, "run/web.yaml") == text([2: "head", 17: "base"]))
        #expect(merge.tree == ObjectID(try await git(["merge-tree", "--write-tree", "main", "topic"])))
        let after = try bytes(of: git)
        #expect(before.allSatisfy { after[$0] == $1 })
    }

    @Test func `what can't be merged is named by path and reason`() async throws {
        let git = try await GitProgram()
        for name in ["both.yaml", "base.yaml", "head.yaml"] { try git.write("0\n", to: name) }
        try await git.commit()
        try await git(["checkout", "-q", "-b", "topic"])
        try git.write("head\n", to: "both.yaml")
        try git.write("head\n", to: "added\nby both.yaml")
        try git.write("head\n", to: "base.yaml")
        try await git(["rm", "-q", "head.yaml"])
        let head = try await git.commit()
        try await git(["checkout", "-q", "main"])
        try git.write("base\n", to: "both.yaml")
        try git.write("base\n", to: "added\nby both.yaml")
        try git.write("base\n", to: "head.yaml")
        try await git(["rm", "-q", "base.yaml"])
        let base = try await git.commit()
        let merge = try await LocalRepository.open(git.path).merge(head, into: base)
        #expect(
            merge.conflicts == [
                MergeConflict("added\nby both.yaml", .addedByBoth),
                MergeConflict("base.yaml", .removedByBase), MergeConflict("both.yaml", .changedByBoth),
                MergeConflict("head.yaml", .removedByHead),
            ])
        #expect(merge.tree == (try await git.id("main^{tree}")))
    }

    @Test func `a file that one side renamed and the other changed is followed`() async throws {
        let git = try await GitProgram()
        let text = (0..<30).map { "line \($0)\n" }.joined()
        try git.write(text, to: "old.yaml")
        try await git.commit()
        try await git(["checkout", "-q", "-b", "topic"])
        try await git(["mv", "old.yaml", "new.yaml"])
        let head = try await git.commit()
        try await git(["checkout", "-q", "main"])
        try git.write(text + "more\n", to: "old.yaml")
        let base = try await git.commit()
        let merge = try await LocalRepository.open(git.path).merge(head, into: base)
        #expect(try await read(merge, "new.yaml") == text + "more\n")
        #expect(try await read(merge, "old.yaml") == nil)
    }

    @Test func `a head that contains the base is its own merge, and one that the base contains is none`()
        async throws
    {
        let git = try await GitProgram()
        try git.write("0", to: "a.yaml")
        let old = try await git.commit()
        try git.write("1", to: "a.yaml")
        let new = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        let tree = try await git.id("HEAD^{tree}")
        #expect(try await repository.merge(new, into: old).tree == tree)
        #expect(try await repository.merge(old, into: new).tree == tree)
    }

    @Test func `histories that never met are not merged, and a head that is gone is named`() async throws {
        let git = try await GitProgram()
        let base = try await git.commit("one")
        try await git(["checkout", "-q", "--orphan", "other"])
        let head = try await git.commit("other")
        let repository = try await LocalRepository.open(git.path)
        await #expect {
            try await repository.merge(head, into: base)
        } throws: { error in
            (error as? GitError)?.message == "they have no history in common"
        }
        let gone = try #require(ObjectID(String(repeating: "ab", count: 20)))
        await #expect {
            try await repository.merge(gone, into: base)
        } throws: { error in
            (error as? GitError)?.code == .missing
        }
    }

    /// Against git itself, for trees of any shape.
    @Test(arguments: Seeded.seeds(10)) func `any two histories merge as git merges them`(seed: UInt64)
        async throws
    {
        var random = Seeded(seed)
        let git = try await GitProgram()
        let names = ["a", "b", "dir/c", "dir/d", "dir/sub/e", "dir/sub/f", "x/y/z", "x/y"]
        func edit(_ count: Int) async throws {
            for _ in 0..<count {
                let name = try #require(names.randomElement(using: &random))
                try await git(["rm", "-rq", "--ignore-unmatch", "-f", name])
                let parts = name.split(separator: "/")
                for end in 1..<max(2, parts.count) where parts.count > 1 {
                    let parent = parts.prefix(end).joined(separator: "/")
                    var isFolder: ObjCBool = false
                    if FileManager.default.fileExists(
                        atPath: "\(git.path)/\(parent)", isDirectory: &isFolder),
                        !isFolder.boolValue
                    {
                        try FileManager.default.removeItem(atPath: "\(git.path)/\(parent)")
                    }
                }
                // Long enough, and different enough, that nothing is taken for a rename.
                let text = (0..<40).map { _ in "\(random.next())\n" }.joined()
                if Int.random(in: 0..<4, using: &random) > 0 { try git.write(text, to: name) }
            }
        }
        try await edit(8)
        try await git.commit("first")
        try await git(["checkout", "-q", "-b", "topic"])
        try await edit(Int.random(in: 1...3, using: &random))
        let head = try await git.commit("head")
        try await git(["checkout", "-q", "main"])
        try await edit(Int.random(in: 1...3, using: &random))
        let base = try await git.commit("base")
        let merge = try await LocalRepository.open(git.path).merge(head, into: base)
        do {
            let tree = try await git(["merge-tree", "--write-tree", "main", "topic"])
            #expect(merge.conflicts == [] && merge.tree == ObjectID(tree), "seed \(seed)")
        } catch is GitProgram.Failure {
            #expect(merge.conflicts != [], "seed \(seed)")
        }
    }
}
