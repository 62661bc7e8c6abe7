import Fixtures
import Foundation
import Repository
import Testing

struct HistoryTests {
    @Test func `a commit holds who, when, what and its place`() async throws {
        let git = try await GitProgram()
        let first = try await git.commit("first")
        let second = try await git.commit("the summary\n\nand a body")
        let commit = try await LocalRepository.open(git.path).commit(second)
        #expect(commit.id == second)
        #expect(commit.tree == (try await git.id("HEAD^{tree}")))
        #expect(commit.parents == [first])
        #expect(commit.author == "Ada")
        #expect(commit.summary == "the summary")
        #expect(commit.time == 1_700_000_100)
    }

    @Test(arguments: [
        "main", "refs/heads/main", "HEAD", "v1", "light", "refs/tags/v1", "feature/x", "HEAD~0",
        "main^{commit}",
    ])
    func `branches, tags and git's own notation name commits`(revision: String) async throws {
        let git = try await GitProgram()
        let commit = try await git.commit()
        try await git(["tag", "-a", "v1", "-m", "annotated"])
        try await git(["tag", "light"])
        try await git(["branch", "feature/x"])
        #expect(try await LocalRepository.open(git.path).resolve(revision).id == commit)
    }

    @Test func `a commit's id names it, also when no branch holds it`() async throws {
        let git = try await GitProgram()
        let first = try await git.commit("first")
        try await git(["commit", "-q", "--allow-empty", "--amend", "-m", "other"])
        let repository = try await LocalRepository.open(git.path)
        #expect(try await repository.resolve(first.description).summary == "first")
        #expect(try await repository.resolve(String(first.description.prefix(12))).id == first)
    }

    @Test(arguments: [
        (
            "gone", GitError.Code.missing, "no branch, tag or commit has this name",
            "its branches are 'main', 'same'" as String?
        ),
        ("same", .ambiguous, "", "write 'refs/heads/same' or 'refs/tags/same'"),
        ("atree", .missing, "it names no commit", nil),
        (String(repeating: "ab", count: 20), .missing, "commit abababa is not in the repository", nil),
        ("bad name..", .missing, "it names no commit", nil),
    ])
    func `what can't be resolved says why`(
        revision: String, code: GitError.Code, message: String, hint: String?
    ) async throws {
        let git = try await GitProgram()
        let first = try await git.commit()
        try await git(["tag", "same"])
        let second = try await git.commit()
        try await git(["branch", "same"])
        try await git(["tag", "atree", "HEAD^{tree}"])
        let repository = try await LocalRepository.open(git.path)
        let error = await #expect(throws: GitError.self) { _ = try await repository.resolve(revision) }
        #expect(error?.code == code)
        #expect(error?.operation == "resolve '\(revision)' in '\(git.path)'")
        let ambiguous = "it is a branch (\(second.short)) and a tag (\(first.short))"
        #expect(error?.message == (code == .ambiguous ? ambiguous : message))
        #expect(error?.hint == hint)
    }

    @Test func `a force-push is no fast-forward`() async throws {
        let git = try await GitProgram()
        let base = try await git.commit("base")
        let old = try await git.commit("old")
        try await git(["reset", "-q", "--hard", base.description])
        let new = try await git.commit("new")
        let repository = try await LocalRepository.open(git.path)
        #expect(try await repository.isFastForward(from: base, to: new))
        #expect(try await repository.isFastForward(from: new, to: new))
        #expect(try await repository.isFastForward(from: old, to: new) == false)
        #expect(try await repository.isFastForward(from: new, to: base) == false)
        let gone = try #require(ObjectID(String(repeating: "1", count: 40)))
        #expect(try await repository.isFastForward(from: gone, to: new) == false)
        #expect(try await repository.mergeBase(old, new) == base)
    }

    @Test func `histories with nothing in common have no merge base`() async throws {
        let git = try await GitProgram()
        let first = try await git.commit("first")
        let other = try await git.commit(tree: try await git.id("HEAD^{tree}"), message: "other")
        let repository = try await LocalRepository.open(git.path)
        #expect(try await repository.mergeBase(first, other) == nil)
        let gone = try #require(ObjectID(String(repeating: "1", count: 40)))
        await #expect(throws: GitError.self) { _ = try await repository.mergeBase(first, gone) }
    }

    @Test func `a folder without a repository is an error, and one inside it is found when asked`()
        async throws
    {
        let git = try await GitProgram()
        try git.write("x", to: "deep/er/a.yaml")
        let commit = try await git.commit()
        let inner = git.path + "/deep/er"
        let error = await #expect(throws: GitError.self) { _ = try await LocalRepository.open(inner) }
        #expect(error?.description == "open repository '\(inner)': no git repository is there")
        #expect(try await LocalRepository.open(inner, searching: true).resolve("HEAD").id == commit)
    }

    @Test func `one file is read at a commit, whatever it is named`() async throws {
        let git = try await GitProgram()
        try git.write("*.tmp", to: "a/.martletignore")
        let commit = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        #expect(try await repository.readFile("a/.martletignore", at: commit) == Array("*.tmp".utf8))
        #expect(try await repository.readFile("a/none", at: commit) == nil)
        #expect(try await repository.readFile("a", at: commit) == nil)
        let error = await #expect(throws: GitError.self) {
            _ = try await repository.readFile("a/.martletignore", at: commit, atMost: 4)
        }
        #expect(error?.message == "it has more than 4 bytes")
    }

    @Test func `an id is 40 hexadecimal digits, and nothing else`() throws {
        let text = "0123456789abcdef0123456789ABCDEF01234567"
        let id = try #require(ObjectID(text))
        #expect(id.description == text.lowercased())
        #expect(id.short == "0123456")
        #expect(ObjectID(text.dropLast()) == nil)
        #expect(ObjectID(text.dropLast() + "g") == nil)
        #expect(ObjectID(String(repeating: "١", count: 20)) == nil)
        #expect(try JSONDecoder().decode([ObjectID].self, from: JSONEncoder().encode([id])) == [id])
    }
}
