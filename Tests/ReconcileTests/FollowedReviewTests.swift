import Model
import Reconcile
import Store
import Synchronization
import Testing

/// What waits for a review where the world moves between that and the merge, and where another engine makes a thing.
@Suite struct FollowedReviews {
    private let word = ResourceID("infrastructure", "shop", "word")

    private func site(_ manifests: [Manifest], _ stack: Stack? = nil) async throws -> Site {
        let site = try Site(review: .merged)
        stack?.prepare(site)
        site.commit(manifests)
        try await site.settle()
        site.release()
        try await site.settle()
        #expect(site.commitState() == .converged)
        return site
    }

    @Test func `a field that merely follows does not wait, also where another was shown and changed`()
        async throws
    {
        var stack = Stack(1)
        let site = try await site(stack.manifests, stack)
        stack.port = 9090
        let request = MergeRequest(
            name: "1", changed: stack.manifests.filter { $0.id == stack.service })
        try await site.show(request)
        site.cluster.state.withLock { $0.place(stack.entry) }
        site.merge(request)
        site.inbox.post(.engine("nomad", .changed([stack.job])))
        let steps = try await site.applied { try await site.settle(2) }
        #expect(steps.map(\.id) == [stack.service, stack.gateway])
        #expect(stack.faults(in: site) == [])
    }

    @Test func `a field that asks for another output waits, whatever else was shown`() async throws {
        let stack = Stack(1)
        let site = try await site(stack.manifests, stack)
        let shown = manifest(
            stack.service, "consul",
            [
                "port": .literal(.int(9090)),
                "addresses": .reference(Reference(stack.job, FieldPath("addresses"))),
            ])
        let request = MergeRequest(name: "1", changed: [shown])
        try await site.show(request)
        let other = Expression.list([.reference(Reference(stack.db, FieldPath("endpoint")))])
        var merged = request
        merged.changed = [
            manifest(stack.service, "consul", ["port": .literal(.int(9090)), "addresses": other])
        ]
        site.merge(merged)
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.loop.picture.unreviewed(stack.service) == .fields([FieldPath("addresses").appending(0)]))
    }

    @Test func `the same in other words waits for nobody, also while what it gives has moved`() async throws {
        let stack = Stack(1)
        let site = try await site(
            stack.manifests + [
                manifest(
                    word, "shelf", ["place": .literal(.string("p1")), "text": .literal(.string("kv/1"))])
            ], stack)
        let request = MergeRequest(
            name: "1",
            changed: [manifest(stack.kv, "vault", ["path": .reference(Reference(word, FieldPath("text")))])])
        #expect(try await site.show(request).plan.changes.isEmpty)
        site.server.rotate("kv/1")
        site.merge(request)
        site.inbox.post(.engine("vault", .changed([stack.kv])))
        let steps = try await site.applied { try await site.settle() }
        #expect(steps.map(\.id) == [stack.db] && stack.faults(in: site) == [])
        #expect(site.commitState() == .converged)
    }

    @Test(arguments: ["kept", "other tag", "gone"])
    func `what was never shown because it was ignored waits once it is not ignored any more`(
        how: String
    ) async throws {
        let site = try await site([entry("a", tag: "x")])
        let ignoring = ReconcileOptions.with { $0.ignore = ["/port", "/tag"] }
        let bare = manifest(service("a"), "consul", ["port": .literal(.int(3))], options: ignoring)
        let said = how == "gone" ? bare : entry("a", port: 3, tag: "x", ignoring)
        site.commit([said])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.commitState() == .converged, "nothing is to be done")
        var next = said
        next.options = ReconcileOptions()
        if how == "other tag" { next = entry("a", port: 3, tag: "y") }
        let request = MergeRequest(name: "1", changed: [entry("a", tag: "y")])
        if how == "other tag" { try await site.show(request) }
        site.merge(MergeRequest(name: "1", changed: [next]))
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site["a", "port"] == .int(1) && site["a", "tag"] == .string("x"))
        #expect(
            site.unreviewed("a") == (how == "other tag" ? .fields([FieldPath("port")]) : .unseen))
        site.release()
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
        #expect(site["a", "port"] == .int(3) && site.commitState() == .converged)
    }

    private func moved(to engine: String, _ path: String = "/etc/a") -> Manifest {
        manifest(
            service("a"), engine,
            ["port": .literal(.int(1)), "path": .literal(.string(path)), "endpoints": .literal(.list([]))])
    }

    @Test(arguments: [false, true])
    func `what another engine is to make is shown with what is taken away for it, and both are done`(
        isOther: Bool
    ) async throws {
        let site = try await site([moved(to: "consul")])
        let request = MergeRequest(name: "1", changed: [moved(to: "gateway")])
        var other = request
        other.changed = [moved(to: "gateway", "/etc/b")]
        let (asked, shown) = (try await site.show(other), try await site.show(request))
        #expect(shown.plan.changes.map(\.action) == [.replace] && asked.plan.digest != shown.plan.digest)
        site.merge(isOther ? other : request)
        let steps = try await site.applied { try await site.settle(3) }
        #expect(
            steps.map { "\($0.verb) \($0.engine)" }
                == (isOther ? [] : ["delete consul", "create gateway"]))
        #expect(site.snapshot.files.keys.sorted() == (isOther ? [] : ["/etc/a"]))
        #expect((site.unreviewed("a") == .fields([FieldPath("path")])) == isOther)
    }

    @Test func `an author who takes another name approves no more than before`() async throws {
        let site = try Site(review: .approved)
        var request = MergeRequest(name: "1", changed: [entry("a")])
        request.authorID = "7"
        let preview = try await site.show(request)
        site.approve(preview, by: "anna", id: "7")
        site.merge(request)
        #expect(try await site.steps { try await site.settle(2) } == [])
        site.approve(preview, by: "anna", id: "7")
        #expect(try await site.steps { try await site.settle(2) } == [], "nor once it waits")
        site.approve(preview, by: "bob", id: "8")
        #expect(try await site.steps { try await site.settle(2) } == ["create a"])
    }

    @Test func `what no engine makes is not taken away for it`() async throws {
        let site = try Site()
        site.commit([moved(to: "consul")])
        try await site.settle(2)
        site.commit([moved(to: "nowhere")])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(
            site.names == ["shop-a"] && site.problems[service("a")]?.contains("no engine 'nowhere'") == true)
        site.commit([moved(to: "gateway")])
        try await site.settle(3)
        #expect(site.names == [] && site.snapshot.files.keys.sorted() == ["/etc/a"])
    }
}
