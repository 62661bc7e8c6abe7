import Fakes
import Foundation
import Model
import Testing

/// What is replaced together with what refers to it, and what is read after something has changed.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformOrderTests {
    /// Each has an id that its world gives.
    private func network(_ zone: String) -> String {
        manifest("a", "peer_numbered", "{name: a, zone: \(zone)}") + "---\n"
    }
    private func within(_ name: String, _ other: String, more: String = "") -> String {
        manifest(
            name, "peer_numbered", "{name: \(name), zone: \"${infrastructure.\(other).id}\"}", more: more)
            + "---\n"
    }

    @Test(arguments: PeerProvider.allCases)
    func `what is replaced goes after all that is in it, and is there again before them`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        let rest = within("b", "a") + within("c", "b")
        try await site.commit(network("eu") + rest)
        #expect(site.steps == ["create a", "create b", "create c"])
        try await site.commit(network("us") + rest)
        #expect(
            site.steps.dropFirst(3)
                == ["delete c", "delete b", "delete a", "create a", "create b", "create c"])
        #expect(site.world.names("peer_numbered").count == 3)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `what is only changed on the way holds nobody up`() async throws {
        let site = try TerraformSite()
        let rest =
            manifest("d", "{name: d, token: \"${infrastructure.a.id}\", note: x}") + "---\n"
            + manifest(
                "b", "peer_numbered",
                "{name: b, zone: \"${infrastructure.a.id}-${infrastructure.d.note}-${infrastructure.d.revision}\"}"
            )
        try await site.commit(network("eu") + rest)
        try await site.commit(network("us") + rest)
        #expect(
            site.steps.dropFirst(3) == ["delete b", "delete a", "create a", "update d", "create b"],
            "\(site.steps)")
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `what is removed goes before what it was in, though that comes again`() async throws {
        let site = try TerraformSite()
        try await site.commit(network("eu") + within("b", "a"))
        try await site.commit(network("us"))
        #expect(site.steps.dropFirst(2) == ["delete b", "delete a", "create a"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: ["", ", replaceTriggeredBy: [\"${infrastructure.t.id}\"]"])
    func `what is made anew first has what it refers to made anew first as well`(trigger: String) async throws
    {
        let site = try TerraformSite()
        let rest =
            within("b", "a")
            + within("c", "b", more: "lifecycle: {createBeforeDestroy: true\(trigger)}")
            + (trigger.isEmpty ? "" : manifest("t", "{name: t}"))
        try await site.commit(network("eu") + rest)
        try await site.commit(network("us") + rest)
        #expect(
            site.steps.filter { !$0.hasSuffix(" t") }.dropFirst(3)
                == ["create a", "create b", "create c", "delete c", "delete b", "delete a"])
        #expect(site.world.names("peer_numbered").count == 3)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `a data source is read after what it depends on has changed, and who refers to it waits`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        func all(_ config: String) -> String {
            """
            \(manifest("a", config))
            ---
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: seen}
            dependsOn: [infrastructure/a]
            spec:
              provider: peer
              data: peer_things
              config: {filter: [{name: name, values: [one, two]}]}
            ---
            \(manifest("c", "{name: c, hosts: \"${infrastructure.seen.names}\"}"))
            """
        }
        func hosts() -> [String]? { site.world.object("peer_thing", "c")?["hosts"] as? [String] }
        try await site.commit(all("{name: one, size: 1}"))
        #expect(hosts() == ["one"] && site.steps.first == "create a", "\(site.steps)")
        try await site.commit(all("{name: two, size: 1}"))
        #expect(hosts() == ["two"], "\(site.steps)")
        #expect(site.steps.suffix(1) == ["update c"])
        let reads = site.world.count("data peer_things")
        try await site.commit(all("{name: two, size: 2}"))
        #expect(site.world.count("data peer_things") > reads)
        #expect(site.steps.last == "update a")
        #expect(try await site.resync() == [])
        await site.close()
    }
}
