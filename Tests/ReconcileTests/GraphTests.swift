import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Over random graphs: the order of steps, their number at a time, and rest afterwards.
@Suite struct Graphs {
    /// Each depends on some of those before it.
    private struct Graph {
        var manifests: [Manifest] = []
        init(_ count: Int, _ random: inout Seeded) {
            for index in 0..<count {
                let others = (0..<index).filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
                manifests.append(entry("n\(index)", dependsOn: Set(others.map { service("n\($0)") })))
            }
            manifests.shuffle(using: &random)
        }
    }

    @Test(arguments: Seeded.seeds(20))
    func `creates follow dependencies, deletes go in reverse, never more at a time than may`(seed: UInt64)
        async throws
    {
        var random = Seeded(seed)
        var policy = Policy.forTests
        policy.width = Int.random(in: 1...5, using: &random)
        let site = try Site(policy: policy)
        let graph = Graph(Int.random(in: 2...30, using: &random), &random)
        // Steps that wait for each other would stand still: each lets others go first.
        site.record.beforeApply.withLock { hook in hook = { _ in for _ in 0..<3 { await Task.yield() } } }
        site.commit(graph.manifests)
        let created = try await site.applied { try await site.run() }.map(\.id)
        #expect(created.count == graph.manifests.count)
        func place(_ id: ResourceID, in order: [ResourceID]) -> Int { order.firstIndex(of: id) ?? -1 }
        for manifest in graph.manifests {
            for other in manifest.dependencies {
                #expect(place(other, in: created) < place(manifest.id, in: created))
            }
        }
        #expect(try await site.steps() == [] && site.calls.planned.isEmpty)
        #expect(site.loop.picture.plan.entries.isEmpty && site.commitState() == .converged)
        let gone = Set(graph.manifests.shuffled(using: &random).map(\.id))
        site.commit(removed: gone)
        let deleted = try await site.applied { try await site.run() }.map(\.id)
        #expect(deleted.count == gone.count && site.names.isEmpty)
        for manifest in graph.manifests {
            for other in manifest.dependencies {
                #expect(place(other, in: deleted) > place(manifest.id, in: deleted))
            }
        }
        #expect(site.record.most.withLock(\.ever) <= policy.width)
        #expect(site.loop.picture.nodes.isEmpty, "nothing is left to know")
    }

    @Test(arguments: Seeded.seeds(20))
    func `what failed holds back those that depend on it, and nobody else`(seed: UInt64) async throws {
        var random = Seeded(seed)
        let site = try Site()
        let graph = Graph(20, &random)
        let poison = Set(graph.manifests.shuffled(using: &random).prefix(2).map(\.id))
        site.record.refusing.withLock { refusing in
            for id in poison { refusing[id] = EngineError(.waitForChange, "poison") }
        }
        site.commit(graph.manifests)
        try await site.run()
        var stuck = poison
        for _ in graph.manifests {
            stuck.formUnion(graph.manifests.filter { !$0.dependencies.isDisjoint(with: stuck) }.map(\.id))
        }
        #expect(
            Set(site.names)
                == Set(graph.manifests.filter { !stuck.contains($0.id) }.map { "shop-\($0.id.name)" }))
        for id in stuck.subtracting(poison) {
            let blockers = site.loop.picture.blockers(of: id)
            #expect(!blockers.isEmpty)
            for case .dependency(let other, _) in blockers { #expect(stuck.contains(other)) }
        }
        site.record.refusing.withLock { $0 = [:] }
        try await site.resync()
        #expect(site.names.count == 20 && site.commitState() == .converged)
    }

    @Test(arguments: Seeded.seeds(20))
    func `of many, exactly those that drifted are corrected`(seed: UInt64) async throws {
        var random = Seeded(seed)
        let site = try Site()
        let graph = Graph(25, &random)
        site.commit(graph.manifests)
        try await site.run()
        let before = site.snapshot.registry.entries.mapValues(\.fields)
        let drifted = graph.manifests.shuffled(using: &random).prefix(Int.random(in: 1...10, using: &random))
        for manifest in drifted {
            site.drift(manifest.id.name, to: .int(Int.random(in: 100...200, using: &random)))
        }
        _ = site.told.take()
        let steps = try await site.applied { try await site.resync() }
        #expect(Set(steps.map(\.id)) == Set(drifted.map(\.id)) && steps.count == drifted.count)
        #expect(
            site.told.take().filter { $0.contains("drifted") }.sorted()
                == drifted.map { "\($0.id) drifted: port" }.sorted())
        #expect(site.snapshot.registry.entries.mapValues(\.fields) == before)
        #expect(try await site.steps() == [])
    }
}

/// In which order, and how much at a time.
@Suite struct Order {
    @Test func `the plan is in the order in which it would be applied, whatever the names`() async throws {
        let site = try Site()
        let manifests = [
            entry("a", dependsOn: [service("b")]), entry("b", dependsOn: [service("c")]), entry("c"),
        ]
        let preview = await site.loop.preview([site.loaded(manifests)])
        #expect(preview.plan.entries.map(\.id.name) == ["c", "b", "a"])
    }

    @Test func `no more steps go on at a time than may, and as many as may`() async throws {
        var policy = Policy.forTests
        policy.width = 3
        let site = try Site(policy: policy)
        let going = Mutex((now: 0, most: 0))
        site.record.beforeApply.withLock { hook in
            hook = { _ in
                going.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                let deadline = ContinuousClock.now + .seconds(30)
                while going.withLock(\.most) < 3, ContinuousClock.now < deadline {
                    try? await Task.sleep(for: .milliseconds(1))
                }
                // So that one more would be seen beside them.
                try? await Task.sleep(for: .milliseconds(50))
                going.withLock { $0.now -= 1 }
            }
        }
        site.commit((0..<10).map { entry("s\($0)") })
        try await site.run()
        #expect(going.withLock(\.most) == 3 && site.names.count == 10)
    }

    @Test func `what is under way is not started once more, whoever comes to wait for it`() async throws {
        let site = try Site()
        let (inbox, second) = (site.inbox, site.load([entry("b", dependsOn: [service("a")])]))
        let passed = AsyncStream.makeStream(of: Void.self)
        site.record.beforeApply.withLock { hook in
            hook = { step in
                guard step.id == service("a"), step.intent == 1 else { return }
                inbox.post(second)
                // Answered between two passes, when the load has been taken and planned.
                for _ in 0..<2 { _ = await inbox.read { _ in 0 } }
                passed.continuation.finish()
            }
        }
        site.commit([entry("a")])
        try await site.run()
        for await _ in passed.stream {}
        #expect(site.calls.applied.map(\.id.name) == ["a", "b"])
    }

    @Test func `an output that nobody gives is waited for by its name`() async throws {
        let site = try Site()
        let reference = Reference(service("a"), FieldPath("nothing"))
        site.commit([
            entry("a"),
            manifest(service("b"), "consul", ["port": .literal(.int(1)), "other": .reference(reference)]),
        ])
        #expect(try await site.steps { try await site.settle(2) } == ["create a"])
        #expect(site.loop.picture.blockers(of: service("b")) == [.unknown(reference)])
    }

    @Test func `a reference to what nobody declares waits for it by its name`() async throws {
        let site = try Site()
        let missing = ResourceID("service", "shop", "missing")
        site.commit([
            manifest(
                service("a"), "consul",
                ["port": .literal(.int(1)), "other": .reference(Reference(missing, FieldPath("endpoints")))])
        ])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(
            site.loop.picture.blockers(of: service("a")) == [.dependency(missing, mustBeReady: false)])
    }
}
