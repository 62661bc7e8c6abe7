import Fixtures
import Foundation
import Glibc
import Repository
import Synchronization
import Testing

/// Real repositories, fetched by the real child process.
struct FetchTests {
    @Test func `a mirror holds what the remote has, and follows it`() async throws {
        let git = try await GitProgram()
        let first = try await git.commit("first")
        try await git(["branch", "old"])
        try await git(["tag", "-a", "v1", "-m", "one"])
        let folder = try TemporaryFolder()
        let mirror = Mirror(Remote(try RemoteURL(git.path)), in: folder.path + "/mirror", child: fetchChild)
        let report = try await mirror.fetch()
        #expect(
            report.references == [
                "refs/heads/main": first, "refs/heads/old": first, "refs/tags/v1": try await git.id("v1"),
            ])
        #expect(report.head == "refs/heads/main")
        #expect(report.receivedObjects == 3)
        let repository = try await mirror.open()
        #expect(try await repository.resolve("HEAD").id == first)
        let second = try await git.commit("second")
        try await git(["branch", "-D", "-q", "old"])
        try await git(["branch", "old/er"])
        let next = try await mirror.fetch()
        #expect(Set(next.references.keys) == ["refs/heads/main", "refs/heads/old/er", "refs/tags/v1"])
        #expect(try await repository.resolve("old/er").id == second)
        await #expect(throws: GitError.self) { _ = try await repository.resolve("old") }
        #expect(try await mirror.fetch().receivedObjects == 0)
    }

    @Test func `a force-push is followed, and what was there can still be read`() async throws {
        let git = try await GitProgram()
        let base = try await git.commit("base")
        try git.write("old", to: "a.yaml")
        let old = try await git.commit("old")
        let folder = try TemporaryFolder()
        let mirror = Mirror(Remote(try RemoteURL(git.path)), in: folder.path, child: fetchChild)
        _ = try await mirror.fetch()
        try await git(["reset", "-q", "--hard", base.description])
        let new = try await git.commit("new")
        _ = try await mirror.fetch()
        let repository = try await mirror.open()
        #expect(try await repository.resolve("main").id == new)
        #expect(try await repository.isFastForward(from: old, to: new) == false)
        #expect(try await repository.changes(in: "", from: old, to: new).removed == ["a.yaml"])
    }

    @Test func `a repository that vanishes, or has no branch any more, leaves the mirror as it is`()
        async throws
    {
        let git = try await GitProgram()
        let commit = try await git.commit()
        let folder = try TemporaryFolder()
        let mirror = Mirror(Remote(try RemoteURL(git.path)), in: folder.path, child: fetchChild)
        _ = try await mirror.fetch()
        try await git(["checkout", "-q", "--detach"])
        try await git(["branch", "-D", "-q", "main"])
        let empty = await #expect(throws: GitError.self) { _ = try await mirror.fetch() }
        #expect(
            empty?.description == """
                fetch \(git.path): the repository has no branch
                  hint: the mirror stays as it was
                """)
        try FileManager.default.removeItem(atPath: git.path)
        let gone = await #expect(throws: GitError.self) { _ = try await mirror.fetch() }
        #expect(gone?.description == "fetch \(git.path): no git repository is there")
        #expect(try await mirror.open().resolve("main").id == commit)
    }

    @Test func `progress says what it is doing`() async throws {
        let git = try await GitProgram()
        try await git.commit()
        let folder = try TemporaryFolder()
        let stages = Mutex<[FetchProgress.Stage]>([])
        _ = try await Mirror(Remote(try RemoteURL(git.path)), in: folder.path, child: fetchChild).fetch {
            progress in
            // Receiving is told again as it goes on.
            stages.withLock { if $0.last != progress.stage { $0.append(progress.stage) } }
        }
        #expect(stages.withLock { $0 } == [.connecting, .listing, .receiving, .recording])
    }

    @Test func `only the references that are asked for are mirrored`() async throws {
        let git = try await GitProgram()
        let commit = try await git.commit()
        try await git(["update-ref", "refs/pull/7/head", "HEAD"])
        try await git(["tag", "v1"])
        let folder = try TemporaryFolder()
        let remote = Remote(try RemoteURL(git.path), references: ["refs/heads/main", "refs/pull/*"])
        let report = try await Mirror(remote, in: folder.path, child: fetchChild).fetch()
        #expect(report.references == ["refs/heads/main": commit, "refs/pull/7/head": commit])
    }

    @Test func `what a killed fetch left is cleared, and two at a time are not let in`() async throws {
        let git = try await GitProgram()
        try await git.commit()
        let folder = try TemporaryFolder()
        let mirror = Mirror(Remote(try RemoteURL(git.path)), in: folder.path, child: fetchChild)
        _ = try await mirror.fetch()
        let commit = try await git.commit()
        let leftovers = ["refs/heads/main.lock", "HEAD.lock", "objects/pack/pack_git2_abc"]
        for name in leftovers { try folder.write("", to: name) }
        let lock = open(folder.path + "/martlet.lock", O_RDWR)
        #expect(flock(lock, LOCK_EX) == 0)
        let busy = await #expect(throws: GitError.self) { _ = try await mirror.fetch() }
        #expect(busy?.code == .busy)
        #expect(busy?.message == "another process fetches into '\(folder.path)'")
        close(lock)
        #expect(try await mirror.fetch().references["refs/heads/main"] == commit)
        for name in leftovers { #expect(access(folder.path + "/" + name, F_OK) == -1) }
    }

    @Test func `more bytes than allowed are not taken`() async throws {
        let git = try await GitProgram()
        var random = Seeded(1)
        for number in 0..<20 {
            let noise = (0..<20_000).map { _ in String(UInt8.random(in: 0...255, using: &random)) }.joined()
            try git.write(noise, to: "\(number).yaml")
        }
        try await git.commit()
        let folder = try TemporaryFolder()
        let server = try await HTTPServer(git.path + "/.git")
        var remote = Remote(try RemoteURL(server.url), caFile: server.authority)
        remote.limits.bytes = 10_000
        let mirror = Mirror(remote, in: folder.path, child: fetchChild)
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch() }
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "the server sends more than 10000 bytes")
    }

    @Test(arguments: [
        (
            FetchChild("/no/such/martlet"),
            "its child process can't start: start '/no/such/martlet': no such file or directory"
        ),
        (
            FetchChild("/bin/sh", ["-c", "echo oh no >&2; exit 3"]),
            "its child process ended with exit code 3 while starting, saying: oh no"
        ),
        (
            FetchChild("/bin/sh", ["-c", "kill -SEGV $$"]),
            "its child process ended with signal 11 while starting"
        ),
    ])
    func `a child that does not do its work is an error`(child: FetchChild, message: String) async throws {
        let folder = try TemporaryFolder()
        let mirror = Mirror(Remote(try RemoteURL("/nothing")), in: folder.path, child: child)
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch() }
        #expect(error?.message == message)
    }

    @Test func `no secret is in the child's arguments or environment, nor in any description`() async throws {
        let folder = try TemporaryFolder()
        let seen = folder.path + "/seen"
        let child = FetchChild(
            "/bin/sh", ["-c", "cat /proc/$$/cmdline /proc/$$/environ > \(seen); cat > \(seen).input"])
        for credentials in [
            Credentials.token("c4nary"), .password(user: "ada", password: "c4nary"),
            .sshKey(file: "/key", passphrase: "c4nary"),
        ] {
            let remote = Remote(try RemoteURL("https://host/x"), credentials: credentials)
            await #expect(throws: GitError.self) {
                _ = try await Mirror(remote, in: folder.path, child: child).fetch()
            }
            let leaked = try Data(contentsOf: URL(filePath: seen))
            #expect(String(decoding: leaked, as: UTF8.self).contains("c4nary") == false)
            #expect(try String(contentsOfFile: seen + ".input", encoding: .utf8).contains("c4nary"))
            var text = "\(remote) \(credentials) \(String(reflecting: remote))"
            dump(remote, to: &text)
            #expect(!text.contains("c4nary"))
        }
    }
}
