import Fakes
import Fixtures
import Foundation
import Glibc
import Model
import Store
import Testing

/// `SIGKILL` of the controller, and of the real `hashicorp/aws`, while it makes, changes, replaces and deletes what is found
/// again by its name, and what only AWS gives a name to.
@Suite(.enabled(if: AWSCloud.isPossible, AWSCloud.missing), .timeLimit(.minutes(10)))
struct KilledAWSTests {
    /// Of one history, and of those how many come before all is looked at again.
    static let kills = (all: 4, inOneGo: 4)

    @Test(arguments: Seeded.seeds(1, oneFor: 60))
    func `killed in the middle of what AWS is asked for, nothing is lost, and nothing made twice`(
        seed: UInt64
    )
        async throws
    {
        try await AWSCloud.run { cloud in
            var history = AWSHistory(try await AWSEstate(cloud, seed: seed), seed: seed)
            try await history.settle()
            while history.kills < Self.kills.all {
                for _ in 0..<Self.kills.inOneGo { try await history.kill() }
                try await history.settle()
            }
        }
    }
}

/// What happened to one estate.
private struct AWSHistory {
    private(set) var estate: AWSEstate
    private(set) var kills = 0
    private var random: Seeded
    private var story: [String] = []

    init(_ estate: AWSEstate, seed: UInt64) { (self.estate, random) = (estate, Seeded(seed &+ 7_000_000)) }

    /// One life of a controller, in which something is asked of AWS; it ends a little after the first step has begun.
    mutating func kill() async throws {
        let (milliseconds, killsProvider) = (
            Int.random(in: 0...250, using: &random), Bool.random(using: &random)
        )
        let what = try await estate.happen()
        let site = estate.site
        try await site.serve { run in
            let patience = ContinuousClock.now + .seconds(20)
            while !run.isOver, ContinuousClock.now < patience {
                let states = await site.states() ?? [:]
                if states.values.contains("progressing") { break }
                try await Task.sleep(for: .milliseconds(5))
            }
            try await Task.sleep(for: .milliseconds(milliseconds))
            if killsProvider, let pid = Fleet.provider("terraform-provider-aws", of: run.pid) {
                Glibc.kill(pid, SIGKILL)
                // What the controller makes of that is cut off a little later.
                try await Task.sleep(for: .milliseconds(4 * milliseconds))
            }
            try await run.crash()
        }
        story.append(
            "\(kills): \(what), killed after \(milliseconds) ms\(killsProvider ? ", the provider first" : "")"
        )
        kills += 1
    }

    /// A controller that is left alone, and told what it can't know, makes all of it so; the next one has nothing to do.
    mutating func settle() async throws {
        try await converge(telling: try await estate.settlements())
        let ledger = try estate.site.ledger()
        #expect(ledger.unanswered.isEmpty, told([]))
        #expect(Set(ledger.records.keys.map(\.description)) == estate.ids, told([]))
        #expect(ledger.records.values.allSatisfy { $0.deposed.isEmpty }, told([]))
        try await converge(telling: [:])
        #expect(
            try estate.site.ledger().nextIntent == ledger.nextIntent,
            told(["a start over what stands makes a step"]))
    }

    private func converge(telling words: [String: [String]]) async throws {
        let (estate, story) = (estate, story)
        try await estate.site.serve { run in
            try await estate.site.waitUntilReady()
            let deadline = ContinuousClock.now + .seconds(180)
            let ready = Dictionary(uniqueKeysWithValues: estate.ids.map { ($0, "ready") })
            var (left, told) = (["not looked at"], Set<String>())
            while !left.isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(100))
                let states = await estate.site.states() ?? [:]
                for (id, state) in states where state == "uncertain" && told.insert(id).inserted {
                    try await estate.site.settle(id, words[id])
                }
                left = states == ready ? try await estate.differences() : ["the controller says \(states)"]
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
