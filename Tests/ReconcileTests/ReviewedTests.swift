import Model
import Reconcile
import Repository
import Store
import Synchronization
import Testing

/// What was reviewed before the merge is applied after it without another word, and nothing else is.
@Suite struct Reviewed {
    private func site(_ rule: ReviewRule, _ manifests: [Manifest]? = nil) async throws -> Site {
        let site = try Site(review: rule)
        site.commit(manifests ?? [entry("a"), entry("b")])
        try await site.settle(2)
        site.release()
        try await site.settle(2)
        #expect(site.commitState() == .converged)
        return site
    }

    @Test func `what was merged as it was shown is applied`() async throws {
        let site = try await site(.merged)
        let request = MergeRequest(
            name: "1", changed: [entry("a", port: 2), entry("c")], removed: [service("b")])
        try await site.show(request)
        site.merge(request)
        #expect(
            try await site.steps { try await site.settle(2) }.sorted() == [
                "create c", "delete b", "update a",
            ])
        #expect(site.commitState() == .converged)
        #expect(try site.store.ledger().previews.isEmpty, "nothing is left to allow")
    }

    @Test func `another tree than the one that was shown waits, and says in what`() async throws {
        let site = try await site(.merged)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        try await site.show(request)
        site.merge(request, footprints: ["another"])
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.unreviewed("a") == .unseen)
        site.release()
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
    }

    @Test func `what nobody showed waits beside what was shown`() async throws {
        let site = try await site(.merged)
        var request = MergeRequest(name: "1", changed: [entry("a", port: 2, tag: "x")])
        try await site.show(request)
        request.changed = [entry("a", port: 3, tag: "x"), entry("c")]
        request.removed = [service("b")]
        site.merge(request)
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.unreviewed("a") == .fields([FieldPath("port")]))
        #expect(site.unreviewed("b") == .unseen && site.unreviewed("c") == .unseen)
    }

    @Test func `what was shown to be changed is not made anew`() async throws {
        let site = try await site(.merged)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        try await site.show(request)
        site.lose("a")
        site.merge(request)
        site.inbox.post(.sync(source: nil))
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.unreviewed("a") == .action)
    }

    @Test func `where the world moves after the review, it waits again`() async throws {
        let site = try await site(.merged)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2, tag: "x")])
        try await site.show(request)
        site.drift("a", to: .int(7))
        site.merge(request)
        site.inbox.post(.sync(source: nil))
        #expect(try await site.steps { try await site.settle(2) } == [])
        #expect(site.unreviewed("a") == .fields([FieldPath("port")]))
        site.drift("a", to: .int(1))
        #expect(try await site.steps() == ["update a"], "as it was when it was shown")
    }

    @Test func `drift beside what was shown is mended as ever, and moves no digest`() async throws {
        let site = try await site(.merged)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        let preview = try await site.show(request)
        site.drift("a", "weight", to: .int(9))
        site.inbox.post(.sync(source: nil))
        let drifting = try await site.show(request)
        #expect(drifting.plan.digest == preview.plan.digest)
        site.merge(request)
        #expect(try await site.steps { try await site.settle(2) }.contains("update a"))
        #expect(site["a", "port"] == .int(2) && site["a", "weight"] == .int(1))
    }

    @Test func `somebody else than the author approves, before the merge or after it`() async throws {
        let site = try await site(.approved)
        for (number, isEarly) in [(2, true), (3, false)] {
            let request = MergeRequest(name: "\(number)", author: "Ann", changed: [entry("a", port: number)])
            let preview = try await site.show(request)
            site.approve(preview, by: "ann")
            if isEarly { site.approve(preview, by: "bob") }
            site.merge(request)
            let steps = try await site.steps { try await site.settle(2) }
            #expect(steps == (isEarly ? ["update a"] : []))
            guard !isEarly else { continue }
            site.approve(preview, by: "bob")
            #expect(try await site.steps { try await site.settle(2) } == ["update a"])
        }
        let told = site.told.words
        #expect(told.contains("shop merged as 2 showed it, approved by bob"))
        #expect(!told.contains("shop merged as 3 showed it"), "nobody had approved it")
        #expect(told.contains("shop released by bob"))
        let said = try site.store.ledger().approvals
        #expect(
            said.map(\.by) == ["operator", "ann", "bob", "ann", "bob"]
                && said.allSatisfy { $0.digest.count == 64 })
    }

    @Test func `without an approval, what was merged as it was shown waits`() async throws {
        let site = try await site(.approved)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        try await site.show(request)
        site.merge(request)
        #expect(try await site.steps { try await site.settle(2) } == [])
    }

    @Test(arguments: [ReviewRule.merged, .approved], [true, false])
    func `two requests that are merged at once are covered by their two digests`(
        rule: ReviewRule, isOneLoad: Bool
    ) async throws {
        let site = try await site(rule)
        let requests = [
            MergeRequest(name: "1", changed: [entry("a", port: 2)]),
            MergeRequest(name: "2", author: "eve", changed: [entry("b", port: 2)], removed: []),
        ]
        for request in requests { site.approve(try await site.show(request), by: "bob") }
        site.record.refusing.withLock { $0[service("a")] = EngineError(.retry, "busy") }
        if isOneLoad {
            site.merge(requests[0], requests[1])
        } else {
            site.merge(requests[0])
            try await site.run()
            site.merge(requests[1])
        }
        try await site.run()
        site.record.refusing.withLock { $0 = [:] }
        try await site.settle(3)
        #expect(site["a", "port"] == .int(2) && site["b", "port"] == .int(2))
        #expect(site.commitState() == .converged)
    }

    @Test func `two requests for one resource are covered field by field`() async throws {
        let site = try await site(.merged, [entry("a", tag: "x")])
        let one = MergeRequest(name: "1", changed: [entry("a", port: 2, tag: "x")])
        let other = MergeRequest(name: "2", changed: [entry("a", port: 1, tag: "y")])
        for request in [one, other] { try await site.show(request) }
        var both = one
        both.changed = [entry("a", port: 2, tag: "y")]
        site.merge(both, footprints: [one.delta, other.head])
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
    }

    @Test func `a request that was closed, or shown anew, allows nothing of before`() async throws {
        let site = try await site(.approved)
        var request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        site.approve(try await site.show(request), by: "bob")
        site.inbox.post(.unshow(request: "1"))
        site.merge(request)
        #expect(try await site.steps { try await site.settle(2) } == [])
        site.release()
        try await site.settle(2)
        request.changed = [entry("a", port: 3)]
        site.approve(try await site.show(request), by: "bob")
        request.changed = [entry("a", port: 4)]
        try await site.show(request)
        request.changed = [entry("a", port: 3)]
        site.merge(request, footprints: [])
        #expect(try await site.steps { try await site.settle(2) } == [])
    }

    @Test
    func
        `what a request was shown to change in another source is allowed no more once it changes nothing there`()
        async throws
    {
        let site = try await site(.approved)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        site.approve(try await site.show(request), by: "bob")
        site.inbox.post(.show([], request: "1"))
        site.merge(request)
        #expect(try await site.steps { try await site.settle(2) } == [])
    }

    @Test func `a request that is closed by its merge still allows what was reviewed of it`() async throws {
        let site = try await site(.merged)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        try await site.show(request)
        site.record.refusing.withLock { $0[service("a")] = EngineError(.retry, "busy") }
        site.merge(request)
        try await site.run()
        site.inbox.post(.unshow(request: "1"))
        site.record.refusing.withLock { $0 = [:] }
        try await site.settle(3)
        #expect(site["a", "port"] == .int(2))
    }

    @Test(arguments: [ReviewRule.merged, .approved])
    func `what was carried out is allowed once`(rule: ReviewRule) async throws {
        let site = try await site(rule)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2), entry("b", port: 2)])
        site.approve(try await site.show(request), by: "bob")
        site.record.refusing.withLock { $0[service("b")] = EngineError(.waitForChange, "broken") }
        site.merge(request)
        try await site.settle(2)
        #expect(site["a", "port"] == .int(2) && site["b", "port"] == .int(1))
        site.commit([entry("a")])
        try await site.settle(2)
        site.release()
        try await site.settle(2)
        #expect(site["a", "port"] == .int(1))
        site.commit([entry("a", port: 2)])
        try await site.settle(2)
        try site.restart()
        try await site.settle(2)
        #expect(site["a", "port"] == .int(1) && site.unreviewed("a") != nil)
        site.record.refusing.withLock { $0 = [:] }
        site.inbox.post(.sync(source: nil))
        #expect(try await site.steps { try await site.settle(2) } == ["update b"], "what is left may go on")
    }

    @Test func `a word for one request is none for another that comes to the same plan`() async throws {
        let site = try await site(.approved)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        site.approve(try await site.show(request), by: "bob")
        site.merge(request)
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
        site.commit([entry("a")])
        try await site.settle(2)
        site.release()
        try await site.settle(2)
        let again = MergeRequest(name: "2", author: "mallory", changed: request.changed)
        let preview = try await site.show(again)
        #expect(site.loop.picture.approvals.contains { $0.digest == preview.plan.digest })
        site.merge(again)
        #expect(try await site.steps { try await site.settle(2) } == [])
        site.approve(preview, by: "bob")
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
    }

    @Test func `who asked for it can't release it in a comment either`() async throws {
        let site = try await site(.approved)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        let preview = try await site.show(request)
        site.merge(request)
        try await site.settle(2)
        #expect(site.loop.picture.planDigest(of: "shop") == preview.plan.digest)
        site.approve(preview, by: "ANN")
        #expect(try await site.steps { try await site.settle(2) } == [])
    }

    @Test func `what was shown and approved outlasts a restart`() async throws {
        let site = try await site(.approved)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        site.approve(try await site.show(request), by: "bob")
        try await site.run()
        try site.restart()
        try await site.settle(2)
        site.merge(request)
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
    }

    @Test func `another history is allowed by nothing that was shown before`() async throws {
        let site = try await site(.approved)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        site.approve(try await site.show(request), by: "bob")
        var load = site.loaded([entry("a", port: 2), entry("b")], isWhole: true)
        load.commit.isForced = true
        (load.merged.found, load.merged.standing) = ([request.tree], [request.tree])
        site.inbox.post(.load(load))
        #expect(try await site.steps { try await site.settle(2) } == [])
        site.release()
        #expect(try await site.steps { try await site.settle(2) } == ["update a"])
    }

    /// The other commit comes later, or is fetched together with the merge.
    @Test(arguments: [ReviewRule.merged, .approved], ["", "later", "together"])
    func
        `what was not known when it was shown holds for what was merged, not for what another commit makes of it`(
            rule: ReviewRule, other: String
        ) async throws
    {
        let (site, isOther) = (try await site(rule), !other.isEmpty)
        let (first, second) = (
            ResourceID("infrastructure", "shop", "first"), ResourceID("infrastructure", "shop", "second")
        )
        func shelved(_ place: Expression) -> Manifest {
            manifest(second, "shelf", ["place": place, "text": .literal(.string("follows"))])
        }
        let request = MergeRequest(
            name: "1",
            changed: [
                manifest(
                    first, "shelf", ["place": .literal(.string("p1")), "text": .literal(.string("p2"))]),
                shelved(.reference(Reference(first, FieldPath("text")))),
            ])
        site.approve(try await site.show(request), by: "bob")
        site.record.refusing.withLock { $0[first] = EngineError(.retry, "busy") }
        if other == "together" {
            var more = request
            more.changed[1] = shelved(.literal(.string("p9")))
            site.merge(more, touched: [request.tree, request.delta])
        } else {
            site.merge(request)
        }
        try await site.run()
        if other == "later" { site.commit([shelved(.literal(.string("p9")))]) }
        site.record.refusing.withLock { $0 = [:] }
        try await site.settle(4)
        #expect(site.shelf.things.withLock(\.keys).sorted() == (isOther ? ["p1"] : ["p1", "p2"]))
        #expect((site.loop.picture.unreviewed(second) != nil) == isOther)
    }

    /// Nothing has to be done for a reference to a secret, and who uses it follows it without a word.
    @Test(arguments: ["", "removed first"])
    func `a reference that names another secret waits as any change does, and so does who uses it`(
        how: String
    )
        async throws
    {
        let (site, stack) = (try Site(review: .merged), Stack(1))
        stack.prepare(site)
        site.server.rotate("kv/9")
        site.commit(stack.manifests)
        try await site.settle()
        site.release()
        try await site.settle()
        #expect(site.commitState() == .converged)
        let other = manifest(stack.kv, "vault", ["path": .literal(.string("kv/9"))])
        if !how.isEmpty {
            site.commit(removed: [stack.kv])
            try await site.settle(2)
        }
        site.commit([other])
        #expect(try await site.steps { try await site.settle() } == [])
        #expect(site.loop.picture.unreviewed(stack.kv) == .unseen)
        try site.restart()
        #expect(try await site.steps { try await site.settle() } == [])
        site.release()
        #expect(try await site.steps { try await site.settle() }.contains { $0.hasSuffix(stack.db.name) })
        #expect(site.commitState() == .converged)
        let request = MergeRequest(
            name: "1", changed: [manifest(stack.kv, "vault", ["path": .literal(.string("kv/1"))])])
        let preview = try await site.show(request)
        #expect(preview.plan.changes.contains { $0.id == stack.kv && $0.action == .update })
        site.merge(request)
        #expect(try await site.steps { try await site.settle() }.contains { $0.hasSuffix(stack.db.name) })
        #expect(site.commitState() == .converged && site.loop.picture.unreviewed(stack.kv) == nil)
    }

    @Test func `a preview is known by what was merged, not by when it was shown`() async throws {
        let site = try await site(.merged)
        let request = MergeRequest(name: "1", changed: [entry("a", port: 2)])
        site.merge(request)
        try await site.run()
        try await site.show(request)
        try site.restart()
        #expect(
            try await site.steps { try await site.settle(2) } == [],
            "shown after the merge, it was not reviewed")
    }
}
