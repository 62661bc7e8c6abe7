/// HTTP over libcurl: one thread, one pool of connections and one cache of names for all who share it.
package final class HTTPClient: Sendable {
    let loop: TransferLoop

    package init() throws(HTTPError) { loop = try TransferLoop() }
    /// Nobody waits for anything then.
    deinit { loop.stop() }

    /// The whole answer, whatever its status. A task that is cancelled ends the transfer at once.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        try await follow(request, .whole) { exchange throws(HTTPError) in
            let response = try await exchange.whole()
            return (response.head, response)
        }
    }

    /// The head as soon as it is there, and the body as it comes.
    package func stream(_ request: HTTPRequest) async throws(HTTPError) -> (
        head: HTTPResponseHead, body: HTTPBody
    ) {
        try await follow(request, .stream(buffer: 256 << 10)) { exchange throws(HTTPError) in
            let reader = HTTPBody.Reader(exchange, self)
            let head = try await exchange.head()
            return (head, (head, HTTPBody(reader: reader)))
        }
    }

    /// Nothing but a TCP connection to the URL's host and port, which is closed at once.
    package func connect(_ request: HTTPRequest) async throws(HTTPError) {
        let deadline = request.timeouts.whole.map { ContinuousClock.now + $0 }
        let exchange = try Exchange(request, .connection, deadline: deadline)
        let _: Void = try await run(exchange) { exchange throws(HTTPError) in try await exchange.connected() }
    }

    private func follow<Answer: Sendable>(
        _ request: HTTPRequest, _ style: Exchange.Style,
        _ read: @Sendable (Exchange) async throws(HTTPError) -> (HTTPResponseHead, Answer)
    ) async throws(HTTPError) -> Answer {
        let deadline = request.timeouts.whole.map { ContinuousClock.now + $0 }
        var (request, followed) = (request, 0)
        while true {
            let exchange = try Exchange(request, style, deadline: deadline)
            let (head, answer) = try await run(exchange, read)
            guard request.maxRedirects > 0, let next = try request.redirected(by: head) else { return answer }
            followed += 1
            guard followed <= request.maxRedirects else {
                throw HTTPError(
                    .redirected, exchange.address.label, "more than \(request.maxRedirects) redirects",
                    mayHaveBeenSent: true)
            }
            request = next
        }
    }

    private func run<Answer: Sendable>(
        _ exchange: Exchange, _ read: @Sendable (Exchange) async throws(HTTPError) -> Answer
    ) async throws(HTTPError) -> Answer {
        let result: Result<Answer, HTTPError> = await withTaskCancellationHandler {
            loop.start(exchange)
            do throws(HTTPError) { return .success(try await read(exchange)) } catch {
                return .failure(error)
            }
        } onCancel: {
            loop.cancel(exchange)
        }
        return try result.get()
    }
}
