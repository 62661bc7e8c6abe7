import Foundation
import Model
import Review
import Server

/// What hears of pushes: `martlet webhook list`. The JSON is versioned by its schema.
struct WebhookList: Codable, Sendable, Equatable {
    struct Last: Codable, Sendable, Equatable {
        var at: Timestamp
        /// As `HookOutcome` names it.
        var outcome: String
        /// Which check failed, where one did.
        var cause: String?

        init(_ sight: HookSight) {
            at = Timestamp(milliseconds: sight.at)
            (outcome, cause) = (sight.outcome.rawValue, sight.cause)
        }
    }
    struct Row: Codable, Sendable, Equatable {
        var name: String
        var provider: String
        var address: String
        var sources: [String]
        /// Empty for every branch and tag.
        var branches: [String]
        var rate: String
        /// What came of the last delivery; nil where none came since the start.
        var last: Last?
    }
    private(set) var schema = "martlet/webhooks/v1"
    var hooks: [Row]

    init(_ hooks: [Row]) { self.hooks = hooks }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self).escapedInJSON + "\n"
    }

    func text(now: Timestamp) -> String {
        if hooks.isEmpty {
            return "no hook is configured\n\nhint: 'martlet explain Configuration.hooks' says how\n"
        }
        let rows = hooks.map { hook in
            let branches = hook.branches.isEmpty ? "" : " (\(hook.branches.joined(separator: ", ")))"
            let last = hook.last.map { last in
                "\(last.outcome) \(last.at.elapsed(until: now)) ago"
                    + (last.cause.map { ": \($0.escapedForDisplay)" } ?? "")
            }
            return [
                hook.name, hook.provider, hook.address.escapedForDisplay,
                (hook.sources.joined(separator: ", ") + branches).escapedForDisplay,
                last ?? "nothing came since the start",
            ]
        }
        return rows.aligned.joined(separator: "\n") + "\n"
    }
}
