import Fixtures
import Foundation
import HTTPClient
import Model
import Probe
import Synchronization
import Testing

/// Whatever a server does, a probe ends, takes little, and goes nowhere else.
@Suite(.timeLimit(.minutes(1))) struct HostileServerTests {
    private let client: HTTPClient
    init() throws { client = try HTTPClient() }

    private func ask(_ server: RawServer, _ fields: [String: Value] = [:]) async throws -> ProbeAnswer {
        let probe = try Probe(["http": Value.string("/up")].merging(fields) { $1 })
        return await client.ask(ProbeTarget(probe, host: "127.0.0.1", port: server.port), within: [])
    }
    private static let short: [String: Value] = ["timeout": .string("2s")]

    @Test func `one that drips its answer is late`() async throws {
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            while connection.write("x") { usleep(10_000) }
        }
        #expect(
            try await ask(server, Self.short) == .unhealthy("http /up: no whole answer within 2s"))
    }

    @Test func `one that drips its status is late`() async throws {
        let server = try RawServer { connection in
            _ = connection.readHead()
            for byte in "HTTP/1.1 200 OK\r\n" {
                guard connection.write(String(byte)) else { return }
                usleep(50_000)
            }
            connection.waitForClose()
        }
        #expect(
            try await ask(server, Self.short) == .unhealthy("http /up: no whole answer within 2s"))
    }

    @Test(
        arguments: [
            ([:], ProbeAnswer.healthy), (["body": .string("xx")], .healthy),
            (["body": .string("y")], .unhealthy("http /up answered without 'y'")),
            (["status": .int(204)], .unhealthy("http /up answered 200")),
        ] as [([String: Value], ProbeAnswer)])
    func `one that sends a gigabyte is not read to its end`(fields: [String: Value], expected: ProbeAnswer)
        async throws
    {
        let sent = Told<Int>()
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
            let piece = String(repeating: "x", count: 1 << 20)
            var count = 0
            while count < 1024, connection.write(piece) { count += 1 }
            sent.tell(count)
        }
        #expect(try await ask(server, fields) == expected)
        // What the two sockets hold is gone, and nothing beyond it.
        #expect(try #require(await sent.next()) < 64)
    }

    @Test func `what is sought beyond the first 64 KiB is not there`() async throws {
        let text = String(repeating: "x", count: Probe.mostBytes - 1) + "yy"
        let server = try RawServer.saying(
            "HTTP/1.1 200 OK\r\ncontent-length: \(text.utf8.count)\r\nconnection: close\r\n\r\n\(text)")
        #expect(try await ask(server, ["body": .string("xy")]) == .healthy)
        #expect(
            try await ask(server, ["body": .string("yy")]) == .unhealthy("http /up answered without 'yy'"))
    }

    @Test func `headers without end are an error`() async throws {
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\n")
            let line = "x-a: \(String(repeating: "a", count: 1000))\r\n"
            while connection.write(line) {}
        }
        #expect(
            try await ask(server) == .unhealthy("http /up: headers are larger than 262144 bytes"))
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is an answer, and is never followed`(status: Int) async throws {
        let isAsked = Told<String>()
        let other = try RawServer { connection in
            isAsked.tell(connection.readHead())
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        let server = try RawServer.saying(
            "HTTP/1.1 \(status) Elsewhere\r\nlocation: \(other.url())\r\ncontent-length: 0\r\n"
                + "connection: close\r\n\r\n")
        #expect(try await ask(server) == .unhealthy("http /up answered \(status)"))
        #expect(try await ask(server, ["status": .int(status)]) == .healthy)
        // The first that it hears is from here.
        _ = try await client.send(HTTPRequest(other.url("/here")))
        #expect(await isAsked.next()?.hasPrefix("GET /here ") == true)
    }

    @Test(arguments: [
        ("", "connection was closed without an answer"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
            "connection was closed in the middle of the answer"
        ),
        ("\u{0}\u{1}\u{2}\u{3}\r\n\r\n", "answer is not HTTP"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "answer is not HTTP"),
        ("HTTP/1.1 99999999999 OK\r\n\r\n", "answer is not HTTP"),
    ])
    func `one that breaks off, or speaks something else, is not healthy`(answer: String, cause: String)
        async throws
    {
        let server = try RawServer.saying(answer)
        #expect(try await ask(server) == .unhealthy("http /up: \(cause)"))
    }
}
