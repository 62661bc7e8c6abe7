import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Sources stand apart: each fails alone, and owns what it made.
@Suite struct SeveralSources {
    private func site() async throws -> Site {
        let site = try Site(others: ["edge"])
        site.commit([entry("a")])
        site.commit([entry("b", source: "edge")], source: "edge")
        try await site.settle(2)
        #expect(site.names == ["edge-b", "shop-a"])
        return site
    }
    private let broken = [Diagnostic(.error, "broken")]

    @Test func `one that is refused stays whole at its last good commit, and drift there is corrected`()
        async throws
    {
        let site = try await site()
        _ = site.told.take()
        site.inbox.post(site.load([entry("a", port: 2)], removed: [service("a")], problems: broken))
        site.commit([entry("b", port: 2, source: "edge")], source: "edge")
        site.drift("a")
        #expect(try await site.steps().sorted() == ["update a", "update b"])
        #expect(site["a", "port"] == .int(1))
        let record = site.loop.picture.sources["shop"]?.record
        #expect(record?.state == .converged && record?.refusedCommit == "c4" && record?.problems == broken)
        #expect(site.told.take().filter { $0.hasPrefix("shop") } == ["shop c4 refused: broken"])
        site.commit([entry("a", port: 3)])
        try await site.settle(2)
        #expect(site["a", "port"] == .int(3))
        #expect(site.loop.picture.sources["shop"]?.record?.refusedCommit == nil)
    }

    @Test func `one that never loaded has a failed commit, and nothing of it is deleted after a restart`()
        async throws
    {
        let site = try await site()
        let fresh = try Site(others: ["edge"])
        fresh.inbox.post(fresh.load([], problems: broken, source: "edge"))
        try await fresh.settle(2)
        #expect(fresh.commitState("edge") == .failed)
        var loop = try site.makeLoop(inbox: Inbox())
        loop.inbox.post(site.load([], isWhole: true, problems: broken))
        loop.inbox.post(site.load([], isWhole: true, problems: broken, source: "edge"))
        try await loop.run(untilIdle: true)
        #expect(site.names == ["edge-b", "shop-a"])
    }

    @Test func `an id has one owner`() async throws {
        let site = try await site()
        site.inbox.post(
            site.load(
                [manifest(service("a"), "consul", ["port": .literal(.int(9))], source: "edge")],
                source: "edge"))
        #expect(try await site.steps() == [])
        let problem = site.loop.picture.sources["edge"]?.record?.problems.first
        #expect(
            problem?.description == """
                a.yaml:1:1: error: service/shop/a belongs to source 'shop'
                  hint: declare it in one source only, or end the other with 'martlet source forget shop'
                """)
    }

    /// The reader took what the loop refused, and goes on from there.
    @Test func `what came with a refused claim is not lost with it`() async throws {
        let site = try await site()
        let claim = manifest(service("a"), "consul", ["port": .literal(.int(9))], source: "edge")
        site.commit([claim, entry("b", port: 2, source: "edge"), entry("c", source: "edge")], source: "edge")
        try await site.settle(2)
        #expect(site.names == ["edge-b", "shop-a"])
        site.commit(removed: [claim.id], source: "edge")
        try await site.settle(2)
        #expect(site.names == ["edge-b", "edge-c", "shop-a"])
        #expect(site.snapshot.registry.entries["edge-b"]?.fields["port"] == .int(2))
        #expect(site.commitState("edge") == .converged)
    }

    @Test func `a claim is taken once its owner has let go`() async throws {
        let site = try await site()
        let claim = manifest(service("a"), "consul", ["port": .literal(.int(9))], source: "edge")
        site.commit([claim], source: "edge")
        try await site.settle(2)
        site.commit(removed: [claim.id])
        site.manifests[claim.id] = claim
        try await site.settle(3)
        #expect(site["a", "port"] == .int(9))
        #expect(try site.records[claim.id]?.source == "edge")
        #expect(site.commitState("edge") == .converged && site.commitState() == .converged)
    }

    @Test func `references lead across sources, and a cycle across them is refused`() async throws {
        let site = try await site()
        func front(_ source: String, _ name: String, of other: ResourceID) -> Manifest {
            manifest(
                service(name, source), "consul",
                ["addresses": .reference(Reference(other, FieldPath("endpoints")))], source: source)
        }
        site.commit([manifest(service("a"), "consul", ["addresses": .literal(.list([.string("x")]))])])
        site.commit([front("edge", "b", of: service("a"))], source: "edge")
        try await site.settle(2)
        #expect(site.snapshot.registry.entries["edge-b"]?.fields["addresses"] == .list([.string("x")]))
        site.commit([manifest(service("a"), "consul", ["addresses": .literal(.list([.string("y")]))])])
        try await site.settle(2)
        #expect(site.snapshot.registry.entries["edge-b"]?.fields["addresses"] == .list([.string("y")]))
        site.inbox.post(site.load([front("shop", "a", of: service("b", "edge"))]))
        #expect(try await site.steps() == [])
        #expect(
            site.loop.picture.sources["shop"]?.record?.problems.map(\.message) == [
                "reference cycle across sources: service/shop/a → service/edge/b → service/shop/a"
            ])
    }

    @Test(arguments: [false, true])
    func `what the configuration drops keeps its resources, as they are`(isRestarted: Bool) async throws {
        let site = try await site()
        site.sources["edge"] = nil
        if isRestarted { try site.restart() } else { site.inbox.post(.configure(site.sources)) }
        site.inbox.post(site.load([entry("c", source: "edge")], source: "edge"))
        site.drift("b", in: "edge")
        site.drift("a")
        #expect(try await site.steps() == ["update a"])
        #expect(site.names == ["edge-b", "shop-a"])
        #expect(try site.records[service("b", "edge")] != nil)
    }

    @Test(arguments: [false, true])
    func `a dropped source comes back as if it had never gone`(isRestarted: Bool) async throws {
        let site = try await site()
        let policies = site.sources
        site.sources["edge"] = nil
        if isRestarted { try site.restart() } else { site.inbox.post(.configure(site.sources)) }
        try await site.run()
        site.sources = policies
        site.inbox.post(.configure(policies))
        site.reload("edge")
        #expect(try await site.steps() == [])
        site.drift("b", in: "edge")
        #expect(try await site.steps() == ["update b"])
    }

    @Test(arguments: [false, true])
    func `forget leaves what a dropped source made`(isRestarted: Bool) async throws {
        let site = try await site()
        site.inbox.post(.forgetSource("edge"))
        #expect(try await site.steps() == [], "not while it is configured")
        #expect(try site.records.count == 2)
        site.sources["edge"] = nil
        if isRestarted { try site.restart() } else { site.inbox.post(.configure(site.sources)) }
        site.inbox.post(.forgetSource("edge"))
        #expect(try await site.steps() == [])
        #expect(try site.names == ["edge-b", "shop-a"] && site.records.count == 1)
        #expect(try site.loop.picture.sources["edge"] == nil && site.store.ledger().sources["edge"] == nil)
    }

    @Test(arguments: [false, true])
    func `destroy deletes what a dropped source made, users first, without a budget or a review`(
        isRestarted: Bool
    ) async throws {
        let site = try Site(others: ["edge"])
        site.sources["edge"]?.maxDeletes = DeleteBudget(fixed: 100)
        try site.start()
        let names = ["n0", "n1", "n2", "n3"]
        let chain = zip(names, [nil] + names.map(Optional.some)).map { name, before in
            entry(
                name, dependsOn: Set([before.map { service($0, "edge") }].compactMap(\.self)), source: "edge")
        }
        site.commit([entry("a")])
        site.commit(chain, source: "edge")
        try await site.settle(2)
        site.sources["edge"]?.maxDeletes = DeleteBudget(fixed: 0)
        site.sources["edge"]?.review = .approved
        site.inbox.post(.configure(site.sources))
        try await site.run()
        site.sources["edge"] = nil
        if isRestarted { try site.restart() } else { site.inbox.post(.configure(site.sources)) }
        try await site.run()
        site.inbox.post(.destroySource("edge"))
        #expect(try await site.steps { try await site.settle(2) } == names.reversed().map { "delete \($0)" })
        #expect(site.names == ["shop-a"])
        #expect(try site.loop.picture.sources["edge"] == nil && site.store.ledger().sources["edge"] == nil)
    }

    @Test func `what is declared again under a policy of its own is planned again by configure`() async throws
    {
        let site = try await site()
        site.plant("c")
        site.sources["shop"]?.grants.mayAdopt = false
        site.inbox.post(.configure(site.sources))
        site.commit([entry("c", .with { $0.adopt = .inPlace })])
        try await site.settle(2)
        #expect(site.problems[service("c")] == "exists, and is not ours")
        site.sources["shop"]?.grants.mayAdopt = true
        site.inbox.post(.configure(site.sources))
        try await site.settle(2)
        #expect(site["c", "port"] == .int(1) && site.problems.isEmpty)
    }

    @Test func `a commit of one source leaves what was approved in another`() async throws {
        let site = try Site(isReviewRequired: true, others: ["edge"])
        site.commit([entry("a"), entry("b", dependsOn: [service("a")])])
        try await site.run()
        site.record.refusing.withLock { $0[service("a")] = EngineError(.retry, "busy") }
        site.say(.approve, "shop", site.loop.picture.planDigest(of: "shop"))
        try await site.run()
        site.record.refusing.withLock { $0 = [:] }
        site.commit([entry("c", source: "edge")], source: "edge")
        try await site.settle(2)
        #expect(site.names == ["edge-c", "shop-a", "shop-b"])
    }
}
