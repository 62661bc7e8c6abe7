import Foundation
package import HTTPClient
import Model

/// A channel that people read, or a service that calls them: one message for each event, in its own format.
package struct ChatReceiver: HTTPReceiver {
    package enum Format: Sendable, Hashable {
        case slack, teams, discord
        /// With its integration key.
        case pagerDuty(key: String)

        /// Where PagerDuty takes events.
        package static let pagerDutyURL = "https://events.pagerduty.com/v2/enqueue"
    }
    package var name: String
    /// May be a secret, so it is never shown.
    package var url: String
    private let format: Format
    package var caFile: String?
    package var timeout = Duration.seconds(15)
    /// One after the other: people read them in order.
    package var maxInFlight: Int { 1 }

    package init(name: String, _ format: Format, url: String) {
        (self.name, self.format, self.url) = (name, format, url)
    }

    /// To PagerDuty, an alert that is resolved at once.
    package func test(_ message: Outbox.Message, by courier: Courier) async -> Sending {
        let sending = await send(message, by: courier)
        guard case .pagerDuty = format, sending.outcome == .taken,
            var event = try? JSONDecoder().decode(WebhookEvent.self, from: Data(message.body))
        else { return sending }
        event.type = .mended
        event.data.mended = WebhookEvent.Mended(
            type: .test, since: Timestamp(event.timestamp), message: message.id)
        var end = message
        end.body = (try? event.body()) ?? []
        let resolved = await send(end, by: courier)
        return resolved.outcome == .taken ? sending : resolved
    }

    package func request(_ message: Outbox.Message, now: Int, userAgent: String) throws -> HTTPRequest? {
        let event = try JSONDecoder().decode(WebhookEvent.self, from: Data(message.body))
        let (text, url) = (EventText(event), url)
        let body: JSONText?
        switch format {
        case .slack: body = SlackMessage.json(text)
        case .teams: body = TeamsMessage.json(text)
        case .discord: body = DiscordMessage.json(text)
        case .pagerDuty(let key): body = PagerDutyEvent.json(event, text, key: key)
        }
        guard let body else { return nil }
        let headers: HTTPHeaders = ["content-type": "application/json", "user-agent": userAgent]
        // Discord then says whether it has kept the message.
        let isWaiting = format == .discord && !url.contains("wait=")
        let query = isWaiting ? "\(url.contains("?") ? "&" : "?")wait=true" : ""
        var request = HTTPRequest("POST", url + query, headers: headers, body: body.bytes)
        request.timeouts = HTTPRequest.Timeouts(connect: min(.seconds(10), timeout), whole: timeout)
        (request.maxResponseBytes, request.caFile) = (1 << 20, caFile)
        request.isConfidential = true
        return request
    }
}

extension ChatReceiver: CustomStringConvertible, CustomReflectable {
    package var description: String { "notification '\(name)'" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// JSON in the making.
indirect enum JSONText: Sendable, Encodable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case string(String)
    case bool(Bool)
    case int(Int)
    case null
    case list([JSONText])
    case object([String: JSONText])

    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int) { self = .int(value) }
    init(arrayLiteral elements: JSONText...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSONText)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .null: try container.encodeNil()
        case .list(let items): try container.encode(items)
        case .object(let fields): try container.encode(fields)
        }
    }

    /// With sorted keys.
    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing in it can't be encoded.
        return (try? encoder.encode(self)).map(Array.init) ?? []
    }
}

extension EventText {
    /// Everything below the line, as lines.
    var below: [String] { details + [hint.map { "hint: \($0)" }].compactMap(\.self) }
}

extension String {
    /// Cut at its end, as UTF-16 counts.
    func cut(toUnits limit: Int) -> String {
        guard utf16.count > limit else { return self }
        var (result, count) = ("", 0)
        for character in self {
            count += character.utf16.count
            if count > limit - 1 { break }
            result.append(character)
        }
        return result + "…"
    }
}
