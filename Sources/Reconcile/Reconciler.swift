package import Model
package import Store

/// The loop. A pass never waits for health or for a slow step: it takes what is known, plans it, starts what can
/// start, and ends. Whatever happens next (an answer, a commit, an event, a timer) makes the next pass.
package struct Reconciler: Sendable {
    package internal(set) var picture: Picture
    package let inbox: Inbox
    package let engines: [String: any Engine]
    package let policy: Policy
    let journal: Journal
    let announcer: Announcer
    /// Called with the picture at the end of each pass; it must not keep it.
    let observer: @Sendable (Picture) -> Void
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int
    var inFlight = 0
    /// The number of the next step, for ever unique.
    var nextIntent: Int
    var isStopping = false
    /// Somebody has told it to stop.
    package var isStopped: Bool { isStopping }
    var sweep: Sweep
    /// This pass gives records other names.
    var isMoving = false
    /// To be recorded at the end of the pass, in this order.
    var entries: [Entry] = []

    package init(
        ledger: Ledger, journal: Journal, inbox: Inbox, sources: [String: SourcePolicy],
        engines: [String: any Engine],
        policy: Policy = Policy(),
        announcer: Announcer = .silent,
        observer: @escaping @Sendable (Picture) -> Void = { _ in }, now: @escaping @Sendable () -> Int
    ) {
        (self.journal, self.inbox, self.engines, self.policy) = (journal, inbox, engines, policy)
        (self.announcer, self.observer, self.now) = (announcer, observer, now)
        picture = Picture(ledger)
        picture.configure(sources)
        nextIntent = ledger.nextIntent
        sweep = Sweep(engines: engines.keys.sorted(), policy: policy, now: now())
    }

    /// Serves requests until told to stop (cancelling the task tells it), or, if `untilIdle`, until nothing is left to
    /// do at once. Steps that have begun are waited for and recorded. Throws when it can't record, or lost its term.
    /// - Parameter sleep: waits for so many milliseconds; nil where somebody else posts `.timer`.
    package mutating func run(untilIdle: Bool = false, sleep: (@Sendable (Int) async -> Void)? = nil)
        async throws
    {
        let inbox = inbox
        // On itself, never on a copy: with two owners of the picture, each change would copy all of it.
        try await withTaskCancellationHandler {
            try await serve(untilIdle: untilIdle, sleep: sleep)
        } onCancel: {
            inbox.post(.stop)
        }
    }

    private mutating func serve(untilIdle: Bool, sleep: (@Sendable (Int) async -> Void)?) async throws {
        let end: Result<Void, any Error> = await withDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            var timer: Int?
            while true {
                do { try await turn(&group) } catch { return .failure(error) }
                if !inbox.isEmpty || hasWork { continue }
                if (untilIdle || isStopping) && inFlight == 0 { return .success(()) }
                if let sleep, let next = nextDue(), timer.map({ next < $0 || $0 <= now() }) ?? true {
                    timer = next
                    let (inbox, pause) = (inbox, max(1, next - now()))
                    group.addTask {
                        await sleep(pause)
                        inbox.post(.timer)
                    }
                }
                await inbox.wait()
            }
        }
        try end.get()
    }

    private mutating func turn(_ group: inout DiscardingTaskGroup) async throws {
        let inbox = inbox
        for step in try await pass() {
            let secrets = secrets(for: step)
            guard let engine = engines[step.engine] else {
                inbox.post(.finished(step, .failed(.noEngine(step.engine, step.manifest?.layer))))
                continue
            }
            group.addTask {
                let start = ContinuousClock.now
                let outcome = await engine.apply(step, secrets: secrets)
                Stages.record(.apply, ContinuousClock.now - start)
                inbox.post(.finished(step, outcome))
            }
        }
    }

    private var hasWork: Bool {
        !picture.stale.isEmpty || !picture.dirty.isEmpty || canStartMore || picture.mayTakeWithheld
            || isMoving
    }
    private var canStartMore: Bool { inFlight < policy.width && !picture.candidates.isEmpty && !isStopping }

    /// When something is due by itself, in milliseconds since 1970.
    private mutating func nextDue() -> Int? {
        let progress = picture.progressing.isEmpty ? nil : now() + policy.progressInterval
        return [picture.due.next(), picture.resuming.next(), sweep.next, progress].compactMap(\.self).min()
    }

    /// One turn: requests → recover → observe → plan → gate → record → the steps that can start now.
    package mutating func pass() async throws -> [Step] {
        let requests = inbox.drain()
        let stages = Stages(waiting: requests.count)
        try await stages.time(.take) {
            for request in requests { try await take(request) }
            picture.takeWithheld(now: now())
            try await recover()
            noteMoves()
        }
        await stages.time(.observe) { await picture.observe(with: engines, policy: policy, now: now()) }
        await stages.time(.plan) { await picture.plan(with: engines, policy: policy, now: now()) }
        try await releaseLeases()
        keepAccepted()
        let steps = await stages.time(.gate) { isStopping ? [] : start() }
        picture.endDestroyed()
        picture.tally(policy: policy, now: now())
        try await stages.time(.record) { try await record() }
        stages.end(picture, inFlight: inFlight)
        picture.nextSweep = sweep.next
        observer(picture)
        return steps
    }

    /// What a person wants of the next run, before it begins.
    package mutating func setFocus(_ focus: Focus) { picture.focus = focus }

    /// What a load would change. Read-only by construction: a copy of the picture, and engines asked only to observe
    /// and plan.
    package func preview(_ loads: [Load]) async -> Picture {
        var copy = picture
        for load in loads { copy.take(load, now: now()) }
        await copy.observe(with: engines, policy: policy, now: now())
        await copy.plan(with: engines, policy: policy, now: now())
        copy.tally(policy: policy, now: now())
        return copy
    }

    /// After what was learned of the old names, and in one transaction with the commit that moves them: whoever comes
    /// after a crash begins with the commit that is recorded, and would prune the new names by an older one.
    private mutating func noteMoves() {
        isMoving = !picture.moves.isEmpty
        entries += picture.moves.map { Entry.moved(from: $0.from, to: $0.to) }
        picture.moves = []
    }

    /// One transaction for all that the pass has learned and is about to do.
    private mutating func record() async throws {
        var all = entries
        entries = []
        let happenings = picture.happenings
        let history = happenings.isEmpty ? [] : announcer.history(happenings, picture, now())
        let outbox = announcer.messages(happenings, picture, now())
        picture.happenings = []
        for name in picture.changedSources {
            if let source = picture.sources[name], source.record != nil {
                if source.isConfigured {
                    picture.sources[name]?.record?.grants = source.policy.grants
                    picture.sources[name]?.record?.repository = source.policy.origin
                }
                if let record = picture.sources[name]?.record { all.append(.source(record)) }
            } else {
                all.append(.sourceRemoved(name))
                picture.forgetReviews(of: name)
            }
        }
        picture.changedSources = []
        all += picture.withdrawn.map { Entry.withdrawn($0.kind, subject: $0.subject) }
        picture.withdrawn = []
        all += picture.reviewEntries.map(Entry.review)
        picture.reviewEntries = []
        try await journal.append(all, history: history, outbox: outbox)
        if !happenings.isEmpty { announcer.recorded(happenings) }
    }
}
