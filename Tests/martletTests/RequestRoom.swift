import Fakes
import Fixtures
import Foundation
import HTTPClient
import Logging
import Model
import Review
import Store
import Synchronization

@testable import martlet

/// A watch over a fake forge's requests, with previews that a test makes, and an outbox that is delivered.
final class RequestRoom: Sendable {
    struct State {
        /// What is made of a request; numbers that are not here are made at once.
        var make: PreviewMaker?
        var made: [String] = []
        /// What the gate was told, and whether it can be.
        var shown: [(request: String, trees: [String])] = []
        var isRecording = true
        var closed: [(number: Int, isMerged: Bool)] = []
        /// Requests whose heads are kept beside the mirror.
        var kept: Set<Int> = []
        var approved: [String] = []
        var objection: String?
    }
    let state = Mutex(State())
    let store: Store
    let fake: ForgeFake
    static let digest = String(repeating: "7d4fa1c0", count: 8)

    init(_ kind: ForgeFake.Kind = .github) throws {
        (fake, store) = (ForgeFake(kind), try Store.inMemory())
    }

    func head(_ text: String) -> String { String(repeating: text, count: 40 / text.count) }
    /// What has been made so far, each as `number head`.
    var made: [String] { state.withLock(\.made) }
    func outcome(_ request: ChangeRequest, base: String = "b1") -> PreviewOutcome {
        PreviewOutcome(
            state: .ready, summary: "1 to create at \(request.head.prefix(4))", plans: ["shop": Self.digest],
            comment: "### 1 to create at \(request.head.prefix(4))\nplan `\(Self.digest.prefix(12))`\n",
            report: Array("{}".utf8),
            head: fake.kind == .bitbucket
                ? head(String(request.head.prefix(2))) : request.head, base: base)
    }

    private func make(_ request: ChangeRequest) async throws(PreviewProblem) -> PreviewOutcome {
        let make = state.withLock { state in
            state.made.append("\(request.number) \(request.head.prefix(4))")
            return state.make
        }
        if let make { return try await make(request) }
        return outcome(request)
    }

    private func watch(
        _ forge: Forge, interval: Duration, settings: Configuration.PreviewSettings,
        told: @escaping @Sendable () -> Void
    ) throws -> RequestWatch {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return RequestWatch(
            forge, client: try HTTPClient(), store: store, logger: logger,
            RequestWatch.Surroundings(
                controller: "shop-prod", repository: "infra", bases: ["main"], settings: settings,
                interval: interval, url: "https://martlet.example",
                make: { request throws(PreviewProblem) in try await self.make(request) },
                show: { shown, request in
                    self.state.withLock { state in
                        if state.isRecording { state.shown.append((request, shown.map(\.tree))) }
                        return state.isRecording
                    }
                },
                approve: { preview, plans, user in
                    self.state.withLock { state in
                        if state.objection == nil {
                            state.approved.append("\(preview.request) \(plans.keys.sorted()) \(user.name)")
                        }
                        return state.objection
                    }
                },
                release: { request, digest, user in
                    self.state.withLock { state in
                        if state.objection == nil {
                            state.approved.append("merged \(digest.prefix(12)) \(user.name)")
                        }
                        return state.objection
                    }
                },
                closed: { preview, isMerged in
                    self.state.withLock { $0.closed.append((preview.request, isMerged)) }
                },
                kept: { self.state.withLock { $0.kept.sorted() } },
                forget: { number in self.state.withLock { _ = $0.kept.remove(number) } }, told: told,
                now: currentMilliseconds))
    }

    /// Runs a watch and a delivery of what it tells, for as long as `body` does.
    func running<Result: Sendable>(
        interval: Duration = .seconds(600), settings: Configuration.PreviewSettings = .init(),
        patience: Duration = .seconds(15), answer: (@Sendable (FakeRequest) async -> FakeAnswer)? = nil,
        _ body: @escaping @Sendable (RequestWatch) async throws -> Result
    ) async throws -> Result {
        try await withFakeServer(answer ?? fake.answer) { url in
            let kind = Forge.Kind(rawValue: self.fake.kind.rawValue) ?? .github
            var plain = Forge(
                name: "forge/infra", kind, api: url + self.fake.api, project: ForgeFake.project,
                token: ForgeFake.token)
            plain.timeout = patience
            let forge = plain
            let delivery = WebhookDelivery(
                [forge], outbox: .store(self.store), client: try HTTPClient(), version: "test",
                report: { _ in })
            let watch = try self.watch(
                forge, interval: interval, settings: settings, told: { delivery.wake() })
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await delivery.run() }
                group.addTask { await watch.run() }
                defer { group.cancelAll() }
                return try await body(watch)
            }
        }
    }

    /// The one comment beside a request, without its first line; nil while it is not there.
    func comment(_ number: Int = 7) -> String? {
        let own = fake.ownComments(on: number)
        guard own.count == 1 else { return own.isEmpty ? nil : "\(own.count) comments" }
        return own[0].text.split(separator: "\n", maxSplits: 1).last.map {
            String($0).trimmingCharacters(in: .newlines)
        }
    }
    /// What the newest status of a head says.
    func status(_ head: String) -> String? {
        fake.statuses.last { $0.commit == head }.map { "\($0.state) \($0.description)" }
    }
    func preview(_ number: Int = 7) -> StoredPreview? { try? store.preview("infra", number) }
}

/// Fails after a minute.
func eventually(_ what: String, _ holds: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while !(try await holds()) {
        guard ContinuousClock.now < end else { throw NotSo(what: what) }
        try await Task.sleep(for: .milliseconds(10))
    }
}
struct NotSo: Error { var what: String }
