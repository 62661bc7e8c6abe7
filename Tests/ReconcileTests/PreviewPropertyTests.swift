import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// A preview and what is done after the merge, for any site and any change of it.
@Suite("What was previewed is what is done", .timeLimit(.minutes(2))) struct PreviewPropertyTests {
    /// A site with some past, and what somebody wants to merge.
    private struct Case {
        let site: Site
        var changed: [Manifest] = []
        var removed: Set<ResourceID> = []
        init(seed: UInt64) async throws {
            var random = Seeded(seed)
            site = try Site()
            var stacks = (1...Int.random(in: 1...4, using: &random)).map(Stack.init)
            for stack in stacks { stack.prepare(site) }
            site.commit(stacks.flatMap(\.manifests))
            try await site.settle()
            for index in stacks.indices {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: stacks[index].size += 1
                case 1: stacks[index].name += "x"
                case 2: stacks[index].image = "web:\(Int.random(in: 2...9, using: &random))"
                case 3: (stacks[index].count, stacks[index].port) = (stacks[index].count + 1, 9090)
                case 4:
                    removed.formUnion(stacks[index].ids)
                    continue
                case 5: (stacks[index].createFirst, stacks[index].name) = (false, stacks[index].name + "y")
                default: break
                }
                changed += stacks[index].manifests
            }
            if Bool.random(using: &random) {
                let stack = Stack(9)
                stack.prepare(site)
                changed += stack.manifests
            }
            // The world may have moved, and the loop has seen it and may not mend it yet.
            if Bool.random(using: &random) {
                site.cluster.state.withLock { state in
                    guard var version = state.jobs["shop-web1"]?.current else { return }
                    (version.image, version.deployment) = ("by-hand", .successful)
                    _ = state.register("shop-web1", version, ifIndex: nil)
                }
                site.record.refusing.withLock {
                    $0[ResourceID("job", "shop", "web1")] = EngineError(.retry, "not now")
                }
                try await site.resync()
                site.record.refusing.withLock { $0 = [:] }
            }
        }
    }

    @Test(arguments: Seeded.seeds(40))
    func `applying the merge makes exactly the previewed changes`(seed: UInt64) async throws {
        let state = try await Case(seed: seed)
        let site = state.site
        let world = site.snapshot
        let preview = try await site.preview(state.changed, removed: state.removed)
        #expect(site.snapshot == world, "seed \(seed)")
        let source = try #require(preview["shop"])
        let before = Set(source.drifted + source.pending)
        let told = site.told.happenings.count
        site.commit(state.changed, removed: state.removed)
        try await site.settle(16)
        var done: [ResourceID: Change] = [:]
        for happening in site.told.happenings.dropFirst(told) {
            guard case .ended(let step, _, let change?, .done) = happening, done[step.id] == nil else {
                continue
            }
            done[step.id] = change
        }
        let planned = Dictionary(source.plan.entries.map { ($0.id, $0.change) }) { first, _ in first }
        for (id, change) in done where !before.contains(id) {
            // Who follows others' outputs may only be known once these are.
            let (old, new) = (preview.before.nodes[id]?.manifest, preview.after.nodes[id]?.manifest)
            let isSame = old.map { old in new.map(old.asksForTheSame) ?? false } ?? false
            if planned[id] == nil, isSame, change.action == .update { continue }
            let shown = try #require(planned[id], "seed \(seed): \(id) was \(change.action) and never shown")
            #expect(shown.action == change.action, "seed \(seed): \(id)")
            for field in change.fields {
                let told = shown.fields.first { $0.path == field.path }
                #expect(
                    told.map { !$0.after.isKnown || $0.after == field.after } ?? !shown.fields.isEmpty,
                    "seed \(seed): \(id) \(field.path)")
            }
        }
        for (id, change) in planned where change.fields.allSatisfy({ $0.after.isKnown && $0.before.isKnown })
        {
            #expect(done[id] != nil, "seed \(seed): \(id) was shown and never done")
        }
        // And again nothing is left that the merge would do.
        let again = try #require(try await site.preview(state.changed, removed: state.removed)["shop"])
        #expect(again.plan.entries.isEmpty, "seed \(seed): \(again.plan.entries.map(\.id))")
    }

    /// Who asks twice is told the same; whatever drifts meanwhile changes no digest.
    @Test(arguments: Seeded.seeds(20))
    func `its digest is of what the merge causes, and of nothing else`(seed: UInt64) async throws {
        let state = try await Case(seed: seed)
        let first = try await state.site.preview(state.changed, removed: state.removed)
        state.site.clock.advance()
        let again = try await state.site.preview(state.changed, removed: state.removed)
        #expect(first["shop"]?.digest == again["shop"]?.digest, "seed \(seed)")
    }
}
