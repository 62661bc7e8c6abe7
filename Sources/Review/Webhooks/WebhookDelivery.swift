package import HTTPClient
import ServiceLifecycle

/// What became of a message, for logs and metrics. Names and causes only.
package enum WebhookNotice: Hashable, Sendable {
    case delivered(target: String, id: String, attempts: Int)
    case failed(target: String, id: String, error: String, hint: String? = nil, nextAttempt: Int)
    case gaveUp(target: String, id: String, error: String, hint: String? = nil)
    /// One that came after it says it all.
    case overtaken(target: String, id: String)
    /// It answered 410 Gone: nothing more is sent to it until the configuration is loaded again.
    case disabled(target: String)
    /// The outbox itself can't be read or written.
    case outbox(error: String)
}

/// Sends what is due, target by target: one that is dead or slow holds up no other.
package actor WebhookDelivery: Service {
    typealias Send = @Sendable (HTTPRequest) async throws(HTTPError) -> HTTPResponse
    typealias Mail = @Sendable (MailServer, MailMessage) async throws(HTTPError) -> Void

    private let targets: [String: any Receiver]
    private let outbox: Outbox
    private let clock: WebhookClock
    private let schedule: WebhookSchedule
    private let userAgent: String
    private let send: Send
    private let mail: Mail
    private let report: @Sendable (WebhookNotice) -> Void
    private let (wakeups, wakeup) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private var inFlight: [String: Set<String>] = [:]
    private var disabled: Set<String> = []
    /// What became of them could not be written down: left to the next run, rather than sent in a circle.
    private var unrecorded: Set<String> = []
    /// Until when nothing may be sent to a target, in milliseconds since 1970.
    private var paused: [String: Int] = [:]

    package init(
        _ targets: [any Receiver], outbox: Outbox, client: HTTPClient, version: String,
        clock: WebhookClock = .system, schedule: WebhookSchedule = WebhookSchedule(),
        report: @escaping @Sendable (WebhookNotice) -> Void
    ) {
        self.init(
            targets, outbox: outbox, version: version, clock: clock, schedule: schedule,
            send: { request throws(HTTPError) in try await client.send(request) },
            mail: { server, message throws(HTTPError) in try await server.send(message) }, report: report)
    }
    init(
        _ targets: [any Receiver], outbox: Outbox, version: String, clock: WebhookClock,
        schedule: WebhookSchedule, send: @escaping Send, mail: @escaping Mail = { _, _ in },
        report: @escaping @Sendable (WebhookNotice) -> Void
    ) {
        self.targets = Dictionary(targets.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        (self.outbox, self.clock, self.schedule) = (outbox, clock, schedule)
        (userAgent, self.send, self.mail, self.report) = ("martlet/\(version)", send, mail, report)
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
            return await giveUp(message, Sending(.refused, "no receiver of this name is configured"))
        }
        guard !disabled.contains(target.name) else {
            return await giveUp(message, Sending(.refused, "disabled since it answered 410 Gone"))
        }
        let now = clock.now()
        if target.takesLastOnly, message.isFollowed {
            await record(message) { outbox in try await outbox.overtaken(message.id, now) }
            return report(.overtaken(target: message.target, id: message.id))
        }
        if let end = paused[target.name], end > now {
            return await record(message) { outbox in try await outbox.postponed(message.id, end) }
        }
        await conclude(message, await target.send(message, by: courier(for: message)))
    }

    private func courier(for message: Outbox.Message?) -> Courier {
        let now = clock.now()
        var courier = Courier(now: now, userAgent: userAgent, http: send, mail: mail)
        if let message {
            courier.begin = {
                await self.asked { [outbox = self.outbox] in
                    try await outbox.begun(message.id, now)
                    return true
                } ?? false
            }
        }
        return courier
    }

    /// Sends a message past the outbox, to see what comes back; nil where there is no such target.
    package func test(_ message: Outbox.Message) async -> Sending? {
        await targets[message.target]?.test(message, by: courier(for: nil))
    }

    private func conclude(_ message: Outbox.Message, _ sending: Sending) async {
        if let pause = sending.pause {
            let longest = min(pause, .seconds(WebhookSchedule.maxRetryAfter))
            paused[message.target] = clock.now() + Int(longest / .milliseconds(1))
        }
        switch sending.outcome {
        case .cancelled: break
        case .taken:
            let now = clock.now()
            await record(message) { outbox in try await outbox.delivered(message.id, now) }
            report(.delivered(target: message.target, id: message.id, attempts: message.attempts + 1))
        case .gone:
            disabled.insert(message.target)
            report(.disabled(target: message.target))
            await giveUp(message, sending)
        case .refused: await giveUp(message, sending)
        case .failed: await retry(message, sending)
        }
    }

    private func retry(_ message: Outbox.Message, _ sending: Sending) async {
        let now = clock.now()
        let after = [sending.retryAfter, sending.pause].compactMap(\.self).max()
        guard let next = schedule.next(message, now: now, retryAfter: after) else {
            return await giveUp(message, sending)
        }
        await record(message) { outbox in
            if sending.isUnanswered {
                try await outbox.lost(message.id, sending.kept, now, next)
            } else {
                try await outbox.failed(message.id, sending.kept, now, next)
            }
        }
        report(
            .failed(
                target: message.target, id: message.id, error: sending.words, hint: sending.hint,
                nextAttempt: next))
    }

    private func giveUp(_ message: Outbox.Message, _ sending: Sending) async {
        let now = clock.now()
        await record(message) { outbox in try await outbox.failed(message.id, sending.kept, now, nil) }
        report(
            .gaveUp(target: message.target, id: message.id, error: sending.words, hint: sending.hint))
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

extension Sending {
    /// As the outbox keeps it: what went wrong, and on a line of its own what to do.
    fileprivate var kept: String { hint.map { "\(words)\n\($0)" } ?? words }
}
