import Foundation
import HTTPClient
import Manifests
import Model
import Server

extension ControllerOperations {
    /// Sends a signed ping through a hook, as its sender would, and says what came back.
    func testWebhook(_ name: String) async throws -> Answer {
        let hooks = controller.generation.hooks
        guard let route = hooks[name] else {
            throw OperationError(
                404, "no hook '\(name.escapedForDisplay)' is configured",
                hint: Suggestion.hint(name, among: hooks.keys)
                    ?? (hooks.isEmpty
                        ? "name one under 'hooks'"
                        : "there is '\(hooks.keys.sorted().joined(separator: "', '"))'"))
        }
        let secret: HookSecret
        switch await route.secrets() {
        case .failure(let refusal): throw OperationError(409, "hook '\(name)': \(refusal.cause)")
        case .success(let secrets):
            guard let first = secrets.first(where: \.isSigning) ?? secrets.first else {
                throw OperationError(409, "hook '\(name)' has no secret")
            }
            secret = first
        }
        let place = controller.hookPlace(name)
        let now = currentMilliseconds()
        let ping = HookPing(route.provider, signedWith: secret, id: "ping-\(now)", time: now / 1000)
        return try await send(ping, to: name, place)
    }

    private func send(_ ping: HookPing, to name: String, _ place: HookPlace) async throws -> Answer {
        var request = HTTPRequest("POST", place.url, body: ping.body)
        for (name, value) in ping.headers { request.headers[name] = value }
        (request.unixSocket, request.timeouts.whole) = (place.socket, .seconds(15))
        if !place.isOutside { request.proxy = .none }
        let shown = place.socket.map { "\($0), /hooks/\(name)" } ?? place.url
        let start = ContinuousClock.now
        let response: HTTPResponse
        do throws(HTTPError) { response = try await HTTPClient().send(request) } catch {
            throw OperationError(
                502, "hook '\(name)': nothing answers at \(shown): \(error.cause)", hint: error.hint)
        }
        let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
        let reply = try? JSONDecoder().decode(HookReply.self, from: Data(response.body))
        let words = "hook '\(name)': \(shown) answered \(response.status) in \(milliseconds) ms"
        guard let reply else {
            throw OperationError(
                502, "\(words), and that was no answer of this controller",
                hint: "see what stands between the address and the controller")
        }
        guard reply.outcome == .ping else {
            throw OperationError(
                502, "\(words): \(reply.message.escapedForDisplay)",
                hint: "the controller's log says which check failed: look for 'webhook refused'")
        }
        return Answer(
            message: "\(words): \(reply.message.escapedForDisplay)",
            hint: place.socket == nil
                ? nil
                : controller.configuration.listen == nil
                    ? "no forge reaches a socket: set 'listen'"
                    : "set 'url', and it is tried the way that its sender takes")
    }
}
