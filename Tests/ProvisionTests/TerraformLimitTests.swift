import Fakes
import Foundation
import Model
import Testing

/// Steps that take longer than they may.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformLimitTests {
    private func site(stop: Duration = .seconds(20)) throws -> TerraformSite {
        let usual = try TerraformSite()
        var setup = usual.setup
        (setup.stepLimit, setup.grace, setup.stop) = (.seconds(3), .zero, stop)
        return try TerraformSite(setup, over: usual.world)
    }

    @Test func `a provider that takes too long is told to stop, and what it says then is told`() async throws
    {
        let site = try site()
        try site.world.fault([["call": "create", "do": "slow", "name": "a", "times": 1]])
        try await site.commit(manifest("a", "{name: a}"))
        let held = try #require(site.held("a"))
        #expect(
            held.message.contains("it took longer than 3s, and was stopped: it was stopped"), "\(held)")
        #expect(site.world.count("stop") == 1)
        try await site.wait()
        #expect(site.steps.last == "create a" && site.world.names("peer_thing") == ["a"])
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `a provider that does not stop is ended, and what it has made is found, and not made again`()
        async throws
    {
        let site = try site(stop: .milliseconds(200))
        try site.world.fault([["call": "create", "do": "linger", "argument": "60", "name": "a", "times": 1]])
        try await site.commit(manifest("a", "peer_regional", "{name: a, region: eu}"))
        let told = site.held("a")?.message ?? site.steps.joined()
        for _ in 0..<2 { try await site.wait() }
        #expect(site.steps == ["create a"], "\(told)")
        #expect(site.world.names("peer_regional") == ["a"])
        #expect(site.world.count("create peer_regional") == 1)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `a provider that does not stop is ended, and what it has not made is made, or asked about`()
        async throws
    {
        let site = try site(stop: .milliseconds(200))
        try site.world.fault([["call": "create", "do": "deaf", "times": 1]])
        try await site.commit(
            manifest("a", "peer_regional", "{name: a, region: eu}") + "---\n"
                + manifest("b", "peer_numbered", "{name: b}"))
        for _ in 0..<4 { try await site.wait() }
        #expect(site.world.names("peer_regional") == ["a"])
        let held = try #require(site.held("b"))
        #expect(held.recovery == .waitForChange && held.hint?.contains("--import-id") == true, "\(held)")
        #expect(site.world.names("peer_numbered") == [])
        try await site.settle("b", made: false)
        try await site.wait()
        #expect(site.world.names("peer_numbered").count == 1)
        #expect(try await site.resync() == [])
        await site.close()
    }

    @Test func `the manifest's own limits come first`() async throws {
        let site = try site()
        try site.world.fault(
            [("create", "4"), ("update", "60"), ("delete", "4")].map {
                ["call": $0.0, "do": "slow", "argument": $0.1, "name": "a"]
            })
        let limits = "timeouts: {create: 1h, update: 200ms, delete: 1h}"
        try await site.commit(manifest("a", "{name: a, size: 1}", more: limits))
        #expect(site.steps == ["create a"])
        try await site.commit(manifest("a", "{name: a, size: 2}", more: limits))
        #expect(site.held("a")?.message.contains("it took longer than 200ms, and was stopped") == true)
        try await site.commit("")
        #expect(site.steps.last == "delete a")
        await site.close()
    }

    @Test func `a person names what was made, where nothing else tells`() async throws {
        let site = try TerraformSite()
        let text = manifest("a", "peer_numbered", "{name: a, size: 1}")
        try site.world.fault([["call": "create", "do": "crash-after", "times": 1]])
        try await site.commit(text)
        for _ in 0..<2 { try await site.wait() }
        #expect(
            site.held("a")?.hint?.contains("martlet settle infrastructure/shop/a --made --import-id") == true)
        let id = try #require(site.world.names("peer_numbered").first)
        try await site.settle("a", made: true, importID: id)
        #expect(site.held("a") == nil)
        #expect(try await site.resync() == [])
        #expect(site.world.names("peer_numbered") == [id])
        await site.close()
    }
}
