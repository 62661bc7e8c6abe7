import Foundation
package import HTTPClient

/// Takes events as CloudEvents 1.0 over HTTP.
package struct CloudEventReceiver: HTTPReceiver {
    package enum Mode: String, Sendable, CaseIterable {
        /// Attributes in headers, the event's data as the body.
        case binary
        /// All of it in one JSON document.
        case structured
    }
    package var name: String
    /// May be a secret, so it is never shown.
    package var url: String
    package var mode = Mode.binary
    /// Sent as `Authorization: Bearer`; nil for none.
    private let token: String?
    package var caFile: String?
    package var timeout = Duration.seconds(15)
    package var maxInFlight: Int { 4 }

    package init(name: String, url: String, token: String? = nil) {
        (self.name, self.url, self.token) = (name, url, token)
    }

    package func request(_ message: Outbox.Message, now: Int, userAgent: String) throws -> HTTPRequest? {
        let event = try JSONDecoder().decode(WebhookEvent.self, from: Data(message.body))
        var attributes = [
            ("specversion", "1.0"), ("id", message.id), ("type", "martlet.\(event.type.rawValue)"),
            ("source", "/martlet/\(event.data.controller)/\(event.data.source)"),
            ("time", event.timestamp.formatted(.iso8601)),
        ]
        if let commit = event.data.commit { attributes.append(("subject", commit)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers: HTTPHeaders = ["user-agent": userAgent]
        let body: Data
        switch mode {
        case .binary:
            for (name, value) in attributes { headers["ce-\(name)"] = value.headerValue }
            headers["content-type"] = "application/json"
            body = try encoder.encode(event.data)
        case .structured:
            headers["content-type"] = "application/cloudevents+json; charset=utf-8"
            body = try encoder.encode(Structured(attributes: attributes, data: event.data))
        }
        if let token { headers["authorization"] = "Bearer \(token)" }
        var request = HTTPRequest("POST", url, headers: headers, body: Array(body))
        request.timeouts = HTTPRequest.Timeouts(connect: min(.seconds(10), timeout), whole: timeout)
        (request.maxResponseBytes, request.caFile) = (1 << 20, caFile)
        request.isConfidential = token != nil
        return request
    }
}

extension CloudEventReceiver: CustomStringConvertible, CustomReflectable {
    package var description: String { "notification '\(name)'" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The JSON event format.
private struct Structured: Encodable {
    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
    let attributes: [(String, String)]
    let data: WebhookEvent.Details

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (name, value) in attributes { try container.encode(value, forKey: Key(stringValue: name)) }
        try container.encode("application/json", forKey: Key(stringValue: "datacontenttype"))
        try container.encode(data, forKey: Key(stringValue: "data"))
    }
}

extension String {
    /// As the HTTP binding writes attributes (its 3.1.3.2): what is no printable ASCII, a space, a quote and a percent
    /// sign as percent escapes of UTF-8.
    fileprivate var headerValue: String {
        utf8.map { byte in
            let isPlain = (0x21...0x7e).contains(byte) && byte != 0x22 && byte != 0x25
            return isPlain
                ? String(UnicodeScalar(byte))
                : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
