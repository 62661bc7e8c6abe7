import Fakes
import Foundation
import Model
import Testing

/// The life of objects of a real provider, through the real loop.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformLifeTests {
    @Test(arguments: PeerProvider.allCases)
    func `an object is made, mended, changed, replaced and deleted, and each time nothing is left to do`(
        version: PeerProvider
    ) async throws {
        let site = try TerraformSite(version)
        func isQuiet() async throws -> Bool { try await site.resync() == [] }

        try await site.commit(
            manifest(
                "a", "{name: a, size: 3, tags: {team: core}, ports: [443, 80], document: {b: 1, a: [x]}}"))
        #expect(site.steps == ["create a"])
        #expect(site.world.object("peer_thing", "a")?["size"] as? Int == 3)
        let made = try #require(try site.record("a")?.observation)
        #expect(made.outputs["arn"]?.string?.isEmpty == false)
        #expect(try await isQuiet())

        try site.world.change("peer_thing", "a") { $0["size"] = 4 }
        try site.world.change("peer_thing", "a") { $0["tags"] = ["team": "other"] }
        #expect(try await site.resync() == ["update a"])
        #expect(site.world.object("peer_thing", "a")?["size"] as? Int == 3)
        #expect(site.world.object("peer_thing", "a")?["tags"] as? [String: String] == ["team": "core"])
        #expect(try await isQuiet())

        try await site.commit(manifest("a", "{name: a, size: 5, enabled: true, document: {a: [x], b: 1}}"))
        #expect(site.steps.last == "update a")
        #expect(site.world.object("peer_thing", "a")?["size"] as? Int == 5)
        #expect(try await isQuiet())

        try await site.commit(manifest("a", "{name: a, size: 5, zone: eu}"))
        #expect(site.steps.suffix(2) == ["delete a", "create a"])
        #expect(try await isQuiet())

        try await site.commit(
            manifest("a", "{name: b, size: 5, zone: eu}", more: "lifecycle: {createBeforeDestroy: true}"))
        #expect(site.steps.suffix(2) == ["create a", "delete a"])
        #expect(site.world.names("peer_thing") == ["b"])
        #expect(try await isQuiet())

        try site.world.remove("peer_thing", "b")
        #expect(try await site.resync() == ["create a"])
        try await site.commit("")
        #expect(site.world.names("peer_thing") == [])
        #expect(try site.record("a") == nil)
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `what a provider takes for equal is no change, and what it computes is told`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        try await site.commit(manifest("a", "{name: a, document: {Statement: [{Action: read}], Version: 1}}"))
        try site.world.change("peer_thing", "a") {
            $0["document"] = #"{ "Version":1.0, "Statement": [ {"Action":"read"} ] }"#
        }
        #expect(try await site.resync() == [])
        try site.world.change("peer_thing", "a") {
            $0["document"] = #"{"Version":1,"Statement":[{"Action":"write"}]}"#
        }
        #expect(try await site.resync() == ["update a"])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `attributes of every type, and blocks in every nesting mode, come to rest`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        let kinds = """
            {name: k, text: "1.10", number: 0.1, flag: true, list: [b, a], set: [b, a], map: {x: 1.5},
             object: {x: 1, y: 2}, tuple: [a, 1, true], objects: [{x: 1, y: null}], object_set: [{x: 2, y: 1}, {x: 1, y: 1}],
             lists: {a: [b]}, deep: {points: [{x: 1, y: 1}], sets: {a: [2, 1]}}, dynamic: {a: [1, x]}}
            """
        let blocks = """
            {name: b, one: {key: a, part: [{key: p}]}, row: [{key: r, part: [{key: x}, {key: y}], extra: {key: e}}, {key: s}],
             bag: [{key: m, part: [{key: n}]}, {key: l}], by_key: {k: {key: v}}, whole: {text: t}, pair: {key: only},
             simple_bag: [{key: z, weight: 2}]}
            """
        var text = manifest("k", "peer_kinds", kinds) + "---\n" + manifest("b", "peer_blocks", blocks)
        if version == .protocol6 {
            let nested = """
                {name: n, one: {key: a, parts: [{key: p}]}, row: [{key: r}], bag: [{key: y}, {key: x}],
                 by_key: {k: {key: v}}, chosen_row: [{key: c}]}
                """
            text += "---\n" + manifest("n", "peer_nested", nested)
        }
        #expect(try await site.commit(text) == [])
        #expect(
            site.steps.sorted()
                == (version == .protocol6 ? ["create b", "create k", "create n"] : ["create b", "create k"]))
        #expect(try await site.resync() == [])
        try await site.commit(
            text.replacing("key: m,", with: "key: m2,").replacing("[b, a], set", with: "[b, c], set"))
        #expect(site.steps.suffix(2).sorted() == ["update b", "update k"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `exactly the objects that somebody has changed are found, with their fields`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        let names = (0..<20).map { "o\($0)" }
        try await site.commit(
            names.map {
                manifest($0, "{name: \($0), size: 1, tags: {a: b}}", outside: "reconcile: {onDrift: warn}")
            }
            .joined(separator: "---\n"))
        let mutated = ["o3", "o7", "o8", "o15"]
        for name in mutated { try site.world.change("peer_thing", name) { $0["size"] = 9 } }
        #expect(try await site.resync() == [])
        #expect(site.drifts.sorted() == mutated.map { "\($0): config.size" }.sorted())
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `an object is imported by its id, and nothing else is touched`(version: PeerProvider) async throws {
        let site = try TerraformSite(version)
        try await site.commit(manifest("a", "{name: a, size: 1}"))
        try await site.restart()
        var object = try #require(site.world.object("peer_thing", "a"))
        object["name"] = "found"
        try site.world.put("peer_thing", "found", object)
        let both = manifest("a", "{name: a, size: 1}") + "---\n"
        try await site.commit(
            both + manifest("f", "{name: found, size: 1}", outside: "reconcile: {adopt: found}"))
        #expect(site.held("f") == nil)
        #expect(site.steps == ["create a"], "what is as desired is taken over without a step")
        #expect(try site.record("f") != nil)
        try await site.commit(both + manifest("g", "{name: nowhere}", outside: "reconcile: {adopt: nowhere}"))
        #expect(site.held("g") != nil)
        await site.close()
    }

    @Test(arguments: [false, true])
    func `what is adopted and can only be replaced is made anew, once, also where that is cut off`(
        isCutOff: Bool
    )
        async throws
    {
        let site = try TerraformSite()
        try await site.commit(manifest("a", "{name: a}"))
        var object = try #require(site.world.object("peer_thing", "a"))
        (object["id"], object["name"]) = ("found", "found")
        try site.world.put("peer_thing", "found", object)
        if isCutOff {
            try site.world.fault([["call": "create", "do": "fail", "name": "found", "times": 1]])
        }
        for zone in ["eu", "us"] {
            let before = site.steps.count
            try await site.commit(
                manifest("a", "{name: a}") + "---\n"
                    + manifest("f", "{name: found, zone: \(zone)}", outside: "reconcile: {adopt: found}"))
            if isCutOff {
                try await site.restart()
                try await site.wait()
            }
            #expect(site.held("f") == nil)
            #expect(site.world.object("peer_thing", "found")?["zone"] as? String == zone)
            let steps = site.steps.dropFirst(before).filter { !$0.contains("failed") }
            #expect(steps == ["delete f", "create f"])
        }
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `a data source is read where its configuration is known, and waits where it is not`(
        version: PeerProvider
    )
        async throws
    {
        let site = try TerraformSite(version)
        let data = """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: seen}
            spec: {provider: peer, data: peer_thing, config: {name: "${infrastructure.a.name}"}}
            ---

            """
        try await site.commit(
            manifest("a", "{name: a, size: 1}") + "---\n" + data
                + manifest("c", "{name: \"after-${infrastructure.seen.arn}\"}"))
        #expect(site.steps == ["create a", "create seen", "create c"])
        #expect(try site.record("seen")?.observation.outputs["size"] == .int(1))
        #expect(try await site.resync() == [])
        #expect(site.world.names("peer_thing").count == 2)
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `a reference to what has no value gives none, and nobody waits for it`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        let objects =
            manifest("a", "{name: a}") + "---\n"
            + manifest("b", "peer_blocks", "{name: b, row: {key: r}}") + "---\n"
        try await site.commit(
            objects
                + manifest(
                    "c",
                    """
                    {name: c, size: "${infrastructure.a.size}", zone: "${infrastructure.a.token}",
                      hosts: "${infrastructure.b.pair}", note: "${infrastructure.b.row[0].value}",
                      document: "${infrastructure.b.one}"}
                    """))
        #expect(site.steps.sorted() == ["create a", "create b", "create c"])
        let made = try #require(site.world.object("peer_thing", "c"))
        #expect(made["hosts"] as? [String] == [])
        for name in ["size", "zone", "document"] { #expect(made[name] is NSNull, "\(name)") }
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `a type that is no longer wanted gives way to another`(version: PeerProvider) async throws {
        let site = try TerraformSite(version)
        try await site.commit(manifest("a", "{name: a}"))
        try await site.commit(manifest("a", "peer_kinds", "{name: a, text: x}"))
        #expect(site.steps.suffix(2) == ["delete a", "create a"])
        #expect(site.world.names("peer_thing") == [] && site.world.names("peer_kinds") == ["a"])
        #expect(try await site.resync() == [])
        await site.close()
    }
}
