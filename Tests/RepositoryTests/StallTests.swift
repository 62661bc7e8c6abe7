import Fixtures
import Foundation
import Repository
import Testing

/// Real servers that stop in the middle of what they say. The limits end the fetch, the mirror is as it was, and the next
/// fetch goes well.
struct StallTests {
    /// A repository of one file that no compression makes small.
    private static func repository() async throws -> GitProgram {
        let git = try await GitProgram()
        var random = Seeded(1)
        let lines = (0..<10_000).map { _ in String(random.next(), radix: 36) }
        try git.write(lines.joined(separator: "\n"), to: "a.yaml")
        try await git.commit()
        return git
    }

    private static func expectIdle(_ mirror: Mirror, _ stall: Stall) async {
        // Long beside the start of a process on a machine that has much to do.
        var hurried = mirror.remote
        hurried.limits.idle = .seconds(10)
        let impatient = Mirror(hurried, in: mirror.folder, child: fetchChild)
        let error = await #expect(throws: GitError.self) { _ = try await impatient.fetch() }
        #expect(error?.code == .idleLimit, "\(error?.description ?? "")")
        let stages: [String] =
            switch (stall.phase, stall.place) {
            case (.refs, _): ["connecting"]
            case (.pack, .start): ["waiting for objects"]
            // What comes within a tenth of a second of the last word is not told.
            case (.pack, _): ["receiving objects (", "waiting for objects"]
            }
        let begins = stages.map { "nothing came for 10s while \($0)" }
        #expect(begins.contains { error?.message.hasPrefix($0) == true }, "\(error?.message ?? "")")
        #expect(error?.hint == "check the server and the way to it")
    }

    @Test(
        .enabled(if: WebServer.isPossible, "lighttpd is not there: run Tests/engines/lighttpd"),
        arguments: Stall.all)
    func `over https`(stall: Stall) async throws {
        let git = try await Self.repository()
        let server = try await WebServer(git.path + "/.git")
        let folder = try TemporaryFolder()
        let remote = Remote(try RemoteURL(server.url), caFile: server.authority)
        let mirror = Mirror(remote, in: folder.path + "/mirror", child: fetchChild)
        try server.stall(stall)
        await Self.expectIdle(mirror, stall)
        await #expect(throws: GitError.self) { _ = try await mirror.open().resolve("main") }
        try server.stall(nil)
        _ = try await mirror.fetch()
        #expect(try await mirror.open().resolve("main").id == (try await git.id("main")))
    }

    @Test(
        .enabled(if: SSHServer.isPossible, "sshd is not there: run Tests/engines/openssh"),
        arguments: Stall.all)
    func `over ssh`(stall: Stall) async throws {
        let git = try await Self.repository()
        let server = try await SSHServer(clientKinds: ["ed25519"], script: stall.command)
        let folder = try TemporaryFolder()
        let remote = Remote(
            try RemoteURL("ssh://\(SSHServer.user)@127.0.0.1:\(server.port)\(git.path)"),
            credentials: .sshKey(file: "\(server.folder.path)/key_ed25519"),
            knownHosts: try server.folder.write(try server.knownHost("ed25519"), to: "known_hosts"))
        let mirror = Mirror(remote, in: folder.path + "/mirror", child: fetchChild)
        await Self.expectIdle(mirror, stall)
        try server.folder.write("exec sh -c \"$SSH_ORIGINAL_COMMAND\"\n", to: "script")
        _ = try await mirror.fetch()
        #expect(try await mirror.open().resolve("main").id == (try await git.id("main")))
    }

    @Test(.enabled(if: WebServer.isPossible, "lighttpd is not there: run Tests/engines/lighttpd"))
    func `a web server's own log-in is answered with the token`() async throws {
        let git = try await Self.repository()
        let server = try await WebServer(git.path + "/.git", token: "s3cret")
        for (token, code) in [("s3cret", nil), ("wr0ng", GitError.Code.authentication)] {
            let folder = try TemporaryFolder()
            let remote = Remote(
                try RemoteURL(server.url), credentials: .token(token), caFile: server.authority)
            var failure: GitError?
            do throws(GitError) {
                _ = try await Mirror(remote, in: folder.path, child: fetchChild).fetch()
            } catch {
                failure = error
            }
            #expect(failure?.code == code, "\(failure?.description ?? "")")
        }
    }
}
