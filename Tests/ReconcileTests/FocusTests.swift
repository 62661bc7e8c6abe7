import Fixtures
import Model
import Reconcile
import Testing

/// What a person wants of one run beyond what git says.
@Suite struct FocusTests {
    private func site() async throws -> (site: Site, stack: Stack) {
        let site = try Site()
        let stack = Stack(1)
        stack.prepare(site)
        site.commit(stack.manifests + [entry("other")])
        return (site, stack)
    }
    private func focus(_ targets: Set<ResourceID>? = nil, replacing: Set<ResourceID> = []) -> Focus {
        var focus = Focus()
        (focus.targets, focus.replacing) = (targets, replacing)
        return focus
    }

    @Test func `a target is made with all that it depends on, and nothing else is looked at`() async throws {
        let (site, stack) = try await site()
        site.loop.setFocus(focus([stack.job]))
        let steps = try await site.applied { try await site.run() }
        #expect(steps.map(\.id) == [stack.db, stack.job])
        #expect(
            !site.calls.observed.contains(service("other")) && !site.calls.observed.contains(stack.service))
        #expect(site.loop.picture.focused == [stack.kv, stack.role, stack.db, stack.job])
        site.loop.setFocus(Focus())
        try await site.resync()
        try await site.settle()
        #expect(stack.faults(in: site).isEmpty)
        #expect(site.snapshot.registry.entries["shop-other"] != nil)
    }

    @Test func `taking a target away takes along who was made to refer to it, and no more`() async throws {
        let (site, stack) = try await site()
        try await site.settle()
        site.commit(removed: stack.ids.union([service("other")]))
        site.loop.setFocus(focus([stack.job]))
        let steps = try await site.applied { try await site.settle() }
        #expect(Set(steps.map(\.id)) == [stack.gateway, stack.service, stack.job])
        #expect(site.snapshot.registry.entries["shop-other"] != nil)
    }

    @Test func `what is to be made anew is replaced once, and its dependants follow`() async throws {
        let (site, stack) = try await site()
        try await site.settle()
        let before = site.snapshot.cloud.objects
        site.loop.setFocus(focus(replacing: [stack.db, service("other")]))
        let steps = try await site.applied {
            try await site.resync()
            try await site.settle()
        }
        let verbs = steps.filter { $0.id == stack.db }.map(\.verb)
        #expect(verbs == [.delete, .create])
        #expect(steps.filter { $0.id == service("other") }.map(\.verb) == [.delete, .create])
        #expect(Set(site.snapshot.cloud.objects.keys).isDisjoint(with: before.keys))
        #expect(stack.faults(in: site).isEmpty)
        #expect(try await site.applied { try await site.resync() }.isEmpty)
    }

    @Test func `what is recorded can be believed, and drift is then not seen`() async throws {
        let (site, stack) = try await site()
        try await site.settle()
        try site.restart()
        site.drift("other")
        var believing = Focus()
        believing.refreshes = false
        site.loop.setFocus(believing)
        let changed = entry("new")
        site.commit([changed])
        let steps = try await site.applied { try await site.run() }
        #expect(steps.map(\.id) == [changed.id])
        #expect(!site.calls.observed.contains(stack.db))
        #expect(site.calls.observed.contains(changed.id), "what is new could be there already")
    }
}
