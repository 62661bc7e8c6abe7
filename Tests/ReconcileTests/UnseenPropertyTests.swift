import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// Whatever comes, in whatever order: no step makes of git's wishes what nobody saw.
@Suite struct Unseen {
    @Test(arguments: Seeded.seeds(20), [ReviewRule.merged, .approved])
    func `no change that nobody saw starts`(seed: UInt64, rule: ReviewRule) async throws {
        var history = try ReviewHistory(seed: seed, rule: rule)
        try await history.run(steps: 30)
        #expect(history.log.faults.withLock(\.self) == [])
        #expect(history.log.applied.withLock(\.self) > 0)
    }
}

/// What people have seen of each resource, written down as they see it, and held against each step that starts.
private final class ReviewLog: Sendable {
    struct Seen: Sendable {
        var values: [String: Set<Value>] = [:], mayGo = false
    }
    let seen = Mutex<[ResourceID: Seen]>([:])
    let faults = Mutex<[String]>([]), applied = Mutex(0)

    /// A step makes what was recorded before, or what was seen.
    func check(_ step: Step, _ record: Recorded?) {
        let what = seen.withLock { $0[step.id] } ?? Seen()
        applied.withLock { $0 += 1 }
        if step.verb == .delete {
            if !what.mayGo { faults.withLock { $0.append("delete \(step.id)") } }
            return
        }
        for (key, value) in step.desired?.fields ?? [:]
        where record?.spec[key] != value && what.values[key]?.contains(value) != true {
            faults.withLock { $0.append("\(step.verb) \(step.id) \(key): \(value)") }
        }
    }
    func see(_ request: MergeRequest) {
        seen.withLock { seen in
            for manifest in request.changed {
                for (key, value) in manifest.spec.resolved({ _ in .unknown }).fields {
                    seen[manifest.id, default: Seen()].values[key, default: []].insert(value)
                }
            }
            for id in request.removed { seen[id, default: Seen()].mayGo = true }
        }
    }
}

private struct ReviewHistory {
    let site: Site, rule: ReviewRule, log = ReviewLog()
    private var random: Seeded
    private var requests: [(request: MergeRequest, preview: ShownPreview)] = []
    private var number = 0

    init(seed: UInt64, rule: ReviewRule) throws {
        (self.rule, random) = (rule, Seeded(seed))
        site = try Site(review: rule)
        let (store, log) = (site.store, log)
        site.record.beforeApply.withLock { hook in
            hook = { step in log.check(step, try? store.ledger().records[step.id]) }
        }
    }

    mutating func run(steps: Int) async throws {
        site.commit((0..<4).map { entry("s\($0)", port: 1, tag: "t") })
        try await site.settle(2)
        try await release()
        for _ in 0..<steps {
            try await happen()
            site.clock.advance()
            try await site.run()
        }
    }

    private mutating func happen() async throws {
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1, 2: try await show()
        case 3, 4: merge(isWhole: true)
        case 5: merge(isWhole: false)
        case 6: approve()
        case 7: site.commit(change(), removed: removal())
        case 8: site.drift("s\(below(6))", to: .int(1 + below(4)))
        case 9: try await release()
        case 10: try site.restart()
        default:
            if let name = requests.randomElement(using: &random)?.request.name {
                site.inbox.post(.unshow(request: name))
            }
        }
        if Bool.random(using: &random) { site.inbox.post(.sync(source: nil)) }
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    private mutating func change() -> [Manifest] {
        let name = "s\(below(6))"
        return [entry(name, port: 1 + below(4), tag: ["t", "u", "v"][below(3)])]
    }
    private mutating func removal() -> Set<ResourceID> { below(4) == 0 ? [service("s\(below(6))")] : [] }

    private mutating func show() async throws {
        number += 1
        var request = MergeRequest(name: "\(number)", changed: change())
        request.removed = removal().subtracting(request.changed.map(\.id))
        requests.append((request, try await site.show(request)))
    }

    /// As it was shown, or with more in it that nobody saw.
    private mutating func merge(isWhole: Bool) {
        guard let index = requests.indices.randomElement(using: &random) else { return }
        var request = requests.remove(at: index).request
        if rule == .merged && isWhole { log.see(request) }
        if !isWhole {
            request.changed += change()
            request.removed.formUnion(removal())
        }
        request.removed.subtract(request.changed.map(\.id))
        site.merge(request, footprints: isWhole ? nil : ["another"])
    }

    private mutating func approve() {
        guard let one = requests.randomElement(using: &random) else { return }
        let isAuthor = below(3) == 0
        if !isAuthor { log.see(one.request) }
        site.approve(one.preview, by: isAuthor ? one.request.author : "bob")
    }

    /// An operator looks at all that waits.
    private func release() async throws {
        try await site.run()
        let manifests = site.manifests.values.filter { $0.source == "shop" }
        let gone = site.loop.picture.nodes.filter { $0.value.manifest == nil }.map(\.key)
        log.see(MergeRequest(name: "all", changed: Array(manifests), removed: Set(gone)))
        site.release()
        try await site.run()
    }
}
