import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// The awkward semantics of real engines, one by one.
@Suite struct Engines {
    @Test func `create first: the user never loses what it uses, whenever the process dies`() async throws {
        var limit = 1
        var deposed = 0
        while true {
            let (site, stacks) = try await converged()
            var stack = stacks[0]
            stack.name = "renamed"
            try site.start(Fuse(limit: limit))
            site.commit(stack.manifests)
            func userHasDatabase() -> Bool {
                let state = site.snapshot
                return state.cloud.objects.values.contains {
                    $0.attributes["endpoint"] == state.cluster.jobs[stack.entry]?.current.delivered["URL"]
                }
            }
            do { try await site.settle() } catch is Crash {}
            #expect(userHasDatabase(), "after \(limit)")
            let isOver = !site.fuse.isBlown
            deposed += try site.records.values.contains { !$0.deposed.isEmpty } ? 1 : 0
            try site.start()
            for _ in 0..<12 {
                try await site.run()
                #expect(userHasDatabase(), "after \(limit)")
                site.cluster.tick()
                site.clock.advance()
            }
            #expect(stack.faults(in: site) == [], "after \(limit)")
            #expect(site.snapshot.cloud.objects.count == 1)
            if isOver { break }
            limit += 1
        }
        #expect(limit > 20 && deposed > 3, "\(limit) points, \(deposed) with a deposed object")
    }

    @Test func `a tainted create is recorded, said, and replaced`() async throws {
        let site = try Site()
        let stack = Stack(1)
        stack.prepare(site)
        site.cloud.state.withLock { $0.failing = ["db1"] }
        site.commit(stack.manifests)
        try await site.run()
        #expect(try site.records[stack.db]?.observation.health == .failed("tainted"))
        #expect(site.problems[stack.db] == "db-1 was made, and failed")
        #expect(site.snapshot.cluster.jobs.isEmpty)
        try await site.settle()
        #expect(stack.faults(in: site) == [])
    }

    @Test func `a lost create that can't be looked for is said to be uncertain, and never doubled`()
        async throws
    {
        let site = try Site()
        let id = ResourceID("infrastructure", "shop", "old")
        site.record.losing.withLock { $0 = [1] }
        site.commit([
            manifest(
                id, "cloud",
                [
                    "type": .literal(.string("untaggable")), "name": .literal(.string("old")),
                    "size": .literal(.int(1)),
                ])
        ])
        try await site.settle()
        try site.start()
        try await site.settle()
        #expect(site.snapshot.cloud.created == 1)
        #expect(site.problems[id]?.contains("may have been created") == true)
        site.cloud.state.withLock { $0.objects = [:] }
        site.inbox.post(.decide(.person(.settleNotMade, id.description)))
        try await site.settle()
        #expect(site.snapshot.cloud.objects.count == 1 && site.problems.isEmpty)
    }

    @Test func `an automatic revert is not fought, and keeps its credential`() async throws {
        let (site, stacks) = try await converged()
        var stack = stacks[0]
        stack.image = "bad:1"
        site.commit(stack.manifests)
        try await site.settle()
        #expect(site.snapshot.cluster.jobs[stack.entry]?.versions.count == 3, "first, bad, reverted")
        #expect(
            site.loop.picture.nodes[stack.job]?.seen?.health == .failed("version 1 failed and was reverted"))
        try site.start()
        let steps = try await site.applied {
            for _ in 0..<5 {
                site.inbox.post(.sync(source: nil))
                try await site.settle(2)
            }
        }
        #expect(steps.isEmpty)
        let job = site.snapshot.cluster.jobs[stack.entry]!
        let leases = site.snapshot.secrets.leases
        #expect(leases.count == 1 && leases.values.contains(job.current.delivered["LOGIN"]!))
        #expect(
            site.snapshot.registry.entries[stack.entry]?.fields["addresses"]
                == .list(job.addresses.map(Value.string)))
        site.commit(stacks[0].manifests)
        try await site.settle()
        #expect(
            stacks[0].faults(in: site) == [], "git went back as well: the old credential is the one in use")
    }

    @Test func `the newest commit preempts a deployment that is stuck`() async throws {
        let (site, stacks) = try await converged()
        var stack = stacks[0]
        stack.image = "stuck"
        site.commit(stack.manifests)
        try await site.settle()
        #expect(site.loop.picture.nodes[stack.job]?.seen?.health == .progressing("deploying"))
        stack.image = "web:2"
        site.commit(stack.manifests)
        try await site.settle()
        #expect(stack.faults(in: site) == [])
    }

    @Test func `a slow step holds up nobody but its dependants`() async throws {
        let (site, stacks) = try await converged(2)
        let (slow, quick) = (stacks[0].db, stacks[1].job)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let inbox = site.inbox
        var changed = stacks
        (changed[0].size, changed[0].image, changed[1].image) = (2, "web:2", "web:2")
        let second = site.load(changed[1].manifests)
        let applied = Mutex<[ResourceID]>([])
        site.record.beforeApply.withLock { hook in
            hook = { step in
                if step.id == slow {
                    inbox.post(second)
                    for await _ in gate { break }
                }
                applied.withLock { $0.append(step.id) }
                if step.id == quick { open.finish() }
            }
        }
        site.commit(changed[0].manifests)
        try await site.run()
        let order = applied.withLock(\.self)
        #expect(order.firstIndex(of: quick)! < order.firstIndex(of: slow)!)
        #expect(order.firstIndex(of: slow)! < order.firstIndex(of: stacks[0].job)!)
    }

    @Test func `two writers at once: compare and set refuses, and it is planned again`() async throws {
        let (site, stacks) = try await converged()
        var stack = stacks[0]
        stack.port = 9
        let (registry, entry, service) = (site.registry, stack.entry, stack.service)
        site.record.beforeApply.withLock { hook in
            hook = { step in
                guard step.id == service,
                    registry.state.withLock({ $0.entries[entry]!.fields["port"] == .int(8080) })
                else { return }
                registry.state.withLock { state in
                    var theirs = state.entries[entry]!
                    theirs.fields["port"] = .int(1)
                    _ = state.put(entry, theirs, ifIndex: theirs.index)
                }
            }
        }
        site.commit(stack.manifests)
        let steps = try await site.applied { try await site.settle() }
        #expect(steps.filter { $0.id == service }.count == 2 && stack.faults(in: site) == [])
    }

    @Test func `a plan that wants a leased secret takes no lease, and shows it as unknown until the apply`()
        async throws
    {
        let site = try Site()
        let stack = Stack(1)
        let id = ResourceID("infrastructure", "shop", "user")
        stack.prepare(site)
        site.commit(
            stack.manifests.prefix(2) + [
                manifest(
                    id, "cloud",
                    [
                        "name": .literal(.string("user")), "size": .literal(.int(1)),
                        "password": .reference(Reference(stack.role, FieldPath("value"))),
                    ])
            ])
        let preview = await site.loop.preview([site.loaded(site.manifests.values, isWhole: true)])
        #expect(preview.plan[id]?.action == .create && preview.nodes.values.allSatisfy { $0.held == nil })
        #expect(site.snapshot.secrets.leases.isEmpty && site.calls.read == 0)
        try await site.settle()
        #expect(
            site.snapshot.secrets.leases.values.first
                == site.snapshot.cloud.objects["db-1"]?.attributes["password"])
        site.cloud.state.withLock { $0.objects["db-1"]!.attributes["size"] = "7" }
        let steps = try await site.applied { try await site.resync() }
        #expect(
            steps.count == 1 && site.problems.isEmpty && site.snapshot.secrets.leases.count == 1)
        site.commit(removed: [id])
        try await site.settle()
        #expect(site.snapshot.secrets.leases.isEmpty && site.snapshot.cloud.objects.isEmpty)
    }

    @Test func `dependsOn waits for ready, a reference does not`() async throws {
        let site = try Site()
        let stack = Stack(1)
        let id = ResourceID("gateway", "shop", "late")
        stack.prepare(site)
        site.commit(
            stack.manifests + [
                manifest(
                    id, "gateway",
                    ["path": .literal(.string("/late")), "endpoints": .literal(.list([]))],
                    dependsOn: [stack.job])
            ])
        try await site.run()
        #expect(site.snapshot.registry.entries[stack.entry] != nil && site.snapshot.files["/late"] == nil)
        try await site.settle()
        #expect(site.snapshot.files["/late"] != nil)
    }
}
