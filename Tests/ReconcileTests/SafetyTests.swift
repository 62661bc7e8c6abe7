import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// A site on which `count` stacks have converged.
func converged(_ count: Int = 1, maxDeletes: Int = .max) async throws -> (Site, [Stack]) {
    let site = try Site(maxDeletes: maxDeletes)
    let stacks = (1...count).map(Stack.init)
    for stack in stacks { stack.prepare(site) }
    site.commit(stacks.flatMap(\.manifests))
    try await site.settle()
    #expect(stacks.flatMap { $0.faults(in: site) } == [])
    return (site, stacks)
}

/// The eight of "what never happens"; the fourth is in CrashTests.
@Suite struct Safety {
    @Test func `1: what is not ours is neither changed nor deleted`() async throws {
        let site = try Site()
        let stack = Stack(1)
        stack.prepare(site)
        site.registry.state.withLock {
            _ = $0.put(stack.entry, .init(fields: ["port": .int(7)], owner: "x"), ifIndex: 0)
        }
        site.disk.files.withLock { $0[stack.path] = "theirs" }
        let before = site.snapshot
        site.commit(stack.manifests)
        try await site.settle()
        #expect(site.problems[stack.service] == "exists, and is not ours")
        site.commit(removed: stack.ids)
        try await site.settle()
        #expect(
            site.snapshot.registry.entries == before.registry.entries && site.snapshot.files == before.files)
    }
    @Test func `1: what was ours and is someone else's now is forgotten, not deleted`() async throws {
        let (site, stacks) = try await converged()
        site.registry.state.withLock { $0.entries[stacks[0].entry]!.owner = "someone" }
        site.commit(removed: stacks[0].ids)
        site.inbox.post(.sync(source: nil))
        try await site.settle()
        #expect(site.snapshot.registry.entries[stacks[0].entry] != nil)
        #expect(try site.records.isEmpty)
    }

    @Test func `2: a load with an error deletes nothing`() async throws {
        let (site, _) = try await converged()
        let before = site.snapshot
        site.inbox.post(site.load([], isWhole: true, problems: [Diagnostic(.error, "broken")]))
        try await site.settle()
        #expect(site.snapshot == before)
    }
    @Test func `2: what was not observed is not deleted, and waits`() async throws {
        let (site, stacks) = try await converged(2)
        try site.start()
        site.record.unseen.withLock { $0 = [stacks[0].service] }
        site.record.broken.withLock { $0 = [stacks[1].job] }
        site.commit(removed: stacks[0].ids.union(stacks[1].ids))
        try await site.settle()
        #expect(site.snapshot.registry.entries.count == 1 && site.snapshot.cluster.jobs.count == 2)
        site.record.unseen.withLock { $0 = [] }
        site.record.broken.withLock { $0 = [] }
        site.inbox.post(.sync(source: nil))
        try await site.settle()
        #expect(stacks.flatMap { $0.remains(in: site) } == [])
    }

    @Test func `3: after an apply there is nothing to plan`() async throws {
        let (site, _) = try await converged(3)
        let steps = try await site.applied { try await site.resync() }
        #expect(steps.isEmpty && site.calls.planned.isEmpty && site.loop.picture.plan.entries.isEmpty)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `5: no secret's value reaches journal, plan, problems or records`(seed: UInt64) async throws {
        var scenario = try Scenario(seed: seed)
        try await scenario.run(steps: 12, crashingAfter: [60])
        let site = scenario.site
        site.commit(
            scenario.stacks.flatMap { stack in
                var stack = stack
                (stack.name, stack.image) = ("other", "other")
                return stack.manifests
            })
        let preview = await site.loop.preview([site.loaded(site.manifests.values)])
        #expect(!"\(preview) \(preview.plan) \(try site.store.ledger())".contains("CANARY"))
    }

    @Test func `6: deletes above the budget wait for a person`() async throws {
        let (site, stacks) = try await converged(1, maxDeletes: 3)
        site.commit(removed: stacks[0].ids)
        let steps = try await site.applied { try await site.settle() }
        #expect(steps.isEmpty)
        site.inbox.post(
            .decide(.person(.confirmDeletes, "shop", site.loop.picture.deletesDigest(of: "shop"))))
        try await site.settle()
        #expect(stacks[0].remains(in: site) == [])
    }

    @Test func `7: what was reviewed is what is applied`() async throws {
        let site = try Site(isReviewRequired: true)
        var stack = Stack(1)
        stack.prepare(site)
        var digest = await site.loop.preview([site.loaded(stack.manifests, isWhole: true)]).planDigest(
            of: "shop")
        site.inbox.post(site.load(stack.manifests, isWhole: true))
        var steps = try await site.applied { try await site.settle() }
        #expect(steps.isEmpty)
        site.inbox.post(.decide(.person(.approve, "shop", digest)))
        try await site.settle()
        #expect(stack.faults(in: site) == [], "what follows from health is not reviewed again")
        site.cluster.state.withLock { $0.place(stack.entry) }
        try await site.resync()
        #expect(stack.faults(in: site) == [], "nor is an instance that moved")

        stack.size = 5
        digest = await site.loop.preview([site.loaded(stack.manifests)]).planDigest(of: "shop")
        site.cloud.state.withLock { $0.objects["db-1"]!.attributes["size"] = "9" }
        site.inbox.post(site.load(stack.manifests))
        site.inbox.post(.sync(source: nil))
        site.inbox.post(.decide(.person(.approve, "shop", digest)))
        steps = try await site.applied { try await site.settle() }
        #expect(steps.isEmpty, "the world moved between review and apply")
        #expect(
            site.loop.picture.plan[stack.db]?.fields.first { $0.path == FieldPath("size") }?.cause == .both)
    }
    @Test func `7: what drifts between approval and its step waits again`() async throws {
        let site = try Site(isReviewRequired: true)
        var stack = Stack(1)
        stack.prepare(site)
        func approve(_ load: Load) async throws {
            let digest = await site.loop.preview([load]).planDigest(of: "shop")
            site.inbox.post(.load(load))
            site.inbox.post(.decide(.person(.approve, "shop", digest)))
            try await site.settle()
        }
        try await approve(site.loaded(stack.manifests, isWhole: true))
        (stack.size, stack.port) = (5, 9)
        let (registry, inbox, entry, db, service) = (
            site.registry, site.inbox, stack.entry, stack.db, stack.service
        )
        site.record.beforeApply.withLock { hook in
            hook = { step in
                guard step.id == db else { return }
                registry.state.withLock { $0.entries[entry]!.fields["port"] = .int(1) }
                inbox.post(.engine("consul", .changed([service])))
            }
        }
        try await approve(site.loaded(stack.manifests))
        #expect(site.snapshot.cloud.objects["db-1"]?.attributes["size"] == "5")
        #expect(
            site.snapshot.registry.entries[entry]?.fields["port"] == .int(1),
            "8080 → 9 was reviewed, not 1 → 9")
        site.inbox.post(.decide(.person(.approve, "shop", site.loop.picture.planDigest(of: "shop"))))
        try await site.settle()
        #expect(stack.faults(in: site) == [])
    }

    @Test func `8: a poison resource holds back its dependants only`() async throws {
        let (site, stacks) = try await converged(2)
        site.record.broken.withLock { $0 = [stacks[0].db] }
        let changed = stacks.map { stack in
            var stack = stack
            (stack.size, stack.image, stack.port) = (4, "web:4", 4)
            return stack
        }
        site.commit(changed.flatMap(\.manifests))
        site.inbox.post(.sync(source: nil))
        try await site.settle()
        #expect(changed[1].faults(in: site) == [])
        #expect(site.snapshot.cluster.jobs[changed[0].entry]?.current.image == "web:1")
        site.record.broken.withLock { $0 = [] }
        try await site.settle()
        #expect(changed.flatMap { $0.faults(in: site) } == [])
    }
}

extension Decision {
    static func person(_ kind: Kind, _ subject: String, _ value: String = "") -> Decision {
        Decision(kind, subject: subject, value: value, until: nil, by: "a person", at: 0)
    }
}
