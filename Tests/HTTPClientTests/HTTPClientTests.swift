import Fixtures
import Foundation
import HTTPClient
import Testing

@Suite(.timeLimit(.minutes(2)))
struct HTTPClientTests {
    let client: HTTPClient
    init() throws { client = try HTTPClient() }

    @Test func `a request goes out as it was given, and the answer comes back whole`() async throws {
        let seen = Told<String>()
        let server = try RawServer { connection in
            let head = connection.readHead()
            seen.tell(head + connection.readBytes(5))
            connection.write("HTTP/1.1 201 Created\r\nX-Kind: a\r\nx-kind: b\r\nContent-Length: 2\r\n\r\nok")
        }
        let headers: HTTPHeaders = ["X-Second": "2", "X-First": "1", "X-Empty": ""]
        let request = HTTPRequest("PUT", server.url("/a?b=c"), headers: headers, body: Array("hello".utf8))
        let response = try await client.send(request)
        #expect(response.status == 201)
        #expect(response.head.isSuccess)
        #expect(response.text == "ok")
        #expect(response.headers["X-KIND"] == "a")
        #expect(response.headers.values("x-Kind") == ["a", "b"])
        #expect(
            await seen.next() == """
                PUT /a?b=c HTTP/1.1\r
                Host: 127.0.0.1:\(server.port)\r
                Accept: */*\r
                X-Second: 2\r
                X-First: 1\r
                X-Empty:\r
                Content-Length: 5\r
                \r
                hello
                """)
    }

    @Test(arguments: [
        ("POST", "Content-Length: 0"), ("HEAD", "HEAD / HTTP/1.1"), ("DELETE", "DELETE / HTTP/1.1"),
    ])
    func `each method is sent in its own form`(method: String, line: String) async throws {
        let seen = Told<String>()
        let server = try RawServer { connection in
            seen.tell(connection.readHead())
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        let response = try await client.send(HTTPRequest(method, server.url()))
        #expect(response.status == 200)
        #expect(try #require(await seen.next()).contains(line))
    }

    @Test func `early hints and folded headers are read as one answer`() async throws {
        let server = try RawServer.saying(
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\nContent-Length: 2\r\n\r\nok")
        let response = try await client.send(HTTPRequest(server.url()))
        #expect(response.status == 200)
        #expect(response.headers["link"] == nil)
        #expect(response.headers["x-long"] == "one two")
    }

    @Test func `an answer at the limit passes, one byte more does not`() async throws {
        let server = try RawServer.saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
        var request = HTTPRequest(server.url())
        request.maxResponseBytes = 10
        #expect(try await client.send(request).text == "0123456789")
        request.maxResponseBytes = 9
        let error = try await client.failure(request)
        #expect(error.kind == .tooLarge)
        #expect(error.description == "127.0.0.1:\(server.port): answer is larger than 9 bytes")
        request.cutsResponse = true
        #expect(try await client.send(request).text == "012345678")
    }

    @Test func `a thousand requests at once are answered, each with its own answer, on few connections`()
        async throws
    {
        let server = EchoServer()
        let answers = try await server.run { [client] url in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        let body = Array("number \(number)".utf8)
                        return try await client.send(HTTPRequest("POST", url, body: body)).body == body
                    }
                }
                return try await group.reduce(0) { $1 ? $0 + 1 : $0 }
            }
        }
        #expect(answers == 1000)
        #expect(server.total == 1000)
        #expect(server.peak <= 128)
    }

    @Test func `a cancelled task ends its transfer, and the server sees it`() async throws {
        let told = Told<String>()
        let server = try RawServer { connection in
            _ = connection.readHead()
            told.tell("asked")
            connection.waitForClose()
            told.tell("closed")
        }
        let task = Task { [client] in try await client.send(HTTPRequest(server.url())) }
        #expect(await told.next() == "asked")
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(error?.mayHaveBeenSent == true)
        #expect(await told.next() == "closed")
    }

    @Test func `a task that is cancelled before it asks sends nothing`() async throws {
        let server = try RawServer.silent()
        let task = Task { [client] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.send(HTTPRequest(server.url()))
        }
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func `a request that waits for a free connection can be cancelled, and can be late`() async throws {
        let asked = Told<Void>()
        let server = try RawServer { connection in
            _ = connection.readHead()
            asked.tell(())
            connection.waitForClose()
        }
        let busy = (0..<128).map { _ in Task { [client] in try await client.send(HTTPRequest(server.url())) }
        }
        for _ in busy { _ = await asked.next() }
        var late = HTTPRequest(server.url())
        late.timeouts.whole = .milliseconds(1)
        let error = try await client.failure(late)
        #expect(error.description == "127.0.0.1:\(server.port): no connection was free within 1ms")
        let waiting = Task { [client] in try await client.send(HTTPRequest(server.url())) }
        waiting.cancel()
        let cancelled = await #expect(throws: HTTPError.self) { try await waiting.value }
        #expect(cancelled?.kind == .cancelled)
        for task in busy { task.cancel() }
    }

    @Test func `a proxy is asked with the whole URL, and its refusal is told from the server's`() async throws
    {
        let seen = Told<String>()
        let proxy = try RawServer { connection in
            let head = connection.readHead()
            seen.tell(head)
            connection.write(
                head.hasPrefix("CONNECT")
                    ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        var request = HTTPRequest("http://example.invalid/x")
        request.proxy = .url(proxy.url())
        #expect(try await client.send(request).text == "ok")
        #expect(try #require(await seen.next()).hasPrefix("GET http://example.invalid/x HTTP/1.1\r\n"))
        request.url = "https://example.invalid/x"
        let error = try await client.failure(request)
        #expect(error.kind == .proxy)
        #expect(error.description == "example.invalid: proxy answered 403")
        #expect(error.mayHaveBeenSent == false)
    }

    @Test(arguments: [
        ("120", Duration.seconds(120)), (" 0 ", .zero), ("Sat, 21 Nov 2026 14:02:41 GMT", .seconds(30)),
        ("Saturday, 21-Nov-26 14:02:41 GMT", .seconds(30)), ("Sat, 21 Nov 2026 13:00:00 GMT", .zero),
        ("soon", nil), ("-5", nil), ("99999999999999999999", nil), ("", nil),
    ])
    func `Retry-After is read in seconds and as a date`(text: String, expected: Duration?) {
        let now = Date(timeIntervalSince1970: 1_795_269_731)
        let head = HTTPResponseHead(status: 503, headers: ["retry-after": text])
        #expect(head.retryAfter(now: now) == expected)
    }
}
