import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Nothing is done about what is suspended, until it is over.
@Suite struct Suspending {
    private func suspended(until: Int? = nil) -> ReconcileOptions {
        .with { $0.suspend = .init(reason: "a migration", until: until) }
    }

    @Test func `by its manifest: shown, not applied, and no commit waits for it`() async throws {
        let site = try Site()
        site.commit([entry("a"), entry("b")])
        try await site.settle(2)
        site.commit([entry("a", port: 2, suspended()), entry("b", port: 2)])
        #expect(try await site.steps { try await site.settle(2) } == ["update b"])
        #expect(site.state("a") == .suspended && site.commitState() == .converged)
        #expect(
            site.loop.picture.blockers(of: service("a"))
                == [.restraint(.suspended(reason: "a migration", until: nil))])
        site.commit([entry("a", port: 2)])
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
    }

    @Test func `until a time: the timer ends it`() async throws {
        let site = try Site()
        site.commit([entry("a", suspended(until: 25))])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.state("a") == .suspended)
        #expect(try await site.steps { try await site.settle(2) } == ["create a"])
    }

    @Test func `that its time is over is told once, by a manifest`() async throws {
        let site = try Site()
        site.commit([entry("a", suspended(until: 25))])
        try await site.settle(4)
        #expect(site.told.take().filter { $0.contains("goes on") } == ["service/shop/a goes on: a migration"])
        try site.restart()
        try await site.settle(2)
        #expect(site.told.take() == [])
    }

    @Test(arguments: ["service/shop/a", "shop"])
    func `that its time is over is told once, also where nobody was there`(subject: String) async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        site.say(.suspend, subject, "hands off", until: 100)
        try await site.run()
        _ = site.told.take()
        site.clock.advance(by: 200_000)
        for told in [["\(subject) goes on: hands off"], []] {
            try site.restart()
            try await site.settle(2)
            #expect(site.told.take() == told)
        }
    }

    @Test func `what can't be observed is suspended all the same, and goes on once both are over`()
        async throws
    {
        let site = try Site()
        site.commit([entry("a"), entry("b")])
        try await site.settle(2)
        site.say(.suspend, "service/shop/a", "hands off")
        site.record.broken.withLock { $0 = [service("a")] }
        site.commit([entry("a", port: 2), entry("b", port: 2)])
        site.inbox.post(.sync(source: nil))
        #expect(try await site.steps { try await site.settle(5) } == ["update b"])
        #expect(site.state("a") == .suspended && site.commitState() == .converged)
        #expect(site.problems == [service("a"): "poison"])
        site.resume("service/shop/a")
        #expect(try await site.steps { try await site.settle(5) } == [])
        #expect(site.state("a") == .failed)
        site.record.broken.withLock { $0 = [] }
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
    }

    @Test(arguments: ["service/shop/a", "shop"])
    func `by a person, of a resource or a whole source, until it is resumed`(subject: String) async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        site.say(.suspend, subject, "hands off")
        try await site.run()
        site.drift("a")
        site.commit([entry("a", port: 2)])
        #expect(try await site.steps() == [])
        #expect(site.state("a") == .suspended && site.commitState() == .converged)
        try site.restart()
        #expect(try await site.steps { try await site.settle(2) } == [], "a crash forgets no word")
        _ = site.told.take()
        site.resume(subject)
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
        #expect(site["a", "port"] == .int(2))
        #expect(
            site.told.take().filter { $0.contains("goes on") } == [
                "\(subject) goes on: hands off, by a person"
            ])
        site.resume(subject)
        try await site.run()
        #expect(site.told.take() == [], "there is nothing to end any more")
        try site.restart()
        site.drift("a")
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
    }

    @Test func `by a person until a time`() async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        site.say(.suspend, "service/shop/a", "hands off", until: 45)
        site.drift("a")
        #expect(try await site.steps() == [])
        #expect(try await site.steps { try await site.settle(3) } == ["update a"])
    }

    @Test(arguments: ["service/shop/a", "shop"])
    func `a person's word holds for a delete as well`(subject: String) async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        site.say(.suspend, subject)
        site.commit(removed: [service("a")])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.names == ["shop-a"] && site.commitState() == .converged)
        site.resume(subject)
        #expect(try await site.steps { try await site.settle(2) } == ["delete a"])
    }

    @Test func `the last word of one turn is the one that lasts`() async throws {
        let site = try Site()
        site.commit([entry("a")])
        site.say(.suspend, "service/shop/a", "first")
        try await site.settle(2)
        site.resume("service/shop/a")
        site.say(.suspend, "service/shop/a", "second")
        try await site.run()
        try site.restart()
        #expect(try await site.steps { try await site.settle(2) } == [])
    }

    @Test func `what is replaced and suspended is not deleted`() async throws {
        let (site, stacks) = try await converged()
        var stack = stacks[0]
        stack.name = "renamed"
        site.commit(stack.manifests)
        try await site.run()
        site.say(.suspend, stack.db.description)
        try await site.settle()
        #expect(site.snapshot.cloud.objects.count == 2, "the old one is deposed, and stays")
        site.resume(stack.db.description)
        try await site.settle()
        #expect(stack.faults(in: site) == [])
    }

    @Test func `what a replacement left is taken back where it is asked for again`() async throws {
        let (site, stacks) = try await converged()
        let before = site.snapshot.cloud.objects
        var stack = stacks[0]
        stack.name = "renamed"
        site.commit(stack.manifests)
        try await site.run()
        site.say(.suspend, stack.db.description)
        try await site.settle()
        #expect(site.snapshot.cloud.objects.count == 2)
        site.commit(stacks[0].manifests)
        site.resume(stack.db.description)
        let steps = try await site.applied { try await site.settle() }
        #expect(site.snapshot.cloud.objects == before && stacks[0].faults(in: site) == [])
        #expect(steps.filter { $0.id == stack.db }.map(\.verb) == [.delete])
        #expect(try site.records[stack.db]?.deposed == [])
    }
}
