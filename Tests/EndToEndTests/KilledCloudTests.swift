import Fixtures
import Foundation
import Glibc
import Model
import Store
import Testing

/// `SIGKILL` of the controller at any moment of its passes, with work for all four engines: what runs goes on, and
/// whenever a controller is left alone, all is what was asked for, once.
struct KilledCloudTests {
    /// Of one history, and of those how many come before all is looked at again.
    static let kills = (all: 75, inOneGo: 15)
    static let gate = Gate(2)

    @Test(arguments: Seeded.seeds(4, oneFor: 30))
    func `a killed controller loses, doubles and orphans nothing over four engines`(seed: UInt64)
        async throws
    {
        try await Self.gate.pass {
            let site = try await Site()
            defer { Workforce.end(of: site) }
            // As many as four jobs of three and one more each can have, so that a port that leaks is missed.
            let cloud = try await Cloud(
                site, seed: seed, firstPort: 22000 + 20 * Int(seed % 400), ports: 16)
            var history = History(cloud, seed: seed)
            while history.kills < Self.kills.all {
                for _ in 0..<Self.kills.inOneGo { try await history.kill() }
                try await history.settle()
            }
            try await history.end()
        }
    }
}

/// What happened to one cloud, with all its controllers.
private struct History {
    private(set) var cloud: Cloud
    private(set) var kills = 0
    private var random: Seeded
    private var story: [String] = []

    init(_ cloud: Cloud, seed: UInt64) {
        (self.cloud, random) = (cloud, Seeded(seed &+ 2_000_000))
    }

    /// One life of a controller, in which something may happen; it ends at some moment of it.
    mutating func kill() async throws {
        let moment = Moment(using: &random)
        let (waits, rests) = (Bool.random(using: &random), Int.random(in: 0..<4, using: &random) == 0)
        let (before, isFirst) = (cloud, kills == 0)
        // Counted from the first call of the process, or only once it has nothing to do.
        if !waits { try moment.arm(cloud.site) }
        let event: String
        (cloud, event) = try await cloud.site.serveUntilKilled { run in
            var cloud = before
            if waits { try await cloud.site.waitUntilReady(unless: run) }
            let event = isFirst || rests ? "nothing" : try await cloud.happen()
            try await moment.crash(run, cloud.site, isArmed: !waits)
            return (cloud, event)
        }
        story.append("\(kills): \(event), killed \(moment)\(waits ? " once it was ready" : "")")
        kills += 1
    }

    /// A controller that is left alone makes all of it so; the next one has nothing to do.
    mutating func settle() async throws {
        try await cloud.end()
        try await converge()
        let (ledger, workforce) = (try cloud.site.ledger(), Workforce(of: cloud.site))
        #expect(ledger.unanswered.isEmpty, told([]))
        #expect(Set(ledger.records.keys.map(\.description)) == cloud.manifestIDs, told([]))
        try await converge()
        let after = try cloud.site.ledger()
        #expect(after.nextIntent == ledger.nextIntent, told(["a start over what stands takes no step"]))
        #expect(Workforce(of: cloud.site).members == workforce.members, told(["what runs outlives it"]))
    }

    /// Where nothing is asked for any more, nothing is left: no process, no folder, no port.
    mutating func end() async throws {
        let folder = try #require(Workforce(of: cloud.site).folder)
        try await cloud.clear()
        try await converge { (FileManager.default.subpaths(atPath: folder) ?? []).map { "'\($0)' is left" } }
        #expect(Set(try cloud.site.ledger().records.keys.map(\.description)) == ["secret/shop/a"])
    }

    /// One run of the controller, until all is as it is asked for.
    private func converge(besides others: @escaping @Sendable () -> [String] = { [] }) async throws {
        let (cloud, story) = (cloud, story)
        try await cloud.site.serve { run in
            try await cloud.site.waitUntilReady()
            let deadline = ContinuousClock.now + .seconds(120)
            var left = ["not looked at"]
            while !left.isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
                left = cloud.differences() + others()
                guard left.isEmpty else { continue }
                let states = await cloud.site.states()
                let ready = Dictionary(uniqueKeysWithValues: cloud.manifestIDs.map { ($0, "ready") })
                if states != ready { left.append("the controller says \(states ?? [:])") }
            }
            #expect(left.isEmpty, Comment(rawValue: (left + [run.log] + story).joined(separator: "\n")))
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
    }
    private func told(_ lines: [String]) -> Comment {
        Comment(rawValue: (lines + story).joined(separator: "\n"))
    }
}
