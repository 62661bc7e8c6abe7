import ChildProcess
import Fakes
import Fixtures
import Foundation
import Testing

@testable import martlet

/// Terraform itself, with our provider: what it leaves is what teams come with.
private struct Terraform {
    static let program = installed("terraform")
    struct Failure: Error { var text: String }

    let folder: TemporaryFolder
    private let environment: [String: String]

    init(_ configuration: String) throws {
        folder = try TemporaryFolder()
        environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder.path, "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": folder.path + "/cli.tfrc",
        ]
        try folder.write(
            "provider_installation {\n  filesystem_mirror { path = \"\(PeerProvider.mirror)\" }\n}\n",
            to: "cli.tfrc")
        try folder.write(configuration, to: "main.tf")
    }
    var state: String { folder.path + "/terraform.tfstate" }

    func run(_ arguments: String..., mayFail: Bool = false) async throws {
        guard let program = Self.program else { throw Failure(text: "it is not installed") }
        let command = Command(program, arguments, environment: environment, in: folder.path)
        let ended = try await command.run { child in
            async let output = child.output.collect(atMost: 1 << 20)
            async let errors = child.errors.collect(atMost: 1 << 20)
            return (await output + errors, await child.waitForExit())
        }
        guard mayFail || ended.result.1 == .exited(0) else {
            throw Failure(text: String(decoding: ended.result.0, as: UTF8.self))
        }
    }
}

@Suite(
    .enabled(if: PeerProvider.isPossible, PeerProvider.missing),
    .enabled(if: Terraform.program != nil, "terraform is not installed"), .timeLimit(.minutes(10)))
struct StateUseTests {
    private static let required = """
        terraform {
          required_providers {
            peer = {
              source  = "registry.example/martlet/peer"
              version = "1.6.0"
            }
          }
        }
        """

    private func workshop(_ world: PeerWorld) async throws -> Workshop {
        let shop = try await Workshop()
        try shop.folder.write(
            """
            name: shop-test
            state: \(shop.path)/state
            repositories: {infra: {url: "\(shop.path)/repo.git"}}
            engines:
              peer: {type: terraform, source: registry.example/martlet/peer, version: 1.6.0, config: {world: "\(world.path)"}}
            providers: {mirrors: [{filesystem: "\(PeerProvider.mirror)"}]}
            sources:
              shop: {repository: infra, allow: {engines: [peer]}}
            """, to: "martlet.yaml")
        let locked = try await shop.martlet("providers", "lock")
        #expect(locked.code == 0, "\(locked)")
        return shop
    }

    private func manifest(_ name: String, _ type: String, _ config: String, more: String = "") -> String {
        """
        apiVersion: martlet/v1
        kind: Infrastructure
        metadata: {name: \(name)}\(more)
        spec: {provider: peer, type: \(type), config: {\(config)}}

        """
    }

    @Test func `a team moves over, nothing is made anew, and the plan is empty`() async throws {
        let world = try PeerWorld()
        let terraform = try Terraform(
            """
            \(Self.required)
            provider "peer" { world = "\(world.path)" }
            resource "peer_thing" "web_logs" {
              name = "weblogs"
              size = 3
              tags = { a = "1" }
              timeouts { create = "1h" }
            }
            resource "peer_thing" "each" {
              for_each = toset(["a", "b"])
              name     = "each${each.key}"
              note     = peer_thing.web_logs.arn
            }
            resource "peer_thing" "many" {
              count = 2
              name  = "many${count.index}"
            }
            resource "peer_secret" "login" {
              name = "login"
              login {
                user   = "u"
                phrase = "p"
              }
            }
            resource "peer_regional" "net" {
              name   = "net"
              region = "eu"
            }
            data "peer_thing" "logs" { name = peer_thing.web_logs.name }
            """)
        try await terraform.run("init", "-no-color")
        try await terraform.run("apply", "-auto-approve", "-no-color")
        let made = world.count("create")
        #expect(made == 7)

        let shop = try await workshop(world)
        let manifests = [
            manifest(
                "web-logs", "peer_thing", "name: weblogs, size: 3, tags: {a: '1'}, timeouts: {create: 1h}"),
            manifest(
                "each", "peer_thing", "name: 'each${each.key}', note: \"${infrastructure['web-logs'].arn}\"",
                more: "\nforEach: [a, b]"),
            manifest("numbered", "peer_thing", "name: 'many${each.key}'", more: "\nforEach: ['0', '1']"),
            manifest("login", "peer_secret", "name: login, login: [{user: u, phrase: p}]"),
            manifest("net", "peer_regional", "name: net, region: eu"),
        ]
        try shop.folder.write(manifests.joined(separator: "---\n"), to: "here/all.yaml")
        let place = ["./here", "--project", "shop"]
        #expect(try await shop.martlet(["plan"] + place).code == 2)

        let maps = (0...1).flatMap { ["--map", "peer_thing.many[\($0)]=infrastructure/numbered[\($0)]"] }
        let command = ["state", "import-terraform", terraform.state] + place + maps
        let tried = try await shop.martlet(command + ["--dry-run"])
        #expect(tried.code == 0, "\(tried)")
        #expect(tried.output.hasPrefix("would take over 7 objects"))
        let imported = try await shop.martlet(command)
        #expect(imported.code == 0, "\(imported)")
        #expect(imported.output.hasPrefix("took over 7 objects"), "\(imported)")
        #expect(imported.output.contains("1 data source will be read anew"))

        let plan = try await shop.martlet(["plan"] + place)
        #expect(plan.code == 0, "\(plan)")
        let applied = try await shop.martlet(["apply"] + place)
        #expect(applied.code == 0, "\(applied)")
        #expect(world.count("create") == made)
        #expect(world.count("update") + world.count("delete") == 0)
        let again = try await shop.martlet(command)
        #expect(again.output.hasPrefix("took over 0 objects"))
        #expect(again.output.contains("infrastructure/shop/web-logs is recorded already"))
        try await expectNoSecret(shop)
    }

    /// What the provider made up, and its schema says is sensitive: `weblogs.key`, `login.generated`.
    private func expectNoSecret(_ shop: Workshop) async throws {
        let list = try await shop.martlet("state", "list")
        #expect(list.code == 0, "\(list)")
        #expect(list.output.contains("infrastructure/shop/each[a]"))
        let shown = try await shop.martlet("state", "show", "infrastructure/web-logs")
        #expect(shown.code == 0, "\(shown)")
        #expect(shown.output.contains("weblogs.arn"))
        let secret = try await shop.martlet("state", "show", "infrastructure/login", "--format", "json")
        for text in [list.output, shown.output, secret.output] {
            #expect(!text.contains("weblogs.key") && !text.contains("login.generated"))
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(shop.path)/state") {
            guard let bytes = FileManager.default.contents(atPath: "\(shop.path)/state/\(name)") else {
                continue
            }
            for canary in ["weblogs.key", "login.generated"] {
                #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(name) has a secret")
            }
        }
    }

    @Test func `a tainted object is replaced, and what was replaced before is deleted`() async throws {
        let world = try PeerWorld()
        let terraform = try Terraform(
            """
            \(Self.required)
            provider "peer" { world = "\(world.path)" }
            variable "swap" { default = "one" }
            resource "peer_thing" "swap" {
              name = var.swap
              lifecycle { create_before_destroy = true }
            }
            resource "peer_thing" "spoiled" { name = "spoiled" }
            """)
        try await terraform.run("init", "-no-color")
        try await terraform.run("apply", "-auto-approve", "-no-color")
        try world.fault([["call": "delete", "do": "fail", "name": "one"]])
        try await terraform.run("apply", "-auto-approve", "-no-color", "-var", "swap=two", mayFail: true)
        try world.fault([])
        try await terraform.run("taint", "peer_thing.spoiled")
        #expect(world.names("peer_thing") == ["one", "spoiled", "two"])

        let shop = try await workshop(world)
        try shop.folder.write(
            manifest("swap", "peer_thing", "name: two") + "---\n"
                + manifest("spoiled", "peer_thing", "name: spoiled"),
            to: "here/all.yaml")
        let place = ["./here", "--project", "shop"]
        let imported = try await shop.martlet(["state", "import-terraform", terraform.state] + place)
        #expect(imported.output.contains("tainted: it will be replaced"), "\(imported)")
        #expect(imported.output.contains("1 replaced object will be deleted"), "\(imported)")
        #expect(try await shop.martlet(["plan"] + place).code == 2)
        let applied = try await shop.martlet(["apply"] + place)
        #expect(applied.code == 0, "\(applied)")
        #expect(world.names("peer_thing") == ["spoiled", "two"])
        #expect(world.calls.filter { $0 == "delete peer_thing spoiled" }.count == 1)
        #expect(try await shop.martlet(["plan"] + place).code == 0)
    }

    @Test func `a record gets another name, or goes, and the object stays`() async throws {
        let world = try PeerWorld()
        let shop = try await workshop(world)
        let place = ["./here", "--project", "shop"]
        try shop.folder.write(manifest("one", "peer_thing", "name: one"), to: "here/all.yaml")
        #expect(try await shop.martlet(["apply"] + place).code == 0)

        let nobody = try await shop.martlet("state", "mv", "infrastructure/two", "infrastructure/three")
        #expect(nobody.errors.contains("no resource 'infrastructure/two' is recorded"))
        let moved = try await shop.martlet("state", "mv", "infrastructure/one", "infrastructure/two")
        #expect(
            moved.output.hasPrefix("infrastructure/shop/one is infrastructure/shop/two from now on"),
            "\(moved)")
        try shop.folder.write(manifest("two", "peer_thing", "name: one"), to: "here/all.yaml")
        #expect(try await shop.martlet(["plan"] + place).code == 0)

        let removed = try await shop.martlet("state", "rm", "infrastructure/two")
        #expect(removed.output.hasPrefix("infrastructure/shop/two is forgotten; what exists stays as it is"))
        #expect(world.names("peer_thing") == ["one"])
        #expect(try await shop.martlet("state", "list").output.contains("no resource"))
        #expect(try await shop.martlet(["plan"] + place).code == 2)
    }
}
