import Fixtures
import Foundation
import HTTPClient
import Server
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2)))
struct CatalogTests {
    private static let web = CatalogService(
        id: "service/shop/web", project: "shop", name: "web", tags: ["public"], meta: ["team": "checkout"],
        allow: ["job/shop/edge"],
        endpoints: [
            .init(name: "web-0", address: "127.0.0.1", port: 4000, health: "healthy"),
            .init(
                name: "web-1", address: "127.0.0.1", port: 4001, health: "unhealthy",
                reason: "tcp: connection refused"),
        ], index: 41)
    private static let search = CatalogService(
        id: "service/search/api[eu]", project: "search", name: "api[eu]", tags: [], meta: [:], allow: [],
        endpoints: [], index: 42)

    /// A catalog that changes when it is told to.
    private final class Changing: Sendable {
        let list = Mutex(CatalogList(index: 42, services: [search, web]))
        let waits = Told<Int>()
        /// How often all of it was asked for, and how many wait.
        let lists = Mutex(0)
        let waiting = Mutex(0)
        private let (changes, change) = AsyncStream.makeStream(of: Void.self)
        func add(_ index: Int) {
            list.withLock { $0.index = index }
            change.yield()
        }
        var source: CatalogSource {
            CatalogSource(
                index: { self.list.withLock(\.index) },
                list: {
                    self.lists.withLock { $0 += 1 }
                    return self.list.withLock { $0 }
                },
                find: { project, name in
                    self.list.withLock {
                        $0.services.first { $0.project == project && $0.name == name }
                    }
                },
                wait: { index, _ in
                    self.waits.tell(index)
                    self.waiting.withLock { $0 += 1 }
                    for await _ in self.changes { break }
                    self.waiting.withLock { $0 -= 1 }
                },
                settle: {})
        }
    }

    private static func run(_ body: @escaping @Sendable (RunningServer, Changing) async throws -> Void)
        async throws
    {
        let changing = Changing()
        try await RunningServer.run(changing.source.routes, authorizer: .readers) {
            try await body($0, changing)
        }
    }

    @Test func `services are listed for everybody, with what is healthy`() async throws {
        try await Self.run { server, _ in
            let all = try await server.send(server.request("GET", "/v1/catalog/services"))
            #expect(all.headers["x-martlet-index"] == "42")
            let list = try JSONDecoder().decode(CatalogList.self, from: Data(all.body))
            #expect(list.services.map(\.id) == ["service/search/api[eu]", "service/shop/web"])
            #expect(list.services[1].endpoints.map(\.port) == [4000])
            let tagged = try await server.send(
                server.request("GET", "/v1/catalog/services?tag=public&all=true"))
            let one = try JSONDecoder().decode(CatalogList.self, from: Data(tagged.body))
            #expect(one.services.map(\.name) == ["web"])
            #expect(one.services[0].endpoints.map(\.reason) == [nil, "tcp: connection refused"])
        }
    }

    @Test func `one service has an index of its own`() async throws {
        try await Self.run { server, _ in
            let found = try await server.send(
                server.request("GET", "/v1/catalog/services/search/api%5Beu%5D"))
            #expect(try JSONDecoder().decode(CatalogService.self, from: Data(found.body)) == Self.search)
            let web = try await server.send(server.request("GET", "/v1/catalog/services/shop/web"))
            #expect(web.headers["x-martlet-index"] == "41")
            let none = try await server.send(server.request("GET", "/v1/catalog/services/shop/wob"))
            #expect(none.status == 404)
            #expect(none.errorBody?.message == "service 'wob' of project 'shop' is not registered")
            #expect(none.headers["x-martlet-index"] == "42")
        }
    }

    @Test func `a client that names an index waits for the next`() async throws {
        try await Self.run { server, changing in
            async let answer = server.send(server.request("GET", "/v1/catalog/services?index=42&wait=60s"))
            #expect(await changing.waits.next() == 42)
            changing.add(43)
            #expect(try await answer.headers["x-martlet-index"] == "43")
            let late = try await server.send(server.request("GET", "/v1/catalog/services?index=43&wait=50ms"))
            #expect(late.headers["x-martlet-index"] == "43")
        }
    }

    @Test(arguments: [
        ("index=x", "'index' is a number, found 'x'"), ("index=-1", "'index' is a number, found '-1'"),
        (
            "index=99999999999999999999999", "'index' is a number, found '99999999999999999999999'"
        ),
        ("index=", "'index' is a number, found ''"),
        ("wait=-1s", "'wait' is a duration up to 10m, found '-1s'"),
        ("wait=99999999999999999999h", "'wait' is a duration up to 10m, found '99999999999999999999h'"),
        ("wait=", "'wait' is a duration up to 10m, found ''"),
        ("wait=1d", "'wait' is a duration up to 10m, found '1d'"),
        ("all=yes", "'all' is true or false, found 'yes'"),
        ("index=1&wiat=5s", "unknown parameter 'wiat'"),
    ])
    func `what can't be read is said`(query: String, message: String) async throws {
        try await Self.run { server, _ in
            let answer = try await server.send(server.request("GET", "/v1/catalog/services?\(query)"))
            #expect(answer.status == 400)
            #expect(answer.errorBody?.message == message)
        }
    }

    @Test func `many who ask for the same are given what was written once`() async throws {
        try await Self.run { server, changing in
            func bodies() async throws -> Set<[UInt8]> {
                try await withThrowingTaskGroup(of: [UInt8].self) { group in
                    for _ in 0..<50 {
                        group.addTask {
                            try await server.send(server.request("GET", "/v1/catalog/services")).body
                        }
                    }
                    return try await group.reduce(into: []) { $0.insert($1) }
                }
            }
            let before = try await bodies()
            #expect(before.count == 1)
            #expect(changing.lists.withLock { $0 } == 1)
            // Nothing of the page is kept that is not so any more.
            changing.list.withLock { list in
                list.index = 43
                list.services[1].index = 43
                list.services[1].endpoints[1].health = "healthy"
            }
            let after = try await bodies()
            #expect(changing.lists.withLock { $0 } == 2)
            let list = try JSONDecoder().decode(CatalogList.self, from: Data(try #require(after.first)))
            #expect(after.count == 1)
            #expect(list.index == 43)
            #expect(list.services.last?.endpoints.count == 2)
            // As many different ones as somebody likes.
            for number in 0..<100 {
                let other = try await server.send(
                    server.request("GET", "/v1/catalog/services?tag=t\(number)"))
                #expect(String(decoding: other.body, as: UTF8.self) == #"{"index":43,"services":[]}"#)
            }
            #expect(try await bodies() == after)
        }
    }

    @Test func `a thousand who wait are all answered when the server stops`() async throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 8192))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try await Self.run { server, changing in
            let clients = try (0..<1000).map { number in
                let client = try RawClient(port: server.port)
                let path = number.isMultiple(of: 2) ? "/shop/web" : ""
                client.send("GET /v1/catalog/services\(path)?index=42&wait=10m HTTP/1.1\r\nhost: a\r\n\r\n")
                return client
            }
            while changing.waiting.withLock(\.self) < clients.count {
                try await Task.sleep(for: .milliseconds(10))
            }
            await server.shutDown()
            for client in clients { #expect(await client.read().hasPrefix("HTTP/1.1 200 OK\r\n")) }
        }
    }

    @Test func `nobody waits for a client that has gone`() async throws {
        try await Self.run { server, changing in
            let asking = Task {
                try await server.send(server.request("GET", "/v1/catalog/services?index=42&wait=10m"))
            }
            #expect(await changing.waits.next() == 42)
            asking.cancel()
            while changing.waiting.withLock(\.self) > 0 { try await Task.sleep(for: .milliseconds(10)) }
        }
    }
}
