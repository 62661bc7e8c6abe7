import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// One request as it came.
package struct FakeRequest: Sendable {
    package var method: String
    /// Percent-encoded, without the query.
    package var path: String
    package var query: [String: String]
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }
    /// Nil where the body is no JSON object.
    package var json: [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]
    }
}

package struct FakeAnswer: Sendable {
    package var status: Int
    package var headers: [String: String] = [:]
    package var body = ""

    package init(_ status: Int, _ body: String = "", headers: [String: String] = [:]) {
        (self.status, self.body, self.headers) = (status, body, headers)
    }
}

/// An HTTP server on loopback that asks `answer` about each request, for as long as `body` runs.
package func withFakeServer<Result: Sendable>(
    _ answer: @escaping @Sendable (FakeRequest) async -> FakeAnswer,
    _ body: @escaping @Sendable (_ url: String) async throws -> Result
) async throws -> Result {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "fake")
    logger.logLevel = .critical
    let application = Application(
        responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
            let bytes = try await request.body.collect(upTo: 8 << 20)
            let pairs = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
            let headers = request.headers.map { ($0.name.canonicalName, $0.value) }
            let asked = FakeRequest(
                method: request.method.rawValue, path: request.uri.path,
                query: Dictionary(pairs, uniquingKeysWith: { $1 }),
                headers: Dictionary(headers, uniquingKeysWith: { "\($0), \($1)" }),
                body: Array(buffer: bytes))
            let said = await answer(asked)
            var fields = HTTPFields()
            for (name, value) in said.headers {
                if let name = HTTPField.Name(name) { fields[name] = value }
            }
            return Response(
                status: .init(code: said.status), headers: fields,
                body: ResponseBody(byteBuffer: ByteBuffer(string: said.body)))
        },
        configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) }, logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await application.run() }
        let bound = await ports.first { _ in true } ?? 0
        defer { group.cancelAll() }
        return try await body("http://127.0.0.1:\(bound)")
    }
}
