import Fixtures
import Glibc
import Repository
import Testing

/// libgit2 1.5 would wait for such servers for ever.
struct LimitTests {
    @Test(arguments: ["http", "ssh"])
    func `a server that never answers ends at the idle limit`(scheme: String) async throws {
        let server = try SilentServer()
        let folder = try TemporaryFolder()
        var remote = Remote(try RemoteURL("\(scheme)://127.0.0.1:\(server.port)/infra.git"))
        remote.knownHosts = try folder.write("", to: "known_hosts")
        remote.limits.idle = .seconds(2)
        let mirror = Mirror(remote, in: folder.path + "/mirror", child: fetchChild)
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch() }
        #expect(error?.code == .idleLimit)
        #expect(
            error?.description == """
                fetch \(remote.url): nothing came for 2s while connecting
                  hint: check the server and the way to it
                """)
    }

    @Test func `the whole limit ends it too`() async throws {
        let server = try SilentServer()
        let folder = try TemporaryFolder()
        var remote = Remote(try RemoteURL("http://127.0.0.1:\(server.port)/infra.git?token=c4nary"))
        remote.limits.whole = .milliseconds(1500)
        let mirror = Mirror(remote, in: folder.path, child: fetchChild)
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch() }
        #expect(error?.code == .wholeLimit)
        #expect(
            error?.description == """
                fetch http://127.0.0.1:\(server.port)/infra.git: it took more than 1s500ms and was still connecting
                  hint: raise the limit if the repository is that large
                """)
    }

    @Test func `cancelling ends it`() async throws {
        let server = try SilentServer()
        let folder = try TemporaryFolder()
        let remote = Remote(try RemoteURL("http://127.0.0.1:\(server.port)/infra.git"))
        let mirror = Mirror(remote, in: folder.path, child: fetchChild)
        let (connecting, report) = AsyncStream.makeStream(of: Void.self)
        let task = Task { () throws(GitError) in try await mirror.fetch { _ in report.yield() } }
        for await _ in connecting { break }
        task.cancel()
        let error = await #expect(throws: GitError.self) { _ = try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test func `a port where nobody listens is an error that says so`() async throws {
        let folder = try TemporaryFolder()
        let port = try SilentServer().port
        let remote = Remote(try RemoteURL("http://127.0.0.1:\(port)/infra.git"))
        let mirror = Mirror(remote, in: folder.path, child: fetchChild)
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch() }
        #expect(error?.code == .network)
        #expect(
            error?.message.hasPrefix("cannot connect to 127.0.0.1: Connection refused") == true,
            "\(error?.message ?? "")")
    }
}

/// Takes connections, by the kernel alone, and never says a word.
final class SilentServer: Sendable {
    private let descriptor: Int32
    let port: UInt16

    struct Failure: Error { var errno: Int32 }

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) | listen(descriptor, 16)
                    | getsockname(descriptor, address, &size)
            }
        }
        guard status == 0 else { throw Failure(errno: errno) }
        port = UInt16(bigEndian: address.sin_port)
    }
    deinit { close(descriptor) }
}
