import Foundation
import Synchronization

/// Clients that ask for the shop's web server without a pause, wherever the catalog says that it is.
final class Customers: Sendable {
    private struct State {
        var endpoints: [Catalog.Endpoint] = []
        var turn = 0
        var answers = 0
        var releases: Set<String> = []
        var failures: [String] = []
    }
    private static let count = 4
    private static let pause = Duration.milliseconds(10)
    private let catalog: Catalog
    private let state = Mutex(State())

    init(_ catalog: Catalog) { self.catalog = catalog }

    /// How many requests have been answered, and by which releases.
    var answers: (count: Int, releases: Set<String>) { state.withLock { ($0.answers, $0.releases) } }

    /// They ask while `body` runs; throws where one request has failed.
    func ask<Result: Sendable>(while body: () async throws -> Result) async throws -> Result {
        let first = try await catalog.web()
        state.withLock { $0.endpoints = first.endpoints }
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(since: first.index) }
            for _ in 0..<Self.count { group.addTask { await self.shop() } }
            defer { group.cancelAll() }
            return try await body()
        }
        let failures = state.withLock(\.failures)
        guard let first = failures.first else { return result }
        throw Failure("\(failures.count) requests failed, the first because of this: \(first)")
    }

    /// Without a controller they go on with what they know.
    private func follow(since index: Int) async {
        var index = index
        while !Task.isCancelled {
            guard let service = try? await catalog.web(after: index) else {
                try? await Task.sleep(for: .milliseconds(100))
                continue
            }
            index = service.index
            state.withLock { $0.endpoints = service.endpoints }
        }
    }

    private func shop() async {
        while !Task.isCancelled {
            let endpoint = state.withLock { state -> Catalog.Endpoint? in
                state.turn += 1
                return state.endpoints.isEmpty ? nil : state.endpoints[state.turn % state.endpoints.count]
            }
            do {
                guard let endpoint else { throw Failure("the catalog lists nobody") }
                let release = try await catalog.instance(endpoint).release
                state.withLock { state in
                    state.answers += 1
                    state.releases.insert(release)
                }
            } catch {
                // What is given up because the story goes on is no failure.
                guard !Task.isCancelled else { return }
                state.withLock { $0.failures.append("\(error)") }
            }
            try? await Task.sleep(for: Self.pause)
        }
    }
}
