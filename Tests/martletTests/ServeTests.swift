import ChildProcess
import Fixtures
import Foundation
import Testing

@Suite struct ServeTests {
    @Test func `a configuration is checked whole, every problem at once`() async throws {
        let session = try Session()
        try session.folder.write("0", to: "config/martlet/open.token")
        try session.folder.write("whsec_bm8=", to: "config/martlet/short.secret")
        for (name, mode) in [("open.token", 0o644), ("short.secret", 0o600)] {
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: "\(session.folder.path)/config/martlet/\(name)")
        }
        try session.folder.write(
            """
            key: {env: MARTLET_TEST_KEY}
            repositories:
              keyed: {url: "git@forge.example:x.git", sshKey: id, knownHosts: hosts}
              web: {url: "https://forge.example/x", token: {file: open.token}, caFile: ca.pem}
            sources: {web: {repository: web, allow: {engines: [host, nomad]}}}
            defaults: {provision: sealed, run: nomad}
            webhooks: {chat: {url: "https://chat.example", secrets: [{file: short.secret}], sources: [wbe]}}
            """, to: "config/martlet/martlet.yaml")
        let ran = try await session.run("serve", "--check-config")
        try expectGolden(ran.redacted(session.folder), "check-problems.txt")
        #expect(ran.output == "" && ran.code == 1)
    }

    @Test func `what was checked is named`() async throws {
        let session = try Session()
        try session.folder.write(
            """
            repositories: {shop: {url: /srv/git/shop.git}}
            sources: {prod: {repository: shop}, staging: {repository: shop, revision: next}}
            engines: {files: {type: host}, sealed: {type: sealed}}
            """, to: "config/martlet/martlet.yaml")
        let ran = try await session.run("serve", "--check-config", "--listen", "[::1]:7070")
        #expect(
            ran.redacted(session.folder) == """
                DIR/config/martlet/martlet.yaml is fit for use

                  2 sources      prod, staging
                  1 repository   shop
                  2 engines      files (host), sealed
                  state          DIR/state
                  socket         DIR/state/martlet.sock
                  listen         [::1]:7070

                """)
        #expect(!FileManager.default.fileExists(atPath: "\(session.folder.path)/state"))
    }

    @Test func `flags come before the environment, and it before the file`() async throws {
        var session = try Session()
        try session.folder.write(
            "{state: one, listen: \"127.0.0.1:1\"}", to: "config/martlet/martlet.yaml")
        session.environment["MARTLET_LISTEN"] = "127.0.0.1:2"
        let second = try await session.run("serve", "--check-config")
        #expect(second.output.contains("listen         127.0.0.1:2\n"))
        let third = try await session.run(
            "serve", "--check-config", "--listen", "127.0.0.1:3", "--state", "three")
        #expect(third.output.contains("listen         127.0.0.1:3\n"))
        #expect(third.redacted(session.folder).contains("state          DIR/three\n"))
        session.environment["MARTLET_LOG_FORMAT"] = "xml"
        let wrong = try await session.run(
            "serve", "--check-config", "--log-level", "loud", "--listen", "7070")
        #expect(
            wrong.errors == """
                error: '7070' is no host and port
                  hint: write 127.0.0.1:7070
                error: 'loud' is no log level
                  hint: write trace, debug, info, notice, warning, error
                error: 'xml' is no log format
                  hint: write text, json

                """)
    }

    @Test func `completions can be written for a shell`() async throws {
        let session = try Session()
        let script = try await session.run("--generate-completion-script", "bash")
        #expect(script.output.contains("validate") && script.code == 0)
        var command = session.command(["-n"], input: script.output)
        command.executable = "/bin/bash"
        let checked = try await session.run(command)
        #expect(checked.errors == "" && checked.code == 0)
    }
}
