import Model
package import Reconcile
package import Store
import Synchronization

/// Keeps what was last seen of each source's commit, so that its report can still say what waited for what once the
/// source is at another one. What happened is history, which needs no keeping.
package final class ReportKeeper: Sendable {
    private struct State {
        /// Of the pass that goes on.
        var happenings: [Happening] = []
        /// Sources that something happened in since they were last looked at.
        var touched: Set<String> = []
        /// Not looked at before, by source: milliseconds since 1970.
        var next: [String: Int] = [:]
        /// Seen, and not written yet.
        var seen: [CommitReport] = []
    }
    private let store: Store
    private let now: @Sendable () -> Int
    private let state = Mutex(State())
    private let (wakeups, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Milliseconds between two looks, unless a commit has come to another state; and a look takes the loop this part of
    /// its time at most.
    private static let (pause, share) = (5000, 50)
    /// A report that needs more is kept without its fields.
    private static let maxBytes = 256 << 10

    package init(_ store: Store, now: @escaping @Sendable () -> Int) { (self.store, self.now) = (store, now) }

    /// What was recorded; called by the loop.
    @Sendable package func happened(_ happenings: [Happening]) {
        state.withLock { $0.happenings += happenings }
    }

    /// The end of a pass; called by the loop, which waits.
    @Sendable package func ended(_ picture: Picture) {
        let now = now()
        let due = state.withLock { state in
            var urgent: Set<String> = []
            for happening in state.happenings {
                guard let (source, isUrgent) = happening.subject(in: picture) else { continue }
                state.touched.insert(source)
                if isUrgent { urgent.insert(source) }
            }
            state.happenings = []
            let due = state.touched.filter { urgent.contains($0) || now >= state.next[$0] ?? 0 }
            state.touched.subtract(due)
            return due
        }
        for source in due {
            let seen = CommitReport.seen(of: source, in: picture, now: now)
            let cost = self.now() - now
            state.withLock { state in
                state.next[source] = now + max(Self.pause, cost * Self.share)
                for report in seen {
                    state.seen.removeAll { $0.source == report.source && $0.commit.id == report.commit.id }
                }
                state.seen += seen
            }
        }
        if !due.isEmpty { wake.yield() }
    }

    /// Writes what was seen, until it is cancelled; `failed` is told what keeps it from that.
    package func run(failed: @escaping @Sendable (StoreError) -> Void) async {
        let writer = ReportWriter(self)
        for await _ in wakeups { await writer.write(failed) }
    }

    /// Writes what was seen and is not written yet. Blocks.
    package func flush() throws(StoreError) {
        let seen = state.withLock { state in
            defer { state.seen = [] }
            return state.seen
        }
        for report in seen {
            guard let stored = try store.report(source: report.source, commit: report.commit.id) else {
                continue
            }
            var whole = try CommitReport(stored, in: store, now: report.madeAt.milliseconds)
            whole.take(report)
            guard let body = whole.bytes(atMost: Self.maxBytes) else { continue }
            try store.setBody(body, ofReport: stored.number)
        }
    }
}

/// The thread that the store's calls block.
private actor ReportWriter {
    private let keeper: ReportKeeper
    private let queue = StoreQueue(label: "martlet.reports")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(_ keeper: ReportKeeper) { self.keeper = keeper }
    func write(_ failed: @Sendable (StoreError) -> Void) {
        do throws(StoreError) { try keeper.flush() } catch { failed(error) }
    }
}

extension CommitReport {
    /// How a source's commit stands, and the one that it refuses; without what happened.
    fileprivate static func seen(of source: String, in picture: Picture, now: Int) -> [CommitReport] {
        guard let record = picture.sources[source]?.record else { return [] }
        func report(_ commit: String, _ state: State) -> CommitReport {
            var report = CommitReport(
                0, source: source, project: source, commit: ReportedCommit(commit, ""), state,
                startedAt: Timestamp(milliseconds: now), madeAt: Timestamp(milliseconds: now))
            report.look(at: picture, now: now)
            return report
        }
        let refused = record.refusedCommit.map { report($0, .refused) }
        return [record.commit.isEmpty ? nil : report(record.commit, .pending), refused].compactMap(\.self)
    }

    /// How things stood, out of a report of the same commit.
    fileprivate mutating func take(_ seen: CommitReport) {
        (project, madeAt, layers, held) = (seen.project, seen.madeAt, seen.layers, seen.held)
        (inProgress, notStarted, deletes) = (seen.inProgress, seen.notStarted, seen.deletes)
        (warnings, problems) = (seen.warnings, seen.problems)
    }

    /// With all its resources, without their fields, or without what else can be told shortly; nil where even that is
    /// too much.
    fileprivate func bytes(atMost limit: Int) -> [UInt8]? {
        var (bare, short) = (self, self)
        for index in bare.resources.indices { bare.resources[index].fields = [] }
        for index in bare.drift.indices { bare.drift[index].fields = [] }
        (short.resources, short.drift, short.inProgress, short.notStarted) = ([], [], [], [])
        short.leftOut += resources.count
        short.held = Array(held.prefix(20))
        return [self, bare, short].lazy.compactMap { try? $0.json() }.first { $0.utf8.count <= limit }
            .map { Array($0.utf8) }
    }
}

extension Happening {
    /// Whom it is about, and whether a commit has come to another state.
    fileprivate func subject(in picture: Picture) -> (source: String, isUrgent: Bool)? {
        func of(_ id: ResourceID) -> (String, Bool)? { picture.nodes[id]?.source.map { ($0, false) } }
        return switch self {
        case .commit(let source, _, _), .refused(let source, _, _): (source, true)
        case .forced(let source, _), .relocated(let source, _, _), .waiting(let source, _): (source, false)
        case .ended(_, let source, _, _), .resumed(_, let source, _, _), .forgotten(_, let source):
            (source, false)
        case .approved(let approval): (approval.source, false)
        case .merged(let preview, _): (preview.source, false)
        case .released(let source, _, _): (source, false)
        case .moved(_, let id), .drifted(let id, _, _), .adopted(let id), .held(let id, _, _),
            .uncertain(let id, _), .asked(let id, _, _):
            of(id)
        }
    }
}
