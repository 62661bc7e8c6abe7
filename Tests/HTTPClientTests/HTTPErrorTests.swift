import Fixtures
import Foundation
import HTTPClient
import Testing

/// What goes wrong, and that it is said in plain words that hold no secret.
@Suite(.timeLimit(.minutes(2)))
struct HTTPErrorTests {
    let client: HTTPClient
    init() throws { client = try HTTPClient() }

    static let wrongAnswers: [(String, HTTPError.Kind, String)] = [
        ("", .closed, "connection was closed without an answer"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", .closed,
            "connection was closed in the middle of the answer"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", .closed,
            "connection was closed in the middle of the answer"
        ),
        ("garbage canary\u{1b}[31m\r\n\r\n", .malformed, "answer is not HTTP"),
        ("HTTP/9.9 canary\r\n\r\n", .malformed, "answer is not HTTP"),
        (
            "HTTP/1.1 200 OK\r\nX-Big: \(String(repeating: "canary", count: 12_000))\r\n"
                + String(repeating: "X-More: \(String(repeating: "y", count: 60_000))\r\n", count: 5)
                + "\r\n",
            .tooLarge, "headers are larger than 262144 bytes"
        ),
    ]
    @Test(arguments: wrongAnswers)
    func `a wrong answer is named, and not repeated`(answer: String, kind: HTTPError.Kind, cause: String)
        async throws
    {
        let server = try RawServer.saying(answer)
        let error = try await failure(HTTPRequest("POST", secret(server.port), headers: secretHeaders))
        #expect(error.kind == kind)
        #expect(error.description == "127.0.0.1:\(server.port): \(cause)")
        #expect(error.mayHaveBeenSent)
    }

    @Test func `a server that never answers is late`() async throws {
        let server = try RawServer.silent()
        var request = HTTPRequest(secret(server.port), headers: secretHeaders)
        request.timeouts.whole = .milliseconds(200)
        let error = try await failure(request)
        #expect(error.kind == .timedOut)
        #expect(error.description == "127.0.0.1:\(server.port): no whole answer within 200ms")
        #expect(error.isRetryable && error.mayHaveBeenSent)
    }

    @Test func `a server that falls silent is told from one that is slow`() async throws {
        let silent = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nstart")
            connection.waitForClose()
        }
        var request = HTTPRequest(secret(silent.port), headers: secretHeaders)
        request.timeouts = .endless(idle: .seconds(1))
        let error = try await failure(request)
        #expect(error.description == "127.0.0.1:\(silent.port): silent for 1s")

        let dripping = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            while connection.write("x") { usleep(20_000) }
        }
        request.url = secret(dripping.port)
        request.timeouts.whole = .milliseconds(300)
        #expect(try await failure(request).cause == "no whole answer within 300ms")
    }

    @Test func `a handshake that is never answered is no connection`() async throws {
        let server = try RawServer.silent()
        var request = HTTPRequest("https://127.0.0.1:\(server.port)/?q=canary", headers: secretHeaders)
        request.timeouts.connect = .milliseconds(200)
        let error = try await failure(request)
        #expect(error.description == "127.0.0.1:\(server.port): no connection within 200ms")
        #expect(!error.mayHaveBeenSent)
    }

    @Test func `a server that speaks no TLS breaks the handshake`() async throws {
        let server = try RawServer { connection in
            connection.write("HTTP/1.1 400 canary\r\n\r\n")
            connection.waitForClose()
        }
        let error = try await failure(HTTPRequest("https://127.0.0.1:\(server.port)/?q=canary"))
        #expect(error.kind == .tls)
        #expect(error.cause.hasPrefix("no TLS: "))
    }

    @Test func `nobody listens`() async throws {
        let port = try RawServer.silent().port
        let error = try await failure(HTTPRequest(secret(port), headers: secretHeaders))
        #expect(error.kind == .refused)
        #expect(error.description == "127.0.0.1:\(port): connection refused")
        #expect(error.isRetryable && !error.mayHaveBeenSent)
    }

    @Test func `a name that does not exist`() async throws {
        let request = HTTPRequest("http://user-canary@no-such-host.invalid/?q=canary", headers: secretHeaders)
        let error = try await failure(request)
        #expect(error.kind == .unresolved)
        #expect(error.description == "no-such-host.invalid: name can't be resolved")
    }

    @Test func `a socket that does not exist`() async throws {
        let folder = try TemporaryFolder()
        var request = HTTPRequest("http://controller/?q=canary")
        request.unixSocket = folder.url.appending(path: "none.sock").path
        let error = try await failure(request)
        #expect(error.kind == .refused)
        #expect(error.description == "socket \(folder.path.trimmingSuffix("/"))/none.sock: no such socket")
    }

    @Test(arguments: [
        ("GET", "ftp://h/canary", "URL is neither http nor https"),
        ("GET", "file:///etc/canary", "URL is neither http nor https"),
        ("GET", "canary:canary@h", "URL is neither http nor https"),
        ("GET", "http://?canary", "URL has no host, or one that is no name"),
        ("GET", "http://h:99999/canary", "URL has a port that is no number up to 65535"),
        ("GET", "http://h/ca nary canary", "URL can't be read"),
        ("GET", "http://h/\r\ncanary: canary", "URL can't be read"),
        ("", "", "URL is neither http nor https"),
        ("GE T", "http://h/canary", "h: method has a character that is not allowed"),
    ])
    func `a request that is wrong is refused before anything is sent`(
        method: String, url: String, text: String
    )
        async throws
    {
        let error = try await failure(HTTPRequest(method, url))
        #expect(error.kind == .invalidRequest)
        #expect(error.description == text)
        #expect(!error.isRetryable && !error.mayHaveBeenSent)
    }

    @Test(arguments: [
        ("X-A", "canary\r\nX-B: canary", "h: header 'X-A' has a line end or NUL in its value"),
        ("X-A\r\nX-B", "canary", "h: a header's name is empty or has a character that is not allowed"),
        ("", "canary", "h: a header's name is empty or has a character that is not allowed"),
    ])
    func `a header that would become two is refused`(name: String, value: String, text: String) async throws {
        var request = HTTPRequest("http://h/")
        request.headers.append(name, value)
        #expect(try await failure(request).description == text)
    }

    @Test func `a socket's path that is too long is refused by its length`() async throws {
        var request = HTTPRequest("http://h/")
        request.unixSocket = "/" + String(repeating: "x", count: 107)
        #expect(try await failure(request).cause == "socket's path has 108 bytes, and the system allows 107")
    }

    @Test func `a request shows its method and host alone`() {
        let request = HTTPRequest("POST", secret(1), headers: secretHeaders, body: Array("canary".utf8))
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(request)", String(reflecting: request), dumped] {
            #expect(text.contains("127.0.0.1:1"))
            #expect(!text.contains("canary"))
        }
    }

    private let secretHeaders: HTTPHeaders = ["Authorization": "Bearer canary", "X-Token": "canary"]
    private func secret(_ port: Int) -> String {
        "http://user-canary:pass-canary@127.0.0.1:\(port)/path-canary?token=query-canary#canary"
    }

    /// The error, which in none of its forms holds a canary.
    private func failure(_ request: HTTPRequest) async throws -> HTTPError {
        let error = try await client.failure(request)
        var dumped = ""
        dump(error, to: &dumped)
        let texts = [
            "\(error)", String(reflecting: error), dumped, error.hint ?? "", error.localizedDescription,
        ]
        for text in texts { #expect(!text.contains("canary"), "\(text)") }
        return error
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}

extension HTTPErrorTests {
    @Test(arguments: [
        ("http://192.0.2.7/", true), ("HTTP://chat.example/", true),
        ("http://localhost:80@chat.example/", true),
        ("http://127.0.0.1.chat.example/", true), ("http://localhost/", false),
        ("http://127.9.9.9:1/", false),
        ("http://[::1]:1/", false), ("https://chat.example/", false), ("nowhere", false),
    ])
    func `a credential is not sent where everybody on the way reads it`(url: String, isOpen: Bool)
        async throws
    {
        var request = HTTPRequest("POST", url, headers: secretHeaders)
        #expect(request.isOpenToAll == isOpen)
        guard isOpen else { return }
        request.isConfidential = true
        let error = try await failure(request)
        #expect(error.kind == .invalidRequest && !error.mayHaveBeenSent)
        #expect(error.description.hasSuffix(": http would show a credential to everybody on the way"))
    }

    @Test func `to this machine it is sent in clear`() async throws {
        let server = try RawServer.saying("HTTP/1.1 204 No Content\r\n\r\n")
        var request = HTTPRequest("POST", secret(server.port), headers: secretHeaders)
        request.isConfidential = true
        #expect(try await client.send(request).status == 204)
    }
}
