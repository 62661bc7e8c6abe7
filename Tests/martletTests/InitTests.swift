import Fixtures
import Foundation
import Testing

@Suite struct InitTests {
    private static let ssh = [
        "init", "--repository", "git@forge.example:shop/infra.git", "--directory", "etc",
    ]

    private func mode(_ session: Session, _ name: String) throws -> Int? {
        let file = session.folder.url.appending(path: name).path(percentEncoded: false)
        return try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    }
    private func text(_ session: Session, _ name: String) throws -> String {
        try String(contentsOf: session.folder.url.appending(path: name), encoding: .utf8)
    }

    @Test func `an ssh repository gets a key, hosts to verify and a commented configuration`() async throws {
        let session = try Session()
        let ran = try await session.run(
            session.command(Self.ssh + ["--root", "/srv/shop", "--path", "manifests", "--project", "shop"]))
        #expect(ran.code == 0)
        try expectGolden(ran.redacted(session.folder), "init-ssh.txt")
        try expectGolden(try text(session, "etc/martlet.yaml"), "init-ssh.yaml")
        #expect(try text(session, "etc/deploy_key").hasPrefix("-----BEGIN OPENSSH PRIVATE KEY-----\n"))
        #expect(try text(session, "etc/deploy_key.pub").hasSuffix(" martlet infra\n"))
        #expect(try text(session, "etc/known_hosts").split(separator: "\n").allSatisfy { $0.hasPrefix("#") })
        #expect(try text(session, "etc/webhook.secret").wholeMatch(of: #/whsec_[A-Za-z0-9+/]{43}=\n/#) != nil)
        #expect(try text(session, "etc/hook.secret").wholeMatch(of: #/[0-9a-f]{64}\n/#) != nil)
        for name in ["etc/deploy_key", "etc/webhook.secret", "etc/hook.secret", "etc/martlet.yaml"] {
            #expect(try mode(session, name) == 0o600, "\(name)")
        }
    }

    @Test func `a forge that is known by its host gets its hook at once`() async throws {
        let session = try Session()
        let ran = try await session.run(
            "init", "--repository", "https://github.com/shop/infra", "--directory", "etc")
        try expectGolden(ran.redacted(session.folder), "init-github.txt")
        let hook = "\nhooks:\n  forge: {provider: github, secrets: [{file: hook.secret}], sources: [infra]}\n"
        #expect(try text(session, "etc/martlet.yaml").contains(hook))
        let secret = try text(session, "etc/hook.secret").dropLast()
        #expect(secret.count == 64 && !(ran.output + ran.errors).contains(secret))
        for (host, provider) in [
            ("gitlab.example", "gitlab"), ("codeberg.org", "forgejo"), ("git.gitea.example", "gitea"),
            ("bitbucket.org", "bitbucket"),
        ] {
            _ = try await session.run("init", "--repository", "https://\(host)/a", "--directory", host)
            #expect(try text(session, "\(host)/martlet.yaml").contains("{provider: \(provider), "), "\(host)")
        }
    }

    @Test(arguments: [
        ["--repository", "git@forge.example:shop/infra.git"],
        ["--repository", "git@forge.example:shop/infra.git", "--forge", "standard"],
        [
            "--repository", "https://forge.example/shop", "--webhook", "https://chat.example/hook?key=1",
            "--name", "yes",
        ],
        ["--repository", "repositories/x.git", "--root", "/srv/a b", "--root", "out", "--path", "a: b #c"],
        [
            "--repository", "ssh://git@[::1]:2222/~/My%20Shop", "--ssh-key", "martlet.yaml", "--revision",
            "1.10",
        ],
    ])
    func `what it writes passes the check`(arguments: [String]) async throws {
        let session = try Session()
        try session.folder.write("key", to: "martlet.yaml")
        #expect(
            try await session.run(session.command(["init", "--directory", "config/martlet"] + arguments)).code
                == 0)
        let ran = try await session.run("serve", "--check-config")
        #expect(ran.errors == "" && ran.code == 0)
        #expect(ran.redacted(session.folder).contains("martlet.yaml is fit for use\n\n  1 source       "))
    }

    @Test func `no secret is printed`() async throws {
        let session = try Session()
        let ran = try await session.run(
            session.command(Self.ssh + ["--webhook", "https://chat.example/hook"]))
        let secret = try text(session, "etc/webhook.secret").dropFirst(6).dropLast()
        let key = try text(session, "etc/deploy_key").split(separator: "\n")[1]
        #expect(!secret.isEmpty && !(ran.output + ran.errors).contains(secret))
        #expect(!(ran.output + ran.errors).contains(key))
    }

    @Test func `nothing that exists is overwritten`() async throws {
        let session = try Session()
        try session.folder.write("mine", to: "etc/deploy_key.pub")
        try session.folder.write("mine", to: "etc/martlet.yaml")
        let ran = try await session.run(session.command(Self.ssh))
        #expect(
            ran.redacted(session.folder) == """
                error: file 'DIR/etc/martlet.yaml' exists, and is not overwritten
                error: file 'DIR/etc/deploy_key.pub' exists, and is not overwritten

                """)
        #expect(ran.code == 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(session.folder.path)/etc")
        #expect(names.sorted() == ["deploy_key.pub", "martlet.yaml"])
        #expect(try text(session, "etc/martlet.yaml") == "mine")
    }

    @Test func `without ssh-keygen it says what to do, and leaves nothing behind`() async throws {
        var session = try Session()
        session.environment["PATH"] = "/nowhere"
        let ran = try await session.run(session.command(Self.ssh))
        #expect(
            ran.errors == """
                error: a deploy key needs 'ssh-keygen', which is not in PATH
                  hint: install OpenSSH's client, or name a key that you have with --ssh-key

                """)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(session.folder.path)/etc") == [])
    }

    @Test(arguments: [
        (
            ["--repository", "https://u:p4ss@forge.example/x"],
            "error: read URL 'forge.example/x': it has credentials in it\n  hint: put them into the source's credentials\n"
        ),
        (
            ["--repository", "https://forge.example/x?token=p4ss"],
            "error: the repository's URL has a query\n  hint: a token belongs into a file: leave the query out\n"
        ),
        (
            ["--repository", "/r.git", "--name", "My Shop"],
            "error: 'My Shop' is no name for a source\n  hint: write 'my-shop'\n"
        ),
        (
            ["--repository", "/r.git", "--project", "Shop"],
            "error: 'project' is a name, found 'Shop'\n  hint: write at most 63 of a-z, 0-9 and '-', a letter or digit at both ends\n"
        ),
        (
            ["--repository", "https://forge.example/x", "--forge", "gitehub"],
            "error: 'gitehub' is no provider of webhooks\n  hint: did you mean 'github'?\n"
        ),
        (
            ["--repository", "/"],
            "error: the repository's URL gives the source no name\n  hint: name it with --name\n"
        ),
    ])
    func `what can't become a configuration is refused`(arguments: [String], message: String) async throws {
        let session = try Session()
        let ran = try await session.run(
            session.command(["init", "--directory", "config/martlet"] + arguments))
        #expect(ran.errors == message)
        #expect(ran.output == "" && ran.code == 1)
        #expect(!FileManager.default.fileExists(atPath: "\(session.folder.path)/config"))
    }
}
