import Foundation
import Model
import Reconcile
import Store
import Synchronization

/// The status of each commit that is acted on, put into the outbox when it changes. It follows from where a source stands,
/// not from what happened, so that nothing has to be remembered but what was told.
final class CommitStatuses: Sendable {
    private let forges: [String: String]
    private let told: ToldBefore
    /// Where each source stood when it was last looked at.
    private let stands: Mutex<[String: Stand]> = Mutex([:])

    private struct Stand: Hashable {
        var commit, refused, deletes, review: String?
        var state: CommitState
        var isLoaded: Bool
    }

    init(_ forges: [String: String], _ told: ToldBefore) { (self.forges, self.told) = (forges, told) }

    func messages(_ happenings: [Happening], _ announcement: Announcement) -> [OutboxMessage] {
        guard !forges.isEmpty else { return [] }
        var messages: [OutboxMessage] = []
        for case .commit(let source, let record, .overtaken) in happenings {
            let newer = announcement.picture.commit(of: source).map { " by \($0.shortID)" } ?? ""
            messages += message(
                announcement, source, record.commit, .overtaken, "overtaken\(newer)", matter: "overtaken")
        }
        for source in forges.keys.sorted() {
            guard let state = announcement.picture.sources[source], state.isConfigured,
                let record = state.record
            else { continue }
            let stand = Stand(
                commit: record.commit, refused: record.refusedCommit, deletes: record.toldDeletes,
                review: record.toldReview, state: record.state, isLoaded: state.isLoaded)
            guard stands.withLock({ $0.updateValue(stand, forKey: source) }) != stand else { continue }
            if state.isLoaded, !record.commit.isEmpty { messages += current(announcement, source, record) }
            if let refused = record.refusedCommit {
                let stays = announcement.picture.commit(of: source).map { ", stays at \($0.shortID)" } ?? ""
                messages += message(
                    announcement, source, refused, .failure, record.problems.countWords + stays,
                    matter: "refused")
            }
        }
        return messages
    }

    private func current(
        _ announcement: Announcement, _ source: String, _ record: SourceRecord
    ) -> [OutboxMessage] {
        func message(_ state: CommitStatus.State, _ words: String, _ matter: String) -> [OutboxMessage] {
            self.message(announcement, source, record.commit, state, words, matter: matter)
        }
        switch record.state {
        case .converged: return message(.success, announcement.converged(in: source), "success")
        case .failed: return message(.failure, announcement.summary(of: source), "failure")
        case .overtaken: return []
        case .pending: break
        }
        if let deletes = announcement.picture.heldDeletes(of: source) {
            let words = counted(deletes.pending, "delete waits", "deletes wait")
            return message(.pending, "\(words) for a person", "deletes")
        }
        let reviewed =
            announcement.picture.sources[source]?.needsReview == true
            ? announcement.picture.awaitingReview(of: source).count : 0
        if reviewed > 0 {
            return message(
                .pending, "\(counted(reviewed, "change waits", "changes wait")) for a review", "review")
        }
        return message(.pending, announcement.planned(in: source), "pending")
    }

    private func message(
        _ announcement: Announcement, _ source: String, _ commit: String, _ state: CommitStatus.State,
        _ words: String, matter: String
    ) -> [OutboxMessage] {
        let topic = "status \(source) \(commit)"
        guard let forge = forges[source], told.last(forge, topic)?.matter != matter else { return [] }
        var status = CommitStatus(
            controller: announcement.controller, source: source, commit: commit, state: state,
            description: words)
        status.url = announcement.reportURL(of: source, at: commit)
        // Nothing in it can't be encoded.
        guard let body = try? status.body() else { return [] }
        var message = OutboxMessage(
            target: forge, eventType: "status", body: body, created: announcement.now,
            orderKey: "\(source) \(commit)")
        let record = announcement.picture.sources[source]?.record
        let kept = [commit, record?.commit, record?.refusedCommit].map { "status \(source) \($0 ?? "")" }
        for past in told.all where past.target == forge && past.topic.hasPrefix("status \(source) ") {
            if !kept.contains(past.topic) { told.forget(past.topic, in: &message) }
        }
        told.keep(topic, matter, in: &message, now: announcement.now)
        return [message]
    }
}
