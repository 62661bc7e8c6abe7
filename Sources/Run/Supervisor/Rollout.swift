import Model

/// What a job's instances need next: what is asked for, what there is and the time in, actions out. It does nothing
/// itself, remembers nothing, and reads no clock. Times are milliseconds of one clock that never goes back.
///
/// It never stops a healthy instance where that would leave fewer than `count - maxParallel`, and never starts one
/// where more than `count + maxParallel` would be there.
struct Rollout: Hashable, Sendable {
    var goal: Goal
    /// How far the goal's version has come; another version's is over.
    var deployment: Deployment
    /// The last version of which all instances were healthy.
    var stable: String?
    var instances: [Instance]

    /// What is asked for.
    struct Goal: Hashable, Sendable {
        var version: String
        var count: Int
        var maxParallel = 1
        var minHealthyTime = 0
        var healthyDeadline = 300_000
        var progressDeadline = 600_000
        var autoRevert = false
        /// Whether a new instance may be there beside the one it replaces; not where they need the same port.
        var startsFirst = true
        /// Ends by itself, and is done when it has ended well.
        var isBatch = false
        /// Stopped by a person, or removed: nothing may be there.
        var isStopped = false
    }

    struct Instance: Hashable, Sendable {
        enum Phase: Hashable, Sendable {
            /// It runs, begins to, or will be started again.
            case live
            /// It was told to go, and still holds what it has.
            case leaving
            /// Ended well, and was to end.
            case completed
            /// Not started again: why.
            case failed(String)
        }
        /// Counts a job's instances, from 1; never used twice.
        var serial: Int
        var version: String
        var phase = Phase.live
        var startedAt: Int
        /// Nil while it is not healthy.
        var healthySince: Int?
        /// Was healthy for `minHealthyTime` once.
        var hasProved = false
        /// What was last wrong with it.
        var problem: String?
    }

    struct Deployment: Hashable, Sendable, Codable {
        enum Outcome: Hashable, Sendable, Codable {
            case running, succeeded
            case failed(String)
        }
        var version: String
        /// When it began, or one more instance proved healthy.
        var progressAt: Int
        /// How many instances have proved healthy at most.
        var proved = 0
        var outcome = Outcome.running

        init(of version: String, at now: Int) { (self.version, progressAt) = (version, now) }
    }

    enum Action: Hashable, Sendable {
        case start(version: String)
        case stop(serial: Int)
        /// It is over, and no longer of interest.
        case discard(serial: Int)
    }

    struct Decision: Hashable, Sendable {
        var deployment: Deployment
        var stable: String?
        /// Serials of instances that have been healthy for long enough.
        var proved: Set<Int> = []
        var actions: [Action] = []
        /// When to ask again, though nothing has happened; nil for never.
        var due: Int?
    }
}

extension Rollout {
    /// Whether the goal's version failed, and what runs instead.
    var isReverted: Bool { revertsTo != nil }

    private var revertsTo: String? {
        guard case .failed = deployment.outcome, deployment.version == goal.version, goal.autoRevert,
            let stable, stable != goal.version
        else { return nil }
        return stable
    }

    func decide(at now: Int) -> Decision {
        var rollout = self
        if deployment.version != goal.version { rollout.deployment = Deployment(of: goal.version, at: now) }
        var decision = Decision(deployment: rollout.deployment, stable: stable)
        decision.proved = rollout.prove(at: now)
        if !goal.isStopped { rollout.judge(at: now) }
        (decision.deployment, decision.stable) = (rollout.deployment, rollout.stable)
        decision.actions = rollout.actions
        decision.due = rollout.due(after: now)
        return decision
    }

    private mutating func prove(at now: Int) -> Set<Int> {
        var proved: Set<Int> = []
        for index in instances.indices where instances[index].phase == .live && !instances[index].hasProved {
            guard let since = instances[index].healthySince, since + goal.minHealthyTime <= now else {
                continue
            }
            instances[index].hasProved = true
            proved.insert(instances[index].serial)
        }
        return proved
    }

    private mutating func judge(at now: Int) {
        guard deployment.outcome == .running else { return }
        let own = instances.filter { $0.version == goal.version && $0.phase != .leaving }
        for case (let serial, .failed(let problem)) in own.map({ ($0.serial, $0.phase) }) {
            deployment.outcome = .failed("instance \(serial): \(problem)")
            return
        }
        let done = own.count { goal.isBatch ? $0.phase == .completed : $0.hasProved }
        if done > deployment.proved { (deployment.proved, deployment.progressAt) = (done, now) }
        if done >= goal.count {
            deployment.outcome = .succeeded
            stable = goal.version
        } else if !goal.isBatch, let problem = lateness(of: own, at: now) {
            deployment.outcome = .failed(problem)
        }
    }

    private func lateness(of own: [Instance], at now: Int) -> String? {
        if let late = own.first(where: { !$0.hasProved && $0.startedAt + goal.healthyDeadline <= now }) {
            let limit = Span(milliseconds: goal.healthyDeadline)
            return "instance \(late.serial) was not healthy within \(limit)"
                + (late.problem.map { ": \($0)" } ?? "")
        }
        guard deployment.progressAt + goal.progressDeadline <= now else { return nil }
        return "no instance became healthy within \(Span(milliseconds: goal.progressDeadline))"
    }

    /// Only moments that are still to come: what was due has been decided.
    private func due(after now: Int) -> Int? {
        guard !goal.isStopped else { return nil }
        var moments = instances.filter { $0.phase == .live && !$0.hasProved }.compactMap { instance in
            instance.healthySince.map { $0 + goal.minHealthyTime }
        }
        if deployment.outcome == .running, !goal.isBatch {
            moments.append(deployment.progressAt + goal.progressDeadline)
            moments += instances.filter { $0.phase == .live && $0.version == goal.version && !$0.hasProved }
                .map { $0.startedAt + goal.healthyDeadline }
        }
        return moments.filter { $0 > now }.min()
    }

    private var actions: [Action] {
        if goal.isStopped { return stopAll() }
        if goal.isBatch { return replaceBatch() }
        if case .failed = deployment.outcome, revertsTo == nil { return shedSurplus(of: nil) }
        return replace(with: revertsTo ?? goal.version)
    }
}
