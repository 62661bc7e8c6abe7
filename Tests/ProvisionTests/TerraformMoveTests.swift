import Fakes
import Foundation
import Model
import Testing

/// `movedFrom` across types, which the provider has a word in.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformMoveTests {
    private let moves = "reconcile: {movedFrom: infrastructure/shop/a}"

    @Test(arguments: PeerProvider.allCases)
    func `an object becomes one of another type where its provider can do that, and is not made anew`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        try await site.commit(
            manifest("b", "peer_regional", "{name: a, region: nowhere, size: 1}", outside: moves))
        #expect(site.steps == ["create a"] && site.held("b") == nil)
        let record = try #require(try site.record("b"))
        #expect(record.type == "peer_regional" && record.observation.outputs["region"] == .string("nowhere"))
        #expect(try site.record("a") == nil)
        try await site.restart()
        #expect(try await site.resync() == [])
        try await site.commit(
            manifest("b", "peer_regional", "{name: a, region: nowhere, size: 2}", outside: moves))
        #expect(site.steps == ["create a", "update b"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `what differs beside the type is changed in place`() async throws {
        let site = try TerraformSite()
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        try await site.commit(
            manifest("b", "peer_regional", "{name: a, region: nowhere, size: 5}", outside: moves))
        #expect(site.steps == ["create a", "update b"])
        #expect(site.world.object("peer_regional", "a")?["size"] as? Int == 5)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `a lost update of what has just become another type is found to have happened`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        try site.world.fault([["call": "update", "do": "crash-after", "times": 1]])
        let text = manifest("b", "peer_regional", "{name: a, region: nowhere, size: 5}", outside: moves)
        try await site.commit(text)
        for _ in 0..<2 { try await site.wait() }
        #expect(site.steps == ["create a", "update b"], "\(site.held("b")?.message ?? "not held")")
        let record = try #require(try site.record("b"))
        #expect(record.type == "peer_regional" && record.observation.outputs["size"] == .int(5))
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: [(type: "peer_kinds", environment: [:]), ("peer_regional", ["PEER_PLAIN": "1"])])
    func `where its provider can't, nothing is done, and said how to go on`(
        type: String, environment: [String: String]
    ) async throws {
        let site = try TerraformSite(environment: environment)
        try await site.commit(manifest("a", "{name: a}"))
        let region = type == "peer_regional" ? ", region: eu" : ""
        try await site.commit(manifest("b", type, "{name: a\(region)}", outside: moves))
        let held = try #require(site.held("b"))
        #expect(held.hint?.contains("leave out 'movedFrom'") == true, "\(held)")
        #expect(site.world.names("peer_thing") == ["a"] && site.world.names(type) == [])
        await site.close()
    }
}
