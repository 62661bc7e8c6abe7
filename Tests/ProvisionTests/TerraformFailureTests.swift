import Fakes
import Foundation
import Model
import Provision
import Testing

/// What a provider can do wrong, and what may be lost.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformFailureTests {
    @Test(arguments: PeerProvider.allCases)
    func `a create whose answer was lost is found again by its identity`(version: PeerProvider) async throws {
        let site = try TerraformSite(version)
        try await site.commit(manifest("warm", "{name: warm}"))
        try site.world.fault([["call": "create", "do": "crash-after", "name": "a", "times": 1]])
        let text = manifest("warm", "{name: warm}") + "---\n"
        try await site.commit(text + manifest("a", "peer_regional", "{name: a, region: eu, size: 1}"))
        try await site.wait()
        #expect(site.steps.filter { $0.hasSuffix(" a") } == ["create a"])
        #expect(site.world.names("peer_regional").count == 1)
        #expect(try site.record("a") != nil)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `while the provider can't reach its world, nothing tells that a lost create did not happen`()
        async throws
    {
        let site = try TerraformSite()
        try await site.commit(manifest("warm", "{name: warm}"))
        try site.world.fault([
            ["call": "create", "do": "crash-after", "name": "a", "times": 1],
            ["call": "import", "do": "fail", "argument": "lookup cloud.example: no such host", "times": 2],
        ])
        let text = manifest("warm", "{name: warm}") + "---\n"
        try await site.commit(text + manifest("a", "peer_regional", "{name: a, region: eu, size: 1}"))
        for _ in 0..<4 { try await site.wait() }
        #expect(site.steps.filter { $0.hasSuffix(" a") } == ["create a"])
        #expect(site.held("a") == nil)
        #expect(site.world.names("peer_regional").count == 1)
        await site.close()
    }

    @Test func `a replacement that a person asks for follows the manifest's rules`() async throws {
        let site = try TerraformSite()
        let rules = "lifecycle: {createBeforeDestroy: true}"
        try await site.commit(manifest("a", "{name: a}", more: rules))
        let record = try #require(try site.record("a"))
        var target = Target(
            .thing("a"), desired: record.spec, recorded: record, grants: Grants(projects: ["shop"]))
        let none = SecretSource { _ throws(EngineError) in nil }
        #expect(try await site.engine.plan(target, over: record.observation, secrets: none) == nil)
        target.isReplaced = true
        let change = try #require(
            try await site.engine.plan(target, over: record.observation, secrets: none))
        #expect(change.action == .replace)
        #expect(change.createsFirst)

        guard case .map(let spec) = record.spec else { throw EngineError(.retry, "no spec") }
        target.desired = .map(spec.merging(["lifecycle": .map(["preventDestroy": .bool(true)])]) { $1 })
        let kept = target
        await #expect(throws: EngineError.self) {
            try await site.engine.plan(kept, over: record.observation, secrets: none)
        }
        await site.close()
    }

    @Test func `what was replaced goes, also where what stands in its place may not`() async throws {
        let site = try TerraformSite()
        let rules = "lifecycle: {createBeforeDestroy: true}"
        try await site.commit(manifest("a", "{name: one}", more: rules))
        try site.world.fault([["call": "delete", "do": "fail", "name": "one", "times": 2]])
        try await site.commit(manifest("a", "{name: two}", more: rules))
        #expect(try site.record("a")?.deposed.count == 1)
        try await site.commit(
            manifest("a", "{name: two}", more: "lifecycle: {createBeforeDestroy: true, preventDestroy: true}")
        )
        for _ in 0..<4 { try await site.wait() }
        #expect(site.world.names("peer_thing") == ["two"])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `a create that never reached the provider's world is done again, where its identity tells so`(
        version: PeerProvider
    )
        async throws
    {
        let site = try TerraformSite(version)
        try await site.commit(manifest("warm", "{name: warm}"))
        try site.world.fault([["call": "create", "do": "crash", "name": "a", "times": 1]])
        let text = manifest("warm", "{name: warm}") + "---\n"
        try await site.commit(text + manifest("a", "peer_regional", "{name: a, region: eu, size: 1}"))
        for _ in 0..<3 { try await site.wait() }
        #expect(site.steps.last == "create a")
        #expect(site.world.names("peer_regional").count == 1)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `where nothing tells whether a lost create happened, a person is asked, and nothing is made twice`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        try await site.commit(manifest("warm", "{name: warm}"))
        try site.world.fault([["call": "create", "do": "crash", "name": "a", "times": 1]])
        let text = manifest("warm", "{name: warm}") + "---\n" + manifest("a", "{name: a}")
        try await site.commit(text)
        for _ in 0..<3 { try await site.wait() }
        #expect(site.held("a")?.recovery == .waitForChange)
        #expect(site.held("a")?.hint?.contains("martlet settle infrastructure/shop/a --not-made") == true)
        #expect(site.world.names("peer_thing") == ["warm"])
        try await site.settle("a", made: false)
        try await site.wait()
        #expect(site.world.names("peer_thing") == ["a", "warm"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `an update and a delete whose answers were lost come to the right end`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        let other = manifest("o", "{name: o}") + "---\n"
        try await site.commit(other + manifest("a", "{name: a, size: 1}"))
        try site.world.fault([["call": "update", "do": "crash-after", "times": 1]])
        try await site.commit(other + manifest("a", "{name: a, size: 2}"))
        for _ in 0..<2 { try await site.wait() }
        #expect(site.world.object("peer_thing", "a")?["size"] as? Int == 2)
        #expect(try await site.resync() == [])
        try site.world.fault([["call": "delete", "do": "crash-after", "times": 1]])
        try await site.commit(other)
        for _ in 0..<2 { try await site.wait() }
        #expect(site.world.names("peer_thing") == ["o"])
        #expect(try site.record("a") == nil)
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `what was made and not wholly is recorded, and replaced`(version: PeerProvider) async throws {
        let site = try TerraformSite(version)
        try site.world.fault([["call": "create", "do": "partial", "name": "a", "times": 1]])
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        #expect(site.steps.count == 1 && site.steps[0].hasPrefix("create a failed: "))
        #expect(try site.record("a")?.observation.health != .ready)
        for _ in 0..<2 { try await site.wait() }
        #expect(site.steps.dropFirst() == ["delete a", "create a"])
        #expect(try site.record("a")?.observation.health == .ready)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `throttling is waited out`(version: PeerProvider) async throws {
        let site = try TerraformSite(version)
        try site.world.fault([["call": "create", "do": "throttle", "argument": "2", "name": "a"]])
        try await site.commit(manifest("a", "{name: a}"))
        #expect(site.held("a")?.recovery == .retry)
        for _ in 0..<2 { try await site.wait() }
        #expect(site.steps.last == "create a" && site.world.names("peer_thing") == ["a"])
        await site.close()
    }

    @Test(arguments: [
        ("plan", "contradict", "this is a bug of the provider"),
        ("apply", "contradict", "this is a bug of the provider"),
        ("apply", "unknown", "this is a bug of the provider"),
        ("plan", "garble", "this is a bug of the provider"),
    ])
    func `a provider that does not keep to its words is told so by name`(
        call: String, what: String, hint: String
    )
        async throws
    {
        let site = try TerraformSite()
        try site.world.fault([["call": call, "do": what, "name": "a"]])
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        let held = try #require(site.held("a"))
        #expect(held.message.contains("registry.example/martlet/peer"), "\(held.message)")
        #expect(held.hint?.contains(hint) == true, "\(held)")
        await site.close()
    }

    @Test func `what the provider says against a field names the field`() async throws {
        let site = try TerraformSite()
        try site.world.fault([
            ["call": "validate", "do": "fail", "name": "a", "path": ["size"], "argument": "too small"]
        ])
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        let held = try #require(site.held("a"))
        #expect(held.message.hasPrefix("config.size: too small"))
        #expect(held.recovery == .waitForChange)
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `a controller that dies between the two steps of a replacement finishes it`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        let rule = "lifecycle: {createBeforeDestroy: true}"
        try await site.commit(manifest("a", "{name: one}", more: rule))
        try site.world.fault([["call": "delete", "do": "fail", "name": "one", "times": 1]])
        try await site.commit(manifest("a", "{name: two}", more: rule))
        #expect(site.world.names("peer_thing") == ["one", "two"])
        #expect(try site.record("a")?.deposed.count == 1)
        try await site.restart()
        try await site.wait()
        #expect(site.world.names("peer_thing") == ["two"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `what may not be destroyed is neither deleted nor replaced`() async throws {
        let site = try TerraformSite()
        let rule = "lifecycle: {preventDestroy: true}"
        try await site.commit(manifest("a", "{name: a, zone: eu}", more: rule))
        try await site.commit(manifest("a", "{name: a, zone: us}", more: rule))
        #expect(site.held("a")?.message.contains("preventDestroy") == true)
        try await site.commit("")
        #expect(site.held("a")?.message.contains("preventDestroy") == true)
        #expect(site.world.names("peer_thing") == ["a"])
        await site.close()
    }

    @Test func `what is to be ignored is left as it is, and what triggers a replacement makes one`()
        async throws
    {
        let site = try TerraformSite()
        let rule =
            "lifecycle: {ignoreChanges: [size, tags.Owner], replaceTriggeredBy: [\"${infrastructure.b.revision}\"]}"
        func both(_ size: Int) -> String {
            manifest("b", "{name: b, size: \(size)}") + "---\n"
                + manifest("a", "{name: a, size: 1, tags: {T: x}}", more: rule)
        }
        try await site.commit(both(1))
        try site.world.change("peer_thing", "a") { $0["size"] = 8 }
        try site.world.change("peer_thing", "a") { $0["tags"] = ["T": "x", "Owner": "eve"] }
        #expect(try await site.resync() == [])
        try await site.commit(both(2))
        #expect(site.steps.suffix(3) == ["update b", "delete a", "create a"])
        #expect(try await site.resync() == [])
        await site.close()
    }
}
