import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Where a commit stands, each said once.
@Suite struct Commits {
    private func commits(_ site: Site) -> [String] {
        site.told.take().filter { $0.hasPrefix("shop c") }
    }

    @Test func `pending, then converged; what happens later is drift`() async throws {
        let site = try Site()
        _ = site.told.take()
        site.clock.advance(by: 5000)
        site.commit([entry("a"), entry("b", dependsOn: [service("a")])])
        try await site.run()
        #expect(commits(site).suffix(2) == ["shop c2 pending", "shop c2 converged"])
        let record = site.loop.picture.sources["shop"]?.record
        #expect(record?.loadedAt == 5000 && record?.convergedAt == 5000 && record?.stateSince == 5000)
        #expect(record?.lastConverged == "c2")
        site.drift("a")
        site.record.refusing.withLock { $0[service("a")] = EngineError(.waitForChange, "no") }
        try await site.resync()
        #expect(site.state("a") == .failed && site.commitState() == .converged && commits(site) == [])
        #expect(try site.store.ledger().sources["shop"] == site.loop.picture.sources["shop"]?.record)
    }

    @Test func `failed once, however often it is tried, and converged when it is mended`() async throws {
        let site = try Site()
        site.record.refusing.withLock { $0[service("a")] = EngineError(.retry, "busy") }
        site.commit([entry("a"), entry("b")])
        try await site.settle(1)
        #expect(commits(site).last == "shop c2 pending" && site.commitState() == .pending)
        try await site.settle(6)
        #expect(commits(site) == ["shop c2 failed"])
        try site.restart()
        try await site.settle(6)
        #expect(commits(site) == [])
        site.record.refusing.withLock { $0 = [:] }
        try await site.settle(2)
        #expect(commits(site) == ["shop c2 converged"])
    }

    @Test func `overtaken by a newer one`() async throws {
        let site = try Site()
        site.record.broken.withLock { $0 = [service("a")] }
        site.commit([entry("a")])
        try await site.run()
        _ = site.told.take()
        site.commit([entry("b")])
        try await site.run()
        #expect(commits(site) == ["shop c2 overtaken", "shop c3 pending"])
        site.record.broken.withLock { $0 = [] }
        try await site.settle(2)
        #expect(commits(site) == ["shop c3 converged"])
    }

    @Test func `a failed one is not overtaken`() async throws {
        let site = try Site()
        site.commit([manifest(service("a"), "x", [:])])
        try await site.run()
        #expect(commits(site).last == "shop c2 failed")
        site.commit(removed: [service("a")])
        try await site.run()
        #expect(commits(site) == ["shop c3 pending", "shop c3 converged"])
        #expect(site.loop.picture.sources["shop"]?.record?.lastConverged == "c3")
    }

    @Test func `what follows from an unhealthy rollout fails the commit, and what mends it converges`()
        async throws
    {
        let (site, stacks) = try await converged()
        var stack = stacks[0]
        stack.image = "bad:1"
        _ = site.told.take()
        site.commit(stack.manifests)
        try await site.settle()
        #expect(commits(site) == ["shop c3 pending", "shop c3 failed"])
        stack.image = "web:3"
        site.commit(stack.manifests)
        try await site.settle()
        #expect(commits(site) == ["shop c4 pending", "shop c4 converged"])
    }

    @Test func `a restart at the same commit says nothing again`() async throws {
        let (site, _) = try await converged()
        _ = site.told.take()
        try site.restart()
        try await site.settle(2)
        #expect(site.told.take() == [] && site.commitState() == .converged)
    }

    @Test func `a removal is part of its commit`() async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        site.record.refusing.withLock { $0[service("a")] = EngineError(.waitForChange, "in use") }
        site.commit(removed: [service("a")])
        try await site.settle(2)
        #expect(site.commitState() == .failed)
        site.record.refusing.withLock { $0 = [:] }
        try await site.resync()
        #expect(site.commitState() == .converged && site.names.isEmpty)
    }

    @Test func `one that changes no manifest converges`() async throws {
        let (site, _) = try await converged()
        _ = site.told.take()
        site.commit()
        try await site.run()
        #expect(commits(site) == ["shop c3 pending", "shop c3 converged"])
    }

    @Test func `a forced push is said`() async throws {
        let site = try Site()
        try await site.run()
        _ = site.told.take()
        let commit = Revision(id: "f", isForced: true)
        site.inbox.post(.load(Load(source: "shop", commit: commit, manifests: [])))
        try await site.run()
        #expect(site.told.take() == ["shop f pending", "shop f forced", "shop f converged"])
    }
}
