import Manifests
package import Model
package import Repository
import Synchronization

/// A source as a preview reads it: `reader` at the commit that the picture has, or one that has read nothing yet.
package struct PreviewedSource: Sendable {
    package var reader: SourceReader
    /// Its folder in the repository.
    package var folder: String

    package init(_ reader: SourceReader, folder: String) { (self.reader, self.folder) = (reader, folder) }
}

/// One source's loads: `base` where the picture may not have it yet, and what differs from that with the merge.
package struct PreviewedLoad: Sendable {
    package var base: Load?
    package var merged: Load
    package var place: @Sendable (ResourceID) -> ManifestLocation?

    package init(
        base: Load?, merged: Load, place: @escaping @Sendable (ResourceID) -> ManifestLocation? = { _ in nil }
    ) {
        (self.base, self.merged, self.place) = (base, merged, place)
    }
    var source: String { merged.source }
    /// Whose manifests the merge touches.
    var affected: Set<ResourceID> { merged.removed.union(merged.manifests.keys) }
}

/// Finds out what a merge would do: on copies of what the loop knows, beside it, and by engines that are only asked to
/// observe and to plan.
package struct Previewer: Sendable {
    private let engines: [String: any Engine]
    private let policy: Policy
    private let limits: PreviewLimits
    private let now: @Sendable () -> Int

    package init(
        engines: [String: any Engine], policy: Policy = Policy(), limits: PreviewLimits = PreviewLimits(),
        now: @escaping @Sendable () -> Int
    ) {
        (self.engines, self.policy, self.limits, self.now) = (engines, policy, limits, now)
    }

    /// What a merge of git would do.
    /// - Parameter looksAtAll: observes every resource of the sources, where no loop did; otherwise only what the merge
    ///   affects and nobody has looked at.
    package func preview(
        _ merge: Merge, of sources: [PreviewedSource], over picture: Picture, looksAtAll: Bool = false
    ) async throws(PreviewFailure) -> Preview {
        try await limited { () async throws(PreviewFailure) in
            var preview = Preview(Revision(merge.base), Revision(merge.head), over: picture, at: now())
            guard merge.conflicts.isEmpty else {
                preview.conflicts = merge.conflicts
                return preview
            }
            preview.tree = merge.tree.description
            var loads: [PreviewedLoad] = []
            for source in sources.sorted(by: { $0.reader.settings.name < $1.reader.settings.name }) {
                loads.append(try await read(source, merge))
            }
            return try await fill(preview, with: loads, looksAtAll: looksAtAll)
        }
    }

    /// What other loads would do: those of the base, and after them those of the merge.
    package func preview(
        _ loads: [PreviewedLoad], base: Revision, head: Revision, over picture: Picture,
        looksAtAll: Bool = false
    ) async throws(PreviewFailure) -> Preview {
        try await limited { () async throws(PreviewFailure) in
            let preview = Preview(base, head, over: picture, at: now())
            return try await fill(preview, with: loads, looksAtAll: looksAtAll)
        }
    }

    private func limited(
        _ body: @escaping @Sendable () async throws(PreviewFailure) -> Preview
    ) async throws(PreviewFailure) -> Preview {
        let time = limits.time
        let result = await withTaskGroup(of: Result<Preview, PreviewFailure>.self) { group in
            group.addTask {
                do throws(PreviewFailure) { return .success(try await body()) } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await Task.sleep(for: time)
                return .failure(.overtime(time))
            }
            let first = await group.next() ?? .failure(.overtime(time))
            group.cancelAll()
            return first
        }
        if Task.isCancelled { throw .ended }
        return try result.get()
    }

    private func fill(
        _ empty: Preview, with loads: [PreviewedLoad], looksAtAll: Bool
    ) async throws(PreviewFailure) -> Preview {
        var preview = empty
        let total = loads.reduce(0) { $0 + $1.merged.manifests.count + $1.merged.removed.count }
        guard total <= limits.resources else {
            throw PreviewFailure(
                .limit,
                "the merge changes \(total) resources, and a preview looks at \(limits.resources) at most",
                hint: "merge it in parts, or raise the limit of previews in the controller's configuration")
        }
        let count = CallCount()
        let asked = engines.mapValues { PreviewEngine($0, count) }
        (preview.before, preview.after) = await plan(
            loads, over: preview.before, by: asked, looksAtAll: looksAtAll)
        if Task.isCancelled { throw .ended }
        let blind = asked.compactMapValues(\.blindness)
        preview.sources = loads.map { load in
            var comparison = PictureComparison(
                load.source, before: preview.before, after: preview.after, affected: load.affected,
                blind: blind)
            comparison.place(load.place)
            return comparison.preview
        }
        (preview.endedAt, preview.calls) = (now(), count.calls.withLock { $0 })
        return preview
    }

    private func read(_ source: PreviewedSource, _ merge: Merge) async throws(PreviewFailure) -> PreviewedLoad
    {
        do throws(GitError) {
            var reader = source.reader
            let base = try await reader.read(
                merge.repository, at: merge.base.id, folder: source.folder, as: Revision(merge.base))
            let before = reader
            let revision = Revision(
                id: merge.tree.description, summary: merge.head.summary, author: merge.head.author,
                time: merge.head.time)
            let merged = try await reader.read(
                merge.repository, at: merge.tree, folder: source.folder, as: revision, limits: limits)
            let after = reader
            return PreviewedLoad(base: base, merged: merged) {
                after.location(of: $0) ?? before.location(of: $0)
            }
        } catch {
            throw PreviewFailure(error)
        }
    }

    /// What is known at the base, and what would be with the merge. Both see the same of the world.
    private func plan(
        _ loads: [PreviewedLoad], over picture: Picture, by engines: [String: any Engine], looksAtAll: Bool
    ) async -> (before: Picture, after: Picture) {
        var before = picture
        before.becomePreview()
        for load in loads { if let base = load.base { before.take(base, now: now()) } }
        before.takeWithheld(now: now())
        if looksAtAll {
            for load in loads { before.markStale(before.idsBySource[load.source]) }
        }
        var after = before
        for load in loads { after.take(load.merged, now: now()) }
        let unseen = after.stale.filter(before.lacksSight)
        if !unseen.isEmpty || before.isUnsettled {
            // First what is so without the merge, so that both see it alike.
            before.markStale(unseen)
            await settle(&before, by: engines)
            after = before
            for load in loads { after.take(load.merged, now: now()) }
        }
        after.takeWithheld(now: now())
        await settle(&after, by: engines)
        await follow(&before, &after, by: engines)
        before.tally(policy: policy, now: now())
        after.tally(policy: policy, now: now())
        return (before, after)
    }

    /// Observes what nobody has looked at and plans, until nothing new comes up.
    private func settle(_ picture: inout Picture, by engines: [String: any Engine]) async {
        for _ in 0..<8 where !Task.isCancelled {
            await picture.observe(with: engines, policy: policy, now: now())
            await picture.plan(with: engines, policy: policy, now: now())
            guard picture.isUnsettled else { return }
        }
    }

    /// Whoever refers to what changes and was not looked at yet is, in both.
    private func follow(
        _ before: inout Picture, _ after: inout Picture, by engines: [String: any Engine]
    ) async {
        var visited: Set<ResourceID> = []
        while !Task.isCancelled {
            var unseen: Set<ResourceID> = []
            for id in after.changes where visited.insert(id).inserted {
                for other in after.nodes[id]?.dependants ?? [] where after.lacksSight(of: other) {
                    unseen.insert(other)
                }
            }
            guard !unseen.isEmpty else { return }
            before.markStale(unseen.filter(before.lacksSight))
            after.markStale(unseen)
            await settle(&before, by: engines)
            await settle(&after, by: engines)
        }
    }
}

extension Picture {
    /// What others were about to look at is none of a preview's business.
    mutating func becomePreview() {
        isPreview = true
        stale = []
        happenings = []
    }

    fileprivate var isUnsettled: Bool { !stale.isEmpty || !dirty.isEmpty }

    fileprivate func lacksSight(of id: ResourceID) -> Bool {
        guard let node = nodes[id] else { return false }
        return node.manifest != nil && node.seen == nil && node.unanswered == nil && node.held == nil
    }
}

extension PreviewFailure {
    fileprivate static let ended = PreviewFailure(.cancelled, "the preview was ended")
    fileprivate static func overtime(_ time: Duration) -> PreviewFailure {
        let words = Span(milliseconds: Int(time / .milliseconds(1)))
        return PreviewFailure(
            .limit, "it took more than \(words)",
            hint: "merge it in parts, or raise the limit of previews in the controller's configuration")
    }
}
