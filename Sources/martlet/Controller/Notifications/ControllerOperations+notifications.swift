import Foundation
import Model
import Review
import Store

extension ControllerOperations {
    /// Who is told what, and how each fares.
    func notifications() async throws -> NotificationReport {
        let configuration = controller.configuration
        let fares = Dictionary(
            try controller.store.outboxTargets().map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        var rows: [NotificationReport.Row] = []
        for (name, settings) in configuration.notifications.sorted(by: { $0.key < $1.key }) {
            rows.append(
                NotificationReport.Row(
                    name: name, kind: settings.kind.rawValue, rule: settings.rule, fares[name]))
        }
        let sources = Dictionary(grouping: configuration.statusForges.keys) {
            configuration.statusForges[$0] ?? ""
        }
        for (name, repository) in configuration.repositories.sorted(by: { $0.key < $1.key }) {
            guard let forge = repository.forge else { continue }
            let target = Configuration.forgeName(of: name)
            let rule =
                "statuses of \(sources[target, default: []].sorted().joined(separator: ", ")) on \(forge.project)"
            let previews = forge.previews == nil ? "" : ", previews of its requests"
            rows.append(
                NotificationReport.Row(
                    name: target, kind: forge.kind.rawValue, rule: rule + previews, fares[target]))
        }
        return NotificationReport(rows, madeAt: Timestamp(milliseconds: currentMilliseconds()))
    }

    /// What keeps messages from arriving, for people who ask how all is.
    func undelivered() throws -> [Notice] {
        let names = controller.configuration.targetNames
        return try controller.store.outboxTargets().filter { names.contains($0.name) }
            .compactMap { NotificationReport.Row(name: $0.name, kind: "", rule: "", $0).notice }
    }

    /// Sends what is told to be a test, past the outbox, and says what came back.
    func testNotification(_ name: String) async throws -> Answer {
        let configuration = controller.configuration
        let known = configuration.targetNames.sorted()
        guard known.contains(name) else {
            throw OperationError(
                404, "no notification '\(name.escapedForDisplay)'",
                hint: known.isEmpty ? "none is configured" : "there is \(known.joined(separator: ", "))")
        }
        let source = configuration.sources.keys.min() ?? "martlet"
        var details = WebhookEvent.Details(
            controller: configuration.name, source: source,
            summary: "a test of notification '\(name)'; nothing has happened")
        details.hint = "nothing is to be done"
        let event = WebhookEvent(.test, at: Date(), details)
        let message = Outbox.Message(
            id: OutboxMessage.freshID(), target: name, body: try event.body(), created: currentMilliseconds())
        guard let sending = await controller.generation.test(message) else {
            throw OperationError(
                503, "the controller is taking over another configuration", hint: "try again")
        }
        guard sending.outcome == .taken else {
            throw OperationError(502, "'\(name)' \(sending.said)", hint: sending.hint)
        }
        return Answer(message: "'\(name)' \(sending.said)")
    }
}

extension Sending {
    /// What came back, after a name.
    fileprivate var said: String {
        words.hasPrefix("answered") || words.hasPrefix("mail server") ? words : "was not reached: \(words)"
    }
}

extension Configuration.NotificationSettings {
    /// `commit.failed, drift.found of shop with tier=web`
    fileprivate var rule: String {
        let usual = kind.isForPeople ? Configuration.problemNames.joined(separator: ", ") : "everything"
        let what = events.isEmpty ? usual : events.sorted().joined(separator: ", ")
        let parts = [
            sources.isEmpty ? nil : "of \(sources.sorted().joined(separator: ", "))",
            projects.isEmpty ? nil : "about projects \(projects.sorted().joined(separator: ", "))",
            labels.isEmpty
                ? nil
                : "with \(labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))",
        ]
        return ([what] + parts.compactMap(\.self)).joined(separator: " ")
    }
}
