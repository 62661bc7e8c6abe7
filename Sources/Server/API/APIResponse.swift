import Foundation
package import NIOCore

package struct APIResponse: Sendable {
    package enum Content: Sendable {
        case bytes([UInt8])
        /// Shared by all who get the same.
        case buffer(ByteBuffer)
        /// One line each, sent as it comes; its end, or the server's shutdown, ends the answer.
        case lines(AsyncStream<String>)
    }
    package var status: Int
    package var contentType: String
    package var content: Content
    /// Further headers, by lower-case name.
    var headers: [String: String] = [:]

    package init(status: Int = 200, contentType: String, _ content: Content) {
        (self.status, self.contentType, self.content) = (status, contentType, content)
    }

    package static func text(_ text: String, status: Int = 200) -> APIResponse {
        APIResponse(status: status, contentType: "text/plain; charset=utf-8", .bytes(Array(text.utf8)))
    }
    /// JSON that is written already.
    package static func json(bytes: [UInt8], status: Int = 200) -> APIResponse {
        APIResponse(status: status, contentType: "application/json", .bytes(bytes))
    }
    static func json(_ buffer: ByteBuffer) -> APIResponse {
        APIResponse(contentType: "application/json", .buffer(buffer))
    }
    package static func json(_ value: some Encodable, status: Int = 200) -> APIResponse {
        guard let bytes = written(value) else {
            return .json(
                bytes: Array(#"{"error":{"message":"answer can't be written as JSON"}}"#.utf8), status: 500)
        }
        return .json(bytes: bytes, status: status)
    }
    /// Keys sorted, dates as RFC 3339.
    static func written(_ value: some Encodable) -> [UInt8]? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return (try? encoder.encode(value)).map { Array($0) }
    }
    /// Live progress: each line is a JSON document.
    package static func jsonLines(_ lines: AsyncStream<String>) -> APIResponse {
        APIResponse(contentType: "application/jsonl", .lines(lines))
    }
    /// `{"error": {"message": …, "hint": …}}`
    package static func error(_ status: Int, _ message: String, hint: String? = nil) -> APIResponse {
        .json(APIErrorBody(error: APIErrorBody.Detail(message: message, hint: hint)), status: status)
    }
}

/// How every error is written, for those who read it too.
package struct APIErrorBody: Codable, Sendable, Hashable {
    package struct Detail: Codable, Sendable, Hashable {
        package var message: String
        package var hint: String?
    }
    package var error: Detail
}
