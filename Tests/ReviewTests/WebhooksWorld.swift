import Foundation
import HTTPClient
import Synchronization

@testable import Review

/// An outbox in memory, with a clock that jumps to the next alarm as soon as someone sleeps, and stands still while
/// anything is due: that is under way, or about to be.
final class WebhooksWorld: Sendable {
    struct Row: Sendable {
        var message: Outbox.Message
        var next: Int
        var state = "waiting"
        var begun = 0
        var error: String?
    }
    struct State: Sendable {
        var now = 1_795_269_731_000
        var rows: [Row] = []
        var requests: [HTTPRequest] = []
        var broken = false

        /// False where time does not pass.
        mutating func jump(_ duration: Duration) -> Bool {
            let isBusy = rows.contains { $0.state == "waiting" && $0.next <= now }
            if !isBusy && !Task.isCancelled { now += Int(duration / .milliseconds(1)) }
            return !isBusy
        }
    }
    let state = Mutex(State())
    let notices: AsyncStream<WebhookNotice>
    private let notice: AsyncStream<WebhookNotice>.Continuation
    init() { (notices, notice) = AsyncStream.makeStream() }

    var clock: WebhookClock {
        WebhookClock(
            now: { self.state.withLock(\.now) },
            sleep: { duration in
                guard self.state.withLock({ $0.jump(duration) }) else {
                    return try await Task.sleep(for: .milliseconds(2))
                }
            })
    }
    /// Works like the store's: `failed` counts the attempt.
    var outbox: Outbox {
        var outbox = Outbox(
            due: { now, limit in
                self.state.withLock { state in
                    Array(
                        state.rows.filter { $0.state == "waiting" && $0.next <= now }.map(\.message)
                            .prefix(limit))
                }
            },
            nextDue: {
                self.state.withLock { $0.rows.filter { $0.state == "waiting" }.map(\.next).min() }
            },
            delivered: { id, _ in
                try self.update(id) { row in row.state = "delivered" }
            },
            failed: { id, error, _, next in
                try self.update(id) { row in
                    row.message.attempts += 1
                    row.error = error
                    row.message.isUnanswered = false
                    if let next { row.next = next } else { row.state = "dead" }
                }
            })
        outbox.begun = { id, _ in
            try self.update(id) { row in
                row.begun += 1
                row.message.isUnanswered = true
            }
        }
        outbox.lost = { id, error, _, next in
            try self.update(id) { row in
                row.message.attempts += 1
                (row.error, row.next) = (error, next)
            }
        }
        outbox.postponed = { id, time in try self.update(id) { $0.next = time } }
        outbox.overtaken = { id, _ in try self.update(id) { $0.state = "overtaken" } }
        return outbox
    }
    private struct Broken: Error, CustomStringConvertible { var description: String { "disk is full" } }
    private func update(_ id: String, _ change: (inout Row) -> Void) throws {
        try state.withLock { state in
            if state.broken { throw Broken() }
            for index in state.rows.indices where state.rows[index].message.id == id {
                change(&state.rows[index])
            }
        }
    }

    func put(_ id: String, to target: String, body: String = "{}") {
        state.withLock { state in
            let message = Outbox.Message(id: id, target: target, body: Array(body.utf8), created: state.now)
            state.rows.append(Row(message: message, next: state.now))
        }
    }
    func row(_ id: String) -> Row? { state.withLock { $0.rows.first { $0.message.id == id } } }

    /// A delivery that sends to `answer`.
    func delivery(
        _ targets: [any Receiver],
        mail: @escaping @Sendable (MailServer, MailMessage) async throws(HTTPError) -> Void = { _, _ in },
        answer: @escaping @Sendable (HTTPRequest) async throws(HTTPError) -> HTTPResponse
    ) -> WebhookDelivery {
        WebhookDelivery(
            targets, outbox: outbox, version: "1.2", clock: clock,
            schedule: WebhookSchedule { $0.upperBound },
            send: { request throws(HTTPError) in
                self.state.withLock { $0.requests.append(request) }
                return try await answer(request)
            }, mail: mail, report: { self.notice.yield($0) })
    }

    /// Runs until this many notices have come.
    func run(_ delivery: WebhookDelivery, until count: Int) async -> [WebhookNotice] {
        let task = Task { await delivery.run() }
        var seen: [WebhookNotice] = []
        for await notice in notices {
            seen.append(notice)
            if seen.count == count { break }
        }
        task.cancel()
        await task.value
        return seen
    }
}
