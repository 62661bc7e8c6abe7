import Fixtures
import Foundation
import Repository
import Testing

/// Heads of requests, fetched beside a mirror by the real child process.
@Suite("Heads of requests", .timeLimit(.minutes(1))) struct RequestTests {
    private func site() async throws -> (
        git: GitProgram, mirror: Mirror, folder: TemporaryFolder, base: ObjectID
    ) {
        let git = try await GitProgram()
        for number in 0..<50 {
            try git.write(String(repeating: "text \(number)\n", count: 50), to: "m/\(number).yaml")
        }
        let base = try await git.commit("base")
        let folder = try TemporaryFolder()
        let mirror = Mirror(Remote(try RemoteURL(git.path)), in: folder.path + "/mirror", child: fetchChild)
        _ = try await mirror.fetch()
        return (git, mirror, folder, base)
    }

    /// A commit that only a request's reference holds.
    private func request(_ number: Int, _ text: String, in git: GitProgram) async throws -> ObjectID {
        try await git(["checkout", "-q", "--detach", "main"])
        try git.write(text, to: "m/request.yaml")
        let head = try await git.commit("request \(number)")
        try await git(["update-ref", "refs/pull/\(number)/head", head.description])
        try await git(["checkout", "-q", "main"])
        return head
    }

    @Test func `its objects are beside the mirror, and are gone with it`() async throws {
        let (git, mirror, folder, base) = try await site()
        defer { withExtendedLifetime(folder) {} }
        let head = try await request(7, "new: 1\n", in: git)
        let before = try FileManager.default.subpathsOfDirectory(atPath: mirror.folder).count
        let fetched = try await mirror.fetch(RequestHead(name: "7", reference: "refs/pull/7/head"))
        #expect(fetched == head && mirror.requests == ["7"])
        let repository = try await mirror.open(request: "7")
        let merge = try await repository.merge(head, into: base)
        #expect(
            try await merge.repository.changes(in: "m", from: base, to: merge.tree).written.map(\.path)
                == ["request.yaml"])
        await #expect(throws: GitError.self) { _ = try await mirror.open().commit(head) }
        // Nothing that the mirror has was fetched once more.
        let packs = "\(mirror.folder)/requests/7/objects/pack"
        let size = try FileManager.default.contentsOfDirectory(atPath: packs).filter { $0.hasSuffix(".pack") }
            .map { try FileManager.default.attributesOfItem(atPath: "\(packs)/\($0)")[.size] as? Int ?? 0 }
        #expect(size.reduce(0, +) < 4000)
        _ = try await mirror.fetch()
        #expect(try await mirror.open(request: "7").commit(head).summary == "request 7")
        mirror.forget(request: "7")
        #expect(mirror.requests == [])
        _ = try await mirror.fetch()
        #expect(try await mirror.open().resolve("main").id == base)
        try FileManager.default.removeItem(atPath: "\(mirror.folder)/requests")
        #expect(try FileManager.default.subpathsOfDirectory(atPath: mirror.folder).count == before)
    }

    @Test func `a forced push is followed`() async throws {
        let (git, mirror, folder, _) = try await site()
        defer { withExtendedLifetime(folder) {} }
        let head = RequestHead(name: "7", reference: "refs/pull/7/head")
        let old = try await request(7, "old: 1\n", in: git)
        #expect(try await mirror.fetch(head) == old)
        let new = try await request(7, "new: 1\n", in: git)
        #expect(try await mirror.fetch(head) == new)
        #expect(try await mirror.open(request: "7").commit(new).summary == "request 7")
    }

    @Test func `a head that vanished is named, and no branch of the mirror goes with it`() async throws {
        let (git, mirror, folder, base) = try await site()
        defer { withExtendedLifetime(folder) {} }
        _ = try await request(7, "old: 1\n", in: git)
        try await git(["update-ref", "-d", "refs/pull/7/head"])
        let error = await #expect(throws: GitError.self) {
            _ = try await mirror.fetch(RequestHead(name: "7", reference: "refs/pull/7/head"))
        }
        #expect(
            error?.description == """
                fetch refs/pull/7/head of \(git.path): the repository has no such reference
                  hint: the request may be closed, or its branch gone
                """)
        #expect(try await mirror.open().resolve("main").id == base)
    }

    @Test(arguments: ["", "../x", "a/b", "7\n", String(repeating: "7", count: 65)])
    func `a name that could lead elsewhere is refused`(name: String) async throws {
        let (git, mirror, folder, _) = try await site()
        defer { withExtendedLifetime((git, folder)) {} }
        let error = await #expect(throws: GitError.self) {
            _ = try await mirror.fetch(RequestHead(name: name, reference: "refs/pull/7/head"))
        }
        #expect(error?.code == .settings)
        mirror.forget(request: name)
        #expect(try await mirror.open().resolve("main").summary == "base")
    }
}
