import Fakes
import Foundation
import Model
import Testing

@testable import Provision

/// What a provider says, beside what it does.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformWarningTests {
    @Test(arguments: PeerProvider.allCases)
    func `warnings stand beside the change, then beside the object, once and for as long as they hold`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        try site.world.fault([
            ["call": "validate", "do": "warn", "argument": "size is out of date", "path": ["size"]],
            ["call": "plan", "do": "warn", "argument": "it may take long"],
            ["call": "create", "do": "warn", "argument": "canary-token was taken"],
        ])
        let config = "{name: a, size: 1, token: canary-token}"
        try await site.commit(manifest("a", config, outside: "reconcile: {suspend: {reason: later}}"))
        let planned = ["config.size: size is out of date", "it may take long"]
        #expect(site.change("a")?.warnings == planned)
        try await site.commit(manifest("a", config))
        let said = (planned + ["(secret) was taken"]).joined(separator: "\n")
        #expect(try site.record("a")?.observation.warning == said)
        #expect(try await site.resync() == [])
        try await site.restart()
        #expect(try await site.resync() == [])
        #expect(try site.record("a")?.observation.warning == said)
        try site.world.fault([])
        try await site.commit(manifest("a", "{name: a, size: 2}"))
        #expect(try site.record("a")?.observation.warning == nil)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `what a provider warns of while it reads is told, and is no change`() async throws {
        let site = try TerraformSite()
        let data = """
            ---
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: seen}
            spec: {provider: peer, data: peer_things, config: {}}

            """
        try site.world.fault([["call": "data", "do": "warn", "argument": "there are many"]])
        try await site.commit(manifest("a", "{name: a}") + data)
        #expect(try site.record("seen")?.observation.warning == "there are many")
        try site.world.fault([["call": "read", "do": "warn", "argument": "it is old"]])
        #expect(try await site.resync() == [])
        #expect(site.seen("a")?.warning == "it is old")
        #expect(site.seen("seen")?.warning == nil)
        try site.world.fault([])
        #expect(try await site.resync() == [])
        #expect(site.seen("a")?.warning == nil)
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `what is sensitive in a state is concealed, also from who was started after it was made`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        let other = manifest("o", "{name: o}")
        try await site.commit(manifest("a", "{name: a, token: canary-old}") + "---\n" + other)
        try await site.restart()
        try site.world.fault([
            ["call": "delete", "do": "fail", "name": "a", "argument": "canary-old, a.key: no"]
        ])
        try await site.commit(other)
        let held = try #require(site.held("a"))
        #expect(held.message.contains("(secret), (secret): no"), "\(held)")
        try site.world.fault([
            ["call": "create", "do": "warn", "name": "b", "argument": "its key is b.key"]
        ])
        try await site.commit(other + "---\n" + manifest("b", "{name: b}"))
        #expect(try site.record("b")?.observation.warning == "its key is (secret)")
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `an identity of an older schema is upgraded once, and one of a newer is not touched`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version, environment: ["PEER_IDENTITY": "1"])
        try await site.commit(manifest("a", "peer_regional", "{name: a, region: eu}"))
        site.setup.environment["PEER_IDENTITY"] = "2"
        try await site.restart()
        for _ in 0..<2 { #expect(try await site.resync() == []) }
        #expect(
            site.world.calls.filter { $0.hasPrefix("upgrade_identity") } == [
                "upgrade_identity peer_regional 1"
            ])
        let state = try #require(try site.record("a").flatMap { TerraformState($0.observation.state) })
        #expect(state.identityVersion == 2 && state.identity != nil)
        site.setup.environment["PEER_IDENTITY"] = "1"
        try await site.restart()
        #expect(try await site.resync() == [])
        let held = try #require(site.held("a"))
        #expect(
            held.message.contains("recorded by version 2 of its identity's schema, and the provider knows 1"))
        await site.close()
    }
}
