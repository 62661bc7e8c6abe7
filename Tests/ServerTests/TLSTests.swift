import Fixtures
import Foundation
import HTTPClient
import Testing

@testable import Server

@Suite("A port with TLS", .timeLimit(.minutes(2))) struct TLSTests {
    /// An authority, and two certificates for `localhost`.
    private final class Certificates: Sendable {
        let folder: TemporaryFolder
        var authority: String { folder.url.appending(path: "ca.pem").path }
        var files: TLSFiles {
            TLSFiles(
                certificate: folder.url.appending(path: "now.pem").path,
                key: folder.url.appending(path: "now.key").path)
        }
        init() async throws {
            folder = try TemporaryFolder()
            let script = """
                set -e
                new="openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
                $new -x509 -days 2 -keyout ca.key -out ca.pem -subj /CN=authority
                printf 'subjectAltName=DNS:localhost' > names
                for name in one two; do
                  $new -keyout $name.key -out $name.csr -subj /CN=$name
                  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out $name.pem
                done
                """
            _ = try await TLSTests.shell(script, in: folder.url)
            try use("one", "one")
        }
        /// Put in place whole, as who renews them does.
        func use(_ certificate: String, _ key: String) throws {
            for (source, name) in [("\(certificate).pem", "now.pem"), ("\(key).key", "now.key")] {
                let (from, to) = (folder.url.appending(path: source), folder.url.appending(path: name))
                let new = folder.url.appending(path: "\(name).new")
                try FileManager.default.copyItem(at: from, to: new)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: new.path)
                try #require(rename(new.path, to.path) == 0)
            }
        }
    }

    /// Whose certificate a new connection sees.
    private static func name(_ server: RunningServer, _ options: String = "") async throws -> String {
        let script = """
            openssl s_client -connect 127.0.0.1:\(server.port) -servername localhost \(options) </dev/null 2>/dev/null |
              openssl x509 -noout -subject 2>/dev/null || true
            """
        let text = try await shell(script, in: FileManager.default.temporaryDirectory)
        return text.split(separator: "=").last?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    /// What a script prints. On a thread of its own: it blocks, and the server under test needs the others.
    private static func shell(_ script: String, in folder: URL) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread {
                let (process, output) = (Process(), Pipe())
                process.executableURL = URL(filePath: "/bin/sh")
                process.arguments = ["-c", script]
                process.currentDirectoryURL = folder
                (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
                do { try process.run() } catch { return continuation.resume(throwing: error) }
                let bytes = output.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }.start()
        }
    }

    private static func eventually(_ isSo: () async throws -> Bool) async throws {
        for _ in 0..<600 {
            if try await isSo() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("not in time")
    }

    @Test func `a certificate that is renewed is taken, a wrong pair is not, and no connection is dropped`()
        async throws
    {
        let files = try await Certificates()
        let certificate = try TLSCertificate(
            files.files, logger: RunningServer.quiet, pause: .milliseconds(20))
        let watching = Task { await certificate.run() }
        defer { watching.cancel() }
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let route = APIRoute(.get, "/lines", .viewer) { _ in .jsonLines(lines) }
        try await RunningServer.run([route], certificate: certificate) { server in
            var open = server.request("GET", "/v1/lines", token: "view")
            (open.caFile, open.timeouts.whole) = (files.authority, nil)
            let (head, body) = try await server.client.stream(open)
            #expect(head.status == 200)
            #expect(
                head.headers["strict-transport-security"] == nil, "no url says that people come by this name")
            var iterator = body.makeAsyncIterator()
            line.yield("1")
            #expect(try await iterator.next() == Array("1\n".utf8))
            #expect(try await Self.name(server) == "one")

            try files.use("two", "one")
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await Self.name(server) == "one")
            try files.use("two", "two")
            try await Self.eventually { try await Self.name(server) == "two" }
            line.yield("2")
            #expect(try await iterator.next() == Array("2\n".utf8))
            var other = server.request("GET", "/healthz")
            other.caFile = files.authority
            #expect(try await HTTPClient().send(other).status == 200)
            line.finish()
            #expect(try await iterator.next() == nil)
        }
    }

    @Test func `TLS before 1.2 and plain HTTP are not spoken`() async throws {
        let files = try await Certificates()
        let certificate = try TLSCertificate(files.files, logger: RunningServer.quiet)
        try await RunningServer.run(certificate: certificate) { server in
            #expect(try await Self.name(server, "-tls1_2") == "one")
            #expect(try await Self.name(server, "-tls1_1 -cipher ALL:@SECLEVEL=0") == "")
            let plain = try RawClient(port: server.port)
            plain.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(!(await plain.read().hasPrefix("HTTP/")))
            #expect(try await server.send(server.local("GET", "/healthz")).status == 200)
        }
    }

    @Test func `files that can't be used are named`() async throws {
        let files = try await Certificates()
        func message(_ files: TLSFiles) -> String? {
            #expect(throws: ServerError.self) { try files.check() }?.message
        }
        var wrong = files.files
        wrong.key = files.folder.url.appending(path: "two.key").path
        #expect(
            message(wrong) == "tls: key '\(wrong.key)' is not the key of certificate '\(wrong.certificate)'")
        wrong.key = "/nonexistent"
        #expect(message(wrong) == "tls: key '/nonexistent' can't be read as PEM")
        wrong = files.files
        wrong.certificate = wrong.key
        #expect(message(wrong) == "tls: certificate '\(wrong.key)' can't be read as PEM")
        chmod(files.files.key, 0o644)
        let open = #expect(throws: ServerError.self) { try files.files.check() }
        #expect(open?.message == "tls: key '\(files.files.key)' is open to everybody: its mode is 0644")
        #expect(open?.hint == "chmod o= '\(files.files.key)'")
    }
}
