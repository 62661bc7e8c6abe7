import Model
import Reconcile
import Store
import Synchronization
import Testing

/// What is told is told once, and again when it happens again.
@Suite struct Telling {
    private func drifts(_ site: Site) -> Int {
        site.told.happenings.count { if case .drifted = $0 { true } else { false } }
    }

    @Test func `drift that somebody mended by hand is told again when it comes back`() async throws {
        let site = try Site()
        let id = ResourceID("service", "shop", "web")
        var options = ReconcileOptions()
        options.onDrift = .warn
        site.commit([manifest(id, "consul", ["port": .literal(.int(1))], options: options)])
        try await site.settle(2)
        for round in 1...3 {
            for port in [99, 1] {
                site.registry.state.withLock { $0.entries["shop-web"]?.fields["port"] = .int(port) }
                try await site.resync()
                try await site.resync()
                #expect((site.loop.picture.nodes[id]?.driftedSince == nil) == (port == 1))
            }
            #expect(drifts(site) == round)
        }
    }

    @Test func `what the journal has not taken is not told as done`() async throws {
        let site = try Site()
        site.commit([manifest(ResourceID("service", "shop", "web"), "consul", ["port": .literal(.int(1))])])
        try site.start(Fuse(limit: 0))
        await #expect(throws: Crash.self) { try await site.run() }
        #expect(!site.told.words.isEmpty)
        #expect(site.told.recorded == [])
        try site.restart()
        try await site.settle(2)
        #expect(site.told.recorded.last?.hasSuffix(" converged") == true)
    }

    @Test func `another origin of a source is told once`() async throws {
        let site = try Site()
        for (origin, count) in [("/a", 0), ("/a", 0), ("/b", 1), ("/b", 1)] {
            site.sources["shop"]?.origin = origin
            try site.start()
            try await site.settle(2)
            #expect(site.told.words.count { $0.hasPrefix("shop comes from") } == count)
            #expect(try site.store.ledger().sources["shop"]?.repository == origin)
        }
        #expect(site.told.words.contains("shop comes from /b, not /a"))
    }

    @Test func `other deletes above the budget are told with their own digest, the same ones once`()
        async throws
    {
        let site = try Site(maxDeletes: 1)
        let entries = (0..<4).map {
            manifest(ResourceID("service", "shop", "s\($0)"), "consul", ["port": .literal(.int(1))])
        }
        func waits() -> Int { site.told.happenings.count { if case .waiting = $0 { true } else { false } } }
        site.commit(entries)
        try await site.settle(2)
        site.commit(removed: Set(entries.prefix(2).map(\.id)))
        try await site.settle(3)
        #expect(waits() == 1)
        site.commit(removed: [entries[2].id])
        try await site.settle(3)
        #expect(waits() == 2)
        site.commit(Array(entries.prefix(3)))
        try await site.settle(3)
        site.commit(removed: Set(entries.prefix(3).map(\.id)))
        try await site.settle(3)
        #expect(waits() == 3)
    }

    @Test func `a restart has nothing to tell`() async throws {
        let site = try Site(maxDeletes: 0)
        site.commit([entry("a", .onDrift(.warn)), entry("b")])
        try await site.settle(2)
        site.drift("a")
        site.commit(removed: [service("b")])
        try await site.resync()
        #expect(
            site.told.take().suffix(2).sorted() == [
                "service/shop/a drifted: port, left", "shop waits for deletes",
            ])
        let since = site.loop.picture.nodes[service("a")]?.driftedSince
        try site.restart()
        try await site.settle(2)
        #expect(site.told.take() == [])
        #expect(since != nil && site.loop.picture.nodes[service("a")]?.driftedSince == since)
    }

    @Test func `a restart has no review to tell`() async throws {
        let site = try Site(isReviewRequired: true)
        site.commit([entry("a")])
        try await site.settle(2)
        #expect(site.told.take().last == "shop waits for a review")
        try site.restart()
        try await site.settle(2)
        #expect(site.told.take() == [])
    }

    @Test func `a deleted resource's end still names its source`() async throws {
        let site = try Site()
        let id = ResourceID("service", "shop", "web")
        site.commit([manifest(id, "consul", ["port": .literal(.int(1))])])
        try await site.settle(2)
        site.commit(removed: [id])
        try await site.settle(2)
        let sources = site.told.happenings.compactMap { happening -> String? in
            guard case .ended(let step, let source, _, .done) = happening, step.verb == .delete else {
                return nil
            }
            return source
        }
        #expect(sources == ["shop"])
    }
}

/// What has failed is tried again when its time has come, and not before.
@Suite struct Failing {
    @Test(arguments: [EngineError.Recovery.retry, .waitForChange])
    func `a step that failed is not tried again at once`(recovery: EngineError.Recovery) async throws {
        var policy = Policy.forTests
        (policy.firstRetry, policy.longestRetry) = (15_000, 15_000)
        let site = try Site(policy: policy)
        let id = ResourceID("service", "shop", "web")
        site.record.refusing.withLock { $0[id] = EngineError(recovery, "the disk is full") }
        site.commit([manifest(id, "consul", ["port": .literal(.int(1))])])
        var steps = try await site.applied { try await site.run() }
        #expect(steps.count == 1 && site.problems[id] == "the disk is full")
        site.clock.advance()
        steps = try await site.applied { try await site.run() }
        #expect(steps.isEmpty)
        site.clock.advance()
        steps = try await site.applied { try await site.run() }
        #expect(steps.count == (recovery == .retry ? 1 : 0))
        site.record.refusing.withLock { $0 = [:] }
        steps = try await site.applied { try await site.resync() }
        #expect(steps.count == 1 && site.problems.isEmpty)
    }
}
