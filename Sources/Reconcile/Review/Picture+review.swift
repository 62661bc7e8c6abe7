package import Model
import Repository
package import Store

extension Picture {
    /// What `id`'s pending change has that was not reviewed and must be; nil where it may start without a person's word.
    package func unreviewed(_ id: ResourceID) -> Unreviewed? {
        guard let node = nodes[id], let pending = node.pending, let name = node.source,
            sources[name]?.needsReview ?? false
        else { return nil }
        return unreviewed(id, node, pending, of: name)
    }

    /// The newest request that shows just what waits of `id` and does not count: nobody has approved it or, where that is not
    /// asked for, it was not merged as it was shown.
    package func uncounted(_ id: ResourceID) -> ShownPreview? {
        guard let node = nodes[id], let pending = node.pending, let name = node.source,
            let rule = sources[name]?.policy.review
        else { return nil }
        return (previews[name] ?? [:]).values.filter { !counts($0, under: rule) }
            .sorted { $0.shownAt > $1.shownAt }
            .first { preview in
                preview.plan.changes.contains { $0.id == id && pending.unreviewed(after: [$0]) == nil }
            }
    }

    /// What a person has to approve first.
    package func awaitingReview(of source: String) -> [ResourceID] {
        changes.filter { blockers(of: $0).contains(.review(source: source)) }.sorted()
    }

    /// A review binds what git asks for. What follows others' outputs, or mends drift, is not asked again, unless it
    /// would delete or replace.
    func unreviewed(_ id: ResourceID, _ node: Node, _ pending: Pending, of source: String) -> Unreviewed? {
        let isUnchanged = node.manifest != nil && node.manifest?.counted == node.record?.manifest
        if isUnchanged && !pending.change.destroys || pending.isDeposed { return nil }
        let word = decisions[id.description]?[.approve].flatMap { ReviewedChange(id, text: $0.value) }
        return pending.unreviewed(after: (word.map { [$0] } ?? []) + (reviewed[source]?[id] ?? []))
    }

    /// SHA-256 over what a review of the source covers: 64 hex digits.
    package func planDigest(of source: String) -> String {
        plan { $0.source == source && !($0.pending?.isDeposed ?? true) }.digest
    }

    /// Whether somebody other than its author has approved it.
    package func isApproved(_ preview: ShownPreview) -> Bool {
        approvals.contains { $0.source == preview.source && $0.allows(preview) }
    }

    /// Whether somebody who writes in comments asks, in a request, for any of what waits in a source.
    package func isAsking(_ person: String, id: String = "", ofWhatWaitsIn source: String) -> Bool {
        let ids = Set(awaitingReview(of: source))
        return (previews[source] ?? [:]).values.contains { preview in
            preview.isAsked(by: person, id: id, .comment)
                && preview.plan.changes.contains { ids.contains($0.id) }
        }
    }

    /// What may be applied of a source as it was shown.
    private func counts(_ preview: ShownPreview, under rule: ReviewRule) -> Bool {
        rule == .merged && preview.isMerged || isApproved(preview)
    }

    /// Finds anew what counts as reviewed: after a preview or a word came or went, or the rule changed.
    mutating func countReviews(of source: String) {
        var changes: [ResourceID: [ReviewedChange]] = [:]
        // Another history than before is nothing that was shown.
        if let state = sources[source], state.record?.trusted == nil, let rule = state.policy.review {
            for preview in (previews[source] ?? [:]).values where counts(preview, under: rule) {
                // What was not known then may be anything, as long as it comes of what was merged.
                for change in preview.plan.changes
                where !preview.spent.contains(change.id) && (preview.isMerged || change.isKnown) {
                    changes[change.id, default: []].append(change)
                }
            }
        }
        reviewed[source] = changes.isEmpty ? nil : changes
        for id in changes.keys { consider(id) }
    }

    /// Takes what a request was said to change, in place of what was said before. What of it is in force stays as it was
    /// when it was merged.
    mutating func show(_ shown: [ShownPreview], of request: String) {
        let names = Set(shown.map(\.source))
        for source in previews.keys.sorted() where !names.contains(source) { unshow(request, of: source) }
        for preview in shown where sources[preview.source]?.isConfigured ?? false {
            guard previews[preview.source]?[request]?.isMerged != true else { continue }
            note(.shown(preview))
            for old in (previews[preview.source] ?? [:]).values
            where !old.isMerged && old.shownAt < preview.shownAt - ShownPreview.lifetime {
                note(.ended(source: old.source, request: old.request))
            }
            countReviews(of: preview.source)
        }
    }

    /// A request is gone. What of it is in force already stays.
    mutating func unshow(_ request: String) {
        for source in previews.keys.sorted() { unshow(request, of: source) }
    }
    private mutating func unshow(_ request: String, of source: String) {
        guard previews[source]?[request]?.isMerged == false else { return }
        note(.ended(source: source, request: request))
        countReviews(of: source)
    }

    mutating func keep(_ approval: PlanApproval) {
        note(.approved(approval))
        happenings.append(.approved(approval))
        countReviews(of: approval.source)
    }

    /// What was shown of requests to a source, and is not in force, as far as anybody knows.
    func unmerged(of source: String) -> [ShownPreview] {
        (previews[source] ?? [:]).values.filter { !$0.isMerged }.sorted { $0.request < $1.request }
    }

    /// A new commit stands: what of it was shown before counts from here on.
    mutating func merge(_ load: Load) {
        for preview in (previews[load.source] ?? [:]).values where preview.isMerged {
            for change in preview.plan.changes
            where !change.isKnown && (load.manifests[change.id] != nil || load.removed.contains(change.id)) {
                note(.spent(source: load.source, request: preview.request, change.id))
            }
        }
        for var preview in unmerged(of: load.source) where preview.isFound(in: load.merged) {
            preview.isMerged = true
            // A later commit may have made something else of what was not known.
            if load.merged.standing.isDisjoint(with: preview.footprint) {
                preview.spent.formUnion(preview.plan.changes.filter { !$0.isKnown }.map(\.id))
            }
            note(.shown(preview))
            guard let rule = sources[load.source]?.policy.review, counts(preview, under: rule) else {
                continue
            }
            let words = approvals.filter { $0.source == preview.source && $0.allows(preview) }
            happenings += words.isEmpty ? [.merged(preview, nil)] : words.map { .merged(preview, $0) }
        }
        countReviews(of: load.source)
    }

    /// A change of `id` was carried out: what was reviewed of it is done.
    mutating func spendReviews(of id: ResourceID, in source: String) {
        guard reviewed[source]?.removeValue(forKey: id) != nil, let rule = sources[source]?.policy.review
        else { return }
        for preview in (previews[source] ?? [:]).values
        where counts(preview, under: rule) && preview.plan.changes.contains(where: { $0.id == id }) {
            note(.spent(source: source, request: preview.request, id))
            if preview.plan.changes.allSatisfy({ $0.id == id || preview.spent.contains($0.id) }) {
                note(.ended(source: source, request: preview.request))
            }
        }
    }

    /// The source has converged: of what was merged only that is left whose turn has not come.
    mutating func endReviews(of source: String) {
        for preview in (previews[source] ?? [:]).values where preview.isMerged {
            let left = preview.plan.changes.contains {
                nodes[$0.id]?.pending != nil && !preview.spent.contains($0.id)
            }
            if !left { note(.ended(source: source, request: preview.request)) }
        }
        countReviews(of: source)
    }

    /// The source is gone.
    mutating func forgetReviews(of source: String) {
        (previews[source], reviewed[source]) = (nil, nil)
        approvals.removeAll { $0.source == source }
    }

    private mutating func note(_ entry: ReviewEntry) {
        reviewEntries.append(entry)
        switch entry {
        case .shown(let preview): previews[preview.source, default: [:]][preview.request] = preview
        case .spent(let source, let request, let id): previews[source]?[request]?.spent.insert(id)
        case .ended(let source, let request): previews[source]?[request] = nil
        case .approved(let approval): approvals.append(approval)
        }
    }
}

extension ShownPreview {
    /// What it is known by in whatever commit brings it.
    fileprivate var footprint: Set<String> { Set([tree, delta, head]).subtracting([""]) }

    func isFound(in merged: Footprints) -> Bool { !merged.found.isDisjoint(with: footprint) }

    /// Milliseconds after which a request that was never merged is no longer waited for.
    static let lifetime = 90 * 86_400_000

    /// Forges take names in any case, and let people take another. Who says so by command may have more to their name:
    /// `ann over the socket`.
    package func isAsked(by person: String, id: String = "", _ way: PlanApproval.Way) -> Bool {
        if way == .comment, !id.isEmpty, id == authorID { return true }
        let (author, person) = (author.lowercased(), person.lowercased())
        return author == person || way == .command && person.hasPrefix("\(author) ")
    }
}

extension PlanApproval {
    /// Nobody approves what they ask for themselves.
    package func allows(_ preview: ShownPreview) -> Bool {
        digest == preview.plan.digest && requests.contains(preview.request)
            && !preview.isAsked(by: by, id: userID, way)
    }
}
