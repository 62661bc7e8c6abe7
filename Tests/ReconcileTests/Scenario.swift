import Fixtures
import Model
import Reconcile
import Store
import Synchronization

/// A seeded history of commits, drifts, faults and crashes over a few stacks.
struct Scenario {
    let site: Site
    private(set) var stacks: [Stack], gone: [Stack] = [], crashes = 0
    private var random: Seeded
    private let foreign: Site.Snapshot

    init(seed: UInt64) throws {
        site = try Site()
        random = Seeded(seed)
        stacks = (1...Int.random(in: 1...3, using: &random)).map(Stack.init)
        for stack in stacks { stack.prepare(site) }
        let stranger = Cloud.Object(type: "database", attributes: ["name": "db1", "token": ""])
        site.cloud.state.withLock { $0.objects["db-foreign"] = stranger }
        site.disk.files.withLock { $0["/etc/passwd"] = "root" }
        site.registry.state.withLock {
            _ = $0.put("legacy", Registry.Entry(fields: [:], owner: nil), ifIndex: 0)
        }
        site.cluster.state.withLock { _ = $0.register("legacy", Cluster.Version(), ifIndex: 0) }
        site.cluster.tick()
        site.server.state.withLock { $0.leases["theirs"] = "x" }
        foreign = site.snapshot
        site.commit(stacks.flatMap(\.manifests))
    }

    /// Runs the history; `limits` are the numbers of journal appends and engine calls after which the process dies.
    mutating func run(steps: Int, crashingAfter limits: [Int] = []) async throws {
        var limits = limits[...]
        try site.start(Fuse(limit: limits.popFirst() ?? .max))
        for step in 0...steps {
            if step > 0 { happen() }
            do { try await turn() } catch is Crash {}
            if site.fuse.isBlown {
                crashes += 1
                try site.start(Fuse(limit: limits.popFirst() ?? .max))
            }
        }
        // The process dies once more, always: what follows is known from worlds and journal alone.
        try site.start()
        site.inbox.post(.sync(source: nil))
        try await site.settle(16)
        try await site.resync()
        try await site.settle(16)
    }
    private mutating func turn() async throws {
        if Bool.random(using: &random) { site.inbox.post(.sync(source: nil)) }
        try await site.run()
        if Bool.random(using: &random) { site.cluster.tick() }
        site.clock.advance()
        try await site.run()
    }

    private mutating func happen() {
        guard let index = stacks.indices.randomElement(using: &random) else { return comeBack() }
        let (site, entry, path) = (site, stacks[index].entry, stacks[index].path)
        let owned =
            site.snapshot.cloud.objects.first { $0.value.tags["owner"] == "\(stacks[index].db)" }?.key ?? ""
        switch Int.random(in: 0..<20, using: &random) {
        case 0: stacks[index].size += 1
        case 1, 2: stacks[index].name += "x"
        case 3:
            (stacks[index].createFirst, stacks[index].name) = (
                !stacks[index].createFirst, stacks[index].name + "y"
            )
        case 4: stacks[index].image = "web:\(Int.random(in: 2...9, using: &random))"
        case 5:
            (stacks[index].count, stacks[index].port) = (1 + stacks[index].count % 3, stacks[index].port + 1)
        case 6:
            gone.append(stacks.remove(at: index))
            return site.commit(removed: gone[gone.count - 1].ids)
        case 7: return comeBack()
        case 8: site.cloud.state.withLock { $0.objects[owned]?.attributes["size"] = "77" }
        case 9: site.cloud.state.withLock { $0.objects[owned] = nil }
        case 10:
            site.cluster.state.withLock { state in
                guard var version = state.jobs[entry]?.current else { return }
                (version.image, version.deployment) = ("by-hand", .running)
                _ = state.register(entry, version, ifIndex: nil)
            }
        case 11: site.cluster.state.withLock { $0.jobs[entry] = nil }
        case 12: site.cluster.state.withLock { if $0.jobs[entry] != nil { $0.place(entry) } }
        case 13: site.registry.state.withLock { $0.entries[entry]?.fields["port"] = .int(1) }
        case 14: site.registry.state.withLock { $0.entries[entry] = nil }
        case 15: site.disk.files.withLock { if $0[path] != nil { $0[path]! += "# by hand\n" } }
        case 16: site.server.rotate("kv/\(stacks[index].number)")
        case 17: site.server.rotate("role/\(stacks[index].number)")
        case 18:
            stacks[index].name += "t"
            let name = stacks[index].name
            site.cloud.state.withLock { _ = $0.failing.insert(name) }
        default: site.record.losing.withLock { _ = $0.insert(site.calls.applied.count + 1) }
        }
        site.commit(stacks[index].manifests)
    }
    private mutating func comeBack() {
        guard let stack = gone.popLast() else { return }
        stacks.append(stack)
        site.commit(stack.manifests)
    }

    /// Everything that is not as it must be at the end.
    func faults() async throws -> [String] {
        var faults = stacks.flatMap { $0.faults(in: site) } + gone.flatMap { $0.remains(in: site) }
        let now = site.snapshot
        if now.cloud.objects["db-foreign"] != foreign.cloud.objects["db-foreign"] {
            faults.append("foreign database")
        }
        if now.files["/etc/passwd"] != "root" { faults.append("foreign file") }
        if now.registry.entries["legacy"] != foreign.registry.entries["legacy"] {
            faults.append("foreign entry")
        }
        if now.cluster.jobs["legacy"] != foreign.cluster.jobs["legacy"] { faults.append("foreign job") }
        if now.secrets.leases["theirs"] == nil { faults.append("foreign lease") }
        let owned = now.cloud.objects.values.filter { $0.tags["owner"] != nil }.count
        if owned != stacks.count { faults.append("\(owned) databases for \(stacks.count) stacks") }
        if try !site.store.ledger().unanswered.isEmpty { faults.append("unanswered steps") }
        faults += site.problems.map { "\($0.key): \($0.value)" }
        let steps = try await site.applied { try await site.resync() }
        faults +=
            steps.map { "still to do: \($0.verb) \($0.id)" } + site.calls.planned.map { "planned: \($0)" }
        return faults
    }
}
