import Foundation
import Model
import Reconcile
import Store

/// All that one pass has to tell to whoever wants to know.
struct Announcement {
    let controller: String
    /// Where people reach it; nil where that is not configured.
    let url: String?
    let picture: Picture
    let now: Int
    /// By source: since its commit came.
    let changed: [String: Set<ResourceID>]

    /// What goes into one message.
    private struct Topic: Hashable {
        var source: String
        var kind: WebhookEvent.Kind
        /// What waits for a person: each is settled by another word.
        var blocker: Blocker?
    }

    /// An event, and the resources that it is about, all of them; none where it is about its whole source.
    struct Announced {
        var event: WebhookEvent
        var concerned: Set<ResourceID>
    }

    /// In the order in which the first of each happened.
    func events(_ happenings: [Happening]) -> [Announced] {
        var topics: [Topic] = []
        var groups: [Topic: [Happening]] = [:]
        for happening in happenings {
            guard let topic = topic(of: happening) else { continue }
            if groups[topic] == nil { topics.append(topic) }
            groups[topic, default: []].append(happening)
        }
        return topics.map { topic in
            var details = details(of: topic.source)
            var concerned: Set<ResourceID> = []
            for happening in groups[topic] ?? [] { add(happening, to: &details, &concerned) }
            finish(&details, topic.kind, &concerned)
            return Announced(event: event(topic.kind, details), concerned: concerned)
        }
    }

    func event(_ kind: WebhookEvent.Kind, _ details: WebhookEvent.Details) -> WebhookEvent {
        var details = details
        details.url = details.commit.flatMap { reportURL(of: details.source, at: $0) }
        return WebhookEvent(kind, at: Date(timeIntervalSince1970: Double(now) / 1000), details)
    }
    /// The page that says what happened to a commit.
    func reportURL(of source: String, at commit: String) -> String? {
        guard let url, !commit.isEmpty else { return nil }
        return "\(url.hasSuffix("/") ? String(url.dropLast()) : url)/reports/\(source)/\(commit)"
    }

    private func topic(of happening: Happening) -> Topic? {
        switch happening {
        case .commit(let source, _, .pending): Topic(source: source, kind: .commitPending)
        case .commit(let source, _, .converged): Topic(source: source, kind: .commitConverged)
        case .commit(let source, _, .failed): Topic(source: source, kind: .commitFailed)
        case .refused(let source, _, _): Topic(source: source, kind: .sourceRefused)
        case .drifted(let id, _, _): picture.nodes[id]?.source.map { Topic(source: $0, kind: .driftFound) }
        case .ended(_, let source, let change?, .done) where change.isDriftOnly:
            Topic(source: source, kind: .driftCorrected)
        case .waiting(let source, let blocker): Topic(source: source, kind: .waiting, blocker: blocker)
        case .uncertain(let id, _): picture.nodes[id]?.source.map { Topic(source: $0, kind: .waiting) }
        case .resumed(_, let source, _, _): Topic(source: source, kind: .suspensionEnded)
        case .commit, .forced, .relocated, .moved, .ended, .adopted, .forgotten, .held, .asked,
            .approved, .merged, .released:
            nil
        }
    }

    func details(of source: String) -> WebhookEvent.Details {
        let commit = picture.commit(of: source)
        var details = WebhookEvent.Details(
            controller: controller, source: source, commit: commit?.id, summary: "")
        details.message = commit?.title.safeForDisplay
        details.project = picture.project(of: source)
        return details
    }

    private func add(
        _ happening: Happening, to details: inout WebhookEvent.Details, _ concerned: inout Set<ResourceID>
    ) {
        switch happening {
        case .refused(_, let revision, let problems):
            (details.commit, details.message) = (revision.id, revision.summary.safeForDisplay)
            details.problems = problems.map(\.safe)
            let stays = picture.commit(of: details.source).map { ", stays at \($0.shortID)" } ?? ""
            details.summary = problems.countWords + stays
        case .drifted(let id, let change, let restraint):
            concerned.insert(id)
            details.resources.append(
                resource(id, .drifted, change, reason: change.driftWords(restraint), isHeld: restraint != nil)
            )
        case .ended(let step, _, let change?, _):
            concerned.insert(step.id)
            let isReady = picture.nodes[step.id]?.state == .ready || change.action == .delete
            details.resources.append(resource(step.id, isReady ? .ready : .progressing, change))
        case .waiting(_, let blocker): wait(blocker, &details, &concerned)
        case .uncertain(let id, let error):
            concerned.insert(id)
            details.resources.append(
                resource(id, .waiting, nil, reason: error.message.safeForDisplay, isHeld: true))
            let name = id.named(in: picture.project(of: details.source))
            details.hint =
                details.hint ?? "look for it, then 'martlet settle \(name) --made' or '--not-made'"
            details.summary =
                "\(counted(details.resources.count, "step")) may or may not have happened"
        case .resumed(let id, _, let reason, let person):
            let words = "\(person.map { "was ended by \($0)" } ?? "is over"): \(reason)".safeForDisplay
            guard let id else {
                details.summary = "the source's suspension \(words)"
                return
            }
            concerned.insert(id)
            details.resources.append(resumed(id, reason: "its suspension \(words)"))
        default: break
        }
    }

    private func wait(
        _ blocker: Blocker, _ details: inout WebhookEvent.Details, _ concerned: inout Set<ResourceID>
    ) {
        let source = details.source
        var ids: [ResourceID] = []
        if case .deleteBudget = blocker, let deletes = picture.heldDeletes(of: source) {
            (details.digest, ids) = (deletes.digest, deletes.ids)
            let count = counted(deletes.pending, "delete waits", "deletes wait")
            details.summary = "\(count) for a person: the budget is \(deletes.budget)"
            details.hint =
                "allow them with 'martlet apply \(source) --confirm-deletes \(deletes.digest)'"
        } else if case .review = blocker {
            let digest = picture.shortPlanDigest(of: source)
            ids = picture.awaitingReview(of: source)
            let count = counted(ids.count, "change waits", "changes wait")
            (details.digest, details.summary) = (digest, "\(count) for a review")
            details.hint = "approve all of it with 'martlet approve \(digest)'"
        }
        concerned.formUnion(ids)
        details.resources += ids.prefix(WebhookEvent.maxResources).map { id in
            resource(id, .waiting, picture.nodes[id]?.pending?.change, isHeld: true)
        }
    }
}

extension Diagnostic {
    fileprivate var safe: Diagnostic {
        var place = location
        place?.file = location?.file.safeForDisplay ?? ""
        return Diagnostic(
            severity, at: place, message.safeForDisplay, hint: hint?.safeForDisplay)
    }
}

extension Change {
    /// What is to be said of it as drift.
    fileprivate func driftWords(_ restraint: Restraint?) -> String? {
        let what: String? = action == .create ? "is gone" : action == .delete ? "exists, and should not" : nil
        return [what, restraint?.words].compactMap(\.self).joined(separator: "; ").unlessEmpty
    }
}

extension Restraint {
    var words: String {
        switch self {
        case .warnOnly: "left as it is (onDrift: warn)"
        case .ignored: "left as it is (onDrift: ignore)"
        case .suspended(let reason, _): "suspended: \(reason)".safeForDisplay
        }
    }
}

extension String {
    fileprivate var unlessEmpty: String? { isEmpty ? nil : self }
}
