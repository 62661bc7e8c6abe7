import Fixtures
import Foundation
import HTTPClient
import Model
import Probe
import Testing

@Suite struct AskTests {
    private let client: HTTPClient
    init() throws { client = try HTTPClient() }

    private func ask(_ fields: [String: Value], port: Int, host: String = "127.0.0.1") async throws
        -> ProbeAnswer
    {
        await client.ask(ProbeTarget(try Probe(fields), host: host, port: port), within: [])
    }

    private static func answer(_ status: String, _ body: String = "", _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)connection: close\r\n\r\n\(body)"
    }

    @Test(
        arguments: [
            (answer("200 OK"), [:], .healthy), (answer("204 No Content"), ["status": .int(204)], .healthy),
            (answer("200 OK"), ["status": .int(204)], .unhealthy("http /up answered 200")),
            (answer("500 No"), [:], .unhealthy("http /up answered 500")),
            (
                answer("302 Found", "", "location: http://127.0.0.1:1/\r\n"), [:],
                .unhealthy("http /up answered 302")
            ),
            (answer("200 OK", "all is well"), ["body": .string("is well")], .healthy),
            (
                answer("200 OK", "all is lost"), ["body": .string("is well")],
                .unhealthy("http /up answered without 'is well'")
            ),
            ("nonsense\r\n\r\n", [:], .unhealthy("http /up: answer is not HTTP")),
            ("", [:], .unhealthy("http /up: connection was closed without an answer")),
        ] as [(String, [String: Value], ProbeAnswer)])
    func `an answer by http is judged`(answer: String, fields: [String: Value], expected: ProbeAnswer)
        async throws
    {
        let server = try RawServer.saying(answer)
        let question = ["http": Value.string("/up")].merging(fields) { $1 }
        #expect(try await ask(question, port: server.port) == expected)
    }

    @Test func `the request is what the probe says`() async throws {
        let told = Told<String>()
        let server = try RawServer { connection in
            told.tell(connection.readHead())
            connection.write(Self.answer("200 OK"))
        }
        let fields: [String: Value] = [
            "http": .string("up"), "method": .string("HEAD"),
            "headers": .map(["Host": .string("shop.example")]),
        ]
        #expect(try await ask(fields, port: server.port) == .healthy)
        let head = await told.next() ?? ""
        #expect(head.hasPrefix("HEAD /up HTTP/1.1\r\n"))
        #expect(head.contains("Host: shop.example\r\n"))
    }

    @Test func `each question comes on a connection of its own`() async throws {
        let told = Told<Int>()
        let server = try RawServer { connection in
            var count = 0
            while connection.readHead().hasSuffix("\r\n\r\n") {
                connection.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                count += 1
            }
            told.tell(count)
        }
        for _ in 0..<3 { #expect(try await ask(["http": .string("/up")], port: server.port) == .healthy) }
        for _ in 0..<3 { #expect(await told.next() == 1) }
    }

    @Test func `a server that never answers is unhealthy after the timeout`() async throws {
        let server = try RawServer.silent()
        let fields: [String: Value] = ["http": .string("/up"), "timeout": .string("100ms")]
        #expect(
            try await ask(fields, port: server.port) == .unhealthy("http /up: no whole answer within 100ms"))
    }

    @Test func `a port that takes connections is healthy by tcp, and is told nothing`() async throws {
        let told = Told<String>()
        let server = try RawServer { told.tell($0.readHead()) }
        #expect(try await ask(["tcp": .bool(true)], port: server.port) == .healthy)
        #expect(await told.next() == "")
    }

    @Test func `a port that nobody listens on is not`() async throws {
        let port = try RawServer { _ in }.port
        #expect(try await ask(["tcp": .bool(true)], port: port) == .unhealthy("tcp: connection refused"))
    }

    @Test func `what a manifest names is asked only inside the networks`() async throws {
        let server = try RawServer { _ in }
        var target = ProbeTarget(
            try Probe(["tcp": .bool(true)]), host: "localhost", port: server.port, isForeign: true)
        #expect(await client.ask(target, within: Network.loopback) == .healthy)
        let elsewhere = [Network("10.0.0.0/8"), Network("2001:db8::/32")].compactMap(\.self)
        #expect(
            await client.ask(target, within: elsewhere)
                == .unhealthy("tcp: its address is in none of the networks that may be reached"))
        target.isForeign = false
        #expect(await client.ask(target, within: elsewhere) == .healthy)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("192.168.4.0/23", "192.168.5.9", true), ("192.168.4.0/23", "192.168.6.9", false),
        ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false), ("::1", "::1", true),
        ("2001:db8::/33", "2001:db8:7fff::", true), ("2001:db8::/33", "2001:db8:8000::", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("10.0.0.0/8", "example.org", false),
    ])
    func `a network holds addresses`(network: String, address: String, isInside: Bool) throws {
        #expect(try #require(Network(network)).contains(address) == isInside)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "ten", "::/129", "1.2.3"])
    func `what is none is refused`(text: String) { #expect(Network(text) == nil) }
}

extension Probe {
    /// With the defaults that a manifest's fields have.
    init(_ fields: [String: Value]) throws {
        let base: [String: Value] = [
            "interval": .string("10s"), "timeout": .string("5s"), "passes": .int(1), "failures": .int(3),
            "method": .string("GET"),
        ]
        self = try Probe(.map(base.merging(fields) { $1 }))
    }
}
