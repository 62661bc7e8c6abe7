import Dispatch
import Fixtures
import Foundation
import HTTPClient
import Testing

@Suite(.timeLimit(.minutes(2)))
struct HTTPStreamTests {
    let client: HTTPClient
    init() throws { client = try HTTPClient() }

    @Test func `the head comes before the body, and each piece as it is sent`() async throws {
        let go = DispatchSemaphore(value: 0)
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n")
            for text in ["one", "two"] {
                go.wait()
                connection.write("3\r\n\(text)\r\n")
            }
            connection.write("0\r\n\r\n")
        }
        let (head, body) = try await client.stream(HTTPRequest(server.url()))
        #expect(head.headers["x-a"] == "b")
        var iterator = body.makeAsyncIterator()
        for text in ["one", "two"] {
            go.signal()
            #expect(try await iterator.next() == Array(text.utf8))
        }
        #expect(try await iterator.next() == nil)
    }

    @Test func `a slow reader slows the server down, and loses nothing`() async throws {
        let pattern = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 / 256) }
        let size = 32 * pattern.count
        let stalled = Told<Int>()
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            var sent = 0
            while sent < size {
                guard let count = connection.writeSome(pattern[(sent % pattern.count)...], patience: 500)
                else {
                    stalled.tell(sent)
                    continue
                }
                guard count > 0 else { return }
                sent += count
            }
            stalled.tell(sent)
        }
        let (_, body) = try await client.stream(HTTPRequest(server.url()))
        var iterator = body.makeAsyncIterator()
        var read = try #require(try await iterator.next())
        let sent = try #require(await stalled.next())
        #expect(sent < size / 2)
        while let bytes = try await iterator.next() { read += bytes }
        #expect(read.count == size)
        let isWhole = stride(from: 0, to: size, by: pattern.count).allSatisfy { start in
            read[start..<start + pattern.count] == pattern[...]
        }
        #expect(isWhole)
    }

    @Test func `letting go of the body ends the transfer`() async throws {
        let closed = Told<Void>()
        let server = try endless(closed)
        var stream: (head: HTTPResponseHead, body: HTTPBody)? = try await client.stream(
            HTTPRequest(server.url()))
        #expect(stream?.head.status == 200)
        stream = nil
        #expect(await closed.next() != nil)
    }

    @Test func `cancelling who reads ends the transfer`() async throws {
        let (closed, reading) = (Told<Void>(), Told<Void>())
        let server = try endless(closed)
        let task = Task { [client] in
            let (_, body) = try await client.stream(HTTPRequest(server.url()))
            for try await _ in body { reading.tell(()) }
        }
        #expect(await reading.next() != nil)
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(await closed.next() != nil)
    }

    @Test func `a stream that breaks gives what came, then the error`() async throws {
        let server = try RawServer.saying("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour")
        let (_, body) = try await client.stream(HTTPRequest(server.url()))
        var text = ""
        let error = await #expect(throws: HTTPError.self) {
            for try await bytes in body { text += String(decoding: bytes, as: UTF8.self) }
        }
        #expect(text == "four")
        #expect(error?.kind == .closed)
    }

    @Test func `a stream goes on where nobody else holds its client, and ends with its reader`() async throws
    {
        let closed = Told<Void>()
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\n\r\nsome")
            Thread.sleep(forTimeInterval: 0.2)
            connection.write("more")
            connection.waitForClose()
            closed.tell(())
        }
        func read() async throws -> String {
            var text = ""
            for try await bytes in try await HTTPClient().stream(HTTPRequest(server.url())).body {
                text += String(decoding: bytes, as: UTF8.self)
                if text.hasSuffix("more") { break }
            }
            return text
        }
        #expect(try await read() == "somemore")
        #expect(await closed.next() != nil)
    }

    private func endless(_ closed: Told<Void>) throws -> RawServer {
        try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\n\r\nsome")
            connection.waitForClose()
            closed.tell(())
        }
    }
}
