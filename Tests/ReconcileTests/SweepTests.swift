import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Looking again: by timers, by events, and never for nothing.
@Suite struct Sweeping {
    private func site(_ count: Int, interval: Int = 60_000) async throws -> Site {
        var policy = Policy.forTests
        policy.sweepInterval = interval
        let site = try Site(policy: policy)
        site.commit((0..<count).map { entry("s\($0)") })
        try await site.run()
        #expect(site.names.count == count)
        site.record.calls.withLock { $0 = Watched.Calls() }
        return site
    }

    @Test(arguments: [1, 199, 1000, 2500])
    func `everything is observed once in each interval, spread over it`(count: Int) async throws {
        let site = try await site(count)
        site.clock.advance(by: 60_000)
        for _ in 0..<2 {
            var sizes: [Int] = []
            for _ in 0..<600 {
                let before = site.calls.observed.count
                try await site.run()
                sizes.append(site.calls.observed.count - before)
                site.clock.advance(by: 100)
            }
            let observed = site.calls.observed
            #expect(observed.count == count && Set(observed).count == count)
            #expect((sizes.max() ?? 0) <= max(200, count / 60 + 1) + count % 200)
            site.record.calls.withLock { $0 = Watched.Calls() }
        }
    }

    @Test func `each engine has its own interval`() async throws {
        var policy = Policy.forTests
        policy.sweepIntervals = ["consul": 1000]
        let site = try Site(policy: policy)
        site.commit([
            entry("a"),
            manifest(
                ResourceID("gateway", "shop", "g"), "gateway",
                ["path": .literal(.string("/g")), "endpoints": .literal(.list([]))]),
        ])
        try await site.run()
        site.clock.advance(by: 1000)
        site.record.calls.withLock { $0 = Watched.Calls() }
        try await site.run()
        #expect(site.calls.observed == [service("a")])
    }

    @Test func `a type may have its own interval, and the rest keeps the engine's`() async throws {
        var policy = Policy.forTests
        (policy.sweepIntervals, policy.typeIntervals) = (
            ["consul": 60_000], ["consul": ["slow": 300_000, "fast": 10_000]]
        )
        let site = try Site(policy: policy)
        site.commit(
            ["a", "b", "c", "d"].map { name in
                var one = entry(name)
                one.type = ["a": "slow", "b": "fast", "c": "other"][name]
                return one
            })
        try await site.run()
        site.record.calls.withLock { $0 = Watched.Calls() }
        for _ in 0..<300 {
            site.clock.advance(by: 1000)
            try await site.run()
        }
        let counts = site.calls.observed.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        #expect(counts == [service("a"): 1, service("b"): 30, service("c"): 5, service("d"): 5])
    }

    @Test func `a data source has its type's interval`() async throws {
        var policy = Policy.forTests
        policy.sweepIntervals = ["cloud": 60_000]
        policy.typeIntervals = ["cloud": ["image": 10_000]]
        let site = try Site(policy: policy)
        func one(_ name: String, _ key: String) -> Manifest {
            manifest(
                ResourceID("infrastructure", "shop", name), "cloud",
                [key: .literal(.string("image")), "name": .literal(.string(name)), "size": .literal(.int(1))])
        }
        var made = one("made", "type")
        made.type = "other"
        site.commit([one("read", "data"), made])
        try await site.run()
        site.record.calls.withLock { $0 = Watched.Calls() }
        for _ in 0..<300 {
            site.clock.advance(by: 1000)
            try await site.run()
        }
        let counts = site.calls.observed.reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
        #expect(counts == ["read": 30, "made": 5])
    }

    @Test func `an interval that is too short leaves the loop time`() async throws {
        let site = try await site(500, interval: 0)
        let slept = Mutex<[Int]>([])
        let (clock, inbox) = (site.clock, site.inbox)
        try await site.loop.run { pause in
            let count = slept.withLock {
                $0.append(pause)
                return $0.count
            }
            clock.advance(by: pause)
            if count == 3 { inbox.post(.stop) }
        }
        #expect(slept.withLock { $0.prefix(3).allSatisfy { $0 >= 1000 } })
    }

    @Test func `the loop sleeps until something is due, and a timer wakes it`() async throws {
        var policy = Policy.forTests
        policy.sweepInterval = 60_000
        let site = try Site(policy: policy)
        site.commit([entry("a")])
        try await site.run()
        site.drift("a")
        let (clock, inbox, record) = (site.clock, site.inbox, site.record)
        record.beforeApply.withLock { hook in hook = { _ in inbox.post(.stop) } }
        let slept = Mutex<[Int]>([])
        let steps = try await site.steps {
            try await site.loop.run { pause in
                slept.withLock { $0.append(pause) }
                clock.advance(by: pause)
            }
        }
        #expect(steps == ["update a"] && slept.withLock(\.first) == 60_000)
    }

    @Test func `what is on its way is looked at each second`() async throws {
        let site = try Site()
        let stack = Stack(1)
        stack.prepare(site)
        site.commit(Array(stack.manifests.prefix(4)))
        try await site.run()
        let slept = Mutex<[Int]>([])
        let (clock, inbox, cluster) = (site.clock, site.inbox, site.cluster)
        try await site.loop.run { pause in
            let count = slept.withLock {
                $0.append(pause)
                return $0.count
            }
            clock.advance(by: pause)
            if count == 3 { cluster.tick() }
            if count == 4 { inbox.post(.stop) }
        }
        #expect(slept.withLock { Array($0.prefix(3)) } == [1000, 1000, 1000])
        #expect(site.loop.picture.nodes[stack.job]?.seen?.health == .ready)
    }

    @Test func `an engine that may have missed something has all of its own looked at`() async throws {
        let (site, stacks) = try await converged(2)
        site.record.calls.withLock { $0 = Watched.Calls() }
        site.inbox.post(.engine("consul", .resync))
        try await site.loop.run(untilIdle: true)
        #expect(Set(site.calls.observed) == Set(stacks.map(\.service)) && site.calls.planned.isEmpty)
        site.record.calls.withLock { $0 = Watched.Calls() }
        site.inbox.post(.engine("nomad", .changed([stacks[0].job])))
        try await site.loop.run(untilIdle: true)
        #expect(site.calls.observed == [stacks[0].job])
    }

    @Test func `a pass with nothing to do writes nothing`() async throws {
        let (site, _) = try await converged(2)
        let fuse = Fuse(limit: 0)
        var loop = try site.makeLoop(fuse, inbox: Inbox())
        #expect(throws: Crash.self) { try fuse.burn() }
        loop.inbox.post(.timer)
        #expect(try await loop.pass().isEmpty, "an append would have been a crash")
        try site.restart()
        try await site.settle(2)
        let before = try site.store.ledger()
        try await site.resync()
        #expect(try site.store.ledger() == before)
    }
}
