import Fixtures
import Foundation
import Testing

/// What may be written under `notifications` and `forge`, and what is wrong with the rest.
@Suite struct NotificationSettingsTests {
    private static func check(
        _ text: String, url: String = "https://chat.example/canary-url"
    ) async throws -> Ran {
        let session = try Session()
        for name in ["url", "key", "token", "password"] {
            let text = name == "url" ? url : "https://chat.example/canary-\(name)"
            try session.folder.write(text, to: "config/martlet/\(name)")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: "\(session.folder.path)/config/martlet/\(name)")
        }
        try session.folder.write(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", to: "config/martlet/whsec")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(session.folder.path)/config/martlet/whsec")
        try session.folder.write(text, to: "config/martlet/martlet.yaml")
        let ran = try await session.run("serve", "--check-config")
        #expect(!ran.output.contains("canary") && !ran.redacted(session.folder).contains("canary"))
        return Ran(output: ran.output, errors: ran.redacted(session.folder), code: ran.code)
    }

    @Test func `every type is fit for use`() async throws {
        let ran = try await Self.check(
            """
            url: https://martlet.example/
            repositories:
              hub: {url: "git@github.com:shop/infra.git", knownHosts: url, sshKey: key, forge: {type: github, token: {file: token}}}
              lab: {url: "https://gitlab.example/shop/deep/infra", forge: {type: gitlab, token: {file: token}}}
              own: {url: /srv/git/x.git, forge: {type: forgejo, project: a/b, api: "http://127.0.0.1:3000/api/v1", token: {file: token}}}
              bit: {url: "https://bitbucket.org/shop/infra", forge: {type: bitbucket, token: {file: token}}}
            notifications:
              a: {type: slack, url: {file: url}, events: [commit.failed, mended], projects: [x], labels: {tier: web}}
              b: {type: teams, url: {file: url}}
              c: {type: discord, url: {file: url}}
              d: {type: pagerduty, key: {file: key}}
              e: {type: cloudevents, url: "https://events.example", token: {file: token}, mode: structured}
              f: {type: mail, server: "smtp://mail.example:587", user: u, password: {file: password}, from: M <m@x.example>, to: [a@b.example]}
              g: {type: mail, server: "smtp://localhost", tls: none, from: m@x.example, to: [a@b.example]}
              h: {type: webhook, url: "https://ci.example", secrets: [{file: whsec}]}
            """)
        #expect(ran.code == 0, "\(ran)")
        #expect(ran.output.contains("  7 notifications  a, b, c, d, e, f, g\n"), "\(ran.output)")
        #expect(ran.output.contains("  1 webhook      h\n"))
    }

    @Test(arguments: ["", #", api: "https://git.example/rest/api/1.0""#])
    func `Bitbucket's own servers are refused by name`(api: String) async throws {
        let ran = try await Self.check(
            """
            url: https://martlet.example
            repositories:
              bit: {url: "https://git.example/scm/shop/infra.git", forge: {type: bitbucket, token: {file: token}\(api)}}
            """)
        #expect(ran.code == 1)
        let words = "error: Bitbucket Server and Data Center are not spoken to, only Bitbucket Cloud is\n"
        #expect(ran.errors.contains(words + "  hint: leave 'forge' out: "), "\(ran.errors)")
        #expect(ran.errors.split(separator: "\n").count == 2)
    }

    @Test func `every problem is said at once, with its place`() async throws {
        let ran = try await Self.check(
            """
            url: martlet.example
            repositories:
              own: {url: /srv/git/x.git, forge: {type: gitea, token: {file: token}}}
              bit: {url: "https://bitbucket.org/shop", forge: {type: bitbucket, api: "http://api.example", token: {file: token}}}
            notifications:
              a: {type: slack, url: {file: url}, key: {file: key}}
              b: {type: teams}
              d: {type: pagerduty, key: {file: key}, events: [commit.pending]}
              e: {type: mail, server: "https://mail.example", from: nobody, to: [a b@c], user: u}
              f: {type: mail, server: "smtp://mail.example", tls: none, from: m@x.example, to: []}
              g: {type: mail, server: "smtp://localhost", tls: none, user: u, password: {file: password}, from: m@x, to: [m@x]}
            webhooks:
              a: {url: nowhere, secrets: [{file: whsec}]}
            """)
        #expect(ran.code == 1 && ran.output == "")
        try expectGolden(ran.errors, "notification-problems.txt")
    }
}

extension NotificationSettingsTests {
    /// Also by spellings that would pass for this machine, and by an address that is read from a file.
    @Test func `no credential goes over plain http to another machine`() async throws {
        let ran = try await Self.check(
            """
            repositories:
              own: {url: /srv/git/x.git, forge: {type: gitea, project: a/b, api: "http://127.0.0.1.evil.example", token: {file: token}}}
            notifications:
              a: {type: slack, url: "http://chat.example/canary-url"}
              b: {type: cloudevents, url: "http://localhost:80@events.example", token: {file: token}}
              c: {type: pagerduty, url: "http://localhost.example", key: {file: key}}
              d: {type: cloudevents, url: "http://events.example"}
              e: {type: teams, url: "http://[::1]:8080/hook"}
            """)
        #expect(ran.code == 1)
        #expect(
            ran.errors == """
                DIR/config/martlet/martlet.yaml:2:70: error: http shows the token to everybody on the way
                  hint: write 'api: https://…'
                DIR/config/martlet/martlet.yaml:4:25: error: http shows the credential to everybody on the way
                  hint: write https://…
                DIR/config/martlet/martlet.yaml:5:31: error: http shows the credential to everybody on the way
                  hint: write https://…
                DIR/config/martlet/martlet.yaml:6:29: error: http shows the credential to everybody on the way
                  hint: write https://…

                """)
        let file = try await Self.check(
            "notifications: {a: {type: discord, url: {file: url}}}", url: "HTTP://chat.example/canary-url")
        #expect(file.code == 1 && file.errors.contains("http shows the credential to everybody on the way"))
    }
}
