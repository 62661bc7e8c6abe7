import Model
import Reconcile
import Repository
import Store

/// A request to merge, as a forge has it.
struct MergeRequest {
    var name: String
    var author = "ann", authorID = ""
    var changed: [Manifest] = []
    var removed: Set<ResourceID> = []
    /// What the source's folder's tree is called once it is merged, and what it changes there.
    var tree: String { "tree of \(name)" }
    var delta: String { "delta of \(name)" }
    var head: String { "head of \(name)" }
}

extension Site {
    /// What a request would do, shown to whoever reads it.
    @discardableResult
    func show(_ request: MergeRequest, source: String = "shop") async throws -> ShownPreview {
        var load = Load(
            source: source, commit: Revision(id: "preview of \(request.name)"), manifests: request.changed,
            removed: request.removed)
        load.commit.summary = request.name
        let picture = await loop.preview([load])
        let before = loop.picture.plan
        let plan = picture.plan { $0.source == source && $0.pending?.isDeposed == false }
        let caused = plan.entries.filter { before[$0.id] != $0.change }
        var preview = ShownPreview(
            source: source, request: request.name, author: request.author, tree: request.tree,
            delta: request.delta, plan: ReviewedPlan(of: Plan(caused)), shownAt: clock.value)
        (preview.head, preview.authorID) = (request.head, request.authorID)
        inbox.post(.show([preview], request: preview.request))
        try await run()
        return preview
    }

    /// Commits what requests ask for, all at once; `footprints` are what the reader finds of them, and
    ///   `touched` are those of them that a later commit of the same load touches again.
    func merge(
        _ requests: MergeRequest..., footprints: Set<String>? = nil, touched: Set<String> = [],
        source: String = "shop"
    ) {
        let (changed, removed) = (requests.flatMap(\.changed), requests.flatMap(\.removed))
        for manifest in changed { manifests[manifest.id] = manifest }
        for id in removed { manifests[id] = nil }
        var load = loaded(changed, removed: Set(removed), source: source)
        load.merged.found =
            footprints ?? Set(requests.map(\.delta) + [requests.last?.tree].compactMap(\.self))
        load.merged.standing = load.merged.found.subtracting(touched)
        inbox.post(.load(load))
    }

    func approve(_ preview: ShownPreview, by person: String, id: String = "") {
        var approval = PlanApproval(
            source: preview.source, digest: preview.plan.digest, by: person, way: .comment,
            at: clock.value, requests: [preview.request])
        approval.userID = id
        inbox.post(.approve(approval))
    }
    /// An operator's word for all that waits.
    func release(_ source: String = "shop") {
        inbox.post(
            .approve(
                PlanApproval(
                    source: source, digest: loop.picture.planDigest(of: source), by: "operator",
                    way: .command, at: clock.value)))
    }
    func unreviewed(_ name: String) -> Unreviewed? { loop.picture.unreviewed(service(name)) }
}
