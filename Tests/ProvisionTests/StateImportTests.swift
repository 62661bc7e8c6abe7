import ChildProcess
import Fakes
import Fixtures
import Foundation
import Manifests
import Model
import Reconcile
import Store
import Testing

@testable import Provision

/// Terraform itself, with our provider: what it leaves is what teams come with.
private struct Terraform {
    static let program = installed("terraform")
    struct Failure: Error { var text: String }

    private let folder: TemporaryFolder
    private let environment: [String: String]

    /// - Parameter resources: of the provider, over that world.
    init(_ world: PeerWorld, _ resources: String) throws {
        folder = try TemporaryFolder()
        environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder.path, "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": folder.path + "/cli.tfrc",
        ]
        try folder.write(
            "provider_installation {\n  filesystem_mirror { path = \"\(PeerProvider.mirror)\" }\n}\n",
            to: "cli.tfrc")
        try folder.write(
            """
            terraform {
              required_providers {
                peer = {
                  source  = "\(PeerProvider.source)"
                  version = "\(PeerProvider.protocol6.version)"
                }
              }
            }
            provider "peer" { world = "\(world.path)" }
            \(resources)
            """, to: "main.tf")
    }

    func run(_ arguments: String..., mayFail: Bool = false) async throws {
        guard let program = Self.program else { throw Failure(text: "terraform is not installed") }
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

    func state() throws -> StateFile {
        try StateFile(Array(Data(contentsOf: folder.url.appending(path: "terraform.tfstate"))))
    }
}

@Suite(
    .enabled(if: PeerProvider.isPossible, PeerProvider.missing),
    .enabled(if: Terraform.program != nil, "terraform is not installed"), .timeLimit(.minutes(5)))
struct StateImportTests {
    /// Records what a state has for these manifests, as a command does while no controller runs, and starts one.
    private func takeOver(
        _ state: StateFile, _ text: String, map: [String: ResourceID] = [:], _ site: TerraformSite
    ) async throws -> StateImport {
        var grants = Grants(projects: ["shop"])
        grants.engines = ["peer"]
        var settings = SourceSettings(name: "shop", project: "shop", grants: grants)
        settings.engines = [
            TerraformEngine.description(name: "peer", source: PeerProvider.source, schemas: .nowhere)
        ]
        let file = Loader(kinds: [Infrastructure.kind], settings: settings).parse(text)
        #expect(file.diagnostics(in: "a.yaml").map(\.description) == [])
        let manifests = file.manifests(in: "a.yaml")
        let result = StateImport(
            state,
            into: StateImport.Place(
                manifests: Dictionary(uniqueKeysWithValues: manifests.map { ($0.id, $0) }),
                providers: ["peer": PeerProvider.source], recorded: try site.store.ledger().records, map: map)
        )
        let entries = result.records.map { Entry.outcome($0.key, closes: nil, $0.value) }
        try site.store.append(entries, term: try site.store.takeOver())
        try await site.restart()
        return result
    }

    @Test func `a team moves over from Terraform, and nothing is left to do`() async throws {
        let site = try TerraformSite()
        let terraform = try Terraform(
            site.world,
            """
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
              pin  = "1234"
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
        #expect(site.world.count("create") == 7)

        let text = [
            manifest("web-logs", "{name: weblogs, size: 3, tags: {a: '1'}}", more: "timeouts: {create: 1h}"),
            manifest(
                "each", "{name: 'each${each.key}', note: \"${infrastructure['web-logs'].arn}\"}",
                outside: "forEach: [a, b]"),
            manifest("numbered", "{name: 'many${each.key}'}", outside: "forEach: ['0', '1']"),
            manifest("login", "peer_secret", "{name: login, pin: '1234', login: [{user: u, phrase: p}]}"),
            manifest("net", "peer_regional", "{name: net, region: eu}"),
        ].joined(separator: "---\n")
        var map: [String: ResourceID] = [:]
        for key in ["0", "1"] {
            map["peer_thing.many[\(key)]"] = ResourceID("infrastructure", "shop", "numbered", key: key)
        }
        let result = try await takeOver(try terraform.state(), text, map: map, site)
        #expect(result.taken.count == 7)
        #expect(result.left == [])

        #expect(try await site.commit(text) == [])
        #expect(site.steps == [])
        #expect(site.world.count("create") == 7)
        #expect(site.world.count("update") + site.world.count("delete") == 0)
        for id in result.records.keys {
            #expect(site.loop.picture.nodes[id]?.held == nil)
            #expect(site.loop.picture.nodes[id]?.pending == nil)
        }
        let record = try #require(try site.record("web-logs"))
        #expect(record.spec["config"]?["size"] == .int(3))
        #expect(record.observation.outputs["arn"]?.string == "weblogs.arn")
        #expect(!"\(record.observation.fields) \(record.observation.outputs)".contains("weblogs.key"))
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `where the manifest says something else than what was taken over, nothing has drifted`()
        async throws
    {
        let site = try TerraformSite()
        let terraform = try Terraform(site.world, #"resource "peer_thing" "a" { name = "a" }"#)
        try await terraform.run("init", "-no-color")
        try await terraform.run("apply", "-auto-approve", "-no-color")
        let text = manifest("a", "{name: a, size: 3}", outside: "reconcile: {onDrift: warn}")
        _ = try await takeOver(try terraform.state(), text, site)
        try await site.commit(text)
        #expect(site.steps == ["update a"])
        #expect(site.drifts == [])
        await site.close()
    }

    @Test func `a tainted object is replaced, and what was replaced before is deleted`() async throws {
        let site = try TerraformSite()
        let terraform = try Terraform(
            site.world,
            """
            variable "swap" { default = "one" }
            resource "peer_thing" "swap" {
              name = var.swap
              lifecycle { create_before_destroy = true }
            }
            resource "peer_thing" "spoiled" { name = "spoiled" }
            """)
        try await terraform.run("init", "-no-color")
        try await terraform.run("apply", "-auto-approve", "-no-color")
        try site.world.fault([["call": "delete", "do": "fail", "name": "one"]])
        try await terraform.run("apply", "-auto-approve", "-no-color", "-var", "swap=two", mayFail: true)
        try site.world.fault([])
        try await terraform.run("taint", "peer_thing.spoiled")
        #expect(site.world.names("peer_thing") == ["one", "spoiled", "two"])

        let text = manifest("swap", "{name: two}") + "---\n" + manifest("spoiled", "{name: spoiled}")
        let result = try await takeOver(try terraform.state(), text, site)
        #expect(result.taken.first { $0.id == .thing("swap") }?.deposed == 1)
        #expect(result.taken.first { $0.id == .thing("spoiled") }?.isTainted == true)
        try await site.commit(text)
        #expect(site.world.names("peer_thing") == ["spoiled", "two"])
        #expect(site.world.calls.count { $0 == "delete peer_thing spoiled" } == 1)
        #expect(site.world.calls.count { $0 == "delete peer_thing two" } == 0)
        #expect(try site.record("swap")?.deposed == [])
        #expect(try await site.resync() == [])
        await site.close()
    }
}
