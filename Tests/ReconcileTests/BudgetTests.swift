import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Deletes above the budget wait for a person, whose word names their digest.
@Suite struct Budgets {
    private func site(_ count: Int, maxDeletes: Int = 2) async throws -> Site {
        let site = try Site(maxDeletes: maxDeletes)
        site.commit((0..<count).map { entry("s\($0)") })
        try await site.settle(2)
        return site
    }
    private func ids(_ range: Range<Int>) -> Set<ResourceID> { Set(range.map { service("s\($0)") }) }
    private func digest(_ site: Site) -> String { site.loop.picture.deletesDigest(of: "shop") }

    @Test(arguments: [
        (DeleteBudget(), 200, 20), (DeleteBudget(), 40, 5), (DeleteBudget(), 0, 5),
        (DeleteBudget(fixed: 0), 200, 0), (DeleteBudget(fixed: 3), 200, 3),
    ])
    func `the limit is a share, but at least so many, or fixed`(budget: DeleteBudget, count: Int, limit: Int)
    {
        #expect(budget.limit(of: count) == limit)
    }

    @Test func `at the limit they go, above it none does, and the rest goes on`() async throws {
        let site = try await site(8)
        site.commit(removed: ids(0..<2))
        #expect(try await site.steps { try await site.settle(2) }.count == 2)
        site.commit([entry("new"), entry("s7", port: 2)], removed: ids(2..<5))
        let steps = try await site.steps { try await site.settle(2) }
        #expect(steps.sorted() == ["create new", "update s7"])
        #expect(site.loop.picture.blockers(of: service("s2")) == [.deleteBudget(source: "shop")])
        #expect(site.told.words.filter { $0.contains("waits") } == ["shop waits for deletes"])
        #expect(site.commitState() == .pending)
    }

    @Test func `deletes that were carried out are not counted again`() async throws {
        let site = try await site(8)
        for turn in 0..<4 {
            site.commit(removed: ids(turn * 2..<turn * 2 + 2))
            #expect(try await site.steps { try await site.settle(2) }.count == 2)
        }
    }

    @Test func `a person's word names what it lets go`() async throws {
        let site = try await site(8)
        site.commit(removed: ids(0..<3))
        try await site.settle(2)
        let stale = digest(site)
        site.say(.confirmDeletes, "shop", "000000000000")
        #expect(try await site.steps { try await site.settle(2) } == [])
        site.commit(removed: ids(3..<4))
        try await site.settle(2)
        site.say(.confirmDeletes, "shop", stale)
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(digest(site) != stale)
        site.say(.confirmDeletes, "shop", digest(site))
        #expect(try await site.steps { try await site.settle(2) }.count == 4)
        #expect(try site.names.count == 4 && site.store.ledger().decisions.isEmpty)
        #expect(site.commitState() == .converged)
    }

    @Test func `it lasts through a crash, and a new commit withdraws it`() async throws {
        let site = try await site(8)
        site.commit(removed: ids(0..<4))
        try await site.settle(2)
        let (word, before) = (digest(site), site.told.words.count)
        site.record.refusing.withLock { $0[service("s0")] = EngineError(.retry, "busy") }
        site.say(.confirmDeletes, "shop", word)
        try await site.run()
        try site.restart()
        try await site.run()
        #expect(site.names.count == 5, "three went, one was busy")
        site.record.refusing.withLock { $0 = [:] }
        site.commit(removed: ids(4..<6))
        try await site.settle(2)
        #expect(site.names.count == 5, "s0 and two more are above the limit again")
        #expect(try site.store.ledger().decisions.isEmpty)
        #expect(site.told.words.dropFirst(before).filter { $0.contains("waits") }.count == 1, "said again")
    }

    @Test func `a confirmed delete goes on after a crash`() async throws {
        let site = try await site(8)
        site.commit(removed: ids(0..<4))
        try await site.settle(2)
        site.say(.confirmDeletes, "shop", digest(site))
        _ = try await site.loop.pass()
        try site.restart()
        try await site.settle(2)
        #expect(site.names.count == 4)
    }

    @Test func `when fewer are asked for, they go without a word`() async throws {
        let site = try await site(8)
        site.commit(removed: ids(0..<3))
        try await site.settle(2)
        site.commit([entry("s0")])
        #expect(try await site.steps { try await site.settle(2) }.sorted() == ["delete s1", "delete s2"])
    }

    @Test func `a replacement counts, a larger budget lets it go`() async throws {
        let site = try Site(maxDeletes: 1)
        let stacks = [Stack(1), Stack(2)]
        for stack in stacks { stack.prepare(site) }
        site.commit(stacks.flatMap(\.manifests))
        try await site.settle()
        let changed = stacks.map { stack in
            var stack = stack
            (stack.name, stack.count) = (stack.name + "x", 2)
            return stack
        }
        site.commit(changed.flatMap(\.manifests))
        try await site.settle()
        #expect(
            site.snapshot.cloud.objects.values.allSatisfy { $0.attributes["name"]?.hasSuffix("x") == false })
        #expect(site.loop.picture.sources["shop"]?.deletions == Set(changed.map(\.db)))
        site.sources["shop"]?.maxDeletes = DeleteBudget(fixed: 2)
        site.inbox.post(.configure(site.sources))
        try await site.settle()
        #expect(changed.flatMap { $0.faults(in: site) } == [])
    }

    @Test func `what another source deletes is not counted`() async throws {
        let site = try Site(maxDeletes: 1, others: ["edge"])
        site.sources["edge"]?.maxDeletes = DeleteBudget(fixed: 1)
        try site.start()
        site.commit([entry("a")])
        site.commit([entry("b", source: "edge")], source: "edge")
        try await site.settle(2)
        site.commit(removed: [service("a")])
        site.commit(removed: [service("b", "edge")], source: "edge")
        try await site.settle(2)
        #expect(site.names.isEmpty)
    }
}
