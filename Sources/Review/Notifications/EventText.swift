import Foundation
import Model

/// An event as people read it: a line that says it all, and what stands below. Safe to show anywhere, and escaped for
/// nowhere: whoever sends it does that for its own format.
struct EventText: Sendable, Equatable {
    /// `shop: job/web failed at 8a01b44 (reverted, 1 other waits)`
    var line: String
    /// Each on one line.
    var details: [String] = []
    var hint: String?
    var url: String?

    private static let maxResources = 10

    init(_ event: WebhookEvent) {
        let data = event.data
        line = "\(data.source): \(event.words)".safeForDisplay
        url = data.url?.safeForDisplay
        hint = data.hint?.safeForDisplay
        if let message = data.message, !message.isEmpty, let commit = data.shortCommit {
            details.append("\(commit) \"\(message.shortened(to: 120))\"".safeForDisplay)
        }
        if event.type == .commitFailed || event.type == .driftFound {
            details.append(data.summary.safeForDisplay)
        }
        if event.type != .commitConverged, event.type != .mended {
            details += data.resources.prefix(Self.maxResources).map { $0.line(in: data.project) }
            let more = data.resources.count - Self.maxResources
            if more > 0 { details.append("… \(counted(more, "other"))") }
        }
        details += (data.problems ?? []).prefix(Self.maxResources).map { problem in
            ((problem.location.map { "\($0): " } ?? "") + problem.message).safeForDisplay.shortened(to: 200)
        }
    }
}

extension WebhookEvent.Details {
    fileprivate var shortCommit: String? { commit.map { String($0.prefix(7)) } }

    /// `job/web`, `job/web and 2 others`
    fileprivate func names(_ states: Set<WebhookEvent.Resource.State>) -> String {
        let ids = resources.filter { states.contains($0.state) }.map { $0.name(in: project) }
        return ids.isEmpty ? "something" : listed(ids, atMost: 2)
    }
}

extension WebhookEvent.Resource {
    /// Without the project that its reader takes for granted.
    fileprivate func name(in project: String?) -> String {
        ResourceID(id)?.named(in: project) ?? id.safeForDisplay
    }

    fileprivate func line(in project: String?) -> String {
        let glyph =
            switch state {
            case .failed: "!"
            case .waiting: "⏸"
            case .progressing: "…"
            case .drifted: "~"
            case .ready: "+"
            }
        let changed = (fields ?? []).prefix(3).map { "\($0.path) \($0.before) → \($0.after)" }
        let words = [reason].compactMap(\.self) + changed
        let tail = words.isEmpty ? "" : "  \(words.joined(separator: ", "))"
        return "\(glyph) \(name(in: project))\(tail)".safeForDisplay.shortened(to: 240)
    }
}

extension WebhookEvent {
    /// What follows the source's name.
    fileprivate var words: String {
        let at = data.commit.map { " at \($0.prefix(7))" } ?? ""
        let commit = data.commit.map { String($0.prefix(7)) } ?? "a commit"
        switch type {
        case .commitPending: return "\(commit) loaded, \(data.summary)"
        case .commitConverged: return "in sync\(at), \(data.summary)"
        case .commitFailed: return "\(data.names([.failed])) failed\(at)\(asides)"
        case .driftFound: return "\(data.names([.drifted])) drifted\(at)\(asides)"
        case .driftCorrected: return "drift of \(data.names([.ready, .progressing])) corrected\(at)"
        case .sourceRefused: return "\(commit) refused, \(data.summary)"
        case .suspensionEnded, .waiting, .test: return data.summary
        case .mended: return mendedWords(at: at, commit: commit)
        }
    }

    /// ` (its reason, 1 other waits)`
    private var asides: String {
        let concerned = data.resources.filter { $0.state == .failed || $0.state == .drifted }
        let waiting = data.resources.count { $0.state == .waiting }
        var parts: [String] = []
        if concerned.count == 1, let one = concerned.first {
            let fields = (one.fields ?? []).map(\.path)
            if let reason = one.reason { parts.append(reason.shortened(to: 120)) }
            if !fields.isEmpty { parts.append(listed(fields)) }
        }
        if waiting > 0 { parts.append("\(waiting) \(agreeing(waiting, "other waits", "others wait"))") }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    private func mendedWords(at: String, commit: String) -> String {
        let after = data.mended.map { " after \($0.since.elapsed(until: Timestamp(timestamp)).rough)" } ?? ""
        if data.mended?.gone == true { return "no longer watched\(after)" }
        switch data.mended?.type {
        case .commitFailed: return "in sync again\(at)\(after)"
        case .driftFound: return "no drift any more\(after)"
        case .sourceRefused: return "\(commit) is taken\(after)"
        case .waiting: return "waits for nobody any more\(after)"
        default: return "all is well\(after)"
        }
    }
}
