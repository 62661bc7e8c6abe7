import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Where a review is required, a person's word names the digest of what it lets go.
@Suite struct Approvals {
    private func site() async throws -> Site {
        let site = try Site(isReviewRequired: true)
        try await change(site, [entry("a"), entry("b")])
        try await approve(site)
        #expect(site.names == ["shop-a", "shop-b"])
        return site
    }
    private func change(_ site: Site, _ manifests: [Manifest], removed: Set<ResourceID> = []) async throws {
        site.commit(manifests, removed: removed)
        try await site.settle(2)
    }
    private func approve(_ site: Site) async throws {
        site.say(.approve, "shop", site.loop.picture.planDigest(of: "shop"))
        try await site.settle(2)
    }

    @Test func `each commit waits, and is said to`() async throws {
        let site = try await site()
        for port in 2...3 {
            _ = site.told.take()
            try await change(site, [entry("a", port: port)])
            #expect(site["a", "port"] == .int(port - 1))
            #expect(site.told.take().filter { $0.contains("waits") } == ["shop waits for a review"])
            #expect(site.loop.picture.blockers(of: service("a")) == [.review(source: "shop")])
            try await approve(site)
            #expect(site["a", "port"] == .int(port))
        }
    }

    @Test func `what follows another's output is asked again where it would replace`() async throws {
        let site = try Site(isReviewRequired: true)
        let (first, second) = (
            ResourceID("infrastructure", "shop", "first"), ResourceID("infrastructure", "shop", "second")
        )
        let manifests = [
            manifest(
                first, "shelf", ["place": .literal(.string("p1")), "text": .literal(.string("p2"))],
                options: .onDrift(.warn)),
            manifest(
                second, "shelf",
                [
                    "place": .reference(Reference(first, FieldPath("text"))),
                    "text": .literal(.string("follows")),
                ]),
        ]
        try await change(site, manifests)
        try await approve(site)
        site.shelf.things.withLock { $0["p1"]?.text = "p3" }
        #expect(try await site.steps() == [])
        #expect(site.loop.picture.blockers(of: second) == [.review(source: "shop")])
        try await approve(site)
        #expect(site.shelf.things.withLock(\.keys).sorted() == ["p1", "p3"])
    }

    @Test func `an approval survives a restart, and allows no more than before`() async throws {
        let site = try await site()
        site.record.refusing.withLock { $0[service("a")] = EngineError(.waitForChange, "broken") }
        try await change(site, [entry("a", port: 2), entry("c", dependsOn: [service("a")])])
        try await approve(site)
        #expect(site.names == ["shop-a", "shop-b"] && site["a", "port"] == .int(1))
        site.record.refusing.withLock { $0 = [:] }
        try site.restart()
        try await site.settle(3)
        #expect(site["a", "port"] == .int(2) && site["c", "port"] == .int(1))
        #expect(try site.store.ledger().decisions.isEmpty, "the word is spent")
        site.manifests[service("a")] = entry("a", port: 3)
        try site.start()
        try await site.settle(2)
        #expect(site["a", "port"] == .int(2))
    }

    @Test(arguments: [false, true])
    func `an approved replacement is made in both its steps, but not otherwise by another commit`(
        isAnother: Bool
    ) async throws {
        let site = try Site(isReviewRequired: true)
        var stack = Stack(1)
        stack.createFirst = false
        stack.prepare(site)
        try await change(site, stack.manifests)
        try await approve(site)
        try await site.settle()
        #expect(stack.faults(in: site) == [])
        stack.name = "renamed"
        try await change(site, stack.manifests)
        #expect(site.snapshot.cloud.objects.values.map { $0.attributes["name"] } == ["db1"])
        let (inbox, db) = (site.inbox, stack.db)
        site.record.beforeApply.withLock { hook in
            hook = { step in if step.id == db { inbox.post(.stop) } }
        }
        site.say(.approve, "shop", site.loop.picture.planDigest(of: "shop"))
        try await site.run()
        #expect(site.snapshot.cloud.objects.isEmpty, "the first step is done")
        site.record.beforeApply.withLock { $0 = nil }
        if isAnother {
            stack.size = 7
            for manifest in stack.manifests { site.manifests[manifest.id] = manifest }
        }
        // Also as another commit, it asks for what was approved.
        try site.start()
        try await site.settle()
        #expect(stack.faults(in: site).isEmpty == !isAnother)
        #expect(site.snapshot.cloud.objects.isEmpty == isAnother)
        #expect(try site.store.ledger().decisions.isEmpty == !isAnother)
    }

    @Test func `a word for another digest does nothing`() async throws {
        let site = try await site()
        try await change(site, [entry("a", port: 2)])
        let word = site.loop.picture.planDigest(of: "shop")
        try await change(site, [entry("a", port: 3)])
        site.say(.approve, "shop", word)
        #expect(try await site.steps { try await site.settle(2) } == [])
    }

    @Test func `drift is mended unasked, but what would be deleted is not`() async throws {
        let site = try await site()
        site.drift("a")
        #expect(try await site.steps() == ["update a"])
        site.lose("b")
        #expect(try await site.steps() == ["create b"])
        try await change(site, [], removed: [service("b")])
        #expect(site.names == ["shop-a", "shop-b"])
        try await approve(site)
        #expect(site.names == ["shop-a"])
    }

    @Test func `an approval of a plan holds for its later steps, not for another commit`() async throws {
        let site = try await site()
        site.record.refusing.withLock { $0[service("a")] = EngineError(.retry, "busy") }
        try await change(site, [entry("a", port: 2), entry("c", dependsOn: [service("a")])])
        site.say(.approve, "shop", site.loop.picture.planDigest(of: "shop"))
        try await site.run()
        try await change(site, [entry("a", port: 3)])
        site.record.refusing.withLock { $0 = [:] }
        try await site.settle(2)
        #expect(site["a", "port"] == .int(1) && site["c", "port"] == nil)
        try await approve(site)
        #expect(site["a", "port"] == .int(3) && site["c", "port"] == .int(1))
    }
}
