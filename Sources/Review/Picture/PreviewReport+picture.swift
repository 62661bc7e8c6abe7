import Model
package import Reconcile

extension PreviewReport {
    /// What a preview found. `branch` is what the base was called: a name, or its id where it has none.
    package init(_ preview: Preview, controller: String?, branch: String?) {
        self.init(
            base: ReportedCommit(preview.base.id, preview.base.summary),
            branch: branch.flatMap { Self.name($0, of: preview.base.id) },
            head: ReportedCommit(preview.head.id, preview.head.summary), tree: preview.tree,
            madeAt: Timestamp(milliseconds: preview.endedAt),
            took: Elapsed(milliseconds: preview.endedAt - preview.startedAt))
        self.controller = controller
        calls = Calls(observed: preview.calls.observed, planned: preview.calls.planned)
        conflicts = preview.conflicts.map { ConflictedPath($0.path.safeForDisplay, $0.kind.words) }
        sources = preview.sources.map { Source($0, preview) }
    }

    /// Of a branch; not of a commit, and not what git's notation finds from elsewhere.
    private static func name(_ text: String, of id: String) -> String? {
        guard !id.hasPrefix(text), text != "HEAD", !text.contains(where: { "~^@{}:".contains($0) }) else {
            return nil
        }
        return text.hasPrefix("refs/heads/") ? String(text.dropFirst(11)) : text
    }
}

extension PreviewReport.Source {
    fileprivate init(_ source: SourcePreview, _ preview: Preview) {
        let (name, now) = (source.source, preview.endedAt)
        let place: (Manifest, FieldPath) -> ManifestLocation? = { manifest, _ in source.places[manifest.id] }
        let before = SourceView(preview.before, name, now: now, place: place)
        let after = SourceView(preview.after, name, now: now, place: place)
        self.init(name, project: after.project, folder: after.state?.policy.folder ?? "")
        problems = source.problems
        for entry in source.plan.entries {
            var resource = after.planned(entry.id, entry.change)
            if resource.place == nil { resource.place = source.places[entry.id] }
            resource.note = after.note(on: entry.id)
            if source.dependants.contains(entry.id) {
                dependants.append(resource)
            } else {
                changes.append(resource)
            }
        }
        if !source.following.isEmpty {
            following = source.following.map { following in
                Notice("once \(following.of.named(in: after.project)) has other instances", of: following.id)
            }
        }
        drifted = source.drifted.compactMap { before.change($0, where: \.isDrift) }
        pending = source.pending.compactMap { before.change($0, where: { !$0.isDrift }) }
        takenBack = source.takenBack.compactMap { before.change($0, where: { !$0.isDrift }) }
        failed = source.failed.compactMap { after.held($0) }
        unlooked = source.unlooked.map {
            Notice($0.reason.message.safeForDisplay, of: $0.id, hint: $0.reason.hint?.safeForDisplay)
        }
        deletes =
            source.plan.entries.contains { $0.change.action == .delete || $0.change.action == .replace }
            ? after.deletes : nil
        if !source.plan.digestInput.isEmpty { digest = source.digest }
        let ages = source.plan.entries.compactMap { preview.after.nodes[$0.id]?.seenAt }.filter { $0 > 0 }
        (observedFrom, observedTo) = (
            ages.min().map(Timestamp.init(milliseconds:)), ages.max().map(Timestamp.init(milliseconds:))
        )
    }
}

extension SourceView {
    /// The fields of a pending change that match.
    fileprivate func change(
        _ id: ResourceID, where isIncluded: (FieldChange) -> Bool
    ) -> PlannedResource? {
        guard let change = picture.nodes[id]?.pending?.change else { return nil }
        return planned(id, change, fields: change.fields.filter(isIncluded))
    }

    /// Why it is not done at once.
    fileprivate func note(on id: ResourceID) -> String? {
        let pending = picture.nodes[id]?.pending
        guard case .suspended(let reason, _)? = pending?.restraint else {
            let warnings = pending?.change.warnings ?? []
            return warnings.isEmpty ? nil : "warning: \(warnings.joined(separator: "; "))".safeForDisplay
        }
        return "suspended: \(reason)".safeForDisplay
    }
}

extension FieldChange {
    fileprivate var isDrift: Bool { cause == .drift || cause == .both }
}

extension MergeConflict.Kind {
    fileprivate var words: String {
        switch self {
        case .changedByBoth: "both sides changed it"
        case .addedByBoth: "both sides added it"
        case .removedByBase: "the base removed it, and the head changed it"
        case .removedByHead: "the head removed it, and the base changed it"
        }
    }
}
