import Fakes
import Fixtures
import Foundation
import Glibc
import Model
import Store
import Testing

/// `SIGKILL` of the controller, and of the provider, while the provider creates, updates, replaces and deletes: whenever a
/// controller is left alone, and was told what nobody but a person can know, each object is there once, and none besides.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing))
struct KilledProviderTests {
    /// Of one history, and of those how many come before all is looked at again.
    static let kills = (all: 15, inOneGo: 5)
    static let gate = Gate(2)

    @Test(arguments: Seeded.seeds(2, oneFor: 40))
    func `killed in the middle of a provider's apply, nothing is lost, and nothing made twice`(seed: UInt64)
        async throws
    {
        try await Self.gate.pass {
            let site = try await Site()
            var history = History(try await Fleet(site, seed: seed), seed: seed)
            while history.kills < Self.kills.all {
                for _ in 0..<Self.kills.inOneGo { try await history.kill() }
                try await history.settle()
            }
        }
    }
}

/// What happened to one fleet.
private struct History {
    private(set) var fleet: Fleet
    private(set) var kills = 0
    private var random: Seeded
    private var story: [String] = []

    init(_ fleet: Fleet, seed: UInt64) { (self.fleet, random) = (fleet, Seeded(seed &+ 3_000_000)) }

    /// When somebody is killed.
    private enum Moment {
        /// The controller, before or after the n-th call that lasts.
        case calls(Int)
        /// So long after the n-th apply has come to the provider.
        case apply(Int, milliseconds: Int, killsProvider: Bool)

        init(using random: inout Seeded) {
            let (calls, applies) = (
                Int(pow(2, Double.random(in: 0...8, using: &random))), Int.random(in: 1...2, using: &random)
            )
            let (time, who) = (Int.random(in: 0...80, using: &random), Int.random(in: 0..<4, using: &random))
            self =
                who == 0
                ? .calls(calls) : .apply(applies, milliseconds: time, killsProvider: who == 1)
        }
    }

    /// One life of a controller, in which something is asked of the provider; it ends at some moment of that.
    mutating func kill() async throws {
        let moment = Moment(using: &random)
        let event = Fleet.Event.allCases[kills % Fleet.Event.allCases.count]
        let (before, isFirst) = (fleet, kills == 0)
        if case .calls(let count) = moment { try fleet.site.killPoint.arm(count) }
        let what: String
        (fleet, what) = try await fleet.site.serveUntilKilled { run in
            var fleet = before
            let applies = fleet.applies
            let what = isFirst ? "the first start" : try await fleet.happen(event)
            try await Self.wait(for: moment, run, fleet, applies)
            try await run.crash()
            try fleet.site.killPoint.arm(0)
            return (fleet, what)
        }
        story.append("\(kills): \(what), killed \(moment)")
        kills += 1
    }

    /// Until it is time to kill the controller, or nothing more happens.
    private static func wait(for moment: Moment, _ run: Run, _ fleet: Fleet, _ applies: Int) async throws {
        let patience = ContinuousClock.now + .seconds(6)
        while !run.isOver, ContinuousClock.now < patience {
            if case .apply(let count, let milliseconds, let killsProvider) = moment,
                fleet.applies >= applies + count
            {
                try await Task.sleep(for: .milliseconds(milliseconds))
                guard killsProvider, let pid = Fleet.provider(of: run.pid) else { return }
                Glibc.kill(pid, SIGKILL)
                // What the controller makes of that is cut off a little later.
                return try await Task.sleep(for: .milliseconds(10 * milliseconds))
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// A controller that is left alone, and told what it can't know, makes all of it so; the next one has nothing to do.
    mutating func settle() async throws {
        let words = try fleet.settlements()
        try await converge(telling: words)
        let ledger = try fleet.site.ledger()
        #expect(ledger.unanswered.isEmpty, told([]))
        #expect(Set(ledger.records.keys.map(\.description)) == fleet.manifestIDs, told([]))
        #expect(ledger.records.values.allSatisfy { $0.deposed.isEmpty }, told([]))
        let applies = fleet.applies
        try await converge(telling: [:])
        #expect(fleet.applies == applies, told(["a start over what stands asks for nothing"]))
        #expect(try fleet.site.ledger().nextIntent == ledger.nextIntent, told([]))
    }

    private func converge(telling words: [String: [String]]) async throws {
        let (fleet, story) = (fleet, story)
        try await fleet.site.serve { run in
            try await fleet.site.waitUntilReady()
            let deadline = ContinuousClock.now + .seconds(120)
            var (left, told) = (["not looked at"], Set<String>())
            while !left.isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
                let states = await fleet.site.states() ?? [:]
                for (id, state) in states where state == "uncertain" && told.insert(id).inserted {
                    try await fleet.site.settle(id, words[id])
                }
                left = fleet.differences()
                let ready = Dictionary(uniqueKeysWithValues: fleet.manifestIDs.map { ($0, "ready") })
                if states != ready { left.append("the controller says \(states)") }
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
