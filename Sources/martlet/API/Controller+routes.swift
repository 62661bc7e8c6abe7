import Foundation
import Model
import Review
import Run
import Server

extension Controller {
    /// What the commands and other programs may ask.
    var routes: [APIRoute] { reading + deciding + ending + tokenRoutes }

    private var reading: [APIRoute] {
        [
            report(.get, "/status") { try await $0.status($1.query["source"]) },
            report(.get, "/sources") { operations, _ in try await operations.sources() },
            report(.get, "/sources/{source}/plan") { try await $0.plan($1.parameters["source"] ?? "") },
            report(.get, "/sources/{source}/drift") { try await $0.drift($1.parameters["source"] ?? "") },
            report(.get, "/requests") { try await $0.requests($1.query["repository"]) },
            report(.get, "/reviews") { try await $0.reviews($1.query["source"]) },
            // It makes engines work on whatever a branch holds.
            report(.get, "/preview", .operator) {
                try await $0.preview(
                    $1.query["source"], base: $1.query["base"] ?? "", head: $1.query["head"] ?? "")
            },
            report(.get, "/notifications") { operations, _ in try await operations.notifications() },
            report(.get, "/resources") {
                try await $0.resources(kind: $1.query["kind"], source: $1.query["source"])
            },
            report(.get, "/resources/{id}") { try await $0.resource($1.parameters["id"] ?? "") },
            APIRoute(.get, "/providers", .viewer) { [self] _ in .json(await runningProviders) },
            APIRoute(.get, "/resources/{id}/logs", .viewer) { [self] request in
                await Self.answering { try await logs(request) }
            },
            report(.get, "/history") { operations, request in
                let question = HistoryQuestion(
                    resource: request.query["resource"], source: request.query["source"],
                    limit: request.query["limit"].flatMap(Int.init) ?? 50)
                return try await operations.history(question)
            },
        ]
    }

    private var deciding: [APIRoute] {
        [
            answer("/resources/{id}/order", .operator) { operations, request in
                guard let order = request.query["order"].flatMap(SupervisorEngine.Order.init) else {
                    let known = SupervisorEngine.Order.allCases.map(\.rawValue).joined(separator: ", ")
                    throw OperationError(400, "'order' says nothing to do", hint: "send one of \(known)")
                }
                return try await operations.order(
                    order, request.parameters["id"] ?? "", by: request.query["by"])
            },
            answer("/notifications/{name}/test", .operator) {
                try await $0.testNotification($1.parameters["name"] ?? "")
            },
            answer("/sync", .operator) { operations, _ in try await operations.sync(nil) },
            answer("/sources/{source}/sync", .operator) { try await $0.sync($1.parameters["source"] ?? "") },
            APIRoute(.post, "/sources/{source}/progress", .operator) { [self] request in
                await Self.answering {
                    try await progress(request)
                }
            },
            answer("/decisions", .operator) { operations, request in
                guard let saying = try? JSONDecoder().decode(Saying.self, from: Data(request.body)) else {
                    throw OperationError(
                        400, "body is no decision",
                        hint: #"send {"kind": "suspend", "subject": "kind/name", "value": "why"}"#)
                }
                return try await operations.say(saying)
            },
        ]
    }

    private var ending: [APIRoute] {
        [
            answer("/resources/{id}/forget", .admin) { try await $0.forget($1.parameters["id"] ?? "") },
            answer("/sources/{source}/forget", .admin) {
                try await $0.endSource($1.parameters["source"] ?? "", keepsObjects: true)
            },
            answer("/sources/{source}/destroy", .admin) {
                try await $0.endSource($1.parameters["source"] ?? "", keepsObjects: false)
            },
            answer("/reload", .admin) { operations, _ in try await operations.reload() },
        ]
    }

    /// A sync as JSON lines, each a `SyncMoment`; the last one has the report.
    private func progress(_ request: APIRequest) async throws -> APIResponse {
        let timeout = request.query["timeout"].flatMap { Span($0) }
        let saying =
            request.body.isEmpty ? [] : try? JSONDecoder().decode([Saying].self, from: Data(request.body))
        guard let saying else { throw OperationError(400, "body is no list of decisions") }
        let moments = try await operations(request).sync(
            request.parameters["source"] ?? "", saying: saying, timeout: timeout)
        return .jsonLines(moments)
    }

    /// What a job says as JSON lines, each a `JobLog.Line`.
    private func logs(_ request: APIRequest) async throws -> APIResponse {
        let since = try request.query["since"].map { text in
            guard let moment = Timestamp(text) else {
                throw OperationError(400, "'since' is no moment", hint: "send 2026-12-01T14:00:00Z")
            }
            return moment
        }
        return .jsonLines(
            try await operations(request).logs(
                of: request.parameters["id"] ?? "", since: since, follows: request.query["follow"] == "true"))
    }
}

extension Controller {
    func operations(_ request: APIRequest) -> ControllerOperations {
        ControllerOperations(controller: self, caller: request.caller)
    }

    private func report<Answer: Report>(
        _ method: APIRoute.Method, _ path: String, _ role: APIRole = .viewer,
        _ make: @escaping @Sendable (ControllerOperations, APIRequest) async throws -> Answer
    ) -> APIRoute {
        APIRoute(method, path, role) { [self] request in
            await Self.answering {
                .json(bytes: Array(try await make(operations(request), request).json().utf8))
            }
        }
    }
    private func answer(
        _ path: String, _ role: APIRole,
        _ make: @escaping @Sendable (ControllerOperations, APIRequest) async throws -> Answer
    ) -> APIRoute {
        APIRoute(.post, path, role) { [self] request in
            await Self.answering { .json(try await make(operations(request), request)) }
        }
    }

    static func answering(_ body: () async throws -> APIResponse) async -> APIResponse {
        do { return try await body() } catch let error as OperationError {
            return .error(error.status, error.message, hint: error.hint)
        } catch let error as TokenProblem {
            return .error(error.status, error.message, hint: error.hint)
        } catch {
            return .error(500, plainText(error))
        }
    }
}

extension APIResponse {
    /// Each value as it comes.
    fileprivate static func jsonLines(
        _ values: AsyncThrowingStream<some Encodable & Sendable, any Error>
    ) -> APIResponse {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let task = Task {
            defer { line.finish() }
            for try await value in values {
                line.yield(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
            }
        }
        line.onTermination = { _ in task.cancel() }
        return .jsonLines(lines)
    }
}
