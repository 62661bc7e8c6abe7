import Foundation
import HTTPClient
import Server
import Testing

@Suite(.timeLimit(.minutes(2)))
struct APIServerTests {
    static let echo = APIRoute(.post, "/echo/{name}/{id}", .operator) { request in
        let query = request.query.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let text = [
            request.caller.name, request.caller.role.rawValue, request.parameters["name"] ?? "",
            request.parameters["id"] ?? "", query.joined(separator: "&"), String(request.body.count),
        ]
        return .text(text.joined(separator: "|"))
    }
    static func fixed(_ method: APIRoute.Method, _ role: APIRole) -> APIRoute {
        APIRoute(method, "/fixed/\(role.rawValue)", role) { _ in .json(["answer": role.rawValue]) }
    }
    static let routes = [
        echo, fixed(.get, .viewer), fixed(.get, .operator), fixed(.get, .admin), fixed(.delete, .admin),
    ]

    @Test func `a route is given its parameters, query and body, decoded`() async throws {
        try await RunningServer.run(Self.routes) { server in
            let path = "/v1/echo/web%20one/job%2Fshop%2Fweb?b=x+y%26z&a=%C3%A9&c"
            let response = try await server.send(
                server.request("POST", path, token: "rule", body: [1, 2, 3]))
            #expect(response.text == "rule|admin|web one|job/shop/web|a=é&b=x y&z&c=|3")
        }
    }

    static let permissions: [(token: String?, role: APIRole, status: Int)] = [
        ("view", .viewer, 200), ("view", .operator, 403), ("view", .admin, 403), ("operate", .viewer, 200),
        ("operate", .operator, 200), ("operate", .admin, 403), ("rule", .admin, 200), ("wrong", .viewer, 401),
        (nil, .viewer, 401), ("", .viewer, 401),
    ]
    @Test func `a token may what its role may, and nobody without one`() async throws {
        try await RunningServer.run(Self.routes) { server in
            for (token, role, status) in Self.permissions {
                let response = try await server.send(
                    server.request("GET", "/v1/fixed/\(role.rawValue)", token: token))
                #expect(response.status == status, "\(token ?? "nobody") to \(role)")
                #expect(response.headers["cache-control"] == "no-store")
                #expect(response.headers["x-content-type-options"] == "nosniff")
                #expect(response.headers["content-type"] == "application/json")
                if status == 401 { #expect(response.headers["www-authenticate"] == "Bearer") }
            }
            let refused = try await server.send(server.request("GET", "/v1/fixed/admin", token: "view"))
            #expect(refused.errorBody?.message == "role viewer may not do this, which needs admin")
            let local = try await server.send(server.local("GET", "/v1/fixed/admin"))
            #expect(local.text == #"{"answer":"admin"}"#)
        }
    }

    static let answers: [(method: String, path: String, token: String?, status: Int, message: String)] = [
        ("GET", "/v1/nowhere", "rule", 404, "path is not known"),
        ("GET", "/v1/nowhere", nil, 401, "no token, or one that is not known"),
        ("GET", "/v1/echo/a", "rule", 404, "path is not known"),
        ("GET", "/v1/echo/a/b", "rule", 405, "method is not allowed, only POST"),
        ("POST", "/v1/fixed/admin", "rule", 405, "method is not allowed, only DELETE, GET"),
        ("POST", "/healthz", "rule", 405, "method is not allowed, only GET"),
        ("GET", "/", "rule", 404, "path is not known"), ("GET", "/v1", "rule", 404, "path is not known"),
        ("GET", "//v1/fixed/viewer", "rule", 404, "path is not known"),
        ("GET", "/v1/fixed/viewer/", "rule", 404, "path is not known"),
        ("GET", "/metrics", nil, 401, "no token, or one that is not known"),
        ("POST", "/v1/echo/a/b?x=%zz", "rule", 400, "query can't be decoded"),
        ("POST", "/v1/echo/a/%ff", "rule", 404, "path is not known"),
    ]
    @Test func `what is wrong is said in one form`() async throws {
        try await RunningServer.run(Self.routes) { server in
            for (method, path, token, status, message) in Self.answers {
                let response = try await server.send(server.request(method, path, token: token))
                #expect(response.status == status, "\(method) \(path)")
                #expect(response.errorBody?.message == message, "\(method) \(path)")
            }
            let wrong = try await server.send(server.request("POST", "/v1/fixed/admin", token: "rule"))
            #expect(wrong.headers["allow"] == "DELETE, GET")
        }
    }

    @Test func `health and readiness answer everybody, metrics those who may`() async throws {
        try await RunningServer.run(metrics: "passes_total 3\n") { server in
            for path in ["/healthz", "/readyz"] {
                let response = try await server.send(server.request("GET", path))
                #expect(response.status == 200 && response.text == "ok\n")
            }
            let metrics = try await server.send(server.request("GET", "/metrics", token: "view"))
            #expect(metrics.text == "passes_total 3\n")
            #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(try await server.send(server.local("GET", "/metrics")).status == 200)
        }
        let unready = Vitals.Unready("1 source\nis not loaded", details: "shop\nis not loaded")
        let ill = Vitals(trouble: { "no pass for 5m" }, unready: { unready })
        try await RunningServer.run(vitals: ill) { server in
            let health = try await server.send(server.request("GET", "/healthz"))
            #expect(health.status == 503 && health.text == "no pass for 5m\n")
            let ready = try await server.send(server.request("GET", "/readyz"))
            #expect(ready.status == 503 && ready.text == "1 source is not loaded\n")
            for request in [server.request("GET", "/readyz", token: "view"), server.local("GET", "/readyz")] {
                let ready = try await server.send(request)
                #expect(ready.status == 503 && ready.text == "shop is not loaded\n")
            }
        }
    }

    @Test func `a server that names its hosts answers no other, so that no page of another site can read it`()
        async throws
    {
        try await RunningServer.run(hosts: ["localhost", "[::1]", "127.0.0.1"]) { server in
            for (host, status) in [
                ("127.0.0.1:\(server.port)", 200), ("LOCALHOST", 200), ("[::1]:7071", 200),
                ("evil.example", 421), ("127.0.0.1.evil.example:\(server.port)", 421), ("[::2]", 421),
            ] {
                var request = server.request("GET", "/healthz")
                request.headers["Host"] = host
                #expect(try await server.send(request).status == status, "\(host)")
            }
            #expect(try await server.send(server.local("GET", "/healthz")).status == 200)
            let old = try RawClient(port: server.port)
            old.send("GET /healthz HTTP/1.0\r\n\r\n")
            #expect(await old.read().prefix { $0 != "\r\n" }.contains(" 200 "))
        }
    }

    @Test func `a body at the cap passes, one byte more does not, declared or in chunks`() async throws {
        try await RunningServer.run(Self.routes) { server in
            let cap = 1 << 20
            let body = [UInt8](repeating: 120, count: cap)
            let whole = try await server.send(
                server.request("POST", "/v1/echo/a/b", token: "rule", body: body))
            #expect(whole.text == "rule|admin|a|b||1048576")
            let large = try await server.send(
                server.request("POST", "/v1/echo/a/b", token: "rule", body: body + [120]))
            #expect(large.status == 413)
            #expect(large.errorBody?.message == "body is larger than 1 MiB")

            let chunked = try RawClient(port: server.port)
            chunked.send(Self.head("POST", "/v1/echo/a/b", "Transfer-Encoding: chunked"))
            for _ in 0...16 { chunked.send("10000\r\n" + String(repeating: "x", count: 65536) + "\r\n") }
            let answer = await chunked.read()
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("body is larger than 1 MiB"))
        }
    }

    @Test func `a body without end is cut off`() async throws {
        try await RunningServer.run(Self.routes) { server in
            let client = try RawClient(port: server.port)
            client.send(Self.head("POST", "/v1/echo/a/b", "Transfer-Encoding: chunked"))
            let chunk = "10000\r\n" + String(repeating: "x", count: 65536) + "\r\n"
            let sender = Thread { while client.send(chunk) {} }
            sender.start()
            #expect(await client.read().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `nobody's body is read before it is known who sends it`() async throws {
        try await RunningServer.run(Self.routes) { server in
            let client = try RawClient(port: server.port)
            client.send("POST /v1/echo/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
            #expect(await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 401 "))
        }
    }

    @Test func `huge headers and garbage end the connection, and nobody else's`() async throws {
        try await RunningServer.run(Self.routes) { server in
            let big = "X-Big: \(String(repeating: "x", count: 8000))\r\n"
            for text in [
                Self.head("GET", "/v1/fixed/viewer", String(repeating: big, count: 8)), "garbage\r\n\r\n",
            ] {
                let client = try RawClient(port: server.port)
                client.send(text)
                #expect(await client.read().hasPrefix("HTTP/1.1 400 "))
            }
            #expect(try await server.send(server.request("GET", "/healthz")).status == 200)
        }
    }

    @Test func `slow clients hold up neither others nor the shutdown`() async throws {
        try await RunningServer.run(Self.routes) { server in
            let slow = try (0..<50).map { _ in try RawClient(port: server.port) }
            for client in slow { client.send("GET /v1/fixed/viewer HTTP/1.1\r\nHo") }
            #expect(try await server.send(server.request("GET", "/healthz")).status == 200)
            await server.shutDown()
            for client in slow { #expect(await client.read() == "") }
        }
    }

    @Test func `lines come as they are made, and a shutdown ends them cleanly`() async throws {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let route = APIRoute(.get, "/progress", .viewer) { _ in .jsonLines(lines) }
        try await RunningServer.run([route]) { server in
            let (head, body) = try await server.client.stream(server.local("GET", "/v1/progress"))
            #expect(head.headers["content-type"] == "application/jsonl")
            var iterator = body.makeAsyncIterator()
            for text in [#"{"pass":1}"#, #"{"pass":2}"#] {
                line.yield(text)
                #expect(try await iterator.next() == Array((text + "\n").utf8))
            }
            await server.shutDown()
            #expect(try await iterator.next() == nil)
        }
    }

    private static func head(_ method: String, _ path: String, _ header: String) -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer rule\r\n\(header)\r\n\r\n"
    }
}
