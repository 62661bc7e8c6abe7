import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Resources take each other's places without a third one.
@Suite struct Swapping {
    private func id(_ number: Int) -> ResourceID { ResourceID("infrastructure", "shop", "t\(number)") }
    private func thing(
        _ number: Int, at place: Int, dependsOn: Set<ResourceID> = [],
        _ options: ReconcileOptions = ReconcileOptions()
    ) -> Manifest {
        manifest(
            id(number), "shelf",
            ["place": .literal(.string("p\(place)")), "text": .literal(.string("text \(number)"))],
            dependsOn: dependsOn, options: options)
    }
    private func site(_ count: Int, maxDeletes: Int = .max) async throws -> Site {
        let site = try Site(maxDeletes: maxDeletes)
        site.commit((0..<count).map { thing($0, at: $0) })
        try await site.settle(2)
        #expect(places(site) == (0..<count).map { "t\($0)" })
        return site
    }
    /// Who stands where, in the order of the places.
    private func places(_ site: Site) -> [String] {
        site.shelf.things.withLock(\.self).sorted { $0.key < $1.key }.map {
            ResourceID($0.value.owner)?.name ?? "a stranger"
        }
    }
    /// Each takes the next one's place.
    private func turned(_ count: Int, by distance: Int = 1) -> [Manifest] {
        (0..<count).map { thing($0, at: ($0 + distance) % count) }
    }
    private func turnedNames(_ count: Int) -> [String] { ([count - 1] + (0..<count - 1)).map { "t\($0)" } }
    private let swapped = ["t1", "t0"]

    @Test(arguments: 2...5) func `each gives up its own place, then all are made anew`(count: Int)
        async throws
    {
        let site = try await site(count)
        site.commit(turned(count))
        // Each as soon as its place is free, and not when a failure would be tried again.
        let steps = try await site.steps { try await site.run() }
        #expect(places(site) == turnedNames(count))
        #expect(steps.sorted() == (0..<count).map { "create t\($0)" } + (0..<count).map { "delete t\($0)" })
        #expect(site.problems == [:])
        #expect(site.commitState() == .converged)
        try site.restart()
        #expect(try await site.steps { try await site.settle(2) } == [])
    }

    @Test(arguments: Seeded.seeds(6))
    func `a crash at any append or engine call loses nothing and doubles nothing`(seed: UInt64) async throws {
        let count = 2 + Int(seed / 2) % 3
        // In a circle, or in a row whose last one goes to a free place.
        let wanted = seed.isMultiple(of: 2) ? turned(count) : (0..<count).map { thing($0, at: $0 + 1) }
        for limit in 1... {
            let site = try await site(count)
            site.shelf.things.withLock { $0["p9"] = Shelf.Thing(text: "theirs") }
            for manifest in wanted { site.manifests[manifest.id] = manifest }
            try site.start(Fuse(limit: limit))
            do { try await site.settle(2) } catch is Crash {}
            let isOver = !site.fuse.isBlown
            try site.start()
            try await site.settle(6)
            try await site.resync()
            try await site.settle(6)
            let names = seed.isMultiple(of: 2) ? turnedNames(count) : (0..<count).map { "t\($0)" }
            #expect(places(site) == names + ["a stranger"], "crashing after \(limit)")
            #expect(try site.records.count == count && site.store.ledger().unanswered.isEmpty)
            #expect(site.problems == [:], "crashing after \(limit)")
            if isOver { break }
        }
    }

    @Test func `a delete whose answer was lost is done where another stands by now`() async throws {
        let site = try await site(1)
        site.record.losing.withLock { $0 = [2] }
        site.record.unseen.withLock { $0 = [id(0)] }
        site.commit(removed: [id(0)])
        try await site.run()
        #expect(places(site) == [] && site.loop.picture.state(of: id(0), policy: site.policy) == .uncertain)
        site.shelf.things.withLock { $0["p0"] = Shelf.Thing(owner: "\(id(1))", text: "text 1") }
        site.record.unseen.withLock { $0 = [] }
        site.commit([thing(0, at: 1), thing(1, at: 0)])
        try await site.settle()
        #expect(places(site) == swapped && site.problems == [:])
    }

    @Test(arguments: Seeded.seeds(20))
    func `after any turns, also while others still go on, all stand where they are to`(seed: UInt64)
        async throws
    {
        var random = Seeded(seed)
        let site = try await site(5)
        var order = Array(0..<5)
        for _ in 0..<8 {
            order.shuffle(using: &random)
            site.commit(order.enumerated().map { thing($0.offset, at: $0.element) })
            for _ in 0..<Int.random(in: 0...2, using: &random) { try await site.run() }
            if Int.random(in: 0..<3, using: &random) == 0 { try site.restart() }
        }
        try await site.settle(8)
        #expect(places(site) == order.indices.sorted { order[$0] < order[$1] }.map { "t\($0)" })
        #expect(site.problems == [:])
        #expect(site.commitState() == .converged)
    }

    @Test func `who stays where it is keeps the others from starting`() async throws {
        for isFirm in [true, false] {
            let site = try await site(3)
            if isFirm {
                site.shelf.firm.withLock { $0 = [id(1)] }
                site.commit(turned(3))
            } else {
                site.commit([thing(0, at: 1), thing(2, at: 0)])
            }
            #expect(try await site.steps { try await site.settle(3) } == [])
            #expect(site.problems[id(0)] == "p1 is infrastructure/shop/t1's")
            #expect(places(site) == ["t0", "t1", "t2"])
            site.shelf.firm.withLock { $0 = [] }
            site.commit(turned(3))
            try await site.settle(8)
            #expect(places(site) == ["t2", "t0", "t1"] && site.problems == [:])
        }
    }

    @Test func `what only the world knows is not given up`() async throws {
        let site = try await site(2)
        let ignoring = ReconcileOptions.with { $0.ignore = ["/text"] }
        site.commit([thing(0, at: 1, ignoring), thing(1, at: 0)])
        #expect(try await site.steps { try await site.settle(3) } == [])
        #expect(site.problems.count == 2)
    }

    @Test func `where one waits for a person, so does the other`() async throws {
        let site = try await site(2)
        site.say(.suspend, "\(id(1))", "hands off")
        try await site.run()
        site.commit(turned(2))
        #expect(try await site.steps { try await site.settle(3) } == [])
        site.resume("\(id(1))")
        try await site.settle(6)
        #expect(places(site) == swapped)
    }

    @Test func `both count for the budget, and one word lets both go`() async throws {
        let site = try await site(2, maxDeletes: 1)
        site.commit(turned(2))
        #expect(try await site.steps { try await site.settle(3) } == [])
        #expect(site.told.take().last == "shop waits for deletes")
        site.say(.confirmDeletes, "shop", site.loop.picture.deletesDigest(of: "shop"))
        try await site.settle(3)
        #expect(places(site) == swapped && site.commitState() == .converged)
    }

    @Test func `one review covers both`() async throws {
        let site = try Site(isReviewRequired: true)
        func approve() async throws {
            site.say(.approve, "shop", site.loop.picture.planDigest(of: "shop"))
            try await site.settle(3)
        }
        site.commit([thing(0, at: 0), thing(1, at: 1)])
        try await site.settle(2)
        try await approve()
        site.commit(turned(2))
        #expect(try await site.steps { try await site.settle(3) } == [])
        #expect(site.loop.picture.plan.entries.map(\.change.action) == [.replace, .replace])
        try await approve()
        #expect(places(site) == swapped)
    }

    @Test func `one that is blocked by something else blocks the other by its place`() async throws {
        let site = try await site(2)
        site.record.refusing.withLock { $0[service("late")] = EngineError(.waitForChange, "broken") }
        site.commit([entry("late"), thing(0, at: 1), thing(1, at: 0, dependsOn: [service("late")])])
        #expect(try await site.steps { try await site.settle(3) } == ["create late"])
        #expect(site.loop.picture.blockers(of: id(0)) == [.place(id(1))])
        #expect(places(site) == ["t0", "t1"])
        // Git gives it up: nobody waits for ever.
        site.commit([thing(1, at: 1)])
        #expect(try await site.steps { try await site.settle(3) } == [])
        #expect(site.problems[id(0)] == "p1 is infrastructure/shop/t1's")
        site.commit([thing(0, at: 0)], removed: [service("late")])
        try await site.settle(3)
        #expect(site.problems == [:] && places(site) == ["t0", "t1"])
    }

    @Test func `what a replacement left stays until the new one is ready`() async throws {
        let site = try await site(1)
        site.shelf.slow.withLock { $0 = ["p1"] }
        site.commit([thing(0, at: 1)])
        #expect(try await site.steps { try await site.settle(3) } == ["create t0"])
        #expect(places(site) == ["t0", "t0"])
        #expect(site.loop.picture.blockers(of: id(0)) == [.dependency(id(0), mustBeReady: true)])
        site.shelf.slow.withLock { $0 = [] }
        #expect(try await site.steps { try await site.settle(3) } == ["delete t0"])
        #expect(places(site) == ["t0"])
    }

    @Test func `who waits for a place that a replacement left is not waited for in turn`() async throws {
        let site = try await site(2)
        func user(_ port: Int) -> Manifest {
            manifest(
                service("user"), "consul",
                [
                    "port": .literal(.int(port)), "one": .reference(Reference(id(0), FieldPath("place"))),
                    "two": .reference(Reference(id(1), FieldPath("place"))),
                ])
        }
        site.commit([user(1)])
        try await site.settle(2)
        // The first goes to a free place, and the second to the one that is left by it.
        site.commit([thing(0, at: 2), thing(1, at: 0)])
        try await site.settle(6)
        #expect(places(site) == ["t1", "t0"] && site.problems == [:])
        #expect(site["user", "one"] == .string("p2") && site["user", "two"] == .string("p0"))
    }
}
