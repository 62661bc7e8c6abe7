import Foundation
import Model
import Testing

/// What a provider can do wrong, and what may be lost.
@Suite(.enabled(if: Peer.isThere, "run 'make engines' first"), .timeLimit(.minutes(5)))
struct TerraformFailureTests {
    @Test(arguments: [5, 6])
    func `a create whose answer was lost is found again by its identity`(major: Int) async throws {
        let site = try TerraformSite(major)
        try await site.commit(manifest("warm", "{name: warm}"))
        try site.setFaults([["call": "create", "do": "crash-after", "name": "a", "times": 1]])
        let text = manifest("warm", "{name: warm}") + "---\n"
        try await site.commit(text + manifest("a", "peer_regional", "{name: a, region: eu, size: 1}"))
        try await site.wait()
        #expect(site.steps.filter { $0.hasSuffix(" a") } == ["create a"])
        #expect(site.names("peer_regional").count == 1)
        #expect(try site.record("a") != nil)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: [5, 6])
    func `a create that never reached the provider's world is done again, where its identity tells so`(
        major: Int
    )
        async throws
    {
        let site = try TerraformSite(major)
        try await site.commit(manifest("warm", "{name: warm}"))
        try site.setFaults([["call": "create", "do": "crash", "name": "a", "times": 1]])
        let text = manifest("warm", "{name: warm}") + "---\n"
        try await site.commit(text + manifest("a", "peer_regional", "{name: a, region: eu, size: 1}"))
        for _ in 0..<3 { try await site.wait() }
        #expect(site.steps.last == "create a")
        #expect(site.names("peer_regional").count == 1)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: [5, 6])
    func `where nothing tells whether a lost create happened, a person is asked, and nothing is made twice`(
        major: Int
    ) async throws {
        let site = try TerraformSite(major)
        try await site.commit(manifest("warm", "{name: warm}"))
        try site.setFaults([["call": "create", "do": "crash", "name": "a", "times": 1]])
        let text = manifest("warm", "{name: warm}") + "---\n" + manifest("a", "{name: a}")
        try await site.commit(text)
        for _ in 0..<3 { try await site.wait() }
        #expect(site.held("a")?.recovery == .waitForChange)
        #expect(site.held("a")?.hint?.contains("martlet settle infrastructure/shop/a --not-made") == true)
        #expect(site.names() == ["warm.json"])
        try await site.settle("a", made: false)
        try await site.wait()
        #expect(site.names() == ["a.json", "warm.json"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: [5, 6])
    func `an update and a delete whose answers were lost come to the right end`(major: Int) async throws {
        let site = try TerraformSite(major)
        let other = manifest("o", "{name: o}") + "---\n"
        try await site.commit(other + manifest("a", "{name: a, size: 1}"))
        try site.setFaults([["call": "update", "do": "crash-after", "times": 1]])
        try await site.commit(other + manifest("a", "{name: a, size: 2}"))
        for _ in 0..<2 { try await site.wait() }
        #expect(site.object("a")?["size"] as? Int == 2)
        #expect(try await site.resync() == [])
        try site.setFaults([["call": "delete", "do": "crash-after", "times": 1]])
        try await site.commit(other)
        for _ in 0..<2 { try await site.wait() }
        #expect(site.names() == ["o.json"])
        #expect(try site.record("a") == nil)
        await site.close()
    }

    @Test(arguments: [5, 6])
    func `what was made and not wholly is recorded, and replaced`(major: Int) async throws {
        let site = try TerraformSite(major)
        try site.setFaults([["call": "create", "do": "partial", "name": "a", "times": 1]])
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        #expect(site.steps.count == 1 && site.steps[0].hasPrefix("create a failed: "))
        #expect(try site.record("a")?.observation.health != .ready)
        for _ in 0..<2 { try await site.wait() }
        #expect(site.steps.dropFirst() == ["delete a", "create a"])
        #expect(try site.record("a")?.observation.health == .ready)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: [5, 6])
    func `throttling is waited out`(major: Int) async throws {
        let site = try TerraformSite(major)
        try site.setFaults([["call": "create", "do": "throttle", "argument": "2", "name": "a"]])
        try await site.commit(manifest("a", "{name: a}"))
        #expect(site.held("a")?.recovery == .retry)
        for _ in 0..<2 { try await site.wait() }
        #expect(site.steps.last == "create a" && site.names() == ["a.json"])
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
        let site = try TerraformSite(6)
        try site.setFaults([["call": call, "do": what, "name": "a"]])
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        let held = try #require(site.held("a"))
        #expect(held.message.contains("example.com/martlet/peer"), "\(held.message)")
        #expect(held.hint?.contains(hint) == true, "\(held)")
        await site.close()
    }

    @Test func `what the provider says against a field names the field`() async throws {
        let site = try TerraformSite(6)
        try site.setFaults([
            ["call": "validate", "do": "fail", "name": "a", "path": ["size"], "argument": "too small"]
        ])
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        let held = try #require(site.held("a"))
        #expect(held.field == FieldPath("config").appending("size"))
        #expect(held.message.hasPrefix("config.size: too small"))
        #expect(held.recovery == .waitForChange)
        await site.close()
    }

    @Test(arguments: [5, 6]) func `a controller that dies between the two steps of a replacement finishes it`(
        major: Int
    ) async throws {
        let site = try TerraformSite(major)
        let rule = "lifecycle: {createBeforeDestroy: true}"
        try await site.commit(manifest("a", "{name: one}", more: rule))
        try site.setFaults([["call": "delete", "do": "fail", "name": "one", "times": 1]])
        try await site.commit(manifest("a", "{name: two}", more: rule))
        #expect(site.names() == ["one.json", "two.json"])
        #expect(try site.record("a")?.deposed.count == 1)
        try await site.restart()
        try await site.wait()
        #expect(site.names() == ["two.json"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `what may not be destroyed is neither deleted nor replaced`() async throws {
        let site = try TerraformSite(6)
        let rule = "lifecycle: {preventDestroy: true}"
        try await site.commit(manifest("a", "{name: a, zone: eu}", more: rule))
        try await site.commit(manifest("a", "{name: a, zone: us}", more: rule))
        #expect(site.held("a")?.message.contains("preventDestroy") == true)
        try await site.commit("")
        #expect(site.held("a")?.message.contains("preventDestroy") == true)
        #expect(site.names() == ["a.json"])
        await site.close()
    }

    @Test func `what is to be ignored is left as it is, and what triggers a replacement makes one`()
        async throws
    {
        let site = try TerraformSite(6)
        let rule =
            "lifecycle: {ignoreChanges: [size, tags.Owner], replaceTriggeredBy: [\"${infrastructure.b.revision}\"]}"
        func both(_ size: Int) -> String {
            manifest("b", "{name: b, size: \(size)}") + "---\n"
                + manifest("a", "{name: a, size: 1, tags: {T: x}}", more: rule)
        }
        try await site.commit(both(1))
        try site.change("a") { $0["size"] = 8 }
        try site.change("a") { $0["tags"] = ["T": "x", "Owner": "eve"] }
        #expect(try await site.resync() == [])
        try await site.commit(both(2))
        #expect(site.steps.suffix(3) == ["update b", "delete a", "create a"])
        #expect(try await site.resync() == [])
        await site.close()
    }
}
