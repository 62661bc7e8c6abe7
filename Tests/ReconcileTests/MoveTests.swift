import Model
import Reconcile
import Store
import Synchronization
import Testing

/// `movedFrom` gives a resource another name, and leaves what it is.
@Suite struct Moving {
    /// A job that reads a leased secret, under another name.
    private func rename(_ stack: Stack) -> (Manifest, ResourceID) {
        let id = ResourceID("job", "shop", "renamed")
        let job = stack.manifests.first { $0.id == stack.job }
        let new = Manifest(
            id, source: "shop", layer: .run, engine: "nomad", spec: job?.spec ?? .literal(.null),
            options: .with { $0.movedFrom = stack.job })
        return (new, id)
    }
    /// A stack's job alone with what it needs, which is renamed in the cluster with its manifest.
    private func site() async throws -> (Site, Stack) {
        let (site, stacks) = try await converged()
        site.commit(removed: [stacks[0].gateway, stacks[0].service])
        try await site.settle()
        return (site, stacks[0])
    }
    private func renameInCluster(_ site: Site) {
        site.cluster.state.withLock { state in
            state.jobs["shop-renamed"] = state.jobs.removeValue(forKey: "shop-web1")
            guard let last = state.jobs["shop-renamed"]?.versions.indices.last else { return }
            state.jobs["shop-renamed"]?.versions[last].owner = "job/shop/renamed"
        }
    }

    @Test func `record and leases follow, and nothing is replaced`() async throws {
        let (site, stack) = try await site()
        let (job, id) = rename(stack)
        let before = try site.records[stack.job]
        _ = site.told.take()
        for turn in 0..<3 {
            if turn == 0 { renameInCluster(site) }
            if turn == 2 { try site.restart() } else { site.commit([job], removed: [stack.job]) }
            let steps = try await site.applied { try await site.settle() }
            #expect(steps.isEmpty, "turn \(turn)")
            let records = try site.records
            #expect(records[stack.job] == nil && records[id]?.intent == before?.intent)
            let job = site.snapshot.cluster.jobs["shop-renamed"]
            #expect(site.snapshot.secrets.leases.values.contains(job?.current.delivered["LOGIN"] ?? ""))
            #expect(try site.store.ledger().leases.keys.sorted() == [id])
        }
        #expect(site.told.words.filter { $0.contains("moved") } == ["\(stack.job) moved to \(id)"])
        site.commit(removed: [id])
        try await site.settle()
        #expect(site.snapshot.cluster.jobs.isEmpty && site.snapshot.secrets.leases.isEmpty)
    }

    @Test func `a crash anywhere deletes nothing, though the commit that is recorded is read first`()
        async throws
    {
        func thing(_ name: String, _ options: ReconcileOptions = ReconcileOptions()) -> Manifest {
            manifest(
                ResourceID("infrastructure", "shop", name), "shelf",
                ["place": .literal(.string("p0")), "text": .literal(.string("text"))], options: options)
        }
        let old = thing("old")
        let new = thing("new", .with { $0.movedFrom = old.id })
        for limit in 1... {
            let site = try Site()
            func load(_ manifest: Manifest, _ commit: String) -> Request {
                .load(
                    Load(source: "shop", commit: Revision(id: commit), manifests: [manifest], isWhole: true))
            }
            site.inbox.post(load(old, "c1"))
            try await site.settle(2)
            let before = site.shelf.things.withLock(\.self)
            try site.restart(Fuse(limit: limit))
            site.inbox.post(load(old, "c1"))
            site.inbox.post(load(new, "c2"))
            do { try await site.settle(2) } catch is Crash {}
            let isOver = !site.fuse.isBlown
            let steps = try await site.applied {
                let isNew = try site.store.ledger().sources["shop"]?.commit == "c2"
                try site.restart()
                site.inbox.post(isNew ? load(new, "c2") : load(old, "c1"))
                try await site.settle(2)
                site.inbox.post(load(new, "c2"))
                try await site.settle(2)
            }
            #expect(steps.isEmpty, "crashing after \(limit): \(steps.map { "\($0.verb) \($0.id)" })")
            #expect(site.shelf.things.withLock(\.self) == before)
            #expect(try site.records.keys.sorted() == [new.id])
            if isOver { break }
        }
    }

    @Test func `what a person said goes along`() async throws {
        let (site, stack) = try await site()
        let (job, id) = rename(stack)
        site.say(.suspend, stack.job.description, "hands off")
        try await site.run()
        renameInCluster(site)
        site.commit([job], removed: [stack.job])
        try await site.settle(2)
        site.cluster.state.withLock { $0.jobs["shop-renamed"] = nil }
        #expect(try await site.steps() == [])
        #expect(site.loop.picture.decisions[id.description]?[.suspend] != nil)
    }

    @Test func `a name whose step is under way gives its record away when the step has ended`() async throws {
        let site = try Site()
        site.commit([entry("old")])
        try await site.settle(2)
        let new = entry("new", .with { $0.movedFrom = service("old") })
        let (inbox, renaming) = (site.inbox, site.load([new], removed: [service("old")]))
        site.record.beforeApply.withLock { hook in
            hook = { step in if step.id == service("old") { inbox.post(renaming) } }
        }
        _ = site.told.take()
        site.commit([entry("old", port: 2)])
        let steps = try await site.applied { try await site.settle(2) }
        // To this engine the name is the object, so what has moved is made under its new name.
        #expect(steps.map { "\($0.verb) \($0.id.name)" } == ["update old", "create new"])
        #expect(site.told.take().contains("service/shop/old moved to service/shop/new"))
        let records = try site.records
        #expect(records.keys.sorted() == [service("new")])
        #expect(try site.store.ledger().unanswered.isEmpty, "the end of the old name's step is kept")
        try site.restart()
        #expect(try site.records == records)
    }

    @Test func `without the configuration's leave it is not heeded`() async throws {
        let site = try Site()
        site.sources["shop"]?.grants.mayAdopt = false
        try site.start()
        site.commit([entry("old")])
        try await site.settle(2)
        let new = entry("new", .with { $0.movedFrom = service("old") })
        site.commit([new], removed: [service("old")])
        let steps = try await site.steps { try await site.settle(2) }
        #expect(steps.sorted() == ["create new", "delete old"])
    }

    @Test func `another source's object is never taken`() async throws {
        let site = try Site(others: ["edge"])
        site.sources["edge"]?.grants.mayAdopt = true
        try site.start()
        site.commit([entry("a")])
        let thief = manifest(
            service("b", "edge"), "consul", ["port": .literal(.int(1))], source: "edge",
            options: .with { $0.movedFrom = service("a") })
        try await site.settle(2)
        site.commit([thief], source: "edge")
        #expect(try await site.steps { try await site.settle(2) } == ["create b"])
        #expect(site.names == ["edge-b", "shop-a"])
        #expect(try site.records[service("a")]?.source == "shop")
    }
}
