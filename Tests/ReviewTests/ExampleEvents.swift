import Foundation
import Model

@testable import Review

/// One event of each kind that people are told.
enum ExampleEvent {
    static let all: [(name: String, event: WebhookEvent)] = [
        ("converged", converged), ("failed", failed), ("mended", mended), ("drifted", drifted),
        ("waiting", waiting), ("refused", refused),
    ]
    private static func event(
        _ type: WebhookEvent.Kind, _ commit: ReportedCommit, _ summary: String,
        _ change: (inout WebhookEvent.Details) -> Void = { _ in }
    ) -> WebhookEvent {
        var details = WebhookEvent.Details(
            controller: "shop-prod", source: "shop", commit: commit.id, summary: summary)
        (details.message, details.project) = (commit.title, "shop")
        details.url = "https://martlet.example/reports/shop/\(commit.id)"
        change(&details)
        return WebhookEvent(
            type, at: Date(timeIntervalSince1970: Double(Example.now.milliseconds) / 1000), details)
    }
    static let converged = event(.commitConverged, Example.image, "4 changed, 1 drifted, 95 in sync") {
        details in
        details.resources = [WebhookEvent.Resource(id: "job/shop/web", layer: .run, state: .ready)]
    }
    static let failed = event(.commitFailed, Example.image, "1 failed, 1 waits, 17 ready") { details in
        details.hint = "see why with 'martlet logs --since 10m job/web'"
        details.resources = [
            WebhookEvent.Resource(
                id: "job/shop/web", layer: .run, state: .failed,
                reason: "2 of 3 instances were not healthy within 5m", held: true),
            WebhookEvent.Resource(
                id: "job/shop/edge", layer: .run, state: .waiting, reason: "waits for job/web (dependsOn)",
                held: true),
        ]
    }
    static let mended = event(.mended, Example.raise, "commit.failed is over, 19 ready") { details in
        details.mended = WebhookEvent.Mended(
            type: .commitFailed, since: Example.ago(375), message: "msg_first")
    }
    static let drifted = event(.driftFound, Example.image, "1 drifted, 18 in sync") { details in
        details.resources = [
            WebhookEvent.Resource(
                id: "infrastructure/shop/site", layer: .provision, state: .drifted,
                fields: [.init(path: "mode", before: "0666", after: "0644")])
        ]
    }
    static let waiting = event(.waiting, Example.image, "7 deletes wait for a person: the budget is 5") {
        details in
        details.digest = "7d4fa1c092be"
        details.hint = "allow them with 'martlet apply shop --confirm-deletes 7d4fa1c092be'"
        details.resources = (0..<12).map { number in
            WebhookEvent.Resource(
                id: "infrastructure/shop/old-\(number)", layer: .provision, state: .waiting, held: true)
        }
    }
    static let refused = event(.sourceRefused, Example.image, "1 problem in 1 file, stays at 3f2c9e1") {
        details in
        details.problems = [
            Diagnostic(
                at: Example.place("run/web.yaml", 6), "unknown key 'cuont' in Job.spec",
                hint: "did you mean 'count'?")
        ]
    }

    /// Everything that anybody ever wrote into a commit to reach another's screen.
    static let hostileText =
        "<!channel> <@U024BE7LH> @everyone @here <at>all</at> \u{1b}[31mred \u{202e}evil\u{2066} a\u{200b}b "
        + "[click](https://evil.example) *bold* _it_ ~~no~~ `code` > quote | {{DATE(2017-02-14T06:08:39Z)}} ${7*7} & "
        + "\r\nBcc: victim@example.org\r\n\r\n\u{0}# head"
    static let hostile = event(.commitFailed, ReportedCommit(Example.image.id, hostileText), hostileText) {
        details in
        details.hint = hostileText
        details.resources = [
            WebhookEvent.Resource(
                id: "job/shop/web", layer: .run, state: .failed, reason: hostileText, held: true,
                fields: [.init(path: hostileText, before: hostileText, after: hostileText)])
        ]
        details.problems = [Diagnostic(at: Example.place(hostileText, 1), hostileText)]
    }

    static func message(_ event: WebhookEvent, to target: String = "team", id: String = "msg_example")
        -> Outbox.Message
    {
        Outbox.Message(
            id: id, target: target, body: (try? event.body()) ?? [], created: Example.now.milliseconds)
    }
}
