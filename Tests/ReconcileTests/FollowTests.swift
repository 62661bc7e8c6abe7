import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Work follows the change, across layers that know nothing of each other.
@Suite struct Following {
    @Test func `an instance moves, and the gateway's file follows`() async throws {
        let (site, stacks) = try await converged(2)
        site.cluster.state.withLock { $0.place(stacks[0].entry) }
        site.inbox.post(.engine("nomad", .changed([stacks[0].job])))
        let steps = try await site.applied { try await site.run() }
        #expect(steps.map(\.id) == [stacks[0].service, stacks[0].gateway])
        #expect(stacks[0].faults(in: site) == [])
        let address = site.snapshot.cluster.jobs[stacks[0].entry]!.addresses[0]
        site.registry.state.withLock { _ = $0.unhealthy.insert(.string(address)) }
        site.inbox.post(.engine("consul", .resync))
        let unhealthy = try await site.applied { try await site.run() }
        #expect(unhealthy.map(\.id) == [stacks[0].gateway] && stacks[0].faults(in: site) == [])
    }

    @Test func `a commit that changes no resource converges at once`() async throws {
        let (site, _) = try await converged()
        let before = site.loop.picture.sources["shop"]?.record
        site.commit()
        let steps = try await site.applied { try await site.run() }
        let record = site.loop.picture.sources["shop"]?.record
        #expect(record?.commit != before?.commit && record?.state == .converged && steps.isEmpty)
    }

    @Test func `an engine's own event wakes the loop`() async throws {
        let (site, stacks) = try await converged()
        let (listener, inbox) = (site.loop!, site.inbox)
        let listening = Task { await inbox.listen(to: listener.engines) }
        site.registry.state.withLock { $0.entries[stacks[0].entry] = nil }
        site.registry.send(.changed([stacks[0].service]))
        while !stacks[0].faults(in: site).isEmpty { try await site.loop.run(untilIdle: true) }
        listening.cancel()
    }

    @Test func `a rotated secret wakes exactly its dependants`() async throws {
        let (site, stacks) = try await converged(3)
        site.server.rotate("kv/2")
        site.inbox.post(.engine("vault", .changed([stacks[1].kv])))
        var steps = try await site.applied { try await site.settle() }
        #expect(steps.map(\.id) == [stacks[1].db])
        #expect(site.calls.planned.allSatisfy { [stacks[1].kv, stacks[1].db].contains($0) })
        site.server.rotate("role/3")
        site.inbox.post(.engine("vault", .changed([stacks[2].role])))
        steps = try await site.applied { try await site.run() }
        #expect(steps.map(\.id) == [stacks[2].job])
        try await site.settle()
        #expect(stacks.flatMap { $0.faults(in: site) } == [])
    }

    @Test func `a sensitive output is a secret for others`() async throws {
        let (site, stacks) = try await converged()
        let before = site.snapshot.cluster.jobs[stacks[0].entry]!.current
        site.cloud.state.withLock { $0.objects["db-1"]!.attributes["token"] = "CANARY-new" }
        site.inbox.post(.engine("cloud", .changed([stacks[0].db])))
        try await site.settle()
        let after = site.snapshot.cluster.jobs[stacks[0].entry]!.current
        #expect(before.delivered["TOKEN"] != "CANARY-new" && after.delivered["TOKEN"] == "CANARY-new")
        #expect(!after.env.values.contains { $0.contains("CANARY") })
    }

    @Test func `a preview changes nothing anywhere, takes no lease, and says what an apply then does`()
        async throws
    {
        let (site, stacks) = try await converged(3)
        var (changed, moved) = (stacks[0], stacks[1])
        (changed.name, changed.image, moved.name) = ("renamed", "web:2", "moved")
        let new = Stack(4)
        new.prepare(site)
        let before = site.snapshot
        let load = site.loaded(changed.manifests + moved.manifests + new.manifests, removed: stacks[2].ids)
        site.record.calls.withLock { $0 = Watched.Calls() }
        let preview = await site.loop.preview([load])
        #expect(site.snapshot == before && site.calls.applied.isEmpty)
        #expect(site.loop.picture.plan.entries.isEmpty)
        #expect(preview.plan[changed.db]?.action == .replace)
        #expect(preview.plan[changed.db]?.fields.filter(\.replaces).map(\.path.description) == ["name"])
        #expect(preview.plan[changed.job]?.fields.map(\.path.description) == ["env", "image"])
        #expect(preview.plan[stacks[1].job]?.fields.map(\.cause) == [.dependency])
        #expect(preview.plan[stacks[2].db]?.action == .delete && preview.plan[new.gateway]?.action == .create)
        #expect(site.calls.observed.allSatisfy(new.ids.contains), "unchanged parts are not observed again")
        site.inbox.post(.load(load))
        let first = try await site.loop.pass()
        #expect(site.loop.picture.planDigest(of: "shop") == preview.planDigest(of: "shop") && !first.isEmpty)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `drift is reported as exactly the fields that drifted, with its cause`(seed: UInt64) async throws {
        var random = Seeded(seed)
        let site = try Site()
        let ids = (0..<40).map { ResourceID("service", "shop", "s\($0)") }
        func entry(_ id: ResourceID, port: Int) -> Manifest {
            var options = ReconcileOptions()
            options.onDrift = .warn
            return manifest(
                id, "consul", ["port": .literal(.int(port)), "tag": .literal(.string("a"))], options: options)
        }
        site.commit(ids.map { entry($0, port: 1) })
        try await site.settle(2)
        var expected: [String: Cause] = [:]
        let drifted = ids.shuffled(using: &random).prefix(Int.random(in: 1...20, using: &random))
        for id in drifted {
            let path = ["port", "tag", "weight", "added"].randomElement(using: &random)!
            expected["\(id) \(path)"] = .drift
            site.registry.state.withLock { state in
                var entry = state.entries["shop-\(id.name)"]!
                entry.fields[path] = .int(99)
                _ = state.put("shop-\(id.name)", entry, ifIndex: entry.index)
            }
        }
        let committed = ids.shuffled(using: &random).prefix(10)
        for id in committed { expected["\(id) port"] = expected["\(id) port"] == nil ? .commit : .both }
        let load = site.loaded(committed.map { entry($0, port: 2) })
        site.inbox.post(.sync(source: nil))
        let steps = try await site.applied { try await site.loop.run(untilIdle: true) }
        #expect(steps.isEmpty, "onDrift: warn")
        let preview = await site.loop.preview([load])
        let found = preview.nodes.flatMap { id, node in
            ((node.pending?.change.fields ?? []) + (node.pending?.kept ?? [])).map {
                ("\(id) \($0.path)", $0.cause)
            }
        }
        #expect(Dictionary(uniqueKeysWithValues: found) == expected)
    }

    @Test func `one change among 2,000 resources asks about that one alone`() async throws {
        let site = try Site()
        let ids = (0..<2000).map { ResourceID("service", "shop", "s\($0)") }
        func entry(_ id: ResourceID, port: Int) -> Manifest {
            manifest(id, "consul", ["port": .literal(.int(port))])
        }
        site.commit(ids.map { entry($0, port: 1) })
        try await site.run()
        #expect(site.snapshot.registry.entries.count == 2000)
        site.commit([entry(ids[7], port: 2)])
        let steps = try await site.applied { try await site.run() }
        #expect(steps.map(\.id) == [ids[7]] && site.calls.planned == [ids[7]] && site.calls.observed.isEmpty)
    }

    @Test func `an old leader ends no lease`() async throws {
        for limit in 1...100 {
            let (site, stacks) = try await converged()
            for id in [stacks[0].gateway, stacks[0].service, stacks[0].job] { site.manifests[id] = nil }
            try site.start(Fuse(limit: limit))
            do { try await site.settle(3) } catch is Crash {}
            let ledger = try site.store.ledger()
            guard ledger.unanswered[stacks[0].job]?.verb == .delete, !ledger.leases.isEmpty,
                site.snapshot.cluster.jobs[stacks[0].entry] == nil
            else { continue }
            // The job is gone, which nobody has heard, and its credential is still to be ended.
            let before = site.snapshot.secrets.leases
            var old = try site.makeLoop(inbox: Inbox())
            _ = try site.makeLoop(inbox: Inbox())
            do {
                try await old.run(untilIdle: true)
                Issue.record("the old leader went on")
            } catch {}
            #expect(!before.isEmpty && site.snapshot.secrets.leases == before)
            return
        }
        Issue.record("no crash left a lease without a user")
    }

    /// The old leader is stopped at every place where it waits, and goes on after the new one has finished.
    @Test func `a paused old leader applies nothing`() async throws {
        var pause = 0
        var paused = true
        while paused {
            let (site, stacks) = try await converged()
            var stack = stacks[0]
            (stack.port, stack.image) = (9, "web:9")
            let calls = Mutex(0)
            let old = Mutex(false)
            let limit = pause
            let (stop, resume) = AsyncStream.makeStream(of: Void.self)
            let (stopped, report) = AsyncStream.makeStream(of: Bool.self)
            site.record.beforeApply.withLock { hook in
                hook = { _ in
                    let number = calls.withLock {
                        $0 += 1
                        return $0
                    }
                    guard number == limit + 1, !old.withLock(\.self) else { return }
                    old.withLock { $0 = true }
                    report.yield(true)
                    for await _ in stop { break }
                }
            }
            let oldInbox = Inbox()
            let all = Array(site.manifests.values)
            let change = site.load(stack.manifests)
            let oldLoop = try site.makeLoop(inbox: oldInbox)
            oldInbox.post(site.load(all, isWhole: true))
            oldInbox.post(change)
            let leader = Task {
                var loop = oldLoop
                defer { report.finish() }
                do { try await loop.run(untilIdle: true) } catch StoreError.fenced { return true }
                return false
            }
            paused = await stopped.first { _ in true } ?? false
            old.withLock { $0 = true }
            for manifest in stack.manifests { site.manifests[manifest.id] = manifest }
            try site.start()
            try await site.settle()
            #expect(stack.faults(in: site) == [])
            let (before, count) = (site.snapshot, site.calls.applied.count)
            resume.finish()
            let wasFenced = try await leader.value
            #expect(site.snapshot == before, "paused before apply \(limit)")
            #expect(wasFenced == paused && site.calls.applied.count <= count + 1)
            pause += 1
        }
        #expect(pause > 2)
    }
}
