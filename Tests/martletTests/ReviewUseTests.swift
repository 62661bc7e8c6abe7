import Fixtures
import Foundation
import Model
import Reconcile
import Review
import Store
import Testing

@testable import martlet

/// Reviews as people use them: beside a controller that follows a real repository.
@Suite struct ReviewUseTests {
    private static let rule = "    requireReviewedPlan: approved"

    @Test func `what nobody reviewed waits, is listed, and is released by the first digits of its digest`()
        async throws
    {
        let shop = try await Workshop(settings: Self.rule)
        try await shop.commit(["index": "hello"])
        try await shop.serving { operations in
            let waiting = try await operations.converge()
            #expect(waiting.report?.end == .waiting)
            #expect(!shop.exists("index"))
            let listed = try await shop.martlet("reviews")
            #expect(listed.code == 2 && listed.output.contains("! shop: 1 change waits for a review\n"))
            #expect(listed.output.contains("  infrastructure/shop/index: nobody was shown a change of it\n"))
            let digest = try #require(try await operations.reviews("shop").waiting.first?.digest)
            #expect(digest.count == 64)
            let plan = try await shop.martlet("plan")
            #expect(plan.output.contains("martlet approve \(digest.prefix(12))"))
            for (text, code, words) in [
                ("0123456", 1, "'0123456' is no digest"),
                ("0123456789ab", 1, "no plan that is shown or waits has the digest '0123456789ab'"),
                (String(digest.prefix(14)), 0, "plan '\(digest.prefix(12))' of source 'shop' is approved"),
            ] {
                let said = try await shop.martlet("approve", text)
                #expect(said.code == Int32(code) && (said.output + said.errors).contains(words), "\(said)")
            }
            #expect(try await operations.converge().report?.end == .converged)
            #expect(shop.exists("index"))
            let approvals = try await operations.reviews(nil).approvals
            #expect(approvals.map(\.digest) == [digest] && approvals.map(\.way) == [.command])
            #expect(approvals.first?.by.hasSuffix("over the socket") == true)
            let history = try await shop.martlet("history")
            #expect(history.output.contains("plan \(digest.prefix(12)), by command"))
        }
    }

    @Test func `the key of before is told by its new name`() async throws {
        let shop = try await Workshop(settings: "    review: required")
        let ran = try await shop.martlet("serve", "--check-config")
        #expect(ran.code == 1)
        #expect(
            ran.errors.contains("unknown key 'review' in source 'shop'")
                || ran.errors.contains("unknown key 'review'"))
        #expect(ran.errors.contains("hint: it is called 'requireReviewedPlan' now"))
    }
}

/// The word of a person for a preview, and whose it may be.
@Suite struct ApprovalWordTests {
    private static let digests = ["aaaaaaaaaaaa1", "aaaaaaaaaaaa2", "bbbbbbbbbbbb3"].map {
        $0.padding(toLength: 64, withPad: "0", startingAt: 0)
    }
    private static func preview(_ number: Int, _ source: String, _ digest: String, by author: String = "Ann")
        -> ShownPreview
    {
        ShownPreview(
            source: source, request: "pulls/\(number)", author: author, tree: "", delta: "",
            plan: ReviewedPlan(digest: digest, changes: []), shownAt: 0)
    }
    /// What a loop knows to which these were shown.
    private static func picture(_ previews: ShownPreview...) throws -> Picture {
        var ledger = Ledger()
        for preview in previews { ledger.fold(.review(.shown(preview))) }
        let policies = ["shop", "blog"].reduce(into: [String: SourcePolicy]()) { policies, name in
            var policy = SourcePolicy(grants: Grants(projects: [name]))
            policy.review = .approved
            policies[name] = policy
        }
        return Reconciler(
            ledger: ledger, journal: try Journal(try Store.inMemory(), ledger: ledger), inbox: Inbox(),
            sources: policies, engines: [:], now: { 0 }
        ).picture
    }
    private static func approve(_ text: String, _ picture: Picture, by person: String = "bob") throws
        -> [PlanApproval]
    {
        try picture.approve(text, of: nil, by: person, .comment, now: 5).requests.compactMap { request in
            if case .approve(let approval) = request { approval } else { nil }
        }
    }

    @Test func `a word binds the whole digest of what was shown, in each source that has it`() throws {
        let picture = try Self.picture(
            Self.preview(1, "shop", Self.digests[0]), Self.preview(1, "blog", Self.digests[0]),
            Self.preview(2, "shop", Self.digests[2]))
        let approvals = try Self.approve("AAAAAAAAAAAA", picture)
        #expect(approvals.map(\.source) == ["blog", "shop"])
        #expect(approvals.allSatisfy { $0.digest == Self.digests[0] && $0.by == "bob" && $0.at == 5 })
        #expect(try Self.approve(Self.digests[2], picture).map(\.source) == ["shop"])
    }

    @Test func `what begins two digests is no word for either`() throws {
        let picture = try Self.picture(
            Self.preview(1, "shop", Self.digests[0]), Self.preview(2, "shop", Self.digests[1]))
        let error = #expect(throws: OperationError.self) { try Self.approve("aaaaaaaaaaaa", picture) }
        #expect(error?.message == "'aaaaaaaaaaaa' begins the digests of 2 plans")
        #expect(try Self.approve("aaaaaaaaaaaa1", picture).map(\.digest) == [Self.digests[0]])
    }

    /// `a` waits, and a merged request changed these.
    private static func waiting(behind changed: ResourceID) async throws -> Picture {
        var (ledger, merged) = (Ledger(), preview(1, "shop", digests[0], by: "bob"))
        merged.isMerged = true
        merged.plan.changes = [ReviewedChange(changed, .update, fields: [])]
        ledger.fold(.review(.shown(merged)))
        var policy = SourcePolicy(grants: Grants(projects: ["shop"]))
        policy.review = .approved
        let (inbox, layer) = (Inbox(), PreviewLayer(world: PreviewWorld(), layer: .provision))
        var loop = Reconciler(
            ledger: ledger, journal: try Journal(try Store.inMemory(), ledger: ledger), inbox: inbox,
            sources: ["shop": policy], engines: ["host": layer], now: { 0 })
        let file = Manifest(
            Self.file, source: "shop", layer: .provision, engine: "host",
            spec: .literal(.map(["config": .map(["path": .string("/a")])])))
        inbox.post(.load(Load(source: "shop", commit: Revision(id: "c1"), manifests: [file], isWhole: true)))
        try await loop.run(untilIdle: true)
        return loop.picture
    }
    private static let file = ResourceID("infrastructure", "shop", "a")

    @Test func `a word on a merged request lets go of what it changed, and of nothing else that waits`()
        async throws
    {
        for (changed, isReleased) in [(Self.file, true), (ResourceID("infrastructure", "shop", "b"), false)] {
            let picture = try await Self.waiting(behind: changed)
            #expect(picture.awaitingReview(of: "shop") == [Self.file])
            let digest = picture.planDigest(of: "shop")
            let word = Result {
                try picture.approve(digest, of: "shop", in: "pulls/1", by: "ann", .comment, now: 5).requests
            }
            #expect(((try? word.get())?.count ?? 0) == (isReleased ? 1 : 0), "\(word)")
            #expect(try Self.approve(digest, picture, by: "ann").count == 1, "without a request all is meant")
        }
    }

    @Test func `nobody approves what they ask for, however their name is written`() throws {
        let picture = try Self.picture(
            Self.preview(1, "shop", Self.digests[0]), Self.preview(2, "shop", Self.digests[0], by: "eve"))
        let own = try Self.picture(Self.preview(1, "shop", Self.digests[0]))
        let error = #expect(throws: OperationError.self) { try Self.approve(Self.digests[0], own, by: "ANN") }
        #expect(error?.status == 403)
        #expect(try Self.approve(Self.digests[0], picture, by: "ann").count == 1, "another asks for the same")
    }
}
