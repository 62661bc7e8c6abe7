import ChildProcess
import Fixtures
import Foundation
import HTTPClient
import Testing

@testable import ProviderPackages

/// A mirror's server over TLS by Python, which serves a folder to whoever shows a token. Ends with the object.
private final class MirrorServer: Sendable {
    let url: String
    let authority: String
    private let folder: TemporaryFolder
    private let serving: Task<Void, Never>

    static let isPossible =
        Python.path != nil && FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    init(_ served: String, token: String = "s3cret") async throws {
        let folder = try TemporaryFolder()
        let made = try await Command(
            "/usr/bin/openssl",
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
                .split(separator: " ").map(String.init), environment: ["PATH": "/usr/bin:/bin"],
            in: folder.path
        ).run { child in await child.waitForExit() }
        try #require(made.status.isSuccess)
        let script = try folder.write(Self.script, to: "server.py")
        let (ports, port) = AsyncStream.makeStream(of: String.self)
        let command = Command(
            try #require(Python.path), [script, served, token],
            environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"],
            in: folder.path)
        serving = Task {
            _ = try? await command.run { child in
                for await line in child.output.lines() { port.yield(String(decoding: line, as: UTF8.self)) }
                port.finish()
            }
        }
        (self.folder, authority) = (folder, folder.path + "/cert.pem")
        var iterator = ports.makeAsyncIterator()
        url = "https://localhost:\(await iterator.next() ?? "0")/providers/"
    }
    deinit { serving.cancel() }

    private static let script = """
        import http.server, os, ssl, sys
        served, token = sys.argv[1:3]
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.headers.get("authorization") != "Bearer " + token:
                    return self.answer(401, b"", "text/plain")
                if self.path.startswith("/providers/moved/"):
                    self.send_response(302)
                    self.send_header("location", self.path.replace("/moved/", "/"))
                    self.send_header("content-length", "0")
                    return self.end_headers()
                path = os.path.join(served, self.path[len("/providers/"):])
                if not os.path.isfile(path):
                    return self.answer(404, b"", "text/plain")
                kind = "application/json" if path.endswith(".json") else "application/zip"
                self.answer(200, open(path, "rb").read(), kind)
            def answer(self, status, body, kind):
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *args): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("cert.pem", "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
}

@Suite(.enabled(if: MirrorServer.isPossible, "python3 or openssl is not installed")) struct NetworkMirrorTests
{
    private let provider: MadeUpProvider
    private let server: MirrorServer

    init() async throws {
        provider = try MadeUpProvider()
        _ = try await provider.packedMirror()
        server = try await MirrorServer("\(provider.folder.path)/packed")
        try describe(hashes: [MadeUpProvider.hash])
    }
    /// What `terraform providers mirror` writes beside the archives.
    private func describe(hashes: [String], url: String? = nil) throws {
        let place = "packed/\(provider.address)"
        try provider.folder.write(
            "{\"versions\": {\"1.2.0\": {}, \"odd\": {}, \"1.1.0\": {}}}", to: "\(place)/index.json")
        let list = hashes.map { "\"\($0)\"" }.joined(separator: ", ")
        try provider.folder.write(
            """
            {"archives": {"\(ProviderPlatform.current)": {"hashes": [\(list)], "url": "\(url ?? provider.archiveName)"}}}
            """, to: "\(place)/1.2.0.json")
    }
    private func mirrors(_ path: String = "", token: String? = "s3cret") throws -> PackageMirrors {
        let mirror = try NetworkMirror(
            server.url + path, token: token, caFile: server.authority, client: try HTTPClient())
        return PackageMirrors([.init(.network(mirror))])
    }

    @Test func `a package comes over the network, with the token, and is kept`() async throws {
        #expect(
            try await mirrors().versions(of: provider.address, for: .current).map(\.description) == [
                "1.1.0", "1.2.0",
            ])
        let program = try await provider.store.program(
            of: provider.address, try provider.pin(), from: try mirrors())
        #expect(FileManager.default.isExecutableFile(atPath: program.path))
        let left = try FileManager.default.contentsOfDirectory(atPath: provider.store.folder)
        #expect(left.count == 2, "\(left)")
    }

    @Test func `a mirror that sends elsewhere is followed, and its archives are found from there`()
        async throws
    {
        let location = try #require(
            try await mirrors("moved/").locate(provider.address, provider.version, .current))
        guard case .remote(let address, _) = location.form else { return #expect(Bool(false), "\(location)") }
        #expect(address == "\(server.url)\(provider.address)/\(provider.archiveName)")
    }

    @Test func `what the mirror has not is no error`() async throws {
        let other = try ProviderAddress("hashicorp/aws")
        #expect(try await mirrors().versions(of: other, for: .current).isEmpty)
        #expect(try await mirrors().locate(provider.address, ProviderVersion(9, 0, 0), .current) == nil)
    }

    @Test func `a mirror that wants another token says so, and shows none`() async throws {
        for (token, hint) in [
            (nil, "give it a 'token'"), ("canary", "its token has been refused: write a new one"),
        ] {
            do {
                _ = try await mirrors(token: token).versions(of: provider.address, for: .current)
                Issue.record("it answered")
            } catch let error as PackageError {
                #expect(error.message == "mirror \(server.url): it answered 401")
                #expect(error.hint == hint)
            }
        }
    }

    @Test func `an archive that is not what its mirror says it is, is refused`() async throws {
        try describe(hashes: ["zh:" + String(repeating: "00", count: 32)])
        let said = await message {
            try await provider.store.program(
                of: provider.address, try provider.pin(), from: try mirrors())
        }
        #expect(
            said
                == "the package of registry.example/acme/cloud 1.2.0 from \(server.url) is not what the mirror says it is"
        )
    }

    @Test(arguments: ["http://localhost/a.zip", "file:///etc/passwd", "ftp://x/a.zip"])
    func `an archive may be at no address that nobody vouches for`(url: String) async throws {
        try describe(hashes: [], url: url)
        let said = await message { try await mirrors().locate(provider.address, provider.version, .current) }
        #expect(said?.contains("at an address that can't be asked") ?? false, "\(said ?? "nothing")")
    }

    @Test func `an index that is no JSON is told as such`() async throws {
        try provider.folder.write("<html>", to: "packed/\(provider.address)/index.json")
        let said = await message { try await mirrors().versions(of: provider.address, for: .current) }
        #expect(said == "mirror \(server.url): its registry.example/acme/cloud/index.json can't be read")
    }
}
