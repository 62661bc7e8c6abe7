import Model
import Reconcile
import Store
import Synchronization
import Testing

struct Crash: Error {}

/// Burns at every journal append and engine call; blown, it lets nothing through.
final class Fuse: Sendable {
    private let state: Mutex<(burnt: Int, limit: Int)>
    init(limit: Int = .max) { state = Mutex((0, limit)) }
    var isBlown: Bool { state.withLock { $0.burnt > $0.limit } }
    func burn() throws {
        let isBlown = state.withLock {
            $0.burnt += 1
            return $0.burnt > $0.limit
        }
        if isBlown { throw Crash() }
    }
}

/// An engine whose calls are counted, and can crash, lose an answer, or be broken for some resources.
struct Watched: SecretEngine {
    struct Calls {
        var observed: [ResourceID] = [], planned: [ResourceID] = [], applied: [Step] = [], read = 0
    }
    final class Record: Sendable {
        let calls = Mutex(Calls()), broken = Mutex<Set<ResourceID>>([]), unseen = Mutex<Set<ResourceID>>([])
        let losing = Mutex<Set<Int>>([])
        let beforeApply = Mutex<(@Sendable (Step) async -> Void)?>(nil)
        let beforePlan = Mutex<(@Sendable (Target) async -> Void)?>(nil)
        /// Their steps make nothing.
        let refusing = Mutex<[ResourceID: EngineError]>([:])
        let most = Mutex((now: 0, ever: 0))
    }
    let engine: any Engine, fuse: Fuse, record: Record
    static let crashed = EngineError(.retry, "the process is dead")

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        guard (try? fuse.burn()) != nil else { return [:] }
        record.calls.withLock { $0.observed += targets.map(\.id) }
        var answers = await engine.observe(targets)
        for id in record.broken.withLock(\.self) where answers[id] != nil {
            answers[id] = .failure(EngineError(.retry, "poison"))
        }
        for id in record.unseen.withLock(\.self) { answers[id] = nil }
        return answers
    }
    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        record.calls.withLock { $0.planned.append(target.id) }
        await record.beforePlan.withLock(\.self)?(target)
        guard (try? fuse.burn()) != nil else { throw Self.crashed }
        return try await engine.plan(target, over: observation, secrets: secrets)
    }
    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        await record.beforeApply.withLock(\.self)?(step)
        guard (try? fuse.burn()) != nil else { return .failed(Self.crashed) }
        let count = record.calls.withLock {
            $0.applied.append(step)
            return $0.applied.count
        }
        if let error = record.refusing.withLock({ $0[step.id] }) { return .failed(error) }
        record.most.withLock { $0 = ($0.now + 1, max($0.ever, $0.now + 1)) }
        defer { record.most.withLock { $0.now -= 1 } }
        let outcome = await engine.apply(step, secrets: secrets)
        let isLost = record.losing.withLock { $0.remove(count) != nil }
        guard (try? fuse.burn()) != nil, !isLost else { return .unanswered(Self.crashed) }
        return outcome
    }
    func events() -> AsyncStream<Event> { engine.events() }
    func read(_ handle: SecretHandle, of observation: Observation, lease: Lease?)
        async throws(EngineError) -> SecretValue
    {
        guard (try? fuse.burn()) != nil, let engine = engine as? any SecretEngine else { throw Self.crashed }
        record.calls.withLock { $0.read += 1 }
        let value = try await engine.read(handle, of: observation, lease: lease)
        guard (try? fuse.burn()) != nil else { throw Self.crashed }
        return value
    }
    func revoke(_ lease: Lease) async throws(EngineError) {
        guard (try? fuse.burn()) != nil, let engine = engine as? any SecretEngine else { throw Self.crashed }
        try await engine.revoke(lease)
    }
}

/// Five worlds, a journal, and the loop over them.
final class Site {
    struct Snapshot: Hashable {
        var cloud: Cloud.State, secrets: SecretServer.State, registry: Registry.State, cluster: Cluster.State
        var files: [String: String], records: [ResourceID: Recorded]
    }
    let cloud = Cloud(), server = SecretServer(), registry = Registry(), cluster = Cluster(), disk = Disk()
    let shelf = Shelf()
    let clock = HandClock(), record = Watched.Record(), told = Told()
    /// Of this process: what was asked of an earlier one died with it.
    private(set) var inbox = Inbox()
    let policy: Policy, store: Store
    var sources: [String: SourcePolicy]
    private(set) var fuse = Fuse()
    var loop: Reconciler!
    var manifests: [ResourceID: Manifest] = [:]
    /// The commit that each source is at.
    private(set) var heads: [String: String] = [:]
    private var commits = 0

    init(
        policy: Policy = .forTests, maxDeletes: Int = .max, isReviewRequired: Bool = false,
        review: ReviewRule? = nil,
        others: [String] = []
    ) throws {
        self.policy = policy
        var shop = SourcePolicy(grants: Grants(projects: ["shop"]))
        (shop.maxDeletes, shop.review) = (
            DeleteBudget(fixed: maxDeletes), review ?? (isReviewRequired ? .approved : nil)
        )
        shop.grants.mayAdopt = true
        sources = ["shop": shop]
        for name in others { sources[name] = SourcePolicy(grants: Grants(projects: [name])) }
        store = try Store.inMemory()
        try start()
    }
    /// A new process: all memory is gone; worlds and journal are not. It finds a newer commit.
    func start(_ fuse: Fuse = Fuse()) throws {
        try boot(fuse)
        inbox.post(load(manifests.values.filter { $0.source == "shop" }, isWhole: true))
    }
    /// A new process, which loads again what was last good.
    func restart(_ fuse: Fuse = Fuse()) throws {
        try boot(fuse)
        for name in heads.keys where sources[name] != nil { reload(name) }
    }
    /// The whole of a source, at the commit it is at.
    func reload(_ source: String) {
        let all = manifests.values.filter { $0.source == source }
        let head = Revision(id: heads[source] ?? "")
        inbox.post(.load(Load(source: source, commit: head, manifests: all, isWhole: true)))
    }
    private func boot(_ fuse: Fuse) throws {
        self.fuse = fuse
        inbox = Inbox()
        loop = try makeLoop(fuse)
    }
    func makeLoop(_ fuse: Fuse = Fuse(), inbox: Inbox? = nil) throws -> Reconciler {
        let engines: [String: any Engine] = [
            "cloud": CloudEngine(cloud), "vault": SecretServerEngine(server),
            "consul": RegistryEngine(registry),
            "nomad": ClusterEngine(cluster), "gateway": GatewayEngine(disk),
            "shelf": ShelfEngine(shelf),
        ]
        let (clock, ledger, inbox) = (clock, try store.ledger(), inbox ?? self.inbox)
        let journal = try Journal(store, ledger: ledger, beforeAppend: { try fuse.burn() })
        return Reconciler(
            ledger: ledger, journal: journal, inbox: inbox, sources: sources,
            engines: engines.mapValues { Watched(engine: $0, fuse: fuse, record: record) }, policy: policy,
            announcer: told.announcer, now: { clock.value })
    }
    var snapshot: Snapshot {
        Snapshot(
            cloud: cloud.state.withLock(\.self), secrets: server.state.withLock(\.self),
            registry: registry.state.withLock(\.self), cluster: cluster.state.withLock(\.self),
            files: disk.files.withLock(\.self), records: (try? records) ?? [:])
    }
    /// Commits a change, as the loader would: only what differs.
    func commit(_ changed: [Manifest] = [], removed: Set<ResourceID> = [], source: String = "shop") {
        for manifest in changed { manifests[manifest.id] = manifest }
        for id in removed { manifests[id] = nil }
        let isFirst = heads[source] == nil
        inbox.post(load(changed, removed: removed, isWhole: isFirst && source != "shop", source: source))
    }
    /// A load of a commit that is new each time.
    func load(
        _ manifests: some Sequence<Manifest>, removed: Set<ResourceID> = [], isWhole: Bool = false,
        problems: [Diagnostic] = [], source: String = "shop"
    ) -> Request {
        .load(loaded(manifests, removed: removed, isWhole: isWhole, problems: problems, source: source))
    }
    func loaded(
        _ manifests: some Sequence<Manifest>, removed: Set<ResourceID> = [], isWhole: Bool = false,
        problems: [Diagnostic] = [], source: String = "shop"
    ) -> Load {
        commits += 1
        let commit = Revision(id: "c\(commits)", summary: "commit \(commits)")
        if problems.isEmpty { heads[source] = commit.id }
        return Load(
            source: source, commit: commit, manifests: manifests, removed: removed, isWhole: isWhole,
            problems: problems)
    }
    func run() async throws {
        inbox.post(.timer)
        try await loop.run(untilIdle: true)
    }
    /// Lets time pass until nothing moves any more.
    func settle(_ rounds: Int = 12) async throws {
        for _ in 0..<rounds {
            try await run()
            cluster.tick()
            clock.advance()
        }
        try await run()
    }
    /// Looks at everything again, as a timer does.
    func resync() async throws {
        inbox.post(.sync(source: nil))
        try await loop.run(untilIdle: true)
    }
    func applied(during body: () async throws -> Void) async rethrows -> [Step] {
        record.calls.withLock { $0 = Watched.Calls() }
        try await body()
        return record.calls.withLock(\.applied)
    }
    var calls: Watched.Calls { record.calls.withLock(\.self) }
    var records: [ResourceID: Recorded] { get throws { try store.ledger().records } }
    /// Why nothing is done about what.
    var problems: [ResourceID: String] { loop.picture.nodes.compactMapValues(\.held?.error.message) }
}
