import Fixtures
import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import Review

@Suite(.timeLimit(.minutes(1)))
struct WebhooksDeliveryTests {
    let world = WebhooksWorld()
    let hook: WebhookTarget
    let other: WebhookTarget

    init() throws {
        let secret = try WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        hook = WebhookTarget(name: "hook", url: "https://hook.example/secret-path", secrets: [secret])
        other = WebhookTarget(name: "other", url: "https://other.example/", secrets: [secret])
    }
    private static func answer(_ status: Int, _ headers: HTTPHeaders = [:]) -> HTTPResponse {
        HTTPResponse(HTTPResponseHead(status: status, headers: headers))
    }

    @Test func `a message is sent signed, with its own id, and is then delivered`() async throws {
        world.put("msg_1", to: "hook", body: #"{"a": 1}"#)
        let notices = await world.run(
            world.delivery([hook]) { _ throws(HTTPError) in Self.answer(204) }, until: 1)
        #expect(notices == [.delivered(target: "hook", id: "msg_1", attempts: 1)])
        #expect(world.row("msg_1")?.state == "delivered")
        let request = try #require(world.state.withLock(\.requests).first)
        #expect(request.method == "POST" && request.url == hook.url)
        #expect(request.body == Array(#"{"a": 1}"#.utf8))
        #expect(request.headers["webhook-id"] == "msg_1")
        #expect(request.headers["webhook-timestamp"] == "1795269731")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["user-agent"] == "martlet/1.2")
        let signature = hook.signer.signature(
            id: "msg_1", timestamp: 1_795_269_731, body: Array(#"{"a": 1}"#.utf8))
        #expect(request.headers["webhook-signature"] == signature)
    }

    @Test func `a dead receiver is tried for three days with the same id, and the letter is kept`()
        async throws
    {
        world.put("msg_1", to: "hook")
        let start = world.state.withLock(\.now)
        let attempts = 12
        let notices = await world.run(
            world.delivery([hook]) { _ throws(HTTPError) in Self.answer(500) }, until: attempts)
        var times: [Int] = []
        for notice in notices.dropLast() {
            guard case .failed("hook", "msg_1", "answered 500", nil, let next) = notice else {
                Issue.record("\(notice)")
                continue
            }
            times.append(next)
        }
        #expect(notices.last == .gaveUp(target: "hook", id: "msg_1", error: "answered 500"))
        #expect(times == times.sorted() && times[0] == start + 5000)
        #expect(times.allSatisfy { $0 <= start + 3 * 86_400_000 })
        let requests = world.state.withLock(\.requests)
        #expect(requests.count == attempts)
        #expect(Set(requests.compactMap { $0.headers["webhook-id"] }) == ["msg_1"])
        #expect(Set(requests.compactMap { $0.headers["webhook-timestamp"] }).count == attempts)
        #expect(world.row("msg_1")?.state == "dead")
        #expect(world.row("msg_1")?.error == "answered 500")
    }

    @Test func `Retry-After is waited for, where it is longer than the backoff`() async {
        world.put("msg_1", to: "hook")
        let start = world.state.withLock(\.now)
        let notices = await world.run(
            world.delivery([hook]) { _ throws(HTTPError) in Self.answer(429, ["Retry-After": "600"]) },
            until: 1)
        #expect(
            notices == [
                .failed(target: "hook", id: "msg_1", error: "answered 429", nextAttempt: start + 600_000)
            ])
    }

    @Test func `410 Gone ends it for the target, and what else waits for it is kept as dead`() async {
        world.put("msg_1", to: "hook")
        var single = hook
        single.maxInFlight = 1
        let delivery = world.delivery([single, other]) { request throws(HTTPError) in
            Self.answer(request.url.contains("hook.") ? 410 : 200)
        }
        world.put("msg_2", to: "hook")
        world.put("msg_3", to: "other")
        let notices = await world.run(delivery, until: 4)
        #expect(
            Set(notices) == [
                .disabled(target: "hook"), .gaveUp(target: "hook", id: "msg_1", error: "answered 410 Gone"),
                .gaveUp(target: "hook", id: "msg_2", error: "disabled since it answered 410 Gone"),
                .delivered(target: "other", id: "msg_3", attempts: 1),
            ])
        #expect(world.state.withLock(\.requests).count == 2)
    }

    @Test func `a target that never answers holds up no other, though its letters come first`() async {
        for number in 0..<1000 { world.put("slow_\(number)", to: "hook") }
        for number in 0..<20 { world.put("fast_\(number)", to: "other") }
        let atOnce = Mutex((now: 0, most: 0))
        let delivery = world.delivery([hook, other]) { request throws(HTTPError) in
            guard request.url.contains("hook.") else { return Self.answer(200) }
            atOnce.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            try? await Task.sleep(for: .seconds(3600))
            atOnce.withLock { $0.now -= 1 }
            return Self.answer(200)
        }
        let notices = await world.run(delivery, until: 20)
        let delivered = notices.compactMap { notice in
            if case .delivered("other", let id, 1) = notice { id } else { nil }
        }
        #expect(Set(delivered) == Set((0..<20).map { "fast_\($0)" }))
        #expect(atOnce.withLock(\.most) == 4, "as many at a time as the target may have")
    }

    @Test func `a redirect is not followed, and a broken connection is named without the URL`() async throws {
        let client = try HTTPClient()
        let closed = WebhookTarget(name: "closed", url: "http://127.0.0.1:1/canary?canary", secrets: [])
        world.put("msg_1", to: "closed")
        world.put("msg_2", to: "hook")
        let delivery = world.delivery([closed, hook]) { request throws(HTTPError) in
            if request.url.contains("hook.") { return Self.answer(302, ["Location": "https://canary/"]) }
            return try await client.send(request)
        }
        _ = await world.run(delivery, until: 2)
        #expect(world.row("msg_1")?.error == "127.0.0.1:1: connection refused")
        #expect(world.row("msg_2")?.error == "answered 302, and redirects are not followed")
        #expect(!"\(closed) \(String(reflecting: closed))".contains("canary"))
    }

    @Test func `a target that is no longer configured loses nothing silently`() async {
        world.put("msg_1", to: "gone")
        let notices = await world.run(
            world.delivery([hook]) { _ throws(HTTPError) in Self.answer(200) }, until: 1)
        #expect(
            notices == [.gaveUp(target: "gone", id: "msg_1", error: "no receiver of this name is configured")]
        )
        #expect(world.row("msg_1")?.state == "dead")
    }

    @Test func `an outbox that can't be written does not make it send in a circle`() async {
        world.put("msg_1", to: "hook")
        world.state.withLock { $0.broken = true }
        let delivery = world.delivery([hook]) { _ throws(HTTPError) in Self.answer(200) }
        let notices = await world.run(delivery, until: 2)
        #expect(
            Set(notices) == [
                .outbox(error: "disk is full"), .delivered(target: "hook", id: "msg_1", attempts: 1),
            ])
        #expect(world.state.withLock(\.requests).count == 1)
        #expect(world.row("msg_1")?.state == "waiting")
    }

    @Test(arguments: [
        (0, 5), (1, 30), (2, 120), (3, 600), (4, 1800), (5, 7200), (6, 18000), (7, 36000), (9, 72000),
        (50, 72000),
    ])
    func `the wait grows with the attempts, and its jitter is full`(attempts: Int, seconds: Int) {
        let message = Outbox.Message(id: "m", target: "t", body: [], created: 0, attempts: attempts)
        let longest = WebhookSchedule { $0.upperBound }.next(message, now: 0, retryAfter: nil)
        let shortest = WebhookSchedule { $0.lowerBound }.next(message, now: 0, retryAfter: nil)
        #expect(longest == seconds * 1000)
        #expect(shortest == 500)
    }

    @Test func `a Retry-After of a year is a day, and nothing is tried after three`() {
        let schedule = WebhookSchedule { $0.upperBound }
        let message = Outbox.Message(id: "m", target: "t", body: [], created: 0)
        #expect(schedule.next(message, now: 0, retryAfter: .seconds(31_536_000)) == 86_400_000)
        #expect(schedule.next(message, now: 3 * 86_400_000 - 4999, retryAfter: nil) == nil)
        #expect(schedule.next(message, now: 3 * 86_400_000 - 5000, retryAfter: nil) == 3 * 86_400_000)
    }
}
