import Fixtures
import Foundation
import Server
import Testing

@testable import martlet

/// What people write and type about hooks.
@Suite struct HookTests {
    private static let text = "0123456789abcdef0123456789abcdef"

    private func check(_ session: Session, _ text: String) async throws -> String {
        try session.folder.write(text, to: "config/martlet/martlet.yaml")
        return try await session.run("serve", "--check-config").redacted(session.folder)
    }

    @Test func `hooks are checked, each problem with its line`() async throws {
        let session = try Session()
        #expect(
            try await check(
                session,
                """
                hooks:
                  Forge: {provider: github, secrets: [{env: A}]}
                  b: {provider: gitea, secrets: [], rate: 60}
                  c: {provider: generic, secrets: [{file: x, env: A}, {secret: p}]}
                  d: {provider: generic, secrets: [{secret: ../p, key: k}, {secret: p, key: k, env: A}]}
                """) == """
                    DIR/config/martlet/martlet.yaml:2:10: error: 'Forge' is no name for a hook
                      hint: write 'forge'
                    DIR/config/martlet/martlet.yaml:3:33: error: at least one secret is needed
                    DIR/config/martlet/martlet.yaml:3:43: error: '60' is no rate
                      hint: write 60/m, or 10/s
                    DIR/config/martlet/martlet.yaml:4:36: error: a secret is in one place: 'file' or 'env'
                    DIR/config/martlet/martlet.yaml:4:55: error: a secret is in one place: 'file', 'env', or 'secret' with 'key'
                      hint: write {secret: forge/hook, key: value}
                    DIR/config/martlet/martlet.yaml:5:45: error: secret path '../p' has the part '..'
                      hint: a path is like shop/db: parts of A-Z a-z 0-9 . _ - joined by /
                    DIR/config/martlet/martlet.yaml:5:60: error: a secret is in one place: 'file', 'env', or 'secret' with 'key'
                      hint: write {secret: forge/hook, key: value}

                    """)
        let providers = HookProvider.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        #expect(
            try await check(session, "hooks: {a: {provider: gihub, secrets: [{env: A}]}}") == """
                DIR/config/martlet/martlet.yaml:1:23: error: 'provider' is one of \(providers), found 'gihub'
                  hint: did you mean 'github'?

                """)
    }

    @Test func `the secrets and sources of hooks are looked at`() async throws {
        let session = try Session()
        try session.folder.write("short", to: "config/martlet/short")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(session.folder.path)/config/martlet/short")
        #expect(
            try await check(
                session,
                """
                engines: {one: {type: sealed}, two: {type: sealed, path: other}}
                hooks:
                  a: {provider: github, secrets: [{file: short}, {env: NOT_SET}], sources: [shop]}
                  b: {provider: standard, secrets: [{file: short}]}
                  c: {provider: generic, secrets: [{secret: forge/hook, key: value}]}
                """) == """
                    error: hook 'a': secret has 5 bytes, and needs 16
                      hint: 'openssl rand -hex 32' makes one
                    error: hook 'a': variable 'NOT_SET' of the environment is not set
                    error: hook 'a': names source 'shop', which is not configured
                    error: hook 'b': webhook's secret is not 'whsec_' and base64
                      hint: 'openssl rand -hex 32' makes one
                    error: hook 'c': there is no one sealed store that its secret could be in

                    """)
        let fit = try await check(
            session, "hooks: {c: {provider: generic, secrets: [{secret: forge/hook, key: value}]}}")
        #expect(fit.contains("  1 hook         c\n"))
    }

    @Test func `a hook is listed, and tried as its sender would`() async throws {
        let hooks = """
            listen: 127.0.0.1:0
            hooks:
              forge: {provider: gitlab, secrets: [{file: forge.secret}], branches: [main]}
              events: {provider: cloudevents, secrets: [{secret: forge/hook, key: value}], rate: 1/h}
            """
        let shop = try await Workshop(settings: hooks)
        try shop.folder.write(Self.text + "\n", to: "forge.secret")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(shop.path)/forge.secret")
        try await shop.commit(["index": "hello"])
        try await shop.serving { _ in
            let list = try await shop.martlet("webhook")
            #expect(list.code == 0 && list.errors == "")
            let lines = list.output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.last?.contains("forge") == true && lines.last?.contains("shop (main)") == true)
            #expect(lines.last?.hasSuffix("nothing came since the start") == true)

            let tried = try await shop.martlet("webhook", "test", "forge")
            #expect(tried.code == 0, Comment(rawValue: tried.errors))
            #expect(tried.output.contains("/hooks/forge answered 200 in "))
            #expect(tried.output.hasSuffix(": the signature is right; a push is answered with a fetch\n"))
            let json = try await shop.martlet("webhook", "list", "--format", "json")
            let told = try JSONDecoder().decode(WebhookList.self, from: Data(json.output.utf8))
            #expect(told.hooks.map(\.name) == ["events", "forge"])
            #expect(told.schema == "martlet/webhooks/v1" && told.hooks.last?.last?.outcome == "ping")

            let unknown = try await shop.martlet("webhook", "test", "forg")
            #expect(
                unknown.errors == "error: no hook 'forg' is configured\n  hint: did you mean 'forge'?\n"
                    && unknown.code == 1)
            let keyless = try await shop.martlet("webhook", "test", "events")
            #expect(
                keyless.errors
                    == "error: hook 'events': no secret can be used: no secret 'forge/hook' in the sealed store\n"
                    && keyless.code == 1)
        }
    }

    @Test func `without a port a hook is tried over the socket, and the hint says what is missing`()
        async throws
    {
        let shop = try await Workshop(
            settings: "hooks: {forge: {provider: github, secrets: [{file: forge.secret}]}}")
        try shop.folder.write(Self.text, to: "forge.secret")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(shop.path)/forge.secret")
        try await shop.commit(["index": "hello"])
        try await shop.serving { _ in
            let tried = try await shop.martlet("webhook", "test", "forge")
            #expect(tried.output.hasSuffix("  hint: no forge reaches a socket: set 'listen'\n"))
            #expect(
                tried.output.hasPrefix("hook 'forge': DIR/state/martlet.sock, /hooks/forge answered 200 in "))
        }
    }

    @Test func `a hook is tried the way that its sender takes, where the configuration knows it`()
        async throws
    {
        let shop = try await Workshop(
            settings: """
                url: http://127.0.0.1:9
                hooks: {forge: {provider: github, secrets: [{file: forge.secret}]}}
                """)
        try shop.folder.write(Self.text, to: "forge.secret")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(shop.path)/forge.secret")
        try await shop.commit(["index": "hello"])
        try await shop.serving { _ in
            let list = try await shop.martlet("webhook")
            #expect(list.output.contains("http://127.0.0.1:9/hooks/forge"))
            let tried = try await shop.martlet("webhook", "test", "forge")
            let words = "error: hook 'forge': nothing answers at http://127.0.0.1:9/hooks/forge: "
            #expect(tried.errors.hasPrefix(words) && tried.code == 1, Comment(rawValue: tried.errors))
        }
    }

    @Test func `a start without a secret that is named says which`() async throws {
        let session = try Session()
        try session.folder.write(
            "hooks: {forge: {provider: github, secrets: [{file: none}]}}", to: "config/martlet/martlet.yaml")
        let ran = try await session.run("serve")
        #expect(
            ran.redacted(session.folder).contains(
                "error: hook 'forge': secret file 'DIR/config/martlet/none' can't be read"))
        #expect(ran.code == 1)
    }
}
