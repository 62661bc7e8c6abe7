import Model
import Reconcile
import Store

extension Happening {
    /// What it is to be remembered as: text that is safe to show anywhere. `now` is milliseconds since 1970.
    func history(_ picture: Picture, now: Int) -> [HistoryEvent] {
        func event(
            _ kind: HistoryEvent.Kind, _ source: String?, commit: String? = nil, of id: ResourceID? = nil,
            cause: Cause? = nil, fields: [HistoryEvent.Field] = [], _ message: String = ""
        ) -> [HistoryEvent] {
            let source = source ?? id.flatMap { picture.nodes[$0]?.source } ?? ""
            return [
                HistoryEvent(
                    kind, time: now, source: source,
                    commit: commit ?? picture.sources[source]?.record?.commit ?? "", resource: id,
                    cause: cause, fields: fields, message: message)
            ]
        }
        switch self {
        case .commit(let source, let record, let state):
            return event(
                HistoryEvent.Kind(state), source, commit: record.commit, record.summary.safeForDisplay)
        case .forced(let source, let revision):
            return event(
                .sourceRewritten, source, commit: revision.id, revision.summary.safeForDisplay)
        case .relocated(let source, let old, let new):
            let words = "from '\(old.safeForDisplay)' to '\(new.safeForDisplay)'"
            return event(.sourceRelocated, source, "\n" + words)
        case .refused(let source, let revision, let problems):
            return event(
                .sourceRefused, source, commit: revision.id,
                "\(revision.summary.safeForDisplay)\n\(problems.countWords)")
        case .moved(let old, let new):
            return event(.moved, nil, of: new, "was \(old.description.safeForDisplay)")
        case .drifted(let id, let change, let restraint):
            return event(
                .driftFound, nil, of: id, cause: .drift, fields: change.remembered(of: id),
                ([change.action == .create ? "is gone" : nil] + [restraint?.words]).compactMap(\.self)
                    .joined(separator: "; "))
        case .ended(let step, let source, let change, .done):
            return event(
                step.historyKind(change), source, of: step.id, cause: change?.commonCause,
                fields: change?.remembered(of: step.id) ?? [], step.historyNote(change))
        case .ended(let step, let source, let change, .failed(let error)):
            return event(
                .failed, source, of: step.id, cause: change?.commonCause, error.message.safeText)
        case .adopted(let id): return event(.adopted, nil, of: id)
        case .resumed(let id, let source, let reason, let person):
            return event(
                .resumed, source, commit: id == nil ? "" : nil, of: id,
                "its suspension ended: \(reason)".safeForDisplay
            ).map { $0.said(by: person) }
        case .forgotten(let id, let source): return event(.forgot, source, of: id)
        case .held(let id, _, let retryAt):
            let time = retryAt.map { Timestamp(milliseconds: $0).ahead(Timestamp(milliseconds: now)) }
            return event(.held, nil, of: id, time.map { "tried again \($0)" } ?? "until something changes")
        case .uncertain(let id, let error): return event(.uncertain, nil, of: id, error.message.safeText)
        case .asked(let id, let what, let person):
            return event(what, nil, of: id).map { $0.said(by: person) }
        case .approved(let approval):
            return event(.approved, approval.source, "\n" + approval.words).map { $0.said(by: approval.by) }
        case .merged(let preview, let approval):
            return event(.reviewed, preview.source, "\n" + preview.words(approval)).map {
                $0.said(by: approval?.by)
            }
        case .released(let source, let digest, let person):
            return event(.reviewed, source, "\nplan \(digest.prefix(12)), which waited").map {
                $0.said(by: person)
            }
        case .waiting(let source, let blocker):
            return event(.waiting, source, "\n" + picture.waitingWords(source, blocker))
        }
    }
}

extension PlanApproval {
    /// What was approved, and how.
    fileprivate var words: String {
        "plan \(digest.prefix(12)), \(way.words)"
    }
}

extension ShownPreview {
    /// What was merged, and what was said of it before.
    fileprivate func words(_ approval: PlanApproval?) -> String {
        let when = approval.map { approval in
            let at = Timestamp(milliseconds: approval.at)
            return ", approved \(approval.way.words) at \(at.date) \(at.clock) UTC"
        }
        return "plan \(plan.digest.prefix(12)), merged as \(request) showed it".safeForDisplay + (when ?? "")
    }
}

extension HistoryEvent {
    fileprivate func said(by person: String?) -> HistoryEvent {
        var event = self
        event.person = person?.safeForDisplay ?? ""
        return event
    }
}

extension Step {
    fileprivate func historyKind(_ change: Change?) -> HistoryEvent.Kind {
        if adopts { return .adopted }
        if change?.isDriftOnly == true { return .driftCorrected }
        switch verb {
        case .create: return change?.action == .replace ? .replaced : .created
        case .update: return .updated
        case .delete: return .deleted
        }
    }
    fileprivate func historyNote(_ change: Change?) -> String {
        if deletesReplaced(change) { return "the one that was replaced" }
        return verb == .delete && change?.action == .replace ? "to be made anew" : ""
    }
}

extension Change {
    /// Field by field where it stays what it is: a create or delete says it all.
    fileprivate func remembered(of id: ResourceID) -> [HistoryEvent.Field] {
        guard action == .update || action == .replace else { return [] }
        return fields.prefix(50).flatMap { FieldReport.fields(of: $0) }.filter { !id.saysAlready($0.path) }
            .map {
                HistoryEvent.Field(
                    path: id.shortPath($0.path), before: $0.shownBefore, after: $0.shownAfter,
                    cause: $0.cause.rawValue)
            }
    }
}

extension Picture {
    fileprivate func waitingWords(_ source: String, _ blocker: Blocker) -> String {
        if case .review = blocker {
            return "changes wait for a review of plan \(shortPlanDigest(of: source))"
        }
        guard let deletes = heldDeletes(of: source) else { return "" }
        let count = counted(deletes.pending, "delete waits", "deletes wait")
        return "\(count) for the word of a person, \(deletes.digest): the budget is \(deletes.budget)"
    }
}

extension String {
    /// Several lines stay several lines.
    fileprivate var safeText: String { safeLines(atMost: 12).joined(separator: "\n") }
}

extension HistoryEvent.Kind {
    fileprivate init(_ state: CommitState) {
        self =
            switch state {
            case .pending: .commitPending
            case .converged: .commitConverged
            case .failed: .commitFailed
            case .overtaken: .commitOvertaken
            }
    }
}
