import ChildProcess
import Crypto
import Fixtures
import Foundation
import Repository
import Testing

/// Real pushes to a real repository, whose hooks run the built program.
struct HookTests {
    @Test func `a push whose manifests load is let in, and what it changes is said`() async throws {
        let site = try await HookSite()
        try site.clone.write(HookSite.file("a"), to: "a.yaml")
        try site.clone.write(HookSite.file("b", "${infrastructure.a.path}"), to: "b.yaml")
        let first = try await site.clone.commit()
        var pushed = try await site.push()
        #expect(pushed.code == 0)
        #expect(
            pushed.text == """
                martlet: shop at \(first.description.prefix(7)): 2 added
                  + infrastructure/a
                  + infrastructure/b
                """)
        try site.clone.write(HookSite.file("a", "y"), to: "a.yaml")
        try site.clone.write(HookSite.file("c"), to: "b.yaml")
        let second = try await site.clone.commit()
        pushed = try await site.push()
        #expect(
            pushed.text == """
                martlet: shop at \(second.description.prefix(7)): 1 added, 1 changed, 1 removed
                  + infrastructure/c
                  ~ infrastructure/a
                  - infrastructure/b
                """)
        #expect(try await site.head == second.description)
    }

    @Test func `a push whose manifests don't load is refused, with the places`() async throws {
        try await Self.refuses(try await HookSite(options: ["--path", "m"]))
    }

    @Test(.enabled(if: SSHServer.isPossible, "sshd is not there: run Tests/engines/openssh"))
    func `over ssh it is refused in the same words`() async throws {
        let server = try await SSHServer(clientKinds: ["ed25519"])
        let hosts = try server.folder.write(try server.knownHost("ed25519"), to: "known_hosts")
        let site = try await HookSite(options: ["--path", "m"]) {
            "ssh://\(SSHServer.user)@127.0.0.1:\(server.port)\($0.path)"
        }
        let ssh =
            "ssh -i \(server.folder.path)/key_ed25519 -o IdentitiesOnly=yes -o UserKnownHostsFile=\(hosts) -F /dev/null"
        try await Self.refuses(site, environment: ["GIT_SSH_COMMAND": ssh])
    }

    private static func refuses(_ site: HookSite, environment: [String: String] = [:]) async throws {
        try site.clone.write(HookSite.file("a"), to: "m/a.yaml")
        let good = try await site.clone.commit()
        #expect(try await site.push(environment: environment).code == 0)
        try site.clone.write(HookSite.file("b", "${infrastructure.aa.id}"), to: "m/b.yaml")
        try site.clone.write("nothing", to: "other.yaml")
        try await site.clone.commit()
        let pushed = try await site.push(environment: environment)
        #expect(pushed.code == 1)
        let start = """
            m/b.yaml:4:53: error: reference to 'infrastructure.aa', which no manifest declares
              hint: did you mean 'infrastructure.a' (m/a.yaml:3)?
            1 problem in 1 of 2 files
            martlet: the push is refused: the manifests don't load
            """
        #expect(pushed.text.replacing("\n\n", with: "\n").contains(start), "\(pushed.text)")
        #expect(try await site.head == good.description)
    }

    @Test func `other branches, and branches that go, are nobody's matter`() async throws {
        let site = try await HookSite()
        try site.clone.write("nothing", to: "a.yaml")
        try await site.clone.commit()
        #expect(try await site.git("push", "--quiet", "origin", "main:topic").code == 0)
        #expect(try await site.push().code == 1)
        #expect(try await site.git("push", "--quiet", "origin", ":topic").text == "")
    }

    @Test func `hooks that were there run first, and installing again changes nothing`() async throws {
        let site = try await HookSite()
        let hooks = site.server.path + "/hooks"
        let installed = try await HookSite.run(["hooks", "install", site.server.path])
        #expect(installed.text.contains("pre-receive is there already\npost-receive is there already\n"))
        try site.server.write("#!/bin/sh\ncat >&2\n", to: "hooks/pre-receive")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: hooks + "/pre-receive")
        let renewed = try await HookSite.run(["hooks", "install", site.server.path, "--fail-open"])
        #expect(
            renewed.text.contains(
                "pre-receive is installed; the one that was there is pre-receive.earlier now, and runs first\n"
            ))
        #expect(renewed.text.hasSuffix("what cannot be checked is let in (martlet.failOpen is true)\n"))
        try site.clone.write("nothing", to: "a.yaml")
        let commit = try await site.clone.commit()
        let pushed = try await site.push()
        #expect(pushed.text.contains("\(String(repeating: "0", count: 40)) \(commit) refs/heads/main"))
        #expect(pushed.text.contains("martlet: the push is refused"))
        try site.server.write("#!/bin/sh\necho no\nexit 3\n", to: "hooks/pre-receive.earlier")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: hooks + "/pre-receive.earlier")
        #expect(try await site.push().text.contains("no\n"))

        try site.server.write("#!/bin/sh\n", to: "hooks/pre-receive")
        let conflict = try await HookSite.run(["hooks", "install", site.server.path])
        #expect(conflict.code == 1)
        #expect(
            conflict.text.contains(
                "error: '\(hooks)/pre-receive' is not martlet's, and there is a 'pre-receive.earlier' too"))
        let elsewhere = try TemporaryFolder()
        try await site.server(["config", "core.hooksPath", elsewhere.path])
        #expect(try await HookSite.run(["hooks", "install", site.server.path]).code == 0)
        #expect(FileManager.default.isExecutableFile(atPath: elsewhere.path + "/pre-receive"))
    }

    @Test func `what cannot be checked is refused, or let in where that is set`() async throws {
        let site = try await HookSite()
        try site.clone.write("nothing", to: "a.yaml")
        try await site.clone.commit()
        try await site.server(["config", "martlet.config", "/no/such.yaml"])
        let refused = try await site.push()
        #expect(refused.code == 1)
        #expect(
            refused.text.contains(
                """
                martlet: error: configuration '/no/such.yaml' can't be read
                  hint: write one with 'martlet init', or name another with --config
                martlet: the push was not checked, and is refused: martlet.failOpen is not true
                """))
        try await site.server(["config", "martlet.failOpen", "true"])
        let hook = site.server.path + "/hooks/pre-receive"
        let text = try String(contentsOfFile: hook, encoding: .utf8)
        try text.replacing("'\(HookSite.martlet)'", with: "/no/such/martlet").write(
            toFile: hook, atomically: false, encoding: .utf8)
        let pushed = try await site.push()
        #expect(pushed.code == 0)
        #expect(
            pushed.text.contains("martlet: the push was not checked, and is let in: martlet.failOpen is true")
        )
    }

    @Test func `what takes too long is ended`() async throws {
        let silent = try SilentServer()
        let site = try await HookSite(
            options: ["--timeout", "2s", "--url", "http://127.0.0.1:\(silent.port)/hooks/a"])
        try await site.setSecret()
        try site.clone.write(HookSite.file("a"), to: "a.yaml")
        try await site.clone.commit()
        let pushed = try await site.push()
        #expect(pushed.code == 0)
        #expect(
            pushed.text.hasSuffix(
                """
                martlet: it took more than 2s
                martlet: the controller was not asked; it finds the push when it polls
                """), "\(pushed.text)")
    }

    @Test func `a push is posted to a webhook route, signed`() async throws {
        let told = Told<(head: String, body: String)>()
        let receiver = try RawServer { connection in
            let head = connection.readHead()
            let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            let count = length?.split(separator: " ").last.flatMap { Int($0) } ?? 0
            told.tell((head, connection.readBytes(count)))
            connection.write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        let site = try await HookSite(options: ["--url", receiver.url("/hooks/shop")])
        try await site.setSecret()
        try site.clone.write(HookSite.file("a"), to: "a.yaml")
        let commit = try await site.clone.commit()
        let pushed = try await site.push()
        #expect(pushed.text.hasSuffix("\nmartlet: the controller was asked for a pass"), "\(pushed.text)")
        let (head, body) = try #require(await told.next())
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(body.utf8), using: SymmetricKey(data: Data("s3cret of 16 bytes and more".utf8)))
        let digits = code.map { String(format: "%02x", $0) }.joined()
        #expect(head.hasPrefix("POST /hooks/shop HTTP/1.1\r\n"))
        #expect(head.contains("X-Signature: sha256=\(digits)\r\n"))
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: String])
        #expect(object["ref"] == "refs/heads/main" && object["after"] == commit.description)
        #expect(object["before"] == nil && object["id"]?.isEmpty == false)
    }

    @Test func `a commit is checked as it is staged`() async throws {
        let site = try await HookSite()
        let installed = try await HookSite.run(["hooks", "install", site.clone.path, "--project", "shop"])
        #expect(installed.text.contains("pre-commit is installed\n"))
        try site.clone.write(HookSite.file("a"), to: "a.yaml")
        try site.clone.write(HookSite.file("b", "${infrastructure.a.path}"), to: "b.yaml")
        try await site.clone(["add", "a.yaml", "b.yaml"])
        try site.clone.write("nothing", to: "a.yaml")
        try site.clone.write("nothing", to: "c.yaml")
        #expect(try await site.git("commit", "--quiet", "--message", "one").text == "")
        let refused = try await site.git("commit", "--quiet", "--all", "--message", "two")
        #expect(refused.code == 1)
        #expect(refused.text.hasPrefix("a.yaml:1:1: error: "))
        #expect(refused.text.hasSuffix("martlet: the commit is refused: the manifests don't load"))
        let partly = try await site.git("commit", "--quiet", "--message", "two", "a.yaml")
        #expect(partly.code == 1)

        try await site.clone(["commit", "--quiet", "--no-verify", "--all", "--message", "broken"])
        try site.clone.write(HookSite.file("d"), to: "d.yaml")
        try await site.clone(["add", "d.yaml"])
        #expect(
            try await site.git("commit", "--quiet", "--message", "three").code == 0,
            "what is wrong in other files was so before")
        try site.clone.write(HookSite.file("d", "${infrastructure.e.id}"), to: "d.yaml")
        let worse = try await site.git("commit", "--quiet", "--all", "--message", "four")
        #expect(worse.code == 1)
        #expect(worse.text.contains("1 problem in 1 of 3 files"), "\(worse.text)")
        try await site.clone(["checkout", "--quiet", "--detach"])
        let detached = try await site.git("commit", "--quiet", "--all", "--message", "four")
        #expect(detached.text == worse.text)
        try site.clone.write(HookSite.file("d"), to: "d.yaml")
        #expect(
            try await site.git("commit", "--quiet", "--all", "--allow-empty", "--message", "five").code == 0)
    }
}
