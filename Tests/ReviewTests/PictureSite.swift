import Model
import Reconcile
import Review
import Store
import Synchronization

/// The real loop over a world of tests, with all that it has told.
final class PictureSite {
    final class Log: Sendable {
        let happenings = Mutex<[Happening]>([])
        let messages = Mutex<[OutboxMessage]>([])
        let now = Mutex(Example.now.milliseconds)
    }
    let world = World(), inbox = Inbox(), store: Store, log = Log()
    var sources: [String: SourcePolicy] = [:]
    var url: String?
    var forges: [String: String] = [:]
    var targets = [Subscription(target: "ops")]
    private(set) var loop: Reconciler!
    private var loads: [String: Load] = [:]

    init(sources names: [String] = ["shop"], maxDeletes: Int? = nil, isReviewRequired: Bool = false) throws {
        store = try Store.inMemory()
        for name in names {
            var policy = SourcePolicy(grants: Grants(projects: [name]))
            policy.grants.mayAdopt = true
            if let maxDeletes { policy.maxDeletes = DeleteBudget(fixed: maxDeletes) }
            policy.review = isReviewRequired ? .approved : nil
            sources[name] = policy
        }
        try start()
    }

    /// A new process. With a width of 0 it plans and applies nothing.
    func start(width: Int = 8) throws {
        var policy = Policy()
        (policy.firstRetry, policy.longestRetry, policy.width) = (2000, 2000, width)
        (policy.sweepInterval, policy.random) = (.max / 4, { 0 })
        let (ledger, log) = (try store.ledger(), log)
        let told = Announcer.reports(
            controller: "shop-prod", url: url,
            to: Audience(
                targets, forges: forges, told: try store.told(of: Set(targets.map(\.target) + forges.values)))
        )
        loop = Reconciler(
            ledger: ledger, journal: try Journal(store, ledger: ledger), inbox: inbox, sources: sources,
            engines: ["host": FileEngine(world: world), "sealed": SecretsEngine(world: world)],
            policy: policy,
            announcer: Announcer(
                messages: { happenings, picture, now in
                    log.happenings.withLock { $0 += happenings }
                    let messages = told.messages(happenings, picture, now)
                    log.messages.withLock { $0 += messages }
                    return messages
                }, history: told.history),
            now: { log.now.withLock(\.self) })
        for load in loads.values.sorted(by: { $0.source < $1.source }) {
            var whole = load
            whole.isWhole = true
            inbox.post(.load(whole))
        }
    }

    var now: Int { log.now.withLock(\.self) }
    func pass(seconds: Int) { log.now.withLock { $0 += seconds * 1000 } }
    func run() async throws {
        inbox.post(.timer)
        try await loop.run(untilIdle: true)
    }
    func look() async throws {
        inbox.post(.sync(source: nil))
        try await run()
    }

    /// A commit of a whole source, and all that follows from it at once.
    func commit(
        _ commit: ReportedCommit, _ manifests: [Manifest], source: String = "shop",
        problems: [Diagnostic] = []
    ) async throws {
        let revision = Revision(
            id: commit.id, summary: commit.title, author: "ann", time: now / 1000 - 2)
        let load = Load(
            source: source, commit: revision, manifests: manifests, isWhole: true, problems: problems)
        if problems.isEmpty { loads[source] = load }
        inbox.post(.load(load))
        try await run()
    }

    /// In the order in which they were put into the outbox.
    var messages: [OutboxMessage] { log.messages.withLock(\.self) }
    var picture: Picture { loop.picture }
}

extension PictureSite {
    static func place(_ manifest: Manifest, _ field: FieldPath) -> ManifestLocation? {
        ManifestLocation(file: manifest.file, line: 4 + field.components.count, column: 1)
    }

    func status() -> String {
        StatusReport(
            picture, controller: nil, nextSweep: now + 46_000, now: now, place: Self.place
        ).text(Style(width: 80))
    }
    func plan() -> String {
        PlanReport(
            picture, source: "shop", controller: nil, now: now, observedAt: now - 200, place: Self.place
        )
        .text(Style(width: 80))
    }
    func drift() -> String {
        DriftReport(picture, source: "shop", controller: nil, now: now, place: Self.place)
            .text(Style(width: 80))
    }
    func table() -> String { ResourceTable(picture, now: now).text(Style(width: 120)) }
    func get(_ id: ResourceID) throws -> String {
        let history = try store.history(resource: id)
        return ResourceReport(picture, id: id, history: history, now: now, place: Self.place)?
            .text(Style(width: 80)) ?? "nothing is known of \(id)\n"
    }
    func history() throws -> String {
        // What happens at one moment has no order.
        var runs: [[HistoryEvent]] = []
        for event in try store.history(source: "shop") {
            if let last = runs.last?.last, last.time == event.time {
                runs[runs.count - 1].append(event)
            } else {
                runs.append([event])
            }
        }
        let events = runs.flatMap { run in
            run.sorted {
                ($0.resource?.description ?? "", $0.kind.rawValue)
                    < ($1.resource?.description ?? "", $1.kind.rawValue)
            }
        }
        return HistoryReport(events: events, source: "shop", project: "shop", now: now)
            .text(Style(width: 100))
    }
    func apply(_ end: ApplyReport.End, since started: Int) -> String {
        let happenings = log.happenings.withLock(\.self).sorted { $0.order < $1.order }
        return ApplyReport(
            "shop", picture: picture, happenings: happenings, started: started, end: end,
            now: now, place: Self.place
        ).text(Style(width: 80))
    }
    func bodies() -> String {
        messages.map { String(decoding: $0.body, as: UTF8.self) + "\n" }.joined()
    }
}

extension Happening {
    /// What runs side by side ends in any order.
    fileprivate var order: String {
        switch self {
        case .ended(let step, _, _, _): "0 \(step.id)"
        default: "1"
        }
    }
}

/// Manifests as the loader would make them.
enum Wanted {
    static func id(_ name: String) -> ResourceID { ResourceID("infrastructure", "shop", name) }
    static let secret = ResourceID("secret", "shop", "db")

    static func file(
        _ name: String, content: Expression.Part = .literal("hello"), mode: String = "0644",
        dependsOn: Set<ResourceID> = [], source: String = "shop",
        _ change: (inout ReconcileOptions) -> Void = { _ in }
    ) -> Manifest {
        var options = ReconcileOptions()
        change(&options)
        let text: Expression =
            switch content {
            case .literal(let text): .literal(.string(text))
            default: .text([.literal("password="), content])
            }
        let config = Expression(folding: [
            "path": .literal(.string("/srv/\(name)")), "content": text, "mode": .literal(.string(mode)),
        ])
        return Manifest(
            ResourceID("infrastructure", source, name), source: source, layer: .provision, engine: "host",
            type: "file",
            spec: Expression(folding: [
                "provider": .literal(.string("host")), "type": .literal(.string("file")), "config": config,
            ]), dependsOn: dependsOn, options: options, file: "infra/\(name).yaml")
    }
    static let job = Manifest(
        ResourceID("job", "shop", "web"), source: "shop", layer: .run, engine: "",
        spec: Expression(folding: [
            "type": .literal(.string("service")), "count": .literal(.int(2)),
            "task": Expression(folding: [
                "command": .literal(.string("/usr/bin/web")),
                "env": Expression(folding: ["PASSWORD": .reference(Reference(secret, FieldPath("password")))]
                ),
            ]),
        ]), file: "run/web.yaml")
    static let password = Expression.Part.reference(Reference(secret, FieldPath("password")))
    static let database = Manifest(
        secret, source: "shop", layer: .secure, engine: "sealed",
        spec: .literal(.map(["store": .string("sealed"), "path": .string("shop/db")])),
        file: "secrets/db.yaml")
}
