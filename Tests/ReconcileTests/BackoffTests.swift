import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// What failed is tried again, later and later; and what waits for a change is not.
@Suite struct Backoff {
    private func policy(_ random: Double = 0) -> Policy {
        var policy = Policy.forTests
        (policy.firstRetry, policy.longestRetry, policy.random) = (1000, 8000, { random })
        return policy
    }
    private let busy = EngineError(.retry, "busy")

    /// The pauses between tries, in milliseconds, as the clock is turned to when the next is due.
    private func pauses(_ site: Site, _ count: Int) async throws -> [Int] {
        var pauses: [Int] = []
        for _ in 0..<count {
            try await site.run()
            let due = site.loop.picture.nodes[service("a")]?.held?.retryAt ?? -1
            pauses.append(due - site.clock.value)
            site.clock.advance(by: due - site.clock.value - 1)
            let before = site.calls.applied.count
            try await site.run()
            #expect(site.calls.applied.count == before, "not before")
            site.clock.advance(by: 1)
        }
        return pauses
    }

    @Test(arguments: [(0.0, [1000, 2000, 4000, 8000, 8000]), (0.5, [1100, 2200, 4400, 8800, 8800])])
    func `pauses double up to a cap, with a little chance`(random: Double, expected: [Int]) async throws {
        let site = try Site(policy: policy(random))
        site.record.refusing.withLock { $0[service("a")] = busy }
        site.commit([entry("a")])
        #expect(try await pauses(site, 5) == expected)
        #expect(site.calls.applied.count == 5, "one try each")
    }

    @Test func `what can't be observed is asked again as seldom`() async throws {
        let site = try Site(policy: policy())
        site.record.broken.withLock { $0 = [service("a")] }
        site.commit([entry("a")])
        #expect(try await pauses(site, 5) == [1000, 2000, 4000, 8000, 8000])
        #expect(site.calls.observed.count <= 10)
    }

    @Test func `a change of manifest, a success and a person's sync start anew`() async throws {
        let site = try Site(policy: policy())
        site.record.refusing.withLock { $0[service("a")] = busy }
        site.commit([entry("a")])
        #expect(try await pauses(site, 2) == [1000, 2000])
        site.commit([entry("a", port: 2)])
        #expect(try await site.steps { try await site.run() } == ["create a"], "at once")
        #expect(try await pauses(site, 2).first == 1000)
        #expect(try await site.steps() == ["create a"], "asked for")
        #expect(try await pauses(site, 2).first == 1000)
        site.record.refusing.withLock { $0 = [:] }
        #expect(try await site.steps { try await site.run() } == ["create a"])
        site.record.refusing.withLock { $0[service("a")] = busy }
        site.drift("a")
        try await site.resync()
        #expect(try await pauses(site, 1) == [1000])
    }

    @Test func `what waits for a change is tried when the world changes, and not before`() async throws {
        let site = try Site(policy: policy())
        site.record.refusing.withLock { $0[service("a")] = EngineError(.waitForChange, "no such zone") }
        site.commit([entry("a")])
        let steps = try await site.steps {
            for _ in 0..<5 {
                try await site.run()
                site.clock.advance(by: 1_000_000)
            }
        }
        #expect(steps == ["create a"] && site.state("a") == .failed)
        #expect(site.told.words.filter { $0.contains("held") } == ["service/shop/a held: no such zone"])
        site.inbox.post(.engine("consul", .changed([service("a")])))
        #expect(try await site.steps { try await site.run() } == [])
    }

    @Test func `a poison resource never starves others`() async throws {
        var policy = policy()
        policy.width = 1
        let site = try Site(policy: policy)
        for name in ["p0", "p1", "p2", "p3"] {
            site.record.refusing.withLock { $0[service(name)] = busy }
        }
        site.commit((0..<4).map { entry("p\($0)") } + (0..<8).map { entry("s\($0)") })
        let steps = try await site.steps { try await site.run() }
        #expect(steps.count == 12 && site.names.count == 8)
    }
}
