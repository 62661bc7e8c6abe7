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

    @Test func `what the provider says against its own configuration names the field`() async throws {
        let site = try TerraformSite()
        site.setup.settings = .map(["world": .string("elsewhere")])
        try await site.restart()
        try await site.commit(manifest("a", "{name: a}"))
        #expect(site.held("a")?.message.contains("config.world: the world is no absolute path") == true)
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

    @Test
    func `a lost delete of what was replaced is looked for by itself, whatever became of its replacement`()
        async throws
    {
        let site = try TerraformSite()
        let rule = "lifecycle: {createBeforeDestroy: true}"
        try await site.commit(manifest("a", "{name: one}", more: rule))
        try site.world.fault([
            ["call": "delete", "do": "crash", "name": "one"],
            ["call": "read", "do": "fail", "name": "one"],
        ])
        try await site.commit(manifest("a", "{name: two}", more: rule))
        #expect(site.world.names("peer_thing") == ["one", "two"])
        try site.world.remove("peer_thing", "two")
        try site.world.fault([])
        for _ in 0..<4 { try await site.wait() }
        #expect(site.world.names("peer_thing") == ["two"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `what is left of a delete is recorded, and deleted`() async throws {
        let site = try TerraformSite()
        try await site.commit(manifest("a", "{name: a, size: 1}") + "---\n" + manifest("b", "{name: b}"))
        let before = try site.record("a")
        try site.world.fault([["call": "delete", "do": "partial", "name": "a", "times": 1]])
        try await site.commit(manifest("b", "{name: b}"))
        #expect(site.steps.last == "delete a failed: it is half gone, and then it failed: It is half done.")
        let left = try #require(try site.record("a"))
        #expect(left.observation.state != before?.observation.state && left.spec == before?.spec)
        try await site.restart()
        try await site.wait()
        #expect(site.world.names("peer_thing") == ["b"])
        #expect(try site.record("a") == nil)
        await site.close()
    }

    @Test func `what is half deleted to be replaced is replaced`() async throws {
        let site = try TerraformSite()
        try await site.commit(manifest("a", "{name: a, size: 1, zone: eu}"))
        try site.world.fault([["call": "delete", "do": "partial", "name": "a", "times": 1]])
        try await site.commit(manifest("a", "{name: a, size: 1, zone: us}"))
        for _ in 0..<2 { try await site.wait() }
        #expect(site.steps.suffix(2) == ["delete a", "create a"])
        #expect(site.world.object("peer_thing", "a")?["zone"] as? String == "us")
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

    @Test(arguments: ["row", "row[0]", "all"])
    func `what is to be ignored is no configuration of what only the provider gives`(path: String)
        async throws
    {
        let site = try TerraformSite()
        func text(_ value: Int) -> String {
            manifest(
                "n", "peer_nested", "{name: n, row: [{key: r, value: \"\(value)\"}], one: {key: o\(value)}}",
                more: "lifecycle: {ignoreChanges: ['\(path)']}")
        }
        try await site.commit(text(1))
        try await site.commit(text(2))
        #expect(site.held("n") == nil)
        #expect(site.steps == (path == "all" ? ["create n"] : ["create n", "update n"]))
        let made = try #require(site.world.object("peer_nested", "n"))
        #expect((made["row"] as? [[String: Any]])?.first?["value"] as? String == "1")
        #expect((made["one"] as? [String: Any])?["key"] as? String == (path == "all" ? "o1" : "o2"))
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `what is replaced is planned and made as it is written, whatever was ignored before`()
        async throws
    {
        let site = try TerraformSite()
        func text(_ config: String, outside: String = "") -> String {
            manifest("a", config, more: "lifecycle: {ignoreChanges: [size]}", outside: outside)
        }
        try await site.commit(text("{name: a, size: 1, zone: eu}"))
        let other = "{name: a, size: 2, zone: us}"
        try await site.commit(text(other, outside: "reconcile: {suspend: {reason: later}}"))
        let change = try #require(site.change("a"))
        #expect(change.action == .replace)
        #expect(change.fields.contains { "\($0.path)" == "config.size" && $0.after == .int(2) })
        try await site.commit(text(other))
        #expect(site.steps == ["create a", "delete a", "create a"])
        #expect(site.world.object("peer_thing", "a")?["size"] as? Int == 2)
        await site.close()
    }

    @Test func `what is written only is given with each step, also where its changes are ignored`()
        async throws
    {
        let site = try TerraformSite()
        for (password, version) in [("abc", 1), ("abcdef", 2)] {
            try await site.commit(
                manifest(
                    "s", "peer_secret", "{name: s, password: \(password), password_version: \(version)}",
                    more: "lifecycle: {ignoreChanges: [password]}"))
            let made = site.world.object("peer_secret", "s")
            #expect(made?["_password"] as? String == "\(password.count) characters")
        }
        #expect(site.steps == ["create s", "update s"])
        await site.close()
    }
}
