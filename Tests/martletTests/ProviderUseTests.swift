import Fixtures
import Foundation
import Testing

@testable import martlet

/// Two mirrors of a provider of ours, unpacked and packed, as `Tests/engines/peer` makes them.
private enum PeerMirrors {
    static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".engines/peer").path(percentEncoded: false)
    static let areThere = FileManager.default.fileExists(atPath: "\(path)/digest")
}

/// A provider of ours behind the built program, from the mirror to the object.
@Suite(.enabled(if: PeerMirrors.areThere, "run 'make engines' first"), .timeLimit(.minutes(5)))
struct ProviderUseTests {
    private let shop: Workshop
    private let arguments: [String]

    init() async throws {
        shop = try await Workshop()
        arguments = ["./here", "--project", "shop"]
        try configure()
        try write("size: 3, tags: {team: core}")
    }
    private func configure(_ version: String = "~> 1.5", mirror: String = "packed", token: String = "") throws
    {
        try shop.folder.write(
            """
            name: shop-test
            state: \(shop.path)/state
            repositories: {infra: {url: "\(shop.path)/repo.git"}}
            sources:
              shop: {repository: infra, allow: {engines: [peer, other, host, sealed, jobs, services]}}
            providers: {mirrors: [{filesystem: "\(PeerMirrors.path)/\(mirror)"}]}
            engines:
              host: {type: host}
              sealed: {type: sealed}
              jobs: {type: supervisor}
              services: {type: registry}
              peer:
                type: terraform
                source: registry.example/martlet/peer
                version: "\(version)"
                config: {world: "\(shop.path)/world"\(token)}
                environment: {PATH: "/usr/bin:/bin", PEER_HINT: {file: hint}}
              other: {type: terraform, source: registry.example/martlet/peer, config: {world: "\(shop.path)/other"}}
            """, to: "martlet.yaml")
        let hint = try shop.folder.write("canary-hint", to: "hint")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: hint)
    }
    private func write(_ config: String, provider: String = "peer", more: String = "") throws {
        try shop.folder.write(
            """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: a}
            spec: {provider: \(provider), type: peer_thing, config: {name: a, \(config)}}
            \(more)
            """, to: "here/site.yaml")
    }
    private func object(_ name: String, in world: String = "world") throws -> [String: Any] {
        let file = URL(filePath: "\(shop.path)/\(world)/peer_thing/\(name).json")
        return try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
    }

    @Test func `what is not pinned is refused, and what is pinned is made, changed and left alone`()
        async throws
    {
        let refused = try await shop.martlet(["plan"] + arguments)
        #expect(
            (refused.output + refused.errors).contains("registry.example/martlet/peer is not pinned"),
            "\(refused)")
        #expect((refused.output + refused.errors).contains("run 'martlet providers lock'"))
        #expect(!shop.exists("../world"))

        #expect(try await shop.martlet("providers", "lock").code == 0)
        let plan = try await shop.martlet(["plan"] + arguments)
        #expect(plan.code == 2, "\(plan)")
        #expect(plan.output.contains("+ infrastructure/a   peer_thing"), "\(plan.output)")
        #expect(
            plan.output.contains("      + tags {\n          + team  \"core\"\n        }\n"), "\(plan.output)")
        let apply = try await shop.martlet(["apply"] + arguments)
        #expect(apply.code == 0, "\(apply)")
        #expect(try object("a")["size"] as? Int == 3)
        let again = try await shop.martlet(["plan"] + arguments)
        #expect(again.code == 0, "\(again)")

        try write("size: 4, tags: {team: core}")
        let change = try await shop.martlet(["plan"] + arguments)
        #expect(change.output.contains("~ size"), "\(change.output)")
        #expect(try await shop.martlet(["apply"] + arguments + ["--parallelism", "1"]).code == 0)
        #expect(try object("a")["size"] as? Int == 4)

        let replaced = try await shop.martlet(["apply"] + arguments + ["--replace", "infrastructure/a"])
        #expect(replaced.code == 0 && replaced.output.contains("1 replaced"), "\(replaced)")
        #expect(try await shop.martlet(["plan"] + arguments).code == 0)

        var changed = try object("a")
        changed["size"] = 9
        try JSONSerialization.data(withJSONObject: changed).write(
            to: URL(filePath: "\(shop.path)/world/peer_thing/a.json"))
        #expect(try await shop.martlet(["plan"] + arguments + ["--refresh=false"]).code == 0)
        #expect(try await shop.martlet(["drift"] + arguments).code == 2)
    }

    @Test func `what a provider makes goes into a job and a service, before it is there and when it changes`()
        async throws
    {
        let (log, arguments) = ("\(shop.path)/told", arguments + ["--user", NSUserName()])
        let users = """
            ---
            apiVersion: martlet/v1
            kind: Job
            metadata: {name: tell}
            spec:
              type: batch
              task: {driver: exec, command: /bin/sh, args: [-c, "echo ${infrastructure.a.arn} >> \(log)"], user: \(NSUserName())}
            ---
            apiVersion: martlet/v1
            kind: Service
            metadata: {name: api}
            spec: {addresses: ["${infrastructure.a.note}"]}
            """
        try write("note: '127.0.0.1:1'", more: users)
        #expect(try await shop.martlet("providers", "lock").code == 0)
        let plan = try await shop.martlet(["plan"] + arguments)
        #expect(plan.code == 2, "\(plan)")
        for text in ["+ job/tell", "+ service/api", "(known after apply)"] {
            #expect(plan.output.contains(text), "\(plan.output)")
        }
        let apply = try await shop.martlet(["apply"] + arguments)
        #expect(apply.code == 0, "\(apply)")
        let arn = try #require(try object("a")["arn"] as? String)
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "\(arn)\n")
        #expect(try await shop.martlet(["plan"] + arguments).code == 0)

        try write("note: '127.0.0.1:2'", more: users)
        let change = try await shop.martlet(["plan"] + arguments)
        #expect(change.output.contains("~ service/api"), "\(change.output)")
        #expect(!change.output.contains("job/tell"), "\(change.output)")
    }

    @Test func `a folder of its own uses the engines that its caller names`() async throws {
        #expect(try await shop.martlet("providers", "lock").code == 0)
        let mine = ["plan", "./here", "--project", "mine"]
        let refused = try await shop.martlet(mine)
        #expect((refused.output + refused.errors).contains("for a local folder --engine"), "\(refused)")
        let plan = try await shop.martlet(mine + ["--engine", "peer"])
        #expect(plan.code == 2 && plan.output.contains("+ infrastructure/a   peer_thing"), "\(plan)")
        let unknown = try await shop.martlet(mine + ["--engine", "pear"])
        #expect(
            unknown.errors == "error: no engine 'pear' is configured\n  hint: did you mean 'peer'?\n",
            "\(unknown)")
    }

    @Test func `secrets come from a store, and are shown nowhere`() async throws {
        let put = try await shop.martlet(
            ["secret", "put", "controller/peer", "token"], input: "canary-token")
        #expect(put.code == 0, "\(put)")
        try configure(token: ", token: {store: sealed, path: controller/peer, key: token}")
        #expect(try await shop.martlet("providers", "lock").code == 0)
        let apply = try await shop.martlet(["apply"] + arguments)
        #expect(apply.code == 0, "\(apply)")
        #expect(!(apply.output + apply.errors).contains("canary"))
        try configure(token: ", token: {store: sealed, path: controller/gone, key: token}")
        let missing = try await shop.martlet(["plan"] + arguments)
        #expect(
            (missing.output + missing.errors).contains("secret 'controller/gone' of 'sealed' can't be read"),
            "\(missing)")
    }

    @Test func `two engines of one provider share its package`() async throws {
        try configure(mirror: "unpacked")
        #expect(try await shop.martlet("providers", "lock").code == 0)
        try write(
            "size: 1",
            more: """
                ---
                apiVersion: martlet/v1
                kind: Infrastructure
                metadata: {name: b}
                spec: {provider: other, type: peer_thing, config: {name: b, size: "${infrastructure.a.size}"}}
                """)
        let apply = try await shop.martlet(["apply"] + arguments)
        #expect(apply.code == 0, "\(apply)")
        #expect(try object("b", in: "other")["size"] as? Int == 1)
        let kept = try FileManager.default.contentsOfDirectory(atPath: "\(shop.path)/state/providers")
        #expect(kept.filter { !$0.contains(".") }.count == 1, "\(kept)")
        #expect(kept.contains { $0.hasSuffix(".schemas") })
    }

    @Test
    func `what the provider says against a field has the manifest's line, and what it warns of its field`()
        async throws
    {
        #expect(try await shop.martlet("providers", "lock").code == 0)
        try write("size: -1")
        let refused = try await shop.martlet(["plan"] + arguments)
        #expect(
            refused.output.contains("site.yaml:4:66: config.size: size is negative"), "\(refused)")
        try FileManager.default.createDirectory(
            atPath: "\(shop.path)/world", withIntermediateDirectories: true)
        try Data(
            #"[{"call": "validate", "do": "warn", "argument": "it is out of date", "path": ["size"]}]"#.utf8
        ).write(to: URL(filePath: "\(shop.path)/world/faults.json"))
        try write("size: 1")
        let words = "infrastructure/a: config.size: it is out of date"
        let plan = try await shop.martlet(["plan"] + arguments)
        #expect(plan.code == 2 && plan.output.count(of: words) == 1, "\(plan)")
        let apply = try await shop.martlet(["apply"] + arguments)
        #expect(apply.code == 0 && apply.output.count(of: words) == 1, "\(apply)")
        let status = try await shop.martlet(["plan"] + arguments)
        #expect(status.code == 0 && status.output.count(of: words) == 1, "\(status)")
    }

    @Test func `a wrong attribute is said with its place once the schema is known`() async throws {
        #expect(try await shop.martlet("providers", "lock").code == 0)
        #expect(try await shop.martlet(["plan"] + arguments).code == 2)
        try write("sise: 3")
        let refused = try await shop.martlet(["plan"] + arguments)
        #expect(refused.code == 1)
        #expect((refused.output + refused.errors).contains("site.yaml:4:"), "\(refused)")
    }
}

extension String {
    fileprivate func count(of words: String) -> Int { components(separatedBy: words).count - 1 }
}
