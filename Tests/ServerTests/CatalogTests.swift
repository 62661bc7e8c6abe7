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
        private let (changes, change) = AsyncStream.makeStream(of: Void.self)
        func add(_ index: Int) {
            list.withLock { $0.index = index }
            change.yield()
        }
        var source: CatalogSource {
            CatalogSource(
                list: { self.list.withLock { $0 } },
                wait: { index, _ in
                    self.waits.tell(index)
                    for await _ in self.changes { return }
                })
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
}
