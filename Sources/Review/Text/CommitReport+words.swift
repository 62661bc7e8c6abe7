import Model

extension CommitReport {
    /// The one line that answers what became of the commit: `job/web failed`, `converged after 3.1 s`.
    var headline: String {
        let failed = failures.map { $0.named(in: project) }
        switch state {
        case .pending:
            let (ready, all) = readiness
            return all == 0 ? "in progress" : "in progress: \(ready) of \(all) ready"
        case .converged: return "converged" + after
        case .failed:
            return failed.isEmpty ? "failed" + after : "\(listed(failed)) failed"
        case .overtaken: return "overtaken by a newer commit" + after
        case .refused:
            let count = counted(problems.count, "problem")
            return "refused" + (problems.isEmpty ? "" : ": \(count)") + ", nothing of it is applied"
        }
    }
    private var after: String {
        endedAt.map { " after \(startedAt.elapsed(until: $0))" } ?? ""
    }
    /// How many resources are ready, of all.
    var readiness: (ready: Int, all: Int) {
        layers.reduce((0, 0)) { ($0.0 + $1.ready, $0.1 + $1.ready + $1.inProgress + $1.failed) }
    }
    /// What has failed and has not been mended since.
    var failures: [ResourceID] {
        let gone = Set(resources.filter { $0.kind == .failed || $0.kind == .uncertain }.map(\.id))
        return gone.union(held.filter { $0.kind.isFailure }.map(\.id)).sorted()
    }

    /// `4 changed, 1 failed, 1 waits, 2 in progress, 1 drifted, 95 ready`
    var summary: String {
        let changed = resources.count { $0.kind.isDone }
        let waiting = held.count { !$0.kind.isFailure } + notStarted.count
        let counts = [
            (changed, "changed"), (failures.count, "failed"), (waiting, agreeing(waiting, "waits", "wait")),
            (inProgress.count, "in progress"), (drift.count, "drifted"), (readiness.ready, "ready"),
        ]
        return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}

extension HistoryLine {
    /// `by grace: plan 7d4fa1c092be, merged as https://… showed it, approved in a comment at 2026-11-21 14:02:11 UTC`
    var reviewWords: String {
        let what = message?.safeLines(atMost: 2).joined(separator: " ") ?? ""
        return person.map { "by \($0.safeForDisplay): \(what)" } ?? what
    }
}

extension HistoryLine.Kind {
    /// The resource is another one since.
    var isDone: Bool {
        switch self {
        case .created, .updated, .replaced, .deleted, .adopted, .moved, .forgotten, .settled: true
        default: false
        }
    }
    /// As a report marks it.
    var mark: String {
        switch self {
        case .created, .adopted: "+"
        case .deleted, .forgotten: "-"
        case .replaced: "-/+"
        case .failed, .uncertain: "!"
        default: "~"
        }
    }
}

extension ReportedChange.Field {
    /// `"0666" → "0644"`; one side where there is only one.
    var words: String { [before, after].filter { !$0.isEmpty }.joined(separator: " → ") }
}
