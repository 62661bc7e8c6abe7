import Foundation
import HTTPClient
import Model
import Review
import Run
import Server

/// What can be asked, answered by a controller that listens on a unix socket.
struct RemoteOperations: Operations {
    let socket: String
    private let client: HTTPClient

    init(socket: String) throws {
        self.socket = socket
        client = try HTTPClient()
    }

    func status(_ source: String?) async throws -> StatusReport {
        try await report("/status", ["source": source])
    }
    func sources() async throws -> SourceReport { try await report("/sources") }
    func plan(_ source: String) async throws -> PlanReport {
        try await report("/sources/\(source.pathPart)/plan")
    }
    func drift(_ source: String) async throws -> DriftReport {
        try await report("/sources/\(source.pathPart)/drift")
    }
    func preview(_ source: String?, base: String, head: String) async throws -> PreviewReport {
        var request = request("GET", "/preview", ["source": source, "base": base, "head": head])
        // It has limits of its own.
        request.timeouts.whole = nil
        let response = try await send(request)
        do { return try PreviewReport(json: response.text) } catch { throw otherVersion }
    }
    func resources(kind: String?, source: String?) async throws -> ResourceTable {
        try await report("/resources", ["kind": kind, "source": source])
    }
    func resource(_ id: String) async throws -> ResourceReport {
        try await report("/resources/\(id.pathPart)")
    }
    func history(_ question: HistoryQuestion) async throws -> HistoryReport {
        try await report(
            "/history",
            ["resource": question.resource, "source": question.source, "limit": String(question.limit)])
    }
    func sync(_ source: String?) async throws -> Answer {
        try await answer(source.map { "/sources/\($0.pathPart)/sync" } ?? "/sync")
    }
    func say(_ saying: Saying) async throws -> Answer {
        try await answer("/decisions", body: try JSONEncoder().encode(saying))
    }
    func forget(_ id: String) async throws -> Answer { try await answer("/resources/\(id.pathPart)/forget") }
    func endSource(_ name: String, keepsObjects: Bool) async throws -> Answer {
        try await answer("/sources/\(name.pathPart)/\(keepsObjects ? "forget" : "destroy")")
    }
    func requests(_ repository: String?) async throws -> RequestReport {
        try await report("/requests", ["repository": repository])
    }
    func reviews(_ source: String?) async throws -> ReviewReport {
        try await report("/reviews", ["source": source])
    }
    func notifications() async throws -> NotificationReport { try await report("/notifications") }
    func testNotification(_ name: String) async throws -> Answer {
        try await answer("/notifications/\(name.pathPart)/test")
    }
    func reload() async throws -> Answer { try await answer("/reload") }

    func order(_ order: SupervisorEngine.Order, _ job: String, by: String?) async throws -> Answer {
        try await answer("/resources/\(job.pathPart)/order", ["order": order.rawValue, "by": by])
    }
    func logs(
        of job: String, since: Timestamp?, follows: Bool
    ) async throws -> AsyncThrowingStream<JobLog.Line, any Error> {
        try await lines(
            request(
                "GET", "/resources/\(job.pathPart)/logs",
                ["since": since?.description, "follow": follows ? "true" : nil]))
    }

    func tokens() async throws -> TokenReport { try await report("/tokens") }
    func createToken(_ wish: TokenWish) async throws -> NewToken {
        var request = request("POST", "/tokens")
        request.body = Array(try JSONEncoder().encode(wish))
        let response = try await send(request)
        do { return try JSONDecoder().decode(NewToken.self, from: Data(response.body)) } catch {
            throw otherVersion
        }
    }
    func revokeToken(_ name: String) async throws -> Answer {
        try await answer("/tokens/\(name.pathPart)/revoke")
    }

    /// Every service with all of its endpoints.
    func catalog() async throws -> CatalogList {
        let response = try await send(request("GET", "/catalog/services", ["all": "true"]))
        do { return try JSONDecoder().decode(CatalogList.self, from: Data(response.body)) } catch {
            throw otherVersion
        }
    }

    /// The processes of providers, by the engine's name.
    func runningProviders() async throws -> [String: ProviderList.Running] {
        let response = try await send(request("GET", "/providers"))
        do {
            return try JSONDecoder().decode([String: ProviderList.Running].self, from: Data(response.body))
        } catch { throw otherVersion }
    }

    /// What hears of pushes.
    func webhooks() async throws -> WebhookList {
        let response = try await send(request("GET", "/webhooks"))
        do { return try JSONDecoder().decode(WebhookList.self, from: Data(response.body)) } catch {
            throw otherVersion
        }
    }
    func testWebhook(_ name: String) async throws -> Answer {
        try await answer("/webhooks/\(name.pathPart)/test")
    }

    func sync(
        _ source: String, saying: [Saying], timeout: Span?
    ) async throws -> AsyncThrowingStream<SyncMoment, any Error> {
        var request = request(
            "POST", "/sources/\(source.pathPart)/progress", ["timeout": timeout?.description])
        request.body = Array(try JSONEncoder().encode(saying))
        return try await lines(request)
    }

    /// An answer that goes on for as long as it has something to say.
    private func lines<Value: Decodable & Sendable>(
        _ request: HTTPRequest
    ) async throws -> AsyncThrowingStream<Value, any Error> {
        var request = request
        request.timeouts.whole = nil
        let (head, body) = try await reaching { () async throws(HTTPError) in try await client.stream(request)
        }
        guard head.isSuccess else {
            var bytes: [UInt8] = []
            for try await part in body { bytes += part }
            throw OperationError(head.status, body: bytes)
        }
        return body.decodedLines()
    }
}

extension RemoteOperations {
    private func request(_ method: String, _ path: String, _ query: [String: String?] = [:]) -> HTTPRequest {
        let items = query.compactMap { name, value in value.map { "\(name)=\($0.pathPart)" } }.sorted()
        let tail = items.isEmpty ? "" : "?\(items.joined(separator: "&"))"
        var request = HTTPRequest(method, "http://martlet/v1\(path)\(tail)")
        (request.unixSocket, request.proxy) = (socket, .none)
        request.maxResponseBytes = 256 << 20
        return request
    }

    private func report<Answer: Report>(_ path: String, _ query: [String: String?] = [:]) async throws
        -> Answer
    {
        let response = try await send(request("GET", path, query))
        do { return try Answer(json: response.text) } catch { throw otherVersion }
    }
    private func answer(
        _ path: String, _ query: [String: String?] = [:], body: Data? = nil
    ) async throws -> Answer {
        var request = request("POST", path, query)
        request.body = Array(body ?? Data())
        let response = try await send(request)
        do { return try JSONDecoder().decode(Answer.self, from: Data(response.body)) } catch {
            throw otherVersion
        }
    }
    private var otherVersion: OperationError {
        OperationError(
            502, "the controller on \(socket) gives an answer that this martlet can't read",
            hint: "they are of different versions: this one is \(Martlet.version)")
    }

    private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let response = try await reaching { () async throws(HTTPError) in try await client.send(request) }
        guard response.head.isSuccess else { throw OperationError(response.status, body: response.body) }
        return response
    }

    /// Nobody there is another thing than a wrong answer.
    private func reaching<Value>(_ body: () async throws(HTTPError) -> Value) async throws -> Value {
        do throws(HTTPError) { return try await body() } catch {
            guard error.kind == .refused || error.kind == .unreachable else { throw error }
            if access(socket, W_OK) != 0, errno == EACCES {
                throw OperationError(
                    403, "socket '\(socket)' may not be opened by this user",
                    hint: "run the command as the controller's user")
            }
            throw NoController(socket: socket)
        }
    }
}

extension HTTPBody {
    /// One for each line.
    fileprivate func decodedLines<Value: Decodable & Sendable>() -> AsyncThrowingStream<Value, any Error> {
        AsyncThrowingStream { values in
            let task = Task {
                do {
                    var rest: [UInt8] = []
                    for try await part in self {
                        rest += part
                        while let end = rest.firstIndex(of: 0x0a) {
                            values.yield(try JSONDecoder().decode(Value.self, from: Data(rest[..<end])))
                            rest.removeSubrange(...end)
                        }
                    }
                    values.finish()
                } catch {
                    values.finish(throwing: error)
                }
            }
            values.onTermination = { _ in task.cancel() }
        }
    }
}

extension OperationError {
    init(_ status: Int, body: [UInt8]) {
        let error = try? JSONDecoder().decode(APIErrorBody.self, from: Data(body)).error
        self.init(
            status, error?.message ?? "the controller answered with status \(status)", hint: error?.hint)
    }
}

extension String {
    /// Fit to stand as one part of a path, or as a value of a query.
    fileprivate var pathPart: String {
        let plain = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~")
        // A part that is only dots would be taken out of the path.
        return addingPercentEncoding(withAllowedCharacters: plain) ?? self
    }
}
