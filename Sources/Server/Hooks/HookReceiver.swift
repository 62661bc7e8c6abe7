import CoreMetrics
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
package import Store

/// What came of a delivery: as the sender is told, and as metrics count it.
package enum HookOutcome: String, Sendable, Codable, CaseIterable {
    case accepted, duplicate, ping, ignored
    /// There is no such route, or the signature does not fit.
    case refused
    case limited
    case oversized
    /// The body did not come, or not in time.
    case cut
    case unavailable
}

/// How a delivery is answered.
package struct HookReply: Codable, Sendable, Hashable {
    package var outcome: HookOutcome
    package var message: String
    package init(_ outcome: HookOutcome, _ message: String) {
        (self.outcome, self.message) = (outcome, message)
    }
}

/// What came of a route's last delivery.
package struct HookSight: Codable, Sendable, Hashable {
    /// Milliseconds since 1970.
    package var at: Int
    package var outcome: HookOutcome
    /// Which check failed, where one did.
    package var cause: String?
}

/// Takes deliveries of webhooks: cap, signature, then the body. What it believes it has kept before it says so; what is
/// applied is decided elsewhere, by what a fetch brings.
package final class HookReceiver: Sendable {
    /// Who counts a route that does not exist.
    static let unknown = "unknown"

    private let routes: @Sendable () -> [String: HookRoute]
    private let keep: @Sendable (Delivery) async -> Bool?
    private let limits: HookLimits
    private let guardian: HookGuard
    private let logger: Logger
    /// Milliseconds since 1970.
    private let now: @Sendable () -> Int

    /// - Parameters:
    ///   - routes: by name, as configured now.
    ///   - keep: returns once the delivery is on the disk: whether it is new; nil where it can't be kept.
    package init(
        limits: HookLimits = HookLimits(), logger: Logger, now: @escaping @Sendable () -> Int,
        routes: @escaping @Sendable () -> [String: HookRoute],
        keep: @escaping @Sendable (Delivery) async -> Bool?
    ) {
        (self.limits, self.logger, self.now) = (limits, logger, now)
        (self.routes, self.keep, guardian) = (routes, keep, HookGuard(limits))
    }

    /// The last of each route since the start.
    package var sights: [String: HookSight] { guardian.sights }

    /// - Parameters:
    ///   - name: what stands behind `/hooks/`.
    ///   - address: whose failures count together; nil over the unix socket.
    func answer(
        _ name: String, _ request: Request, _ context: APIContext, from address: String?
    ) async -> APIResponse {
        let caller = Caller(route: name, address: address)
        guard request.method == .post else { return .wrongMethod(["POST"]) }
        let body: [UInt8]
        do throws(Cut) { body = try await read(request, caller, context) } catch {
            context.closeSoon()
            return refuse(caller, error)
        }
        defer { guardian.release(body.count, of: caller.address) }
        return await answer(caller, request.headers, body)
    }

    private struct Caller {
        var route: String
        /// Nil over the unix socket, which its file's mode guards.
        var address: String?
    }

    private func answer(_ caller: Caller, _ headers: HTTPFields, _ body: [UInt8]) async -> APIResponse {
        let route = routes()[caller.route]
        var (check, refusal) = (HookCheck.ofNothing, HookRefusal?.none)
        switch await route?.secrets() {
        case nil: refusal = HookRefusal("no hook has this name")
        case .failure(let cause): refusal = cause
        case .success(let secrets): check = HookCheck(route?.provider ?? .generic, secrets)
        }
        // Also where it is refused already: an answer takes the same time.
        let checked = check.refusal(headers, body, now: now() / 1000)
        guard let route, refusal == nil, checked == nil else {
            return refuse(caller, refusal ?? checked ?? HookRefusal("no hook has this name"))
        }
        if let wait = guardian.take(route, now: now()) {
            let cause = "more than \(route.rate) deliveries"
            say(caller, cause)
            count(.limited, route, cause: cause)
            return .limited(wait, cause)
        }
        return await take(HookMessage(route.provider, headers, body), route)
    }

    private func take(_ message: HookMessage, _ route: HookRoute) async -> APIResponse {
        let verdict = message.verdict(route)
        var delivery = Delivery(
            route: route.name, ids: message.ids, sources: route.sources, asks: verdict == .fetch,
            receivedAt: now())
        if case .look(let number) = verdict { delivery.request = number }
        guard let isNew = await keep(delivery) else {
            count(.unavailable, route)
            return .later(.unavailable, "the delivery can't be kept now", status: 503, seconds: 10)
        }
        let reply =
            switch verdict {
            case .pong: HookReply(.ping, "the signature is right; a push is answered with a fetch")
            case .ignore(let why): HookReply(.ignored, why)
            case .fetch where isNew: HookReply(.accepted, "the repository is fetched")
            case .look(let number) where isNew: HookReply(.accepted, "request \(number) is looked at")
            case .fetch, .look: HookReply(.duplicate, "this delivery was taken before")
            }
        count(reply.outcome, route)
        logger.debug(
            "webhook received",
            metadata: [
                "hook": "\(route.name)", "outcome": "\(reply.outcome)", "ids": "\(message.ids.prefix(3))",
            ])
        return .json(reply, status: verdict == .pong ? 200 : 202)
    }
}

extension HookReceiver {
    private enum Cut: Error { case oversized, ended, busy }

    /// Never more than the cap, whatever length was said or not.
    private func read(
        _ request: Request, _ caller: Caller, _ context: APIContext
    ) async throws(Cut) -> [UInt8] {
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard declared <= limits.body else { throw .oversized }
        var bytes: [UInt8] = []
        do {
            try await context.within(limits.time) {
                for try await part in request.body {
                    guard bytes.count + part.readableBytes <= limits.body else { throw Cut.oversized }
                    guard guardian.reserve(part.readableBytes, for: caller.address) else { throw Cut.busy }
                    bytes += part.readableBytesView
                }
            }
            guard bytes.count >= declared else { throw Cut.ended }
            return bytes
        } catch {
            guardian.release(bytes.count, of: caller.address)
            throw error as? Cut ?? .ended
        }
    }

    private func refuse(_ caller: Caller, _ cut: Cut) -> APIResponse {
        let route = routes()[caller.route]
        switch cut {
        case .busy:
            count(.unavailable, route)
            return .later(.unavailable, "too much is being received", status: 503, seconds: 10)
        case .oversized:
            failed(caller, "body is larger than \(limits.body) bytes")
            count(.oversized, route)
            return .json(HookReply(.oversized, "the body is larger than \(limits.body) bytes"), status: 413)
        case .ended:
            failed(caller, "body ended too early, or did not come in time")
            count(.cut, route)
            return .json(HookReply(.cut, "the body ended too early"), status: 400)
        }
    }

    /// The same answer, whatever it is. Who failed too often has to wait; what is believed is taken all the same, for
    /// strangers send from a forge's addresses too.
    private func refuse(_ caller: Caller, _ refusal: HookRefusal) -> APIResponse {
        if let address = caller.address, let wait = guardian.wait(for: address, now: now()) {
            count(.limited, routes()[caller.route])
            return .limited(wait, "too many failures from this address")
        }
        failed(caller, refusal.cause)
        count(.refused, routes()[caller.route], cause: refusal.cause)
        var answer = APIResponse.json(
            HookReply(.refused, "there is no such hook, or its signature does not fit"), status: 401)
        answer.headers["www-authenticate"] = "Signature"
        return answer
    }

    /// Counted against the address.
    private func failed(_ caller: Caller, _ cause: String) {
        if let address = caller.address { guardian.failed(address, now: now()) }
        say(caller, cause)
    }

    /// In the log, where not too much was said already.
    private func say(_ caller: Caller, _ cause: String) {
        guard let unsaid = guardian.line(now: now()) else { return }
        var metadata: Logger.Metadata = [
            "hook": "\(caller.route.prefix(64))", "address": "\(caller.address ?? "socket")",
            "cause": "\(cause)",
        ]
        if unsaid > 0 { metadata["unsaid"] = "\(unsaid)" }
        logger.warning("webhook refused", metadata: metadata)
    }

    private func count(_ outcome: HookOutcome, _ route: HookRoute?, cause: String? = nil) {
        if let route { guardian.see(HookSight(at: now(), outcome: outcome, cause: cause), of: route.name) }
        CoreMetrics.Counter(
            label: "martlet_hook_deliveries",
            dimensions: [("hook", route?.name ?? Self.unknown), ("outcome", outcome.rawValue)]
        ).increment()
    }
}

extension APIResponse {
    fileprivate static func limited(_ wait: Int, _ what: String) -> APIResponse {
        .later(.limited, what, status: 429, seconds: (wait + 999) / 1000)
    }
    fileprivate static func later(_ outcome: HookOutcome, _ what: String, status: Int, seconds: Int)
        -> APIResponse
    {
        var answer = APIResponse.json(
            HookReply(outcome, "\(what): try again in \(seconds) s"), status: status)
        answer.headers["retry-after"] = String(seconds)
        return answer
    }
}
