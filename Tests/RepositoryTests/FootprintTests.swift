import Fixtures
import Foundation
import Repository
import Testing

/// What a merge makes of a folder is known again in whatever commit brings it.
struct FootprintTests {
    /// A branch with a change of one file, and a main branch that goes on meanwhile or does not.
    private static func forked(movesOn path: String?) async throws -> (git: GitProgram, base: ObjectID) {
        let git = try await GitProgram()
        for name in ["m/a.yaml", "m/b.yaml", "other/c.yaml"] { try git.write("one", to: name) }
        let base = try await git.commit("base")
        try await git(["switch", "-q", "-c", "request"])
        try git.write("two", to: "m/a.yaml")
        try await git.commit("first")
        try git.write("three", to: "m/a.yaml")
        try git.write("new", to: "m/d.yaml")
        try await git.commit("second")
        try await git(["switch", "-q", "main"])
        if let path {
            try git.write("moved", to: path)
            try await git.commit("meanwhile")
        }
        return (git, base)
    }
    /// As a preview has it: what the request makes of the commit that it was looked at over.
    private static func shown(_ git: GitProgram, over base: ObjectID) async throws -> Footprint {
        let tree = try #require(
            ObjectID(try await git(["merge-tree", "--write-tree", "\(base)", "request"])))
        return try await LocalRepository.open(git.path).footprint(of: "m", from: base, to: tree)
    }
    private static func all(_ git: GitProgram, since base: ObjectID) async throws -> Footprints {
        try await LocalRepository.open(git.path).footprints(
            of: "m", since: base, to: try await git.id("HEAD"))
    }
    private static func merged(_ git: GitProgram, since base: ObjectID) async throws -> Set<String> {
        try await all(git, since: base).found
    }

    @Test(arguments: [
        ["merge", "-q", "--no-ff", "-m", "merge", "request"], ["merge", "-q", "--ff-only", "request"],
        ["merge", "-q", "--squash", "request"], ["cherry-pick", "main..request"],
    ])
    func `however it is merged, its tree is the one that was shown`(command: [String]) async throws {
        let (git, base) = try await Self.forked(movesOn: nil)
        let shown = try await Self.shown(git, over: base)
        try await git(command)
        if command.contains("--squash") { try await git.commit("squashed") }
        #expect(try await Self.merged(git, since: base).isSuperset(of: [shown.tree, shown.delta]))
    }

    @Test func `another folder's changes are no other tree, and another file's are no other change`()
        async throws
    {
        for (path, isSameTree) in [("other/c.yaml", true), ("m/b.yaml", false), ("m/readme.txt", false)] {
            let (git, base) = try await Self.forked(movesOn: path)
            let shown = try await Self.shown(git, over: base)
            try await git(["merge", "-q", "--squash", "request"])
            try await git.commit("squashed")
            let merged = try await Self.merged(git, since: base)
            #expect(merged.contains(shown.tree) == isSameTree, "\(path)")
            #expect(merged.contains(shown.delta), "\(path)")
        }
    }

    @Test func `with anything else in it, it is not what was shown`() async throws {
        for (path, text) in [("m/a.yaml", "four"), ("m/e.yaml", "more"), ("m/.martletignore", "d.yaml")] {
            let (git, base) = try await Self.forked(movesOn: nil)
            let shown = try await Self.shown(git, over: base)
            try await git(["merge", "-q", "--squash", "request"])
            try git.write(text, to: path)
            try await git.commit("squashed, and more")
            #expect(
                try await Self.merged(git, since: base).isDisjoint(with: [shown.tree, shown.delta]), "\(path)"
            )
        }
    }

    @Test
    func `what was there before is not merged again, and another history is looked at by its tip alone`()
        async throws
    {
        let (git, base) = try await Self.forked(movesOn: nil)
        let shown = try await Self.shown(git, over: base)
        try await git(["merge", "-q", "--squash", "request"])
        let merged = try await git.commit("squashed")
        try git.write("other", to: "m/b.yaml")
        try await git.commit("later")
        #expect(try await Self.merged(git, since: merged).isDisjoint(with: [shown.tree, shown.delta]))
        try await git(["switch", "-q", "--orphan", "another"])
        try git.write("alone", to: "m/z.yaml")
        try await git.commit("another")
        let tip = try await Self.merged(git, since: base)
        #expect(tip.count == 1 && tip.isDisjoint(with: [shown.tree, shown.delta]))
    }

    @Test(arguments: [
        ("m/a.yaml", false), ("m/b.yaml", true), ("m/readme.txt", true), ("other/c.yaml", true),
    ])
    func `what a later commit touches does not stand any more`(path: String, stands: Bool) async throws {
        let (git, base) = try await Self.forked(movesOn: nil)
        let shown = try await Self.shown(git, over: base)
        try await git(["merge", "-q", "--no-ff", "-m", "merge", "request"])
        try git.write("later", to: path)
        try await git.commit("later")
        let all = try await Self.all(git, since: base)
        #expect(all.found.contains(shown.delta) && all.standing.contains(shown.delta) == stands)
        #expect(all.standing.contains(shown.tree) == !["m/a.yaml", "m/b.yaml"].contains(path))
    }

    /// Two requests for one file, merged one after the other: the file is then what neither of them showed.
    @Test(arguments: ["merge", "squash", "more", "again"])
    func `a merge of git is known by its head, if it is git's alone`(how: String) async throws {
        let git = try await GitProgram()
        let lines = (1...9).map { "line\($0): \($0)" }
        func write(_ changes: [Int: String]) throws {
            let text = lines.enumerated().map { changes[$0.offset] ?? $0.element }.joined(separator: "\n")
            try git.write(text + "\n", to: "m/a.yaml")
        }
        try write([:])
        let base = try await git.commit("base")
        for (name, line) in [("one", 0), ("two", 8)] {
            try await git(["switch", "-q", "-c", name, "\(base)"])
            try write([line: "\(name): changed"])
            try await git.commit(name)
        }
        let heads = [try await git.id("one"), try await git.id("two")].map(\.description)
        try await git(["switch", "-q", "main"])
        try await git(["merge", "-q", "--no-ff", "-m", "merge one", "one"])
        if how == "squash" {
            try await git(["merge", "-q", "--squash", "two"])
            try await git.commit("squashed")
        } else {
            try await git(["merge", "-q", "--no-ff", "-m", "merge two", "two"])
        }
        if how == "more" {
            try write([0: "one: changed", 8: "two: changed", 4: "more"])
            try await git(["commit", "-q", "-a", "--amend", "-m", "merge two, and more"])
        }
        if how == "again" {
            try write([0: "one: changed", 8: "two: changed", 4: "more"])
            try await git.commit("again")
        }
        let all = try await Self.all(git, since: base)
        #expect(all.found.contains(heads[0]))
        #expect(all.found.contains(heads[1]) == ["merge", "again"].contains(how))
        #expect(all.standing.contains(heads[1]) == (how == "merge"))
        #expect(!all.standing.contains(heads[0]), "the second touches the same file")
    }

    @Test func `a change of nothing has no delta, and a folder that is gone no tree`() async throws {
        let (git, base) = try await Self.forked(movesOn: nil)
        let repository = try await LocalRepository.open(git.path)
        let same = try await repository.footprint(of: "m", from: base, to: base)
        #expect(same.delta == "" && same.tree.count == 40)
        let none = try await repository.footprint(of: "nowhere", from: base, to: base)
        #expect(none == Footprint(tree: "", delta: ""))
    }
}
