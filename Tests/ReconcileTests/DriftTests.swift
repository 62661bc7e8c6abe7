import Model
import Reconcile
import Store
import Synchronization
import Testing

/// What is done about drift is the manifest's choice.
@Suite struct Drifting {
    @Test(arguments: [
        (ReconcileOptions.OnDrift.warn, ResourceState.drifted, ["service/shop/a drifted: port, left"]),
        (.ignore, .ready, []),
    ])
    func `under warn and ignore, drift is left as it is`(
        onDrift: ReconcileOptions.OnDrift, state: ResourceState, told: [String]
    ) async throws {
        let site = try Site()
        site.commit([entry("a", .onDrift(onDrift))])
        try await site.settle(2)
        _ = site.told.take()
        site.drift("a")
        #expect(try await site.steps() == [])
        #expect(site["a", "port"] == .int(99) && site.state("a") == state)
        try await site.resync()
        #expect(site.told.take() == told, "once")
    }

    @Test func `corrected drift is told, and told again when it comes again`() async throws {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        _ = site.told.take()
        for _ in 0..<2 {
            site.drift("a")
            #expect(try await site.steps() == ["update a"])
            #expect(site.told.take() == ["service/shop/a drifted: port", "service/shop/a update done"])
        }
    }

    @Test func `drift that went by itself is told again when it comes again`() async throws {
        let site = try Site()
        site.commit([entry("a", .onDrift(.warn))])
        try await site.settle(2)
        _ = site.told.take()
        for _ in 0..<2 {
            let before = site.snapshot.registry.entries["shop-a"]
            site.registry.state.withLock { $0.entries["shop-a"]?.fields["port"] = .int(99) }
            try await site.resync()
            #expect(site.told.take() == ["service/shop/a drifted: port, left"])
            site.registry.state.withLock { $0.entries["shop-a"] = before }
            try await site.resync()
            #expect(site.state("a") == .ready)
        }
    }

    @Test func `a removed object is drift, and made again`() async throws {
        let site = try Site()
        site.commit([entry("a"), entry("b", .onDrift(.warn))])
        try await site.settle(2)
        site.lose("a")
        site.lose("b")
        #expect(try await site.steps() == ["create a"])
        #expect(site.names == ["shop-a"] && site.state("b") == .drifted)
    }

    @Test(arguments: [ReconcileOptions.OnDrift.warn, .ignore])
    func `where a commit meets drift that is left, the drifted field keeps its observed value`(
        onDrift: ReconcileOptions.OnDrift
    ) async throws {
        let site = try Site()
        site.commit([entry("a", port: 1, tag: "x", .onDrift(onDrift))])
        try await site.settle(2)
        site.drift("a", "port")
        try await site.resync()
        site.commit([entry("a", port: 1, tag: "y", .onDrift(onDrift))])
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
        #expect(site["a", "tag"] == .string("y") && site["a", "port"] == .int(99))
        for _ in 0..<2 {
            #expect(try await site.steps() == [])
            #expect(site.state("a") == (onDrift == .warn ? .drifted : .ready))
            let fields = site.loop.picture.plan[service("a")]?.fields
            #expect(fields?.map(\.path.description) == ["port"] && fields?.map(\.cause) == [.drift])
            try site.restart()
            try await site.settle(2)
        }
        #expect(site.commitState() == .converged)
        site.commit([entry("a", port: 1, tag: "y")])
        #expect(try await site.steps { try await site.settle(2) } == ["update a"], "corrected again")
        #expect(site["a", "port"] == .int(1))
    }

    @Test func `the drifted field stays as it is over several commits, and is told once`() async throws {
        let site = try Site()
        site.commit([entry("a", port: 1, tag: "x", .onDrift(.warn))])
        try await site.settle(2)
        _ = site.told.take()
        site.drift("a", "port")
        try await site.resync()
        for tag in ["y", "z"] {
            site.commit([entry("a", port: 1, tag: tag, .onDrift(.warn))])
            #expect(try await site.steps { try await site.settle(2) } == ["update a"])
            #expect(site["a", "tag"] == .string(tag) && site["a", "port"] == .int(99))
            #expect(site.state("a") == .drifted && site.commitState() == .converged)
        }
        #expect(site.told.take().filter { $0.contains("drifted") } == ["service/shop/a drifted: port, left"])
    }

    @Test func `what an event names while its step is under way is looked at when the step has ended`()
        async throws
    {
        let site = try Site()
        site.commit([entry("a")])
        try await site.settle(2)
        let inbox = site.inbox
        site.record.beforeApply.withLock { hook in
            hook = { step in inbox.post(.engine("consul", .changed([step.id]))) }
        }
        site.commit([entry("a", port: 2)])
        #expect(try await site.steps { try await site.loop.run(untilIdle: true) } == ["update a"])
        #expect(site.calls.observed == [service("a")])
    }

    @Test func `a commit to the drifted field itself is applied`() async throws {
        let site = try Site()
        site.commit([entry("a", .onDrift(.warn))])
        try await site.settle(2)
        site.drift("a")
        try await site.resync()
        site.commit([entry("a", port: 2, .onDrift(.warn))])
        try await site.settle(2)
        #expect(site["a", "port"] == .int(2) && site.state("a") == .ready)
    }

    @Test func `under an ignored pointer neither drift nor commit counts`() async throws {
        let site = try Site()
        let ignoring = ReconcileOptions.with { $0.ignore = ["/port"] }
        site.commit([entry("a", port: 1, tag: "x", ignoring)])
        try await site.settle(2)
        #expect(site["a", "port"] == .int(1), "it is created with what git says")
        _ = site.told.take()
        site.drift("a")
        #expect(try await site.steps() == [])
        site.commit([entry("a", port: 3, tag: "x", ignoring)])
        #expect(try await site.steps { try await site.settle(2) } == [])
        site.commit([entry("a", port: 3, tag: "y", ignoring)])
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
        #expect(site["a", "port"] == .int(99) && site["a", "tag"] == .string("y"))
        #expect(site.state("a") == .ready && site.commitState() == .converged)
        #expect(!site.told.take().contains { $0.contains("drifted") })
        try site.restart()
        #expect(try await site.steps { try await site.settle(2) } == [])
        site.commit([entry("a", port: 3, tag: "y")])
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
        #expect(site["a", "port"] == .int(3), "the pointer is gone: git wins")
    }

    /// They had recorded all that git says.
    @Test func `what an earlier build recorded of an ignored field is recorded anew, without a step`()
        async throws
    {
        let site = try Site()
        site.commit([entry("a", tag: "x", .with { $0.ignore = ["/port"] })])
        try await site.settle(2)
        let now = try #require(try site.records[service("a")])
        var before = now
        before.manifest = entry("a", tag: "x").spec
        #expect(before != now)
        try site.store.append([.outcome(service("a"), closes: nil, before)], term: try site.store.takeOver())
        try site.restart()
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(try site.records[service("a")] == now && site.state("a") == .ready)
    }

    @Test func `an ignored field that somebody took away stays away`() async throws {
        let site = try Site()
        let ignoring = ReconcileOptions.with { $0.ignore = ["/tag"] }
        site.commit([entry("a", tag: "x", ignoring)])
        try await site.settle(2)
        site.drift("a", "tag", to: nil)
        #expect(try await site.steps() == [])
        #expect(site["a", "tag"] == nil && site.state("a") == .ready)
    }
}
