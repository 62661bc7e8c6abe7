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

    @Test(.enabled(if: geteuid() == 0, "another user needs root"), arguments: [0o700, 0o755])
    func `a socket that is not for this user is told from none`(mode: Int) async throws {
        let session = try Session()
        let folder = "\(session.folder.path)/private"
        try session.folder.write("", to: "private/s.sock")
        for (path, mode) in [("\(folder)/s.sock", 0o600), (folder, mode)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        var command = session.command([
            "--reuid=65534", "--clear-groups", Session.program, "status", "--socket", "\(folder)/s.sock",
        ])
        command.executable = "/usr/bin/setpriv"
        let ran = try await session.run(command)
        #expect(
            ran.redacted(session.folder) == """
                error: socket 'DIR/private/s.sock' may not be opened by this user
                  hint: run the command as the controller's user

                """)
        #expect(ran.code == 1)
    }

    @Test func `signatures that could not be checked are said before they are needed`() async throws {
        let session = try Session()
        try session.folder.write("# people\nada\n", to: "config/martlet/signers")
        try session.folder.write("-----BEGIN PGP PUBLIC KEY BLOCK-----", to: "config/martlet/keys.asc")
        func check(_ sources: String) async throws -> String {
            try session.folder.write(
                "repositories: {web: {url: /srv/web.git}}\nsources: {\(sources)}\n",
                to: "config/martlet/martlet.yaml")
            return try await session.run("serve", "--check-config").redacted(session.folder)
        }
        let problems = try await check(
            "a: {repository: web, signatures: {allowedSigners: signers}}, "
                + "b: {repository: web, signatures: {keyring: keys.asc, revokedKeys: none}}")
        #expect(
            problems == """
                error: source 'a': line 2 of 'DIR/config/martlet/signers': no public key stands in it
                  hint: write: NAME [OPTIONS] ssh-ed25519 KEY
                error: source 'b': revoked keys 'DIR/config/martlet/none' can't be read

                """)
        #expect(
            try await check("a: {repository: web, signatures: {revokedKeys: none}}").contains(
                "error: nobody's signature would count\n  hint: name 'allowedSigners', or a 'keyring'\n"))
    }

    @Test func `what goes on for ever needs a second at least`() async throws {
        let session = try Session()
        try session.folder.write(
            """
            sweep: 0s
            repositories:
              shop: {url: /srv/git/shop.git, interval: 999ms, timeout: 0s, idleTimeout: 0s}
            engines: {files: {type: host, sweep: 10ms}}
            """, to: "config/martlet/martlet.yaml")
        let ran = try await session.run("serve", "--check-config")
        #expect(
            ran.redacted(session.folder) == """
                DIR/config/martlet/martlet.yaml:1:8: error: '0s' is less than a second
                  hint: write 1s or more
                DIR/config/martlet/martlet.yaml:3:44: error: '999ms' is less than a second
                  hint: write 1s or more
                DIR/config/martlet/martlet.yaml:3:60: error: '0s' is less than a second
                  hint: write 1s or more
                DIR/config/martlet/martlet.yaml:3:77: error: '0s' is less than a second
                  hint: write 1s or more
                DIR/config/martlet/martlet.yaml:4:38: error: '10ms' is less than a second
                  hint: write 1s or more

                """)
        #expect(ran.code == 1)
    }

    @Test func `what the engines of jobs and services are told is checked, each with its line`() async throws
    {
        let session = try Session()
        func check(_ text: String) async throws -> String {
            try session.folder.write(text, to: "config/martlet/martlet.yaml")
            return try await session.run("serve", "--check-config").redacted(session.folder)
        }
        #expect(
            try await check(
                """
                catalog: 0.0.0.0:7071
                engines:
                  services: {type: registry, networks: [10.0.0.0/8, nowhere]}
                  jobs: {type: supervisor, ports: 9-1}
                """) == """
                    DIR/config/martlet/martlet.yaml:1:10: error: the catalog answers everybody, and so on this machine alone
                      hint: write 127.0.0.1:7071
                    DIR/config/martlet/martlet.yaml:3:53: error: 'nowhere' is no network
                      hint: write 10.0.0.0/8, or one address
                    DIR/config/martlet/martlet.yaml:4:35: error: '9-1' is no port and no range
                      hint: write 8080 or 8000-8099

                    """)
        #expect(
            try await check("engines: {jobs: {type: supervisor, maxInstances: 0, logSize: much}}") == """
                DIR/config/martlet/martlet.yaml:1:50: error: 'maxInstances' is a whole number from 1 to 100000, found '0'
                DIR/config/martlet/martlet.yaml:1:62: error: 'logSize' is a size, found 'much'
                  hint: write 256MiB, or a number of MiB

                """)
        #expect(
            try await check("engines: {one: {type: registry}, two: {type: registry}}") == """
                error: engines: one registry lists all services, found 'one' and 'two'

                """)
        let fit = try await check(
            """
            catalog: "[::1]:7071"
            engines:
              services: {type: registry, networks: [10.0.0.0/8, 192.0.2.1]}
              jobs: {type: supervisor, users: [web], commands: [/srv/bin], ports: 8000-8099, maxInstances: 4,
                     maxMemory: 1GiB, logSize: 1MiB, logFiles: 2}
            """)
        #expect(fit.contains("  catalog        [::1]:7071\n"))
        #expect(fit.contains("jobs (supervisor), services (registry)"))
    }

    @Test func `no manifest may write what the controller itself depends on`() async throws {
        let session = try Session()
        let folder = session.folder.path
        let files = [
            "store.key", "token", "password", "id", "passphrase", "ca.pem", "hosts", "master.key", "url",
            "secret", "hook.pem", "tls.crt", "tls.key", "sealed/db", "s.sock", "state/state.db",
            "repo.git/HEAD", "signers", "revoked", "ring.gpg", "in.secret",
            "config/martlet/martlet.yaml",
        ].map { "\(folder)/\($0)" }
        try session.folder.write(
            """
            state: \(folder)/state
            socket: \(folder)/s.sock
            key: {file: \(folder)/store.key}
            tls: {certificate: \(folder)/tls.crt, key: \(folder)/tls.key}
            repositories:
              a: {url: \(folder)/repo.git}
              b: {url: "https://forge.example/b", token: {file: \(folder)/token}, caFile: \(folder)/ca.pem}
              c: {url: "https://forge.example/c", user: u, password: {file: \(folder)/password}}
              d: {url: "git@forge.example:d", sshKey: \(folder)/id, passphrase: {file: \(folder)/passphrase}}
              e: {url: "git@forge.example:e", sshKey: \(folder)/id, knownHosts: \(folder)/hosts}
            sources:
              a:
                repository: a
                allow: {roots: [/]}
                signatures:
                  {allowedSigners: \(folder)/signers, revokedKeys: \(folder)/revoked, keyring: \(folder)/ring.gpg}
            hooks: {in: {provider: github, secrets: [{file: \(folder)/in.secret}]}}
            engines:
              host: {type: host}
              sealed: {type: sealed, path: \(folder)/sealed, key: {file: \(folder)/master.key}}
            webhooks:
              x: {url: {file: \(folder)/url}, secrets: [{file: \(folder)/secret}], caFile: \(folder)/hook.pem}
            """, to: "config/martlet/martlet.yaml")
        let wanted = files + ["\(NSHomeDirectory())/.ssh/known_hosts", Session.program, "\(folder)/free"]
        let manifests = wanted.enumerated().map { index, path in
            """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: f\(index)}
            spec: {type: file, config: {path: "\(path)", content: mine}}
            """
        }
        try session.folder.write(manifests.joined(separator: "\n---\n"), to: "site/site.yaml")
        let ran = try await session.run("validate", "site", "--source", "a")
        let refused = ran.output.split(separator: "\n").filter {
            $0.hasSuffix("belongs to the controller itself")
        }
        #expect(refused.count == wanted.count - 1, Comment(rawValue: ran.output))
        #expect(!ran.output.contains("/free'"))
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
