import Fixtures
import Foundation
import HTTPClient
import Server
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ListenerTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func `the socket is its owner's alone, and goes with the server`() async throws {
        let path = try await RunningServer.run { server in
            let attributes = try FileManager.default.attributesOfItem(atPath: server.socket)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let parent = URL(filePath: server.socket).deletingLastPathComponent().path
            #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == ["martlet.sock"])
            return server.socket
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a dead process's socket is replaced, a living one's is not`() async throws {
        let path = folder.url.appending(path: "s.sock").path
        try abandonSocket(at: path)
        let (starts, start) = AsyncStream.makeStream(of: APIServer.Listener.self)
        let first = server([.unix(path: path)]) { start.yield($0) }
        let task = Task { try await first.run() }
        #expect(await starts.first { _ in true } == .unix(path: path))
        let error = await failure([.unix(path: path)])
        #expect(error?.description == "socket '\(path)': another process answers on it")
        #expect(error?.hint == "a controller runs already: end it first")
        var request = HTTPRequest("http://controller/healthz")
        request.unixSocket = path
        #expect(try await HTTPClient().send(request).status == 200)
        task.cancel()
        _ = await task.result
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `what is no socket is left as it is`() async throws {
        let path = try folder.write("precious", to: "file")
        let error = await failure([.unix(path: path)])
        #expect(error?.description == "socket '\(path)': a file that is no socket stands there")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test func `a path that is too long is refused by its length`() async {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        let error = await failure([.unix(path: path)])
        #expect(error?.description == "socket '\(path)': path has 108 bytes, and the system allows 107")
        #expect(error?.hint == "choose a shorter folder")
    }

    @Test func `a folder that does not exist is named`() async {
        let path = folder.url.appending(path: "none/s.sock").path
        let error = await failure([.unix(path: path)])
        #expect(error?.description == "socket '\(path)': no such file or directory")
    }

    @Test func `a port in use is named, and the socket beside it is taken back`() async throws {
        let path = folder.url.appending(path: "s.sock").path
        try await RunningServer.run { server in
            let error = await failure([.tcp(port: server.port), .unix(path: path)])
            #expect(error?.description == "port \(server.port) on 127.0.0.1 is in use")
            #expect(error?.hint == "choose another port, or end the process that holds it")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `an address of another machine is named`() async {
        let error = await failure([.tcp(host: "192.0.2.1", port: 0)])
        #expect(error?.description == "192.0.2.1 is no address of this machine")
    }

    @Test
    func `a listener that is cancelled while connections wait for it closes them, and ends nothing else`()
        async throws
    {
        for _ in 0..<20 {
            let (starts, start) = AsyncStream.makeStream(of: APIServer.Listener.self)
            let server = server([.tcp(port: 0)]) { start.yield($0) }
            let task = Task { try await server.run() }
            guard case .tcp(_, let port)? = await starts.first(where: { _ in true }) else { return }
            let clients = try (0..<40).map { _ in try RawClient(port: port) }
            task.cancel()
            _ = await task.result
            for client in clients { #expect(await client.read() == "") }
        }
    }

    private func server(
        _ listeners: [APIServer.Listener],
        started: @escaping @Sendable (APIServer.Listener) -> Void = { _ in }
    ) -> APIServer {
        APIServer(
            listeners, routes: [], vitals: Vitals(trouble: { nil }, unready: { nil }), metrics: { "" },
            logger: RunningServer.quiet, started: started)
    }
    private func failure(_ listeners: [APIServer.Listener]) async -> ServerError? {
        await #expect(throws: ServerError.self) { try await server(listeners).run() }
    }

    /// Bound once, and nobody listens any more.
    private func abandonSocket(at path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(status == 0)
    }
}
