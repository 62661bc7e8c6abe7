import Model
import Reconcile
import Store
import Synchronization
import Testing

/// A branch that was moved to another history, where a person has to agree to what is applied.
@Suite struct ForcedReviews {
    private func entry(_ name: String, port: Int) -> Manifest {
        manifest(ResourceID("service", "shop", name), "consul", ["port": .literal(.int(port))])
    }
    private func approve(_ site: Site) async throws {
        site.inbox.post(
            .decide(
                Decision(
                    .approve, subject: "shop", value: site.loop.picture.planDigest(of: "shop"), by: "ann",
                    at: 1)))
        try await site.settle(3)
    }

    @Test func `nothing of a rewritten branch is applied before its own plan is approved`() async throws {
        let site = try Site(isReviewRequired: true)
        site.commit([entry("kept", port: 1), entry("gone", port: 1)])
        try await site.settle(2)
        let stale = site.loop.picture.planDigest(of: "shop")
        try await approve(site)
        #expect(try site.records.count == 2)
        let before = site.registry.state.withLock(\.self)

        var load = site.loaded([entry("kept", port: 2), entry("new", port: 1)], isWhole: true)
        load.commit.isForced = true
        site.inbox.post(.load(load))
        try await site.settle(3)
        #expect(site.registry.state.withLock(\.self) == before)
        #expect(site.told.words.contains { $0.hasSuffix(" forced") })
        #expect(site.told.words.last == "shop waits for a review")

        site.inbox.post(.decide(Decision(.approve, subject: "shop", value: stale, by: "ann", at: 1)))
        try await site.settle(3)
        #expect(site.registry.state.withLock(\.self) == before, "an older plan's word is not its word")

        try await approve(site)
        #expect(Set(try site.records.keys.map(\.name)) == ["kept", "new"])
        #expect(site.loop.picture.sources["shop"]?.record?.state == .converged)
    }

    private func force(_ manifests: [Manifest], _ isForced: Bool = true, on site: Site) async throws {
        var load = site.loaded(manifests, isWhole: true)
        load.commit.isForced = isForced
        for manifest in manifests { site.manifests[manifest.id] = manifest }
        site.inbox.post(.load(load))
        try await site.settle(3)
    }
    private func signedSite() async throws -> Site {
        let site = try Site()
        site.sources["shop"]?.isSignatureRequired = true
        site.inbox.post(.configure(site.sources))
        site.commit([entry("kept", port: 1)])
        try await site.settle(2)
        return site
    }

    /// An older commit was signed too.
    @Test func `where commits need signatures, another history waits for a person, also after a restart`()
        async throws
    {
        let site = try await signedSite()
        let before = site.registry.state.withLock(\.self)
        let first = site.heads["shop"]
        try await force([entry("kept", port: 2)], on: site)
        #expect(site.told.words.last == "shop waits for a review")
        #expect(site.loop.picture.sources["shop"]?.record?.trusted == first)
        try site.restart()
        try await site.settle(3)
        #expect(site.registry.state.withLock(\.self) == before)
        try await force([entry("kept", port: 3)], on: site)
        #expect(site.registry.state.withLock(\.self) == before, "what comes after it is no more trusted")
        #expect(site.loop.picture.sources["shop"]?.record?.trusted == first)
        try await approve(site)
        #expect(site.registry.state.withLock(\.self) != before)
        #expect(site.loop.picture.sources["shop"]?.record?.trusted == nil)
    }

    @Test func `what comes after what was in force before needs no word`() async throws {
        let site = try await signedSite()
        try await force([entry("kept", port: 2)], on: site)
        let before = site.registry.state.withLock(\.self)
        try await force([entry("kept", port: 3)], false, on: site)
        #expect(site.registry.state.withLock(\.self) != before)
        #expect(site.loop.picture.sources["shop"]?.record?.trusted == nil)
    }
}
