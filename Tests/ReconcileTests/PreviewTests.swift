import Model
import Reconcile
import Store
import Synchronization
import Testing

/// What a merge would do, found without doing it.
@Suite("Previews", .timeLimit(.minutes(1))) struct PreviewTests {
    /// A settled site with some stacks.
    static func site(_ count: Int = 1, _ change: (Site) -> Void = { _ in }) async throws -> (Site, [Stack]) {
        let site = try Site()
        let stacks = (1...count).map(Stack.init)
        for stack in stacks { stack.prepare(site) }
        site.commit(stacks.flatMap(\.manifests))
        try await site.settle()
        change(site)
        return (site, stacks)
    }

    @Test func `a change of one field is the merge's, and everything that follows it`() async throws {
        let (site, stacks) = try await Self.site(3)
        var stack = stacks[1]
        stack.size = 9
        let preview = try await site.preview(stack.manifests)
        let source = try #require(preview["shop"])
        #expect(source.plan.entries.map(\.id) == [stack.db, stack.job, stack.service])
        #expect(source.dependants == [stack.job, stack.service])
        let fields = try #require(source.plan[stack.db]).fields
        #expect(fields.map(\.path.description) == ["size", "endpoint"])
        #expect(source.drifted == [] && source.pending == [] && source.failed == [] && source.unlooked == [])
        #expect(source.digest.count == 64)
    }

    @Test func `only what is affected is asked about, and nothing that was seen is looked at again`()
        async throws
    {
        let (site, stacks) = try await Self.site(4)
        var stack = stacks[2]
        stack.image = "web:2"
        site.record.calls.withLock { $0 = Watched.Calls() }
        let preview = try await site.preview(stack.manifests)
        #expect(preview.calls.observed == 0 && preview.calls.planned > 0)
        #expect(Set(site.calls.planned).isSubset(of: stack.ids))
        #expect(site.calls.observed == [] && site.calls.applied.isEmpty)
    }

    @Test func `what had drifted or waits already is told apart`() async throws {
        let (site, stacks) = try await Self.site(2) { site in
            site.cluster.state.withLock { state in
                var version = state.jobs["shop-web1"]!.current
                (version.image, version.deployment) = ("by-hand", .successful)
                _ = state.register("shop-web1", version, ifIndex: nil)
            }
        }
        // Found, and not mended: nobody lets the loop start a step.
        site.record.refusing.withLock { $0[stacks[0].job] = EngineError(.waitForChange, "not now") }
        var other = stacks[1]
        other.count = 3
        let preview = try await site.preview(other.manifests, looksAtAll: true)
        let source = try #require(preview["shop"])
        #expect(source.drifted == [stacks[0].job])
        #expect(source.plan.entries.map(\.id) == [other.job, other.service])
    }

    @Test func `a change of the same field that waits already is nobody's of the merge`() async throws {
        let site = try Site(isReviewRequired: true)
        var stack = Stack(1)
        stack.prepare(site)
        site.commit(stack.manifests)
        try await site.settle()
        let preview = try await site.preview(stack.manifests)
        let source = try #require(preview["shop"])
        #expect(source.plan.entries.isEmpty && !source.pending.isEmpty)
        stack.size = 5
        let next = try #require(try await site.preview(stack.manifests)["shop"])
        let caused = try #require(next.plan[stack.db])
        #expect(caused.fields.map(\.path.description) == ["size"])
        let gone = try #require(try await site.preview([], removed: stack.ids)["shop"])
        #expect(gone.plan.entries.isEmpty && Set(gone.takenBack) == Set(source.pending))
    }

    @Test func `a comment, another order of keys, or a load of the same is no change`() async throws {
        let (site, stacks) = try await Self.site(2)
        let preview = try await site.preview(stacks.flatMap(\.manifests))
        let source = try #require(preview["shop"])
        #expect(source.plan.entries.isEmpty && source.problems == [])
        #expect(source.plan.digestInput == "")
    }

    @Test func `what is taken away is deleted, and who refers to it keeps the merge from loading`()
        async throws
    {
        let (site, stacks) = try await Self.site(1)
        let gone = try #require(try await site.preview([], removed: stacks[0].ids)["shop"])
        let deleted = gone.plan.entries.filter { $0.change.action == .delete }.map(\.id)
        // A reference to a secret is only forgotten.
        #expect(Set(deleted) == stacks[0].ids.subtracting([stacks[0].kv, stacks[0].role]))
        let order = gone.plan.entries.map(\.id)
        #expect(
            try #require(order.firstIndex(of: stacks[0].gateway)) < #require(
                order.firstIndex(of: stacks[0].db)))
    }

    @Test func `a load with an error plans nothing, and says why`() async throws {
        let (site, stacks) = try await Self.site(1)
        let problem = Diagnostic(
            at: ManifestLocation(file: "a.yaml", line: 3, column: 1), "unknown key 'cuont'")
        let source = try #require(try await site.preview(stacks[0].manifests, problems: [problem])["shop"])
        #expect(source.problems == [problem] && source.plan.entries.isEmpty && source.isRefused)
    }

    @Test func `an id that belongs to another source is a problem of the merge`() async throws {
        let site = try Site(others: ["other"])
        let stack = Stack(1)
        stack.prepare(site)
        site.commit(stack.manifests)
        try await site.settle()
        var manifest = stack.manifests[0]
        manifest.source = "other"
        let source = try #require(try await site.preview([manifest], source: "other", isWhole: true)["other"])
        #expect(source.problems.first?.message == "\(stack.kv) belongs to source 'shop'")
    }

    @Test func `a preview changes nothing in any world, and nothing of the loop`() async throws {
        let (site, stacks) = try await Self.site(2)
        let (before, plan) = (site.snapshot, site.loop.picture.plan.entries)
        let steps = site.calls.applied.count
        var stack = stacks[0]
        (stack.name, stack.size, stack.image, stack.port) = ("renamed", 4, "web:7", 9999)
        _ = try await site.preview(stack.manifests + [Stack(7).manifests[0]], removed: stacks[1].ids)
        #expect(site.snapshot == before && site.loop.picture.plan.entries == plan)
        #expect(site.calls.applied.count == steps)
        try await site.resync()
        #expect(site.snapshot == before)
    }

    @Test func `no engine is handed a value of a secret`() async throws {
        let (site, stacks) = try await Self.site(1)
        site.server.rotate("kv/1")
        site.record.calls.withLock { $0 = Watched.Calls() }
        var stack = stacks[0]
        stack.size = 3
        let preview = try await site.preview(stack.manifests, looksAtAll: true)
        #expect(site.calls.read == 0)
        let change = try #require(preview["shop"]?.plan[stack.db])
        #expect(change.fields.contains { $0.path.description == "size" })
        #expect(!"\(preview.after.plan)".contains("CANARY"))
    }

    @Test func `an engine that nobody may ask for a preview is named, with what it has`() async throws {
        let (site, stacks) = try await Self.site(1)
        var stack = stacks[0]
        (stack.size, stack.image) = (3, "web:2")
        let reason = EngineError(
            .waitForChange, "engine 'cloud' has no credentials for previews", hint: "give it 'preview'")
        let preview = try await site.preview(
            stack.manifests, access: ["cloud": .none(reason)])
        let source = try #require(preview["shop"])
        #expect(source.unlooked == [SourcePreview.Unlooked(id: stack.db, reason: reason)])
        #expect(source.plan.entries.map(\.id) == [stack.job, stack.service])
        #expect(preview["shop"]?.failed == [])
    }

    @Test func `what the merge makes impossible is told, and what was so before is not`() async throws {
        let (site, stacks) = try await Self.site(1)
        var manifests = stacks[0].manifests
        manifests.append(
            manifest(ResourceID("infrastructure", "shop", "nowhere"), "atlantis", ["a": .literal(.int(1))]))
        let source = try #require(try await site.preview(manifests)["shop"])
        #expect(source.failed == [ResourceID("infrastructure", "shop", "nowhere")])
    }

    @Test func `more than its limits is said in words`() async throws {
        let (site, stacks) = try await Self.site(1)
        var limits = PreviewLimits()
        limits.resources = 3
        let changed = Stack(9).manifests
        let error = await #expect(throws: PreviewFailure.self) {
            try await site.preview(changed, limits: limits)
        }
        #expect(error?.message == "the merge changes 6 resources, and a preview looks at 3 at most")
        limits = PreviewLimits(time: .milliseconds(50))
        site.record.beforePlan.withLock { $0 = { _ in try? await Task.sleep(for: .seconds(60)) } }
        var stack = stacks[0]
        stack.size = 2
        let late = await #expect(throws: PreviewFailure.self) {
            try await site.preview(stack.manifests, limits: limits)
        }
        #expect(late?.message == "it took more than 50ms")
    }

    @Test func `it can be ended`() async throws {
        let (site, stacks) = try await Self.site(1)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        site.record.beforePlan.withLock {
            $0 = { _ in
                begin.yield()
                try? await Task.sleep(for: .seconds(60))
            }
        }
        var stack = stacks[0]
        stack.size = 2
        let asked = site.previewer()
        let (picture, load) = (site.loop.picture, site.merged(stack.manifests))
        let task = Task {
            try await asked.preview([load], base: Revision(id: "b"), head: Revision(id: "h"), over: picture)
        }
        for await _ in begun { break }
        task.cancel()
        let error = await #expect(throws: PreviewFailure.self) { try await task.value }
        #expect(error?.kind == .cancelled)
    }
}

extension Site {
    func previewer(_ limits: PreviewLimits = PreviewLimits(), access: [String: PreviewAccess] = [:])
        -> Previewer
    {
        let clock = clock
        var engines = loop.engines
        for (name, access) in access {
            if let engine = engines[name] { engines[name] = Guarded(engine: engine, forPreviews: access) }
        }
        return Previewer(engines: engines, policy: policy, limits: limits, now: { clock.value })
    }

    /// What differs with a merge, as the loader would find it; nothing of it is committed.
    func merged(
        _ changed: [Manifest], removed: Set<ResourceID> = [], source: String = "shop",
        problems: [Diagnostic] = [], isWhole: Bool = false
    ) -> PreviewedLoad {
        PreviewedLoad(
            base: nil,
            merged: Load(
                source: source, commit: Revision(id: "merge", summary: "a merge"), manifests: changed,
                removed: removed, isWhole: isWhole, problems: problems))
    }

    func preview(
        _ changed: [Manifest], removed: Set<ResourceID> = [], source: String = "shop",
        problems: [Diagnostic] = [], isWhole: Bool = false, looksAtAll: Bool = false,
        limits: PreviewLimits = PreviewLimits(), access: [String: PreviewAccess] = [:]
    ) async throws(PreviewFailure) -> Preview {
        let load = merged(changed, removed: removed, source: source, problems: problems, isWhole: isWhole)
        return try await previewer(limits, access: access).preview(
            [load], base: Revision(id: "base"), head: Revision(id: "head"), over: loop.picture,
            looksAtAll: looksAtAll)
    }
}

/// An engine that says itself whom a preview may ask.
private struct Guarded: Engine {
    let engine: any Engine
    let forPreviews: PreviewAccess

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        await engine.observe(targets)
    }
    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    { try await engine.plan(target, over: observation, secrets: secrets) }
    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        await engine.apply(step, secrets: secrets)
    }
}
