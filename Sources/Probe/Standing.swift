/// What is known of something after some answers: it takes `passes` healthy ones in a row, or `failures` others, to
/// change it, so that a flap is nobody's news.
package struct Standing: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        /// Not enough answers yet.
        case unknown
        case healthy
        /// The cause is that of the answer which decided.
        case unhealthy(String)
    }
    package private(set) var verdict = Verdict.unknown
    /// Answers in a row that speak against the verdict.
    private var passed = 0
    private var failed = 0

    package init() {}

    /// Whether the verdict has changed.
    package mutating func take(_ answer: ProbeAnswer, _ probe: Probe) -> Bool {
        let before = verdict
        switch answer {
        case .healthy:
            (passed, failed) = (min(passed + 1, probe.passes), 0)
            if passed >= probe.passes { verdict = .healthy }
        case .unhealthy(let cause):
            (passed, failed) = (0, min(failed + 1, probe.failures))
            if case .unhealthy = before { return false }
            if failed >= probe.failures { verdict = .unhealthy(cause) }
        }
        return verdict != before
    }
}
