import Fixtures
import Foundation
import Glibc
import Model
import Store
import Testing

/// `SIGKILL` of the controller at any moment, with work in all four layers: what runs goes on, and at the end it is
/// what was asked for, once.
@Suite(.serialized) struct KilledCloudTests {
    static let kills = 20

    @Test(arguments: Seeded.seeds(1))
    func `a killed controller loses, doubles and orphans nothing in four layers`(seed: UInt64) async throws {
        let site = try await Site()
        defer { Workforce.end(of: site) }
        var random = Seeded(seed &+ 2_000_000)
        // As many as four jobs of three and one more each can have, so that a port that leaks is missed.
        var cloud = try await Cloud(site, seed: seed, ports: 16)
        var story: [String] = []
        for kill in 0..<Self.kills {
            let moment = Moment(using: &random)
            let (before, waits) = (cloud, kill > 0 && Bool.random(using: &random))
            let event: String
            (cloud, event) = try await site.serve { run in
                var cloud = before
                if waits { try await site.waitUntilReady() }
                let event = kill == 0 ? "the first start" : try await cloud.happen()
                try await moment.crash(run, site)
                return (cloud, event)
            }
            story.append("\(kill): \(event), killed \(moment)")
        }
        try await cloud.end()
        try await Self.check(cloud, story)
        try await Self.checkEnd(cloud, story)
    }

    private static func check(_ cloud: Cloud, _ story: [String]) async throws {
        let site = cloud.site
        try await converge(cloud, story)
        let (ledger, workforce) = (try site.ledger(), Workforce(of: site))
        #expect(ledger.unanswered.isEmpty)
        #expect(Set(ledger.records.keys.map(\.description)) == cloud.manifestIDs)
        try await converge(cloud, story)
        #expect(try site.ledger().nextIntent == ledger.nextIntent, "a start over what stands takes no step")
        #expect(Workforce(of: site).members == workforce.members, "what runs outlives the controller")
    }

    /// Where nothing is asked for any more, nothing is left: no process, no folder, no port.
    private static func checkEnd(_ before: Cloud, _ story: [String]) async throws {
        let folder = try #require(Workforce(of: before.site).folder)
        var cloud = before
        try await cloud.clear()
        try await converge(cloud, story) {
            (FileManager.default.subpaths(atPath: folder) ?? []).map { "'\($0)' is left" }
        }
        #expect(Set(try cloud.site.ledger().records.keys.map(\.description)) == ["secret/shop/a"])
    }

    /// One run of the controller, until all is as it is asked for.
    private static func converge(
        _ cloud: Cloud, _ story: [String], besides others: @escaping @Sendable () -> [String] = { [] }
    ) async throws {
        try await cloud.site.serve { run in
            try await cloud.site.waitUntilReady()
            let deadline = ContinuousClock.now + .seconds(120)
            var left = ["not looked at"]
            while !left.isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
                left = cloud.differences() + others()
                let states = await cloud.site.states()
                let ready = Dictionary(uniqueKeysWithValues: cloud.manifestIDs.map { ($0, "ready") })
                if states != ready { left.append("the controller says \(states ?? [:])") }
            }
            #expect(left.isEmpty, Comment(rawValue: (left + [run.log] + story).joined(separator: "\n")))
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
    }
}
