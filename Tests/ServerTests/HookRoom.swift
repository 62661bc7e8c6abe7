import Crypto
import Foundation
import HTTPClient
import Logging
import Server
import Store
import Synchronization

/// A receiver with two routes, what it kept, what it logged, and a clock that is set by hand.
final class HookRoom: Sendable {
    static let text = "0123456789abcdef0123456789abcdef"
    private struct State {
        var now = 1_800_000_000_000
        var kept: [Delivery] = []
        var isFull = false
        var routes: [String: HookRoute] = [:]
    }
    private let state = Mutex(State())
    private let lines = LogLines()
    let limits: HookLimits

    init(_ limits: HookLimits = HookLimits(), rate: HookRate = HookRate(1000)) {
        self.limits = limits
        set(
            HookRoute("forge", .github, sources: ["shop"], branches: ["main"], rate: rate) {
                Result { () throws(HookRefusal) in [try Self.secret(.github)] }
            })
        set(
            HookRoute("plain", .generic, sources: ["shop", "blog"], rate: rate) {
                Result { () throws(HookRefusal) in [try Self.secret(.generic)] }
            })
    }
    private static func secret(_ provider: HookProvider) throws(HookRefusal) -> HookSecret {
        do throws(HookSecretError) { return try HookSecret(text, for: provider) } catch {
            throw HookRefusal(error.description)
        }
    }

    func hearRequests() { state.withLock { $0.routes["forge"]?.hearsRequests = true } }
    func set(_ route: HookRoute) { state.withLock { $0.routes[route.name] = route } }
    var kept: [Delivery] { state.withLock(\.kept) }
    var log: [String] { lines.all }
    func pass(seconds: Int) { state.withLock { $0.now += seconds * 1000 } }
    func fill() { state.withLock { $0.isFull = true } }

    var receiver: HookReceiver {
        HookReceiver(
            limits: limits, logger: Logger(label: "test") { [lines] _ in lines },
            now: { [self] in state.withLock(\.now) }, routes: { [self] in state.withLock(\.routes) },
            keep: { [self] delivery in
                state.withLock { state in
                    if state.isFull { return nil }
                    let known = Set(state.kept.flatMap(\.ids))
                    state.kept.append(delivery)
                    return delivery.ids.isEmpty || !known.isSuperset(of: delivery.ids)
                }
            })
    }

    static func sign(_ body: String, with text: String = text) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(body.utf8), using: SymmetricKey(data: Data(text.utf8)))
        return "sha256=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension RunningServer {
    static func run<T: Sendable>(
        _ room: HookRoom, proxies: Set<String> = [],
        _ body: @escaping @Sendable (RunningServer) async throws -> T
    ) async throws -> T { try await run(hooks: room.receiver, proxies: proxies, body) }

    /// As GitHub sends a push.
    func push(
        _ id: String, to branch: String = "main", at name: String = "forge",
        signedWith text: String = HookRoom.text,
        event: String = "push"
    ) async throws -> HTTPResponse {
        let body = #"{"ref": "refs/heads/\#(branch)", "after": "a1"}"#
        return try await post(
            name, body,
            [
                "X-GitHub-Event": event, "X-GitHub-Delivery": id,
                "X-Hub-Signature-256": HookRoom.sign(body, with: text),
            ])
    }
    func post(_ name: String, _ body: String, _ headers: [String: String]) async throws -> HTTPResponse {
        var request = request("POST", "/hooks/\(name)", body: Array(body.utf8))
        for (name, value) in headers { request.headers[name] = value }
        return try await send(request)
    }
}

extension HTTPResponse {
    var reply: HookReply? { try? JSONDecoder().decode(HookReply.self, from: Data(body)) }
}

/// Gathers each line as `message key=value …`.
final class LogLines: LogHandler {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock(\.self) }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.MetadataValue? {
        get { nil }
        set {}
    }
    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        lines.withLock { $0.append("\(event.message)\(details.joined())") }
    }
}
