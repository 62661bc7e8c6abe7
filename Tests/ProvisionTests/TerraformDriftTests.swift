import Fakes
import Fixtures
import Foundation
import Model
import Testing

/// What differs and is to stay, and what is lost again and again.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformDriftTests {
    @Test(arguments: PeerProvider.allCases)
    func `what a manifest says to ignore stays as it is found, a sensitive value too`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        func text(_ team: String) -> String {
            manifest(
                "a", "{name: a, size: 1, token: t-1, tags: {team: \(team)}}",
                outside: "reconcile: {ignore: [/config/size, /config/token]}")
        }
        try await site.commit(text("core"))
        try site.world.change("peer_thing", "a") { object in
            object["size"] = 9
            object["token"] = "t-2"
        }
        #expect(try await site.resync() == [])
        try await site.commit(text("other"))
        #expect(site.steps == ["create a", "update a"])
        #expect(site.world.object("peer_thing", "a")?["size"] as? Int == 9)
        #expect(site.world.object("peer_thing", "a")?["token"] as? String == "t-2")
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `warned drift inside a block that is written without a list stays, while the rest is changed`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        func text(_ label: String) -> String {
            manifest(
                "b", "peer_blocks", "{name: b, label: \(label), row: {key: r, value: asked}}",
                outside: "reconcile: {onDrift: warn}")
        }
        try await site.commit(text("one"))
        try site.world.change("peer_blocks", "b") { object in
            var rows = object["row"] as? [[String: Any]] ?? []
            rows[0]["value"] = "drifted"
            object["row"] = rows
        }
        #expect(try await site.resync() == [])
        #expect(site.drifts == ["b: config.row.value"])
        try await site.commit(text("two"))
        #expect(site.steps == ["create b", "update b"])
        let rows = site.world.object("peer_blocks", "b")?["row"] as? [[String: Any]]
        #expect(rows?.first?["value"] as? String == "drifted")
        #expect(site.world.object("peer_blocks", "b")?["label"] as? String == "two")
        await site.close()
    }

    @Test func `a person says that a lost create was made, and it is found by its name`() async throws {
        let site = try TerraformSite()
        try await site.commit(manifest("warm", "{name: warm}"))
        try site.world.fault([["call": "create", "do": "crash", "name": "a", "times": 1]])
        try await site.commit(manifest("warm", "{name: warm}") + "---\n" + manifest("a", "{name: a}"))
        try await site.wait()
        #expect(site.held("a")?.recovery == .waitForChange)
        var object = try #require(site.world.object("peer_thing", "warm"))
        (object["name"], object["id"]) = ("a", "a")
        try site.world.put("peer_thing", "a", object)
        try await site.settle("a", made: true)
        #expect(try site.record("a")?.observation.presence == .ours)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: Seeded.seeds(4))
    func `a provider that is killed at any call, and a controller that goes with it, come to the right end`(
        seed: UInt64
    ) async throws {
        var random = Seeded(seed)
        let site = try TerraformSite(seed.isMultiple(of: 2) ? .protocol5 : .protocol6)
        let names = ["a", "b", "c"]
        func text(_ size: Int, _ names: [String]) -> String {
            names.map { manifest($0, "peer_regional", "{name: \($0), region: eu, size: \(size)}") }
                .joined(separator: "---\n")
        }
        for round in 1...4 {
            let faults = (0..<2).map { number -> [String: Any] in
                [
                    "call": ["create", "update", "delete", "plan", "read"].randomElement(using: &random)
                        ?? "read",
                    "do": ["crash", "crash-after"].randomElement(using: &random) ?? "crash",
                    "name": names.randomElement(using: &random) ?? "a", "times": round * 2 + number,
                ]
            }
            try site.world.fault(faults)
            let wanted = round == 4 ? ["a"] : names
            try await site.commit(text(round, wanted))
            if Bool.random(using: &random) { try await site.restart() }
            for _ in 0..<4 { try await site.wait() }
            try site.world.fault([])
            for _ in 0..<4 { try await site.wait() }
            #expect(try await site.resync() == [])
            #expect(site.world.names("peer_regional") == wanted)
            #expect(wanted.allSatisfy { site.world.object("peer_regional", $0)?["size"] as? Int == round })
        }
        await site.close()
    }
}
