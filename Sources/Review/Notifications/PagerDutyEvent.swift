import Crypto
import Foundation
import Model

/// PagerDuty's Events API v2: a problem triggers an alert, its end resolves it, and the same key ties them together.
enum PagerDutyEvent {
    /// Nil for what is no problem and ends none.
    static func json(_ event: WebhookEvent, _ text: EventText, key: String) -> JSONText? {
        let action: String
        let kind: WebhookEvent.Kind
        switch event.type {
        case .mended:
            guard let mended = event.data.mended else { return nil }
            (action, kind) = ("resolve", mended.type)
        case .test: (action, kind) = ("trigger", .test)
        case _ where event.type.isProblem: (action, kind) = ("trigger", event.type)
        default: return nil
        }
        var fields: [String: JSONText] = [
            "routing_key": .string(key), "event_action": .string(action),
            "dedup_key": .string(dedup(event.data, kind)),
        ]
        if action == "trigger" {
            fields["client"] = .string("martlet")
            fields["payload"] = payload(event, text)
            if let url = text.url {
                fields["client_url"] = .string(url)
                fields["links"] = [["href": .string(url), "text": "Report"]]
            }
        }
        return .object(fields)
    }

    private static func payload(_ event: WebhookEvent, _ text: EventText) -> JSONText {
        let severity =
            switch event.type {
            case .commitFailed: "error"
            case .test: "info"
            default: "warning"
            }
        return [
            "summary": .string(text.line.cut(toUnits: 1024)), "severity": .string(severity),
            "source": .string(event.data.controller), "component": .string(event.data.source),
            "class": .string(event.type.rawValue), "timestamp": .string(event.timestamp.formatted(.iso8601)),
            "custom_details": ["text": .string(text.below.joined(separator: "\n").cut(toUnits: 8000))],
        ]
    }

    /// One for each source and kind; PagerDuty takes 255 characters.
    private static func dedup(_ data: WebhookEvent.Details, _ kind: WebhookEvent.Kind) -> String {
        let key = "martlet/\(data.controller)/\(data.source)/\(kind.rawValue)"
        guard key.utf16.count > 255 else { return key }
        return SHA256.hash(data: Data(key.utf8)).hex
    }
}
