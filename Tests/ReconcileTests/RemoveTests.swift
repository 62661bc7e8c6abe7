import Model
import Reconcile
import Store
import Testing

/// What leaves git, and what was there before.
@Suite struct Removing {
    @Test func `onRemove: forget leaves the object`() async throws {
        let site = try Site()
        site.commit([entry("a", .with { $0.onRemove = .forget }), entry("b")])
        try await site.settle(2)
        _ = site.told.take()
        site.commit(removed: [service("a"), service("b")])
        #expect(try await site.steps { try await site.settle(2) } == ["delete b"])
        #expect(try site.names == ["shop-a"] && site.records.isEmpty)
        #expect(site.told.words.contains("service/shop/a forgotten"))
        #expect(site.commitState() == .converged)
    }

    @Test func `onRemove is what the last commit said, also after a crash`() async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        site.commit([entry("a", .with { $0.onRemove = .forget })])
        try await site.settle(2)
        site.manifests = [:]
        try site.restart()
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.names == ["shop-a"])
    }

    @Test func `only what is recorded is pruned`() async throws {
        let site = try Site()
        site.plant("theirs")
        site.plant("unmarked", owner: "service/shop/unmarked")
        site.commit([entry("theirs"), entry("ours")])
        try await site.settle(2)
        site.commit(removed: [service("theirs"), service("ours")])
        try await site.settle(2)
        try site.restart()
        try await site.settle(2)
        #expect(site.names == ["shop-theirs", "shop-unmarked"])
    }

    @Test(arguments: [
        (true, "take it over with 'reconcile: {adopt: true}' or 'martlet adopt service/shop/a'"),
        (false, "to take it over, allow 'adopt' for the source in the controller's configuration"),
    ])
    func `what exists and is not ours is left, with a hint that can be followed`(
        mayAdopt: Bool, hint: String
    ) async throws {
        let site = try Site()
        site.sources["shop"]?.grants.mayAdopt = mayAdopt
        try site.start()
        site.plant("a")
        let before = site.snapshot.registry
        site.commit([entry("a", mayAdopt ? ReconcileOptions() : .with { $0.adopt = .inPlace })])
        #expect(try await site.steps { try await site.settle(2) } == [])
        let held = site.loop.picture.nodes[service("a")]?.held?.error
        #expect(held?.message == "exists, and is not ours" && held?.hint == hint)
        #expect(site.snapshot.registry == before && site.commitState() == .failed)
        if !mayAdopt {
            site.say(.adopt, "service/shop/a")
            #expect(
                try await site.steps { try await site.settle(2) } == [], "a person's word needs leave too")
        }
    }

    @Test(arguments: [true, false])
    func `adopted by its manifest`(isAsDesired: Bool) async throws {
        let site = try Site()
        site.plant("a", port: isAsDesired ? 1 : 7)
        site.commit([entry("a", .with { $0.adopt = .inPlace })])
        #expect(try await site.steps { try await site.settle(2) } == (isAsDesired ? [] : ["update a"]))
        #expect(try site["a", "port"] == .int(1) && site.records[service("a")] != nil)
        #expect(site.told.words.contains("service/shop/a adopted"))
        #expect(try await site.steps() == [] && site.state("a") == .ready)
    }

    @Test(arguments: [1, 7])
    func `adopted by a person's word, once`(port: Int) async throws {
        let site = try Site()
        site.plant("a", port: port)
        site.commit([entry("a")])
        try await site.settle(2)
        site.say(.adopt, "service/shop/a")
        try await site.settle(2)
        #expect(try site["a", "port"] == .int(1) && site.records[service("a")] != nil)
        #expect(try site.store.ledger().decisions.isEmpty, "the word is spent")
        site.commit(removed: [service("a")])
        try await site.settle(2)
        site.plant("a")
        site.commit([entry("a")])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site["a", "port"] == .int(7))
    }

    @Test func `what another Martlet marked is not adopted by anybody`() async throws {
        let site = try Site()
        site.plant("a", owner: "service/other/a")
        site.commit([entry("a", .with { $0.adopt = .inPlace })])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.problems[service("a")] == "exists, and is not ours")
    }

    @Test func `forget by name: only what git no longer has`() async throws {
        let site = try Site(maxDeletes: 0)
        site.commit([entry("a"), entry("b")])
        try await site.settle(2)
        site.commit(removed: [service("a")])
        try await site.settle(2)
        site.inbox.post(.forget(service("a")))
        site.inbox.post(.forget(service("b")))
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(try site.names == ["shop-a", "shop-b"] && Array(site.records.keys) == [service("b")])
        #expect(site.commitState() == .converged)
    }
}
