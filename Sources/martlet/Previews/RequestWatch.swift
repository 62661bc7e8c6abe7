import Foundation
import HTTPClient
import Logging
import Review
import Store
import Synchronization

/// Watches the open requests of one repository at its forge, and keeps one comment and one status at each: when a webhook
/// names a request, when their base has moved, and by itself from time to time, so that a lost webhook only costs time. What
/// the forge is to be told goes through the outbox. The loop is never waited for, and never waits.
actor RequestWatch {
    /// What it needs of its surroundings.
    struct Surroundings: Sendable {
        var controller: String
        /// As the configuration names it.
        var repository: String
        /// Branches that a source follows; requests to others change nothing here.
        var bases: Set<String>
        var settings: Configuration.PreviewSettings
        var interval: Duration
        var url: String?
        var make: PreviewMaker
        var show: PreviewShower
        var approve: PreviewApprover
        var release: PlanReleaser
        /// A request was closed: whether it was merged.
        var closed: @Sendable (_ preview: StoredPreview, _ isMerged: Bool) async -> Void
        /// The requests whose heads are kept, and no more of one.
        var kept: @Sendable () -> [Int]
        var forget: @Sendable (_ number: Int) -> Void
        /// Something was put into the outbox.
        var told: @Sendable () -> Void
        /// Milliseconds since 1970.
        var now: @Sendable () -> Int
    }
    struct Asked: Sendable {
        /// Of requests.
        var numbers: Set<Int> = []
        var wantsAll = false
        /// Where branches stand, where one of them stands otherwise than before.
        var tips: [String: Tip]?
        mutating func add(_ other: Asked) {
            numbers.formUnion(other.numbers)
            (wantsAll, tips) = (wantsAll || other.wantsAll, other.tips ?? tips)
        }
    }
    /// Where a branch stands, as the loop follows it.
    struct Tip: Sendable, Hashable {
        var commit: String
        /// When the last of its sources had done, or given up, what the commit asks for: what waited then no longer does.
        /// Milliseconds since 1970.
        var settledAt = 0
    }
    /// A preview that waits for its turn, or is being made.
    struct Run: Sendable {
        /// Told from an earlier one of the same request by this.
        var id: Int
        var isActive = false
        /// Its base has moved since it began.
        var isStale = false
        /// Nobody asked for it: what comes out as before is not told again.
        var isQuiet = false
        var stop: AsyncStream<Void>.Continuation?
    }

    let surroundings: Surroundings
    let forge: Forge
    let store: Store
    let logger: Logger
    private let client: HTTPClient
    private let queue: StoreQueue
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }
    private nonisolated let asked = Mutex(Asked())
    private nonisolated let followed = Mutex<[String: Tip]>([:])
    private nonisolated let (wakeups, wakeup) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// By number, without reports.
    var previews: [Int: StoredPreview] = [:]
    var requests: [Int: ChangeRequest] = [:]
    var runs: [Int: Run] = [:]
    /// Numbers whose preview waits for its turn.
    var line: [Int] = []
    var lastRun = 0
    /// How many are being made, those too that were told to end and have not yet.
    var busy = 0
    /// How often a preview was tried in a row without an outcome.
    var attempts: [Int: Int] = [:]
    /// How often in a row a request could not be looked at, by its number.
    var stumbles: [Int: Int] = [:]
    /// What was found in the place of our own comment last, and mended.
    var strange: [Int: String] = [:]
    /// Closed, and by their heads it may yet be found out what was merged: how often the list was read since.
    var leaving: [Int: Int] = [:]
    /// Of requests that were merged, the last comment that was heeded.
    var heard: [Int: Int] = [:]
    /// Milliseconds since 1970.
    let began: Int
    /// What is to be asked again, and after how long.
    var alarms: [(after: Duration, Asked)] = []
    private var failures = 0
    /// Until when the forge is not to be asked; milliseconds since 1970.
    private var pausedUntil = 0

    init(_ forge: Forge, client: HTTPClient, store: Store, logger: Logger, _ surroundings: Surroundings) {
        (self.forge, self.client, self.store, self.surroundings) = (forge, client, store, surroundings)
        began = surroundings.now()
        var logger = logger
        logger[metadataKey: "repository"] = "\(surroundings.repository)"
        self.logger = logger
        queue = StoreQueue(label: "martlet.previews.\(surroundings.repository)")
    }

    /// A webhook says that something happened to a request.
    nonisolated func look(at number: Int) { ask(Asked(numbers: [number])) }
    /// Branches stand so: what was previewed on others is previewed again, once, however often it is said meanwhile.
    nonisolated func follow(_ tips: [String: Tip]) {
        let isNew = followed.withLock { followed in
            defer { followed = tips }
            return followed != tips
        }
        if isNew { ask(Asked(tips: tips)) }
    }
    nonisolated func ask(_ more: Asked) {
        asked.withLock { $0.add(more) }
        wakeup.yield()
    }

    /// Until cancelled.
    func run() async {
        recall()
        ask(Asked(wantsAll: true))
        await withDiscardingTaskGroup { group in
            group.addTask { [interval = surroundings.interval] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: interval * Double.random(in: 0.9...1.1))
                    if !Task.isCancelled { self.ask(Asked(wantsAll: true)) }
                }
            }
            for await _ in wakeups {
                if Task.isCancelled { break }
                await turn()
                for (number, run) in startable() { group.addTask { await self.preview(number, run) } }
                for alarm in alarms { group.addTask { await self.ring(alarm.1, after: alarm.after) } }
                alarms = []
                measure()
            }
            group.cancelAll()
        }
    }

    private func ring(_ asked: Asked, after time: Duration) async {
        try? await Task.sleep(for: time)
        if !Task.isCancelled { ask(asked) }
    }

    /// What earlier runs of the controller left.
    private func recall() {
        keeping { () throws(StoreError) in
            for preview in try store.previews(of: surroundings.repository) {
                previews[preview.request] = preview
            }
        }
    }

    private func turn() async {
        var left = asked.withLock { asked in
            defer { asked = Asked() }
            return asked
        }
        if let tips = left.tips.take() { previewAgain(on: tips) }
        guard left.wantsAll || !left.numbers.isEmpty else { return }
        let wait = pausedUntil - surroundings.now()
        guard wait <= 0 else {
            // What was paused for rings again when it is over.
            return asked.withLock { $0.add(left) }
        }
        do throws(ForgeFailure) {
            var troubles = 0
            if left.wantsAll {
                try await lookAtAll(&troubles)
                left.wantsAll = false
            }
            for number in left.numbers.sorted() {
                try await isolated(number, &troubles) { () async throws(ForgeFailure) in
                    try await lookAt(number)
                }
                left.numbers.remove(number)
            }
            failures = 0
        } catch {
            postpone(left, error)
        }
    }

    /// Nothing of what was asked is lost. A rate limit is waited for; else it is tried soon, and then less and less often.
    private func postpone(_ left: Asked, _ failure: ForgeFailure) {
        failures += 1
        let asks = [failure.sending.pause, failure.sending.retryAfter].compactMap(\.self).max()
        let usual = min(Duration.seconds(2) * (1 << min(failures - 1, 10)), surroundings.interval)
        let wait = min(asks ?? usual, .seconds(86_400))
        pausedUntil = surroundings.now() + Int(wait / .milliseconds(1))
        var metadata: Logger.Metadata = [
            "cause": "\(failure.words)", "seconds": "\(wait.components.seconds)",
        ]
        if let hint = failure.sending.hint { metadata["hint"] = "\(hint)" }
        logger.warning("requests not looked at, tried again later", metadata: metadata)
        asked.withLock { $0.add(left) }
        alarms.append((wait + .milliseconds(5), Asked()))
    }

    var courier: Courier {
        Courier(
            now: surroundings.now(), userAgent: "martlet/\(Martlet.version)",
            http: { [client] request throws(HTTPError) in try await client.send(request) })
    }

    /// A database that can't be written now is said, and the next look finds the same again.
    func keeping(_ body: () throws(StoreError) -> Void) {
        do throws(StoreError) { try body() } catch {
            logger.error("preview not kept", metadata: ["cause": "\(error.description)"])
            alarms.append((.seconds(10), Asked(wantsAll: true)))
        }
    }

    /// Keeps what is known of a request, with what is told of it.
    func keep(_ preview: StoredPreview, _ messages: [OutboxMessage]) {
        keeping { () throws(StoreError) in
            try store.keep(preview, telling: messages)
            var known = preview
            known.body = []
            previews[preview.request] = known
        }
        if !messages.isEmpty { surroundings.told() }
    }
}
