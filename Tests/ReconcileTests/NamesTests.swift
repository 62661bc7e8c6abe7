import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Which engine makes what.
@Suite struct EngineNames {
    @Test(arguments: [
        ("x", "no engine 'x' for layer connect", "name it under 'engines' in the controller's configuration"),
        ("", "no engine for layer connect", nil),
    ])
    func `what no engine serves is held by name, and the rest goes on`(
        engine: String, message: String, hint: String?
    ) async throws {
        let site = try Site()
        site.commit([manifest(service("a"), engine, ["port": .literal(.int(1))]), entry("b")])
        #expect(try await site.steps { try await site.settle(2) } == ["create b"])
        let held = site.loop.picture.nodes[service("a")]?.held
        #expect(held?.error.message == message && held?.error.hint == hint && held?.retryAt == nil)
        #expect(site.state("a") == .failed && site.commitState() == .failed)
        site.commit([entry("a")])
        #expect(try await site.steps { try await site.settle(2) } == ["create a"])
        #expect(site.commitState() == .converged)
    }

    @Test func `what no engine serves is planned as if nothing were there, and whoever needs it waits`()
        async throws
    {
        let site = try Site()
        let job = ResourceID("job", "shop", "web")
        func web(_ engine: String) -> Manifest {
            manifest(
                job, engine,
                ["image": .literal(.string("web:1")), "count": .literal(.int(1)), "env": .map([:])])
        }
        site.commit([web(""), entry("a", dependsOn: [job])])
        let digest = site.loop.picture.planDigest(of: "shop")
        #expect(try await site.steps { try await site.settle(2) } == [])
        let change = site.loop.picture.plan[job]
        #expect(change?.action == .create && change?.cause == .commit)
        #expect(change?.fields.map(\.path.description) == ["count", "env", "image"])
        #expect(site.loop.picture.planDigest(of: "shop") != digest)
        #expect(site.problems == [job: "no engine for layer run"])
        #expect(site.loop.picture.blockers(of: service("a")) == [.dependency(job, mustBeReady: true)])
        #expect(site.commitState() == .failed)
        try await site.resync()
        #expect(site.loop.picture.plan[job] == change, "also when it is tried again")
        site.commit([web("nomad")])
        #expect(try await site.steps { try await site.settle(2) } == ["create web", "create a"])
        #expect(site.commitState() == .converged)
    }

    @Test func `the engine that comes plans it for itself`() async throws {
        let site = try Site()
        let id = ResourceID("infrastructure", "shop", "db")
        func database(_ engine: String) -> Manifest {
            manifest(
                id, engine,
                [
                    "type": .literal(.string("database")), "name": .literal(.string("db")),
                    "size": .literal(.int(1)),
                ])
        }
        site.commit([database("")])
        try await site.settle(2)
        site.commit([database("cloud")])
        #expect(try await site.steps { try await site.settle(2) } == ["create db"])
        #expect(site.problems == [:] && site.snapshot.cloud.objects.count == 1)
    }

    private func moved(_ engine: String) -> Manifest {
        manifest(
            service("a"), engine,
            [
                "port": .literal(.int(1)), "path": .literal(.string("/etc/a")),
                "endpoints": .literal(.list([])),
            ])
    }

    @Test(arguments: [false, true])
    func `a resource whose engine changes is taken away by the old one, then made by the new one`(
        isRestarted: Bool
    ) async throws {
        let site = try Site()
        site.commit([moved("consul"), entry("b", dependsOn: [service("a")])])
        try await site.settle(2)
        if isRestarted {
            site.manifests[service("a")] = moved("gateway")
            try site.start()
        } else {
            site.commit([moved("gateway")])
        }
        let steps = try await site.applied { try await site.settle(3) }
        #expect(steps.map { "\($0.verb) \($0.engine)" } == ["delete consul", "create gateway"])
        #expect(site.names == ["shop-b"] && site.snapshot.files.keys.sorted() == ["/etc/a"])
        #expect(try site.records[service("a")]?.engine == "gateway" && site.commitState() == .converged)
    }

    @Test func `the other engine finds the object gone already`() async throws {
        let site = try Site()
        site.commit([moved("consul")])
        try await site.settle(2)
        site.lose("a")
        site.commit([moved("gateway")])
        try await site.resync()
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.snapshot.files.keys.sorted() == ["/etc/a"])
    }

    @Test func `what somebody else made in its place stays, and the new engine goes on`() async throws {
        let site = try Site()
        site.commit([moved("consul")])
        try await site.settle(2)
        site.registry.state.withLock { $0.entries["shop-a"]?.owner = "someone" }
        site.commit([moved("gateway")])
        try await site.resync()
        try await site.settle(2)
        #expect(site.names == ["shop-a"] && site.snapshot.files.keys.sorted() == ["/etc/a"])
    }

    @Test func `a change of engine is a delete: above the budget it waits`() async throws {
        let site = try Site(maxDeletes: 0)
        site.commit([moved("consul")])
        try await site.settle(2)
        site.commit([moved("gateway")])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.loop.picture.plan[service("a")]?.action == .replace)
    }
}
