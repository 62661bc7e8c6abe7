import Fakes
import Foundation
import Model
import Testing

@testable import Provision

/// `lifecycle.ignoreChanges` and `replaceTriggeredBy`, where what they name is not a plain attribute.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformIgnoreTests {
    private func ignoring(_ paths: String) -> String { "lifecycle: {ignoreChanges: [\(paths)]}" }

    @Test func `a key of a map is ignored also where there is no map, before or after`() async throws {
        let site = try TerraformSite()
        let rule = ignoring("tags.Owner")
        try await site.commit(manifest("a", "{name: a}", more: rule))
        try await site.commit(manifest("a", "{name: a, tags: {Owner: dev}}", more: rule))
        #expect(site.steps == ["create a"])
        try site.world.change("peer_thing", "a") { $0["tags"] = ["Owner": "ops"] }
        #expect(try await site.resync() == [])
        try await site.commit(manifest("a", "{name: a}", more: rule))
        #expect(site.steps == ["create a"])
        #expect(site.world.object("peer_thing", "a")?["tags"] as? [String: String] == ["Owner": "ops"])
        await site.close()
    }

    @Test func `a part of a block that is written without a list is ignored, with its index and without`()
        async throws
    {
        let site = try TerraformSite()
        for (name, path) in [("b", "row.value"), ("c", "row[0].value")] {
            let text = manifest(
                name, "peer_blocks", "{name: \(name), row: {key: r, value: v}}", more: ignoring(path))
            try await site.commit(text)
            try site.world.change("peer_blocks", name) { object in
                guard var rows = object["row"] as? [[String: Any]] else { return }
                rows[0]["value"] = "other"
                object["row"] = rows
            }
            #expect(try await site.resync() == [], "\(path)")
        }
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases, ["row, bag", "all"])
    func `what is computed inside a block is not given to the provider as if it were configured`(
        version: PeerProvider, paths: String
    ) async throws {
        let site = try TerraformSite(version)
        func text(_ config: String) -> String {
            manifest("a", "peer_blocks", config, more: ignoring(paths))
        }
        try await site.commit(text("{name: a, row: [{key: r}], bag: [{key: x}, {key: y}]}"))
        try await site.commit(text("{name: a, label: l, row: [{key: s}], bag: [{key: x}, {key: y}]}"))
        #expect(site.held("a") == nil, "\(site.held("a")?.message ?? "")")
        #expect(site.steps == (paths == "all" ? ["create a"] : ["create a", "update a"]))
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases, ["script", "all"])
    func `what an old provider keeps a hash of is ignored too`(version: PeerProvider, paths: String)
        async throws
    {
        let site = try TerraformSite(version)
        func text(_ config: String) -> String {
            manifest("a", "peer_legacy", config, more: ignoring(paths))
        }
        func script() -> String? { site.world.object("peer_legacy", "a")?["script"] as? String }
        try await site.commit(text("{name: a, script: echo 1}"))
        let hash = try #require(script())
        try await site.commit(text("{name: a, script: echo 2}"))
        #expect(site.steps == ["create a"])
        #expect(try await site.resync() == [])
        // What is not ignored is changed, and the hash stays as it is.
        try await site.commit(text("{name: a, script: echo 2, text: x}"))
        #expect(site.steps == (paths == "all" ? ["create a"] : ["create a", "update a"]))
        #expect(script() == hash)
        await site.close()
    }

    @Test func `a replacement is planned as it is made: of all that the manifest says`() async throws {
        let site = try TerraformSite()
        let rule = ignoring("tags")
        try await site.commit(manifest("a", "{name: a, zone: eu, tags: {Owner: dev}}", more: rule))
        try site.world.change("peer_thing", "a") { $0["tags"] = ["Owner": "ops"] }
        #expect(try await site.resync() == [])
        let record = try #require(try site.record("a"))
        let spec: Value = .map([
            "provider": .string("peer"), "type": .string("peer_thing"),
            "lifecycle": .map(["ignoreChanges": .list([.string("tags")])]),
            "config": .map([
                "name": .string("a"), "zone": .string("us"), "tags": .map(["Owner": .string("dev")]),
            ]),
        ])
        let target = Target(
            .thing("a"), desired: spec, recorded: record, grants: Grants(projects: ["shop"]))
        let seen = try #require(site.seen("a"))
        let change = try #require(try await site.engine.plan(target, over: seen, secrets: .none))
        #expect(change.action == .replace)
        #expect(change.outputs["tags"]?["Owner"] == .string("dev"))
        #expect(change.fields.contains { $0.path.description == "config.tags.Owner" }, "\(change.fields)")
        await site.close()
    }

    @Test(arguments: ["tags", "tags.Owner", "all"])
    func `what is not ignored any more is what git asks for, whatever else is asked for with it`(
        path: String
    ) async throws {
        let site = try TerraformSite()
        try await site.commit(manifest("a", "{name: a, size: 1, tags: {Owner: dev}}"))
        try await site.commit(manifest("a", "{name: a, size: 1, tags: {Owner: evil}}", more: ignoring(path)))
        #expect(site.steps == ["create a"])
        let record = try #require(try site.record("a"))
        let spec: Value = .map([
            "provider": .string("peer"), "type": .string("peer_thing"),
            "config": .map([
                "name": .string("a"), "size": .int(2), "tags": .map(["Owner": .string("evil")]),
            ]),
        ])
        var target = Target(
            .thing("a"), desired: spec, recorded: record, grants: Grants(projects: ["shop"]))
        target.manifest = .literal(spec)
        let seen = try #require(site.seen("a"))
        let change = try #require(try await site.engine.plan(target, over: seen, secrets: .none))
        let causes = Dictionary(
            change.fields.map { ($0.path.description, $0.cause) }, uniquingKeysWith: { one, _ in one })
        #expect(causes["config.tags.Owner"] == .commit && causes["config.size"] == .commit, "\(causes)")
        #expect(causes.allSatisfy { $0.value == .commit || $0.value == .engine }, "\(causes)")
        await site.close()
    }

    @Test func `a trigger that is only added, or taken away, replaces nothing`() async throws {
        let site = try TerraformSite()
        func both(_ size: Int, _ triggers: String) -> String {
            manifest("b", "{name: b, size: \(size)}") + "---\n"
                + manifest(
                    "a", "{name: a}", more: "lifecycle: {replaceTriggeredBy: [\(triggers)]}")
        }
        let (revision, arn) = ("\"${infrastructure.b.revision}\"", "\"${infrastructure.b.arn}\"")
        try await site.commit(both(1, revision))
        try await site.commit(both(1, "\(revision), \(arn)"))
        try await site.commit(both(1, revision))
        #expect(site.steps == ["create b", "create a"])
        try await site.commit(both(2, "\(revision), \(arn)"))
        #expect(site.steps.suffix(3) == ["update b", "delete a", "create a"])
        await site.close()
    }

    @Test(arguments: [
        ("peer_thing", "size.x", "size.x has nothing inside"),
        ("peer_thing", "ports[0]", "ports[0] has items without an order"),
        ("peer_blocks", "row[0].valu", "row[0].valu has no attribute 'valu'"),
        ("peer_thing", "tagz", "peer_thing has no attribute 'tagz'"),
    ])
    func `a path that leads nowhere is told with its place`(type: String, path: String, message: String)
        async throws
    {
        let site = try TerraformSite()
        try await site.commit(manifest("first", "{name: first}"))
        let problems = try await site.commit(
            manifest("a", type, "{name: a}", more: "lifecycle: {ignoreChanges: [\"\(path)\"]}"))
        #expect(problems.first?.contains(message) == true, "\(problems)")
        await site.close()
    }
}
