import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Steps whose answer was lost, and the end of the loop.
@Suite struct Answers {
    private let id = ResourceID("infrastructure", "shop", "old")
    private var untaggable: Manifest {
        manifest(
            id, "cloud",
            [
                "type": .literal(.string("untaggable")), "name": .literal(.string("old")),
                "size": .literal(.int(1)),
            ])
    }
    private func uncertain() async throws -> Site {
        let site = try Site()
        site.record.losing.withLock { $0 = [1] }
        site.commit([untaggable])
        try await site.settle(2)
        #expect(site.snapshot.cloud.created == 1)
        return site
    }

    /// Its engine does not say any more what exists.
    private func hideOnceMade(_ site: Site) {
        let record = site.record
        record.beforeApply.withLock { hook in
            hook = { step in
                if !record.losing.withLock(\.isEmpty) { record.unseen.withLock { $0 = [step.id] } }
            }
        }
    }

    @Test func `uncertain: said once, and not tried again, whatever is asked`() async throws {
        let site = try await uncertain()
        #expect(site.loop.picture.state(of: id, policy: site.policy) == .uncertain)
        #expect(site.commitState() == .failed)
        site.commit([entry("b")])
        #expect(try await site.steps { for _ in 0..<3 { try await site.resync() } } == ["create b"])
        let said = site.told.words.filter { $0.contains("uncertain") }
        #expect(said == ["\(id) uncertain: \(id) may have been created, and can't be looked for"])
        let hint = site.loop.picture.nodes[id]?.held?.error.hint
        #expect(hint == "look for it, then say 'martlet settle \(id) --made' or '--not-made'")
    }

    @Test func `what git has removed meanwhile is still said to be uncertain, until a person settles it`()
        async throws
    {
        let site = try await uncertain()
        site.commit(removed: [id])
        try await site.run()
        for _ in 0..<2 {
            #expect(site.loop.picture.nodes[id]?.state == .uncertain)
            #expect(site.loop.picture.nodes[id]?.source == "shop" && site.loop.picture.notable.contains(id))
            try site.restart()
            try await site.run()
        }
        site.say(.settleNotMade, id.description)
        try await site.settle(2)
        #expect(site.loop.picture.nodes[id] == nil)
        try site.restart()
        try await site.settle(2)
        #expect(site.loop.picture.nodes[id] == nil && site.commitState() == .converged)
    }

    @Test func `settled as not made, it is made`() async throws {
        let site = try await uncertain()
        site.cloud.state.withLock { $0.objects = [:] }
        try site.restart()
        site.say(.settleNotMade, id.description)
        try await site.settle(2)
        #expect(site.snapshot.cloud.created == 2 && site.commitState() == .converged)
    }

    @Test func `settled as made, what is there is recorded`() async throws {
        let site = try Site()
        site.commit([entry("a")])
        site.record.losing.withLock { $0 = [1] }
        hideOnceMade(site)
        try await site.settle(2)
        #expect(site.state("a") == .uncertain)
        site.say(.settleMade, "service/shop/a")
        try await site.run()
        #expect(site.state("a") == .uncertain, "the engine still says nothing")
        site.record.unseen.withLock { $0 = [] }
        site.say(.settleMade, "service/shop/a")
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(try site.state("a") == .ready && site.records[service("a")] != nil)
    }

    @Test func `what git removes meanwhile is deleted once the answer is known, and not before`()
        async throws
    {
        let site = try Site()
        site.commit([entry("a")])
        site.record.losing.withLock { $0 = [1] }
        hideOnceMade(site)
        try await site.run()
        site.commit(removed: [service("a")])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.names == ["shop-a"])
        site.record.unseen.withLock { $0 = [] }
        #expect(try await site.steps { try await site.settle(2) } == ["delete a"])
        #expect(try site.records.isEmpty && site.store.ledger().unanswered.isEmpty)
        #expect(site.commitState() == .converged)
    }

    @Test(arguments: [[1], [2]])
    func `what drifts before a lost answer is known is drift all the same`(losing: Set<Int>) async throws {
        let site = try Site()
        let (record, registry) = (site.record, site.registry)
        site.record.losing.withLock { $0 = losing }
        site.commit([entry("a", tag: "x")])
        if losing == [1] { hideOnceMade(site) }
        try await site.loop.run(untilIdle: true)
        if losing == [2] {
            hideOnceMade(site)
            site.commit([entry("a", tag: "y")])
            try await site.loop.run(untilIdle: true)
        }
        #expect(try site.store.ledger().unanswered.count == 1)
        registry.state.withLock { $0.entries["shop-a"]?.fields["port"] = .int(99) }
        record.unseen.withLock { $0 = [] }
        try await site.settle(2)
        #expect(site["a", "port"] == .int(1) && record.losing.withLock(\.isEmpty))
        #expect(site["a", "tag"] == .string(losing == [2] ? "y" : "x"))
    }

    @Test func `a lost delete is found to be done`() async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        site.record.calls.withLock { $0 = Watched.Calls() }
        site.record.losing.withLock { $0 = [1] }
        site.commit(removed: [service("a")])
        #expect(try await site.steps { try await site.settle(2) } == ["delete a"])
        #expect(try site.records.isEmpty && site.store.ledger().unanswered.isEmpty)
    }

    @Test(arguments: [false, true])
    func `told to stop, it waits for what has begun, records it, and starts nothing`(isCancelled: Bool)
        async throws
    {
        let site = try Site()
        site.commit([entry("a"), entry("b", dependsOn: [service("a")])])
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        site.record.beforeApply.withLock { hook in
            hook = { _ in
                begin.finish()
                for await _ in gate { break }
            }
        }
        let (loop, inbox) = (site.loop, site.inbox)
        let running = Task {
            guard var loop else { return }
            try await loop.run { _ in }
        }
        for await _ in begun {}
        if isCancelled { running.cancel() } else { inbox.post(.stop) }
        inbox.post(site.load([entry("c")]))
        #expect(await inbox.read { $0.sources["shop"]?.record?.commit } == "c3")
        // Cancelling ends the wait of the fake engine as well; the gate is for the other case.
        open.finish()
        try await running.value
        #expect(try site.names == ["shop-a"] && Array(site.records.keys) == [service("a")])
        #expect(try site.store.ledger().unanswered.isEmpty)
        try site.restart()
        site.manifests[service("c")] = nil
        try await site.settle(2)
        #expect(site.names == ["shop-a", "shop-b"])
    }

    @Test func `a full journal ends the loop with its error, and starts nothing`() async throws {
        let site = try Site()
        try site.start(Fuse(limit: 1))
        site.commit([entry("a")])
        await #expect(throws: Crash.self) { try await site.run() }
        #expect(site.names.isEmpty && site.calls.applied.isEmpty)
    }

    @Test func `a controller that lost its term starts no step`() async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        let (old, oldInbox) = (site.loop, site.inbox)
        try site.restart()
        try await site.run()
        oldInbox.post(site.load([entry("a", port: 2)]))
        let steps = await site.steps {
            await #expect(throws: StoreError.fenced) {
                guard var old else { return }
                try await old.run(untilIdle: true)
            }
        }
        #expect(steps == [] && site["a", "port"] == .int(1))
    }
}
