package import HTTPClient
import ServiceLifecycle

/// What became of a message, for logs and metrics. Names and causes only.
package enum WebhookNotice: Hashable, Sendable {
    case delivered(target: String, id: String, attempts: Int)
    case failed(target: String, id: String, error: String, nextAttempt: Int)
    case gaveUp(target: String, id: String, error: String)
    /// It answered 410 Gone: nothing more is sent to it until the configuration is loaded again.
    case disabled(target: String)
    /// The outbox itself can't be read or written.
    case outbox(error: String)
}

/// Sends what is due, target by target: one that is dead or slow holds up no other.
package actor WebhookDelivery: Service {
    typealias Send = @Sendable (HTTPRequest) async throws(HTTPError) -> HTTPResponse

    private let targets: [String: WebhookTarget]
    private let outbox: Outbox
    private let clock: WebhookClock
    private let schedule: WebhookSchedule
    private let userAgent: String
    private let send: Send
    private let report: @Sendable (WebhookNotice) -> Void
    private let (wakeups, wakeup) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private var inFlight: [String: Set<String>] = [:]
    private var disabled: Set<String> = []
    /// What became of them could not be written down: left to the next run, rather than sent in a circle.
    private var unrecorded: Set<String> = []

    package init(
        _ targets: [WebhookTarget], outbox: Outbox, client: HTTPClient, version: String,
        clock: WebhookClock = .system, schedule: WebhookSchedule = WebhookSchedule(),
        report: @escaping @Sendable (WebhookNotice) -> Void
    ) {
        self.init(
            targets, outbox: outbox, version: version, clock: clock, schedule: schedule,
            send: { request throws(HTTPError) in try await client.send(request) }, report: report)
    }
    init(
        _ targets: [WebhookTarget], outbox: Outbox, version: String, clock: WebhookClock,
        schedule: WebhookSchedule, send: @escaping Send, report: @escaping @Sendable (WebhookNotice) -> Void
    ) {
        self.targets = Dictionary(targets.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        (self.outbox, self.clock, self.schedule) = (outbox, clock, schedule)
        (userAgent, self.send, self.report) = ("martlet/\(version)", send, report)
    }

    /// To be called when something was put into the outbox.
    package nonisolated func wake() { wakeup.yield() }

    /// Until the task is cancelled or shut down. What is under way then is tried again by the next run, with
    /// the same id.
    package func run() async {
        wakeup.yield()
        await withDiscardingTaskGroup { group in
            var timer: Task<Void, Never>?
            for await _ in wakeups.cancelOnGracefulShutdown() {
                if Task.isCancelled { break }
                timer?.cancel()
                for message in await due() { begin(message, &group) }
                timer = await alarm()
            }
            timer?.cancel()
            group.cancelAll()
        }
    }

    private func begin(_ message: Outbox.Message, _ group: inout DiscardingTaskGroup) {
        inFlight[message.target, default: []].insert(message.id)
        group.addTask {
            await self.deliver(message)
            await self.end(message)
        }
    }
    private func end(_ message: Outbox.Message) {
        inFlight[message.target]?.remove(message.id)
        wakeup.yield()
    }

    /// What can start now. Looks further where a target that is busy stands before others.
    private func due() async -> [Outbox.Message] {
        var limit = 100
        while true {
            let messages = await asked { [now = clock.now(), limit, outbox] in
                try await outbox.due(now, limit)
            }
            guard let messages else { return [] }
            var busy = inFlight.mapValues(\.count)
            let startable = messages.filter { message in
                guard !(inFlight[message.target]?.contains(message.id) ?? false),
                    !unrecorded.contains(message.id)
                else { return false }
                guard busy[message.target, default: 0] < targets[message.target]?.maxInFlight ?? 1 else {
                    return false
                }
                busy[message.target, default: 0] += 1
                return true
            }
            if !startable.isEmpty || messages.count < limit || limit > 100_000 { return startable }
            limit *= 8
        }
    }

    /// Wakes the loop when the next message is due. Those under way count as due, so then it looks every
    /// second.
    private func alarm() async -> Task<Void, Never>? {
        let next = await asked { [outbox] in try await outbox.nextDue() }
        guard let next = next ?? nil else { return nil }
        let wait = next - clock.now()
        let (clock, wakeup) = (clock, wakeup)
        return Task {
            try? await clock.sleep(.milliseconds(wait > 0 ? wait : 1000))
            if !Task.isCancelled { wakeup.yield() }
        }
    }

    private func deliver(_ message: Outbox.Message) async {
        guard let target = targets[message.target] else {
            return await giveUp(message, "no webhook of this name is configured")
        }
        guard !disabled.contains(target.name) else {
            return await giveUp(message, "disabled since it answered 410 Gone")
        }
        do throws(HTTPError) {
            let response = try await send(
                target.request(message, now: clock.now(), userAgent: userAgent))
            await conclude(message, response)
        } catch {
            guard error.kind != .cancelled else { return }
            await retry(message, error.description, after: nil)
        }
    }

    private func conclude(_ message: Outbox.Message, _ response: HTTPResponse) async {
        if response.head.isSuccess {
            let now = clock.now()
            await record(message) { outbox in try await outbox.delivered(message.id, now) }
            report(.delivered(target: message.target, id: message.id, attempts: message.attempts + 1))
        } else if response.status == 410 {
            disabled.insert(message.target)
            report(.disabled(target: message.target))
            await giveUp(message, "answered 410 Gone")
        } else {
            let isRedirect = (300..<400).contains(response.status)
            let note = isRedirect ? ", and redirects are not followed" : ""
            await retry(
                message, "answered \(response.status)\(note)",
                after: response.head.retryAfter(now: clock.date))
        }
    }

    private func retry(_ message: Outbox.Message, _ error: String, after: Duration?) async {
        let now = clock.now()
        guard let next = schedule.next(message, now: now, retryAfter: after) else {
            return await giveUp(message, error)
        }
        await record(message) { outbox in try await outbox.failed(message.id, error, now, next) }
        report(.failed(target: message.target, id: message.id, error: error, nextAttempt: next))
    }

    private func giveUp(_ message: Outbox.Message, _ error: String) async {
        let now = clock.now()
        await record(message) { outbox in try await outbox.failed(message.id, error, now, nil) }
        report(.gaveUp(target: message.target, id: message.id, error: error))
    }

    private func record(
        _ message: Outbox.Message, _ write: @Sendable @escaping (Outbox) async throws -> Void
    ) async {
        let isWritten: Bool? = await asked { [outbox] in
            try await write(outbox)
            return true
        }
        if isWritten == nil { unrecorded.insert(message.id) }
    }

    /// Nil where the outbox failed, which is reported.
    private func asked<T: Sendable>(_ work: @Sendable () async throws -> T) async -> T? {
        do { return try await work() } catch {
            report(.outbox(error: "\(error)"))
            return nil
        }
    }
}
