import Foundation
import HTTPClient

/// The controller's catalog, and those whom it lists, asked over HTTP as any client does.
struct Catalog: Sendable {
    struct Endpoint: Decodable, Hashable, Sendable {
        var address: String
        var port: Int
        var place: String { "\(address):\(port)" }
    }
    struct Service: Decodable, Sendable {
        var endpoints: [Endpoint]
        /// Of its last change.
        var index: Int
    }

    let port: Int
    let client: HTTPClient

    var address: String { "http://127.0.0.1:\(port)/v1/catalog/services/shop/web" }

    /// Who stands behind the service now, or once something has changed since an index.
    func web(after index: Int? = nil) async throws -> Service {
        let text = try await get(address + (index.map { "?index=\($0)&wait=5s" } ?? ""))
        return try JSONDecoder().decode(Service.self, from: Data(text.utf8))
    }

    func ask(_ endpoint: Endpoint, _ path: String) async throws -> String {
        try await get("http://\(endpoint.place)/\(path)")
    }
    func instance(_ endpoint: Endpoint) async throws -> WebInstance {
        try JSONDecoder().decode(
            WebInstance.self, from: Data(try await ask(endpoint, "version").utf8))
    }

    /// All that are listed; throws while one of them does not answer.
    func instances() async throws -> [WebInstance] {
        var found: [WebInstance] = []
        for endpoint in try await web().endpoints { found.append(try await instance(endpoint)) }
        return found
    }

    private func get(_ url: String) async throws -> String {
        var request = HTTPRequest(url)
        request.proxy = .none
        request.timeouts = .init(connect: .seconds(2), whole: .seconds(10))
        let response = try await client.send(request)
        guard response.status == 200 else { throw Failure("\(url) answered with \(response.status)") }
        return response.text
    }
}
