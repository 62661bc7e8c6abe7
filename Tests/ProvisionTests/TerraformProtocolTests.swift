import Fakes
import Foundation
import Model
import Synchronization
import Testing

@testable import Provision

/// What the protocol has beyond making and changing.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformProtocolTests {
    @Test(arguments: PeerProvider.allCases)
    func `a state of an older schema is upgraded by the provider, and nothing else changes`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version, environment: ["PEER_VERSION": "0"])
        try await site.commit(manifest("v", "peer_versioned", "{name: v, size: 4}"))
        #expect(site.steps == ["create v"])
        // What its world holds is what the newer provider would have made of it.
        try site.world.change("peer_versioned", "v") { object in
            object["size"] = nil
            object["capacity"] = 4
        }
        site.setup.environment["PEER_VERSION"] = "2"
        site.kept.bytes.withLock { $0 = nil }
        try await site.restart()
        try await site.commit(manifest("v", "peer_versioned", "{name: v, capacity: 4}"))
        #expect(site.held("v") == nil)
        #expect(site.steps == ["create v"])
        #expect(try site.record("v")?.observation.outputs["capacity"] == .int(4))
        #expect(try await site.resync() == [])

        site.setup.environment["PEER_VERSION"] = "1"
        site.kept.bytes.withLock { $0 = nil }
        try await site.restart()
        _ = try await site.resync()
        #expect(site.held("v")?.hint == "take a newer version of provider 'peer'")
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `what a provider defers is known later, and is made when its time has come`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        let waiting = manifest("w", "peer_waiting", "{name: w, awaits: a}")
        try await site.commit(waiting)
        #expect(site.steps == [])
        #expect(site.held("w")?.message.contains("known later") == true, "\(site.held("w")?.message ?? "")")
        #expect(site.held("w")?.recovery == .retry)
        try await site.commit(waiting + "---\n" + manifest("a", "{name: a}"))
        for _ in 0..<2 { try await site.wait() }
        #expect(site.steps == ["create a", "create w"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `the legacy SDK's noise is no change, and a change through it is one`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        let config = "{name: l, text: x, rule: [{key: b, size: 2}, {key: a}]}"
        try await site.commit(manifest("l", "peer_legacy", config))
        #expect(site.steps == ["create l"])
        #expect(try await site.resync() == [])
        try await site.commit(manifest("l", "peer_legacy", config.replacing("key: b", with: "key: c")))
        #expect(site.steps == ["create l", "update l"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `what is only written reaches the provider and is kept nowhere`(version: PeerProvider) async throws {
        let site = try TerraformSite(version)
        try await site.commit(
            manifest("s", "peer_secret", "{name: s, password: written-4711, password_version: 1}"))
        #expect(site.steps == ["create s"])
        let record = try #require(try site.record("s"))
        #expect(record.observation.fields["config"]?["password"] == nil)
        #expect(!String(decoding: record.observation.state, as: UTF8.self).contains("written-4711"))
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `a provider of the first days, without capabilities, is driven as well`() async throws {
        let site = try TerraformSite(.protocol5, environment: ["PEER_PLAIN": "1"])
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        try await site.commit(manifest("a", "{name: a, size: 2}"))
        try await site.commit("")
        #expect(site.steps == ["create a", "update a", "delete a"])
        #expect(site.world.names("peer_thing") == [])
        await site.close()
    }

    /// What a review binds: the same by other credentials, or of another type, is another thing.
    @Test func `what is made, or read, names its provider and its type`() async throws {
        let site = try TerraformSite()
        var digests: Set<String> = []
        let asked = [
            ("type", "peer_thing", "peer"), ("type", "peer_thing", "peer-eu"),
            ("data", "peer_thing", "peer"), ("data", "peer_thing", "peer-eu"),
            ("data", "peer_things", "peer"),
        ]
        for (field, type, provider) in asked {
            var config: [String: Value] = [:]
            if type == "peer_thing" { config["name"] = field == "data" ? .unknown : .string("a") }
            let desired = Value.map([
                "provider": .string(provider), field: .string(type), "config": .map(config),
            ])
            let target = Target(
                .thing("a"), desired: desired, recorded: nil, grants: Grants(projects: ["shop"]))
            let change = try #require(
                try await site.engine.plan(target, over: .absent, secrets: .none))
            #expect(change.fields.prefix(2).map(\.after) == [.string(provider), .string(type)])
            digests.insert(Plan([Plan.Entry(id: target.id, layer: .provision, change: change)]).digestInput)
        }
        #expect(digests.count == asked.count)
        await site.close()
    }
}
