import Fixtures
import Repository
import Testing

@Suite(.enabled(if: SSHServer.isPossible, "sshd is not there: run Tests/engines/openssh"))
struct SSHTests {
    private func remote(
        _ git: GitProgram, _ server: SSHServer, key: String = "ed25519", hosts: String
    ) throws -> Remote {
        Remote(
            try RemoteURL("ssh://\(SSHServer.user)@127.0.0.1:\(server.port)\(git.path)"),
            credentials: .sshKey(file: "\(server.folder.path)/key_\(key)"),
            knownHosts: try server.folder.write(hosts, to: "known_hosts"))
    }

    private func fetch(_ remote: Remote) async throws(GitError) -> FetchReport {
        guard let folder = try? TemporaryFolder() else { throw GitError(.other, "make a folder", "none") }
        return try await Mirror(remote, in: folder.path, child: fetchChild).fetch()
    }

    @Test(arguments: [("ed25519", "ed25519"), ("ecdsa", "ed25519"), ("ed25519", "ecdsa")])
    func `a repository is fetched with a key`(key: String, hostKey: String) async throws {
        let git = try await GitProgram()
        let commit = try await git.commit()
        let server = try await SSHServer(clientKinds: [key])
        let remote = try remote(git, server, key: key, hosts: try server.knownHost(hostKey))
        #expect(try await fetch(remote).references == ["refs/heads/main": commit])
    }

    @Test func `a hashed name in known_hosts is found`() async throws {
        let git = try await GitProgram()
        let commit = try await git.commit()
        let server = try await SSHServer(clientKinds: ["ed25519"])
        let hosts = try await server.hashedKnownHost("ed25519")
        #expect(hosts.hasPrefix("|1|"))
        #expect(
            try await fetch(try remote(git, server, hosts: hosts)).references == ["refs/heads/main": commit])
    }

    @Test func `a host that is not known is an error that says what to add`() async throws {
        let git = try await GitProgram()
        try await git.commit()
        let server = try await SSHServer(clientKinds: ["ed25519"])
        let remote = try remote(git, server, hosts: "other.example.com ssh-ed25519 AAAA\n")
        let error = await #expect(throws: GitError.self) { _ = try await fetch(remote) }
        #expect(error?.code == .unknownHost)
        let start =
            "host '[127.0.0.1]:\(server.port)' is not in '\(server.folder.path)/known_hosts'; its key is "
        #expect(error?.message.hasPrefix(start) == true)
        #expect(error?.message.contains(" SHA256:") == true)
        let kinds = ["ed25519", "ecdsa"]
        let lines = try kinds.map { try server.knownHost($0).dropLast() }
        #expect(lines.contains { error?.hint?.hasSuffix("then add: \($0)") == true }, "\(error?.hint ?? "")")
    }

    @Test func `a host whose key has changed is another error`() async throws {
        let git = try await GitProgram()
        try await git.commit()
        let (server, other) = (
            try await SSHServer(clientKinds: ["ed25519"]), try await SSHServer(clientKinds: ["ed25519"])
        )
        let name = "[127.0.0.1]:\(server.port)"
        let hosts =
            "# comment\n" + (try other.knownHost("ed25519", as: name))
            + (try other.knownHost("ecdsa", as: name))
        let error = await #expect(throws: GitError.self) {
            _ = try await fetch(try remote(git, server, hosts: hosts))
        }
        #expect(error?.code == .changedHost)
        #expect(error?.message.contains("host '\(name)' has another key than line ") == true)
        #expect(error?.hint == "somebody may be listening; ask its operator before you replace that line")
    }

    @Test(arguments: [
        ("ed25519", "check that the server knows its public key, and its passphrase"),
        (
            "rsa",
            "this machine's libssh2 signs for RSA keys with SHA-1, which servers refuse: use an Ed25519 key"
        ),
    ])
    func `a key that the server refuses is said`(kind: String, hint: String) async throws {
        let git = try await GitProgram()
        try await git.commit()
        let server = try await SSHServer(clientKinds: ["ecdsa", "rsa"])
        let stranger = try await SSHServer(clientKinds: ["ed25519"])
        var remote = try remote(git, server, key: kind, hosts: try server.knownHost("ed25519"))
        let file = "\(kind == "rsa" ? server.folder.path : stranger.folder.path)/key_\(kind)"
        remote.credentials = .sshKey(file: file)
        let error = await #expect(throws: GitError.self) { _ = try await fetch(remote) }
        #expect(error?.code == .authentication)
        #expect(error?.message == "the server refuses key '\(file)'")
        #expect(error?.hint == hint)
    }

    @Test func `settings that can't work are said`() async throws {
        var remote = Remote(try RemoteURL("ssh://127.0.0.1/x"))
        #expect(
            await error(of: remote)
                == "fetch ssh://git@127.0.0.1/x: ssh needs a known_hosts file\n  hint: make one with 'ssh-keyscan HOST'"
        )
        remote.knownHosts = "/no/such"
        #expect(
            await error(of: remote)
                == "fetch ssh://git@127.0.0.1/x: known_hosts file '/no/such' can't be read")
    }

    private func error(of remote: Remote) async -> String? {
        do throws(GitError) { _ = try await fetch(remote) } catch { return error.description }
        return nil
    }
}
