package import Model
package import Store

extension Picture {
    /// What `id`'s pending change has that was not reviewed and must be; nil where it may start without a person's word.
    package func unreviewed(_ id: ResourceID) -> Unreviewed? {
        guard let node = nodes[id], let pending = node.pending, let name = node.source,
            sources[name]?.needsReview ?? false
        else { return nil }
        return unreviewed(id, node, pending, of: name)
    }

    /// What a person has to approve first.
    package func awaitingReview(of source: String) -> [ResourceID] {
        changes.filter { blockers(of: $0).contains(.review(source: source)) }.sorted()
    }

    /// A review binds what git asks for. What follows others' outputs, or mends drift, is not asked again, unless it
    /// would delete or replace.
    func unreviewed(_ id: ResourceID, _ node: Node, _ pending: Pending, of source: String) -> Unreviewed? {
        let isUnchanged = node.manifest != nil && node.manifest?.spec == node.record?.manifest
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

    /// Whether somebody asks, in a request, for any of what waits in a source.
    package func isAsking(_ person: String, ofWhatWaitsIn source: String) -> Bool {
        let ids = Set(awaitingReview(of: source))
        return (previews[source] ?? [:]).values.contains { preview in
            preview.isAsked(by: person) && preview.plan.changes.contains { ids.contains($0.id) }
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
                for change in preview.plan.changes where !preview.spent.contains(change.id) {
                    changes[change.id, default: []].append(change)
                }
            }
        }
        reviewed[source] = changes.isEmpty ? nil : changes
        for id in changes.keys { consider(id) }
    }

    /// Takes what a request was said to change. What of it is in force stays as it was when it was merged.
    mutating func show(_ preview: ShownPreview) {
        let before = previews[preview.source]?[preview.request]
        guard before?.isMerged != true, sources[preview.source]?.isConfigured ?? false else { return }
        note(.shown(preview))
        for old in (previews[preview.source] ?? [:]).values
        where !old.isMerged && old.shownAt < preview.shownAt - ShownPreview.lifetime {
            note(.ended(source: old.source, request: old.request))
        }
        countReviews(of: preview.source)
    }

    /// A request is gone. What of it is in force already stays.
    mutating func unshow(_ request: String) {
        for (source, shown) in previews where shown[request]?.isMerged == false {
            note(.ended(source: source, request: request))
            countReviews(of: source)
        }
    }

    mutating func keep(_ approval: PlanApproval) {
        note(.approved(approval))
        happenings.append(.approved(approval))
        countReviews(of: approval.source)
    }

    /// A new commit stands: what of it was shown before counts from here on.
    mutating func merge(_ load: Load) {
        for var preview in (previews[load.source] ?? [:]).values where !preview.isMerged {
            guard load.merged.contains(preview.tree) || load.merged.contains(preview.delta) else { continue }
            preview.isMerged = true
            note(.shown(preview))
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
    /// Milliseconds after which a request that was never merged is no longer waited for.
    static let lifetime = 90 * 86_400_000

    /// Forges take names in any case.
    package func isAsked(by person: String) -> Bool { author.lowercased() == person.lowercased() }
}

extension PlanApproval {
    /// Nobody approves what they ask for themselves.
    package func allows(_ preview: ShownPreview) -> Bool {
        digest == preview.plan.digest && !preview.isAsked(by: by)
    }
}
