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
        ("m/.martletignore", false),
    ])
    func `what a later commit touches does not stand any more`(path: String, stands: Bool) async throws {
        let (git, base) = try await Self.forked(movesOn: nil)
        let shown = try await Self.shown(git, over: base)
        try await git(["merge", "-q", "--no-ff", "-m", "merge", "request"])
        try git.write("later", to: path)
        try await git.commit("later")
        let all = try await Self.all(git, since: base)
        #expect(all.found.contains(shown.delta) && all.standing.contains(shown.delta) == stands)
        #expect(all.standing.contains(shown.tree) == ["m/readme.txt", "other/c.yaml"].contains(path))
    }

    private static func write(_ git: GitProgram, _ changes: [Int: String]) throws {
        let lines = (0..<9).map { changes[$0] ?? "line\($0): \($0)" }
        try git.write(lines.joined(separator: "\n") + "\n", to: "m/a.yaml")
    }
    /// Two requests, each for another line of one file.
    private static func twoOfOneFile() async throws -> (git: GitProgram, base: ObjectID, heads: [String]) {
        let git = try await GitProgram()
        try write(git, [:])
        let base = try await git.commit("base")
        for (name, line) in [("one", 0), ("two", 8)] {
            try await git(["switch", "-q", "-c", name, "\(base)"])
            try write(git, [line: "\(name): changed"])
            try await git.commit(name)
        }
        let heads = [try await git.id("one"), try await git.id("two")].map(\.description)
        try await git(["switch", "-q", "main"])
        return (git, base, heads)
    }

    /// Two requests for one file, merged one after the other: the file is then what neither of them showed.
    @Test(arguments: ["merge", "squash", "more", "again"])
    func `a merge of git is known by its head, if it is git's alone`(how: String) async throws {
        let (git, base, heads) = try await Self.twoOfOneFile()
        try await git(["merge", "-q", "--no-ff", "-m", "merge one", "one"])
        if how == "squash" {
            try await git(["merge", "-q", "--squash", "two"])
            try await git.commit("squashed")
        } else {
            try await git(["merge", "-q", "--no-ff", "-m", "merge two", "two"])
        }
        if how == "more" {
            try Self.write(git, [0: "one: changed", 8: "two: changed", 4: "more"])
            try await git(["commit", "-q", "-a", "--amend", "-m", "merge two, and more"])
        }
        if how == "again" {
            try Self.write(git, [0: "one: changed", 8: "two: changed", 4: "more"])
            try await git.commit("again")
        }
        let all = try await Self.all(git, since: base)
        #expect(all.found.contains(heads[0]))
        #expect(all.found.contains(heads[1]) == ["merge", "again"].contains(how))
        #expect(all.standing.contains(heads[1]) == (how == "merge"))
        #expect(!all.standing.contains(heads[0]), "the second touches the same file")
    }

    @Test func `a merge of what was merged already, with something else in it, is not the request`()
        async throws
    {
        let (git, base, heads) = try await Self.twoOfOneFile()
        try await git(["merge", "-q", "--no-ff", "-m", "merge one", "one"])
        try Self.write(git, [0: "one: changed", 4: "more"])
        try await git(["commit", "-q", "-a", "--amend", "-m", "merge one, and more"])
        let again = try await git(["commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", "one", "-m", "again"])
        try await git(["reset", "-q", "--hard", again.trimmingCharacters(in: .whitespacesAndNewlines)])
        #expect(try await Self.all(git, since: base).found.contains(heads[0]) == false)
    }

    @Test(arguments: ["squash", "rebase", "amended", "again", "elsewhere"])
    func `what is squashed or rebased is known by what git makes of its head, and of nothing else`(
        how: String
    )
        async throws
    {
        let (git, base, heads) = try await Self.twoOfOneFile()
        for name in ["one", "two"] {
            if how == "rebase" {
                try await git(["cherry-pick", "\(base)..\(name)"])
            } else {
                try await git(["merge", "-q", "--squash", name])
                try await git.commit("squash \(name)")
            }
        }
        if ["amended", "again"].contains(how) {
            try Self.write(git, [0: "one: changed", 8: "two: changed", 4: "more"])
            try await git(
                ["commit", "-q", "-a", "-m", "more"] + (how == "amended" ? ["--amend"] : []))
        }
        if how == "elsewhere" {
            try git.write("more", to: "other.txt")
            try await git.commit("elsewhere")
        }
        let repository = try await LocalRepository.open(git.path)
        let found = await repository.squashed(
            heads.compactMap { ObjectID($0) }
                + [ObjectID(String(repeating: "0", count: 40))].compactMap(\.self),
            since: base, to: try await git.id("HEAD"))
        #expect(
            found.found == Set(how == "amended" ? [heads[0]] : how == "rebase" ? [heads[1]] : heads),
            "the first is rebased onto where it was, and so is the same commit")
        #expect(found.standing == Set(["amended", "again"].contains(how) ? [] : [heads[1]]))
    }

    @Test func `nothing is known of heads that brought nothing, or of another history`() async throws {
        let (git, base, heads) = try await Self.twoOfOneFile()
        let ids = heads.compactMap { ObjectID($0) }
        let repository = try await LocalRepository.open(git.path)
        try git.write("other", to: "m/b.yaml")
        let tip = try await git.commit("another file")
        #expect(await repository.squashed(ids + [base], since: base, to: tip) == Footprints())
        #expect(await repository.squashed(ids, since: ids[0], to: tip) == Footprints())
    }

    /// Whoever asks for a merge decides what is in it.
    @Test func `a head that can't be read is in no other's way`() async throws {
        let (git, base, heads) = try await Self.twoOfOneFile()
        for name in ["one", "two"] {
            try await git(["merge", "-q", "--squash", name])
            try await git.commit("squash \(name)")
        }
        let (tip, ids) = (try await git.id("HEAD"), heads.compactMap { ObjectID($0) })
        try await git(["switch", "-q", "--orphan", "apart"])
        try git.write("alone", to: "m/a.yaml")
        let apart = try await git.commit("apart")
        try await git(["switch", "-q", "-c", "broken", "two"])
        try Self.write(git, [1: "broken"])
        let broken = try await git.commit("broken")
        let tree = try await git.id("broken^{tree}").description
        try FileManager.default.removeItem(
            atPath: "\(git.path)/.git/objects/\(tree.prefix(2))/\(tree.dropFirst(2))")
        let repository = try await LocalRepository.open(git.path)
        let found = await repository.squashed([apart, broken] + ids, since: base, to: tip)
        #expect(found.found == Set(heads))
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
