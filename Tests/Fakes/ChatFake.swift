import Foundation
import Synchronization

/// The receivers that people read, as strict as their documentation.
package final class ChatFake: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case slack, teams, discord, pagerduty, cloudevents }
    private struct State {
        var received: [FakeRequest] = []
        var complaints: [String] = []
    }
    package let kind: Kind
    package static let secret = "canary-chat-secret-91c7"
    private let state = Mutex(State())

    package init(_ kind: Kind) { self.kind = kind }

    package var received: [FakeRequest] { state.withLock(\.received) }
    package var complaints: [String] { state.withLock(\.complaints) }
    /// Below the server's address; where the address is the secret, it is in here.
    package var path: String {
        switch kind {
        case .slack: "/services/T000/B000/\(Self.secret)"
        case .teams: "/workflows/\(Self.secret)/triggers/manual/paths/invoke"
        case .discord: "/api/webhooks/1/\(Self.secret)"
        case .pagerduty: "/v2/enqueue"
        case .cloudevents: "/events"
        }
    }

    @Sendable package func answer(_ request: FakeRequest) async -> FakeAnswer {
        if let complaint = complaint(request) {
            state.withLock { $0.complaints.append(complaint) }
            return FakeAnswer(400, complaint)
        }
        state.withLock { $0.received.append(request) }
        switch kind {
        case .slack: return FakeAnswer(200, "ok")
        case .teams: return FakeAnswer(202)
        case .discord: return FakeAnswer(200, #"{"id": "1"}"#)
        case .pagerduty: return FakeAnswer(202, #"{"status":"success","message":"Event processed"}"#)
        case .cloudevents: return FakeAnswer(204)
        }
    }

    private func complaint(_ request: FakeRequest) -> String? {
        guard request.method == "POST", request.path == path else { return "no such address" }
        guard let body = request.json else { return "body is no JSON object" }
        if kind != .cloudevents, request.headers["content-type"] != "application/json" {
            return "content-type"
        }
        switch kind {
        case .slack: return slack(body)
        case .teams: return teams(body)
        case .discord: return discord(body, request)
        case .pagerduty: return pagerDuty(body)
        case .cloudevents: return cloudEvents(body, request)
        }
    }

    private func slack(_ body: [String: Any]) -> String? {
        guard body["text"] is String, let blocks = body["blocks"] as? [[String: Any]], !blocks.isEmpty,
            blocks.count <= 50
        else { return "invalid_payload" }
        for block in blocks {
            guard block["type"] as? String == "section", let text = block["text"] as? [String: Any],
                let words = text["text"] as? String, (1...3000).contains(words.utf16.count)
            else { return "invalid_blocks" }
            let type = text["type"] as? String
            guard type == "plain_text" || type == "mrkdwn" && text["emoji"] == nil else {
                return "invalid_blocks"
            }
            if type == "plain_text", text["verbatim"] != nil { return "invalid_blocks" }
            let bare = words.replacing("&amp;", with: "").replacing("&lt;", with: "").replacing(
                "&gt;", with: "")
            if bare.contains("&") || type == "plain_text" && (bare.contains("<") || bare.contains(">")) {
                return "not escaped: \(words)"
            }
        }
        return nil
    }

    private func teams(_ body: [String: Any]) -> String? {
        guard body["type"] as? String == "message", let attachments = body["attachments"] as? [[String: Any]],
            attachments.count == 1, let card = attachments[0]["content"] as? [String: Any],
            attachments[0]["contentType"] as? String == "application/vnd.microsoft.card.adaptive",
            card["type"] as? String == "AdaptiveCard", card["version"] is String,
            let elements = card["body"] as? [[String: Any]], !elements.isEmpty
        else { return "BadRequest" }
        for element in elements {
            guard element["type"] as? String == "RichTextBlock",
                let runs = element["inlines"] as? [[String: Any]],
                runs.allSatisfy({ $0["type"] as? String == "TextRun" && $0["text"] is String })
            else { return "BadRequest: \(element)" }
        }
        for action in card["actions"] as? [[String: Any]] ?? [] {
            guard action["type"] as? String == "Action.OpenUrl", action["url"] is String else {
                return "BadRequest"
            }
        }
        return nil
    }

    private func discord(_ body: [String: Any], _ request: FakeRequest) -> String? {
        guard request.query["wait"] == "true", let content = body["content"] as? String,
            (1...2000).contains(content.utf16.count)
        else { return "Invalid Form Body" }
        let allowed = body["allowed_mentions"] as? [String: Any]
        guard (allowed?["parse"] as? [Any])?.isEmpty == true else { return "would mention" }
        for embed in body["embeds"] as? [[String: Any]] ?? [] {
            guard (embed["description"] as? String ?? "").utf16.count <= 4096 else {
                return "Invalid Form Body"
            }
        }
        return nil
    }

    private func pagerDuty(_ body: [String: Any]) -> String? {
        guard body["routing_key"] as? String == Self.secret else { return "Invalid routing key" }
        guard let action = body["event_action"] as? String, let key = body["dedup_key"] as? String,
            (1...255).contains(key.utf16.count)
        else { return "Event object is invalid" }
        if action == "resolve" { return nil }
        guard action == "trigger", let payload = body["payload"] as? [String: Any],
            let summary = payload["summary"] as? String, (1...1024).contains(summary.utf16.count),
            payload["source"] is String,
            ["critical", "error", "warning", "info"].contains(payload["severity"] as? String ?? "")
        else { return "Event object is invalid" }
        return nil
    }

    private func cloudEvents(_ body: [String: Any], _ request: FakeRequest) -> String? {
        guard request.headers["authorization"] == "Bearer \(Self.secret)" else { return "unauthorized" }
        let isStructured = request.headers["content-type"]?.hasPrefix("application/cloudevents+json") == true
        func attribute(_ name: String) -> String? {
            isStructured ? body[name] as? String : request.headers["ce-\(name)"]
        }
        guard attribute("specversion") == "1.0" else { return "specversion" }
        for name in ["id", "type", "source", "time"] where attribute(name)?.isEmpty ?? true { return name }
        if isStructured { return body["data"] is [String: Any] ? nil : "data" }
        return request.headers["content-type"] == "application/json" ? nil : "content-type"
    }
}
