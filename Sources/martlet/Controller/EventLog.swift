import Logging
import Model
import Reconcile
import Review
import Store

/// A line for everything that an operator would look for later. Messages are constants, details are metadata; values of
/// fields are never among them.
struct EventLog: Sendable {
    let logger: Logger

    @Sendable func log(_ happenings: [Happening]) {
        for happening in happenings { log(happening) }
    }

    func log(_ happening: Happening) {
        let (level, message, details) = happening.line
        logger.log(level: level, message, metadata: details.reduce(into: [:]) { $0[$1.key] = "\($1.value)" })
    }
}

private typealias LogLine = (
    level: Logger.Level, message: Logger.Message, details: KeyValuePairs<String, String>
)

extension Happening {
    fileprivate var line: LogLine {
        switch self {
        case .commit(let source, let record, let state): commitLine(source, record, state)
        case .forced(let source, let revision):
            (.warning, "branch was moved to another history", ["source": source, "commit": revision.shortID])
        case .relocated(let source, let old, let new):
            (.warning, "source comes from another place", ["source": source, "from": old, "to": new])
        case .refused(let source, let revision, let problems):
            (
                .error, "commit refused",
                [
                    "source": source, "commit": revision.shortID, "problems": "\(problems.count)",
                    "first": problems.first?.oneLine ?? "",
                ]
            )
        case .moved(let old, let new): (.info, "resource renamed", ["from": "\(old)", "to": "\(new)"])
        case .drifted(let id, let change, let restraint):
            (
                .warning, "drift found",
                ["resource": "\(id)", "fields": change.paths, "then": restraint?.word ?? "correct"]
            )
        case .ended(let step, _, let change, let ending): endingLine(step, change, ending)
        case .adopted(let id): (.info, "resource adopted", ["resource": "\(id)"])
        case .resumed(let id, let source, let reason, let person):
            (
                .notice, "suspension ended",
                [
                    "source": source, "resource": id.map { "\($0)" } ?? "all", "reason": reason,
                    "by": person ?? "its time",
                ]
            )
        case .forgotten(let id, let source):
            (.info, "resource forgotten", ["resource": "\(id)", "source": source])
        case .held(let id, let error, let retryAt):
            (
                .warning, "resource held",
                ["resource": "\(id)", "cause": error.message, "retry": retryAt.map(time) ?? "after a change"]
            )
        case .uncertain(let id, let error):
            (
                .error, "step uncertain",
                [
                    "resource": "\(id)", "cause": error.message,
                    "hint": error.hint ?? "look for it, then 'martlet settle \(id) --made' or '--not-made'",
                ]
            )
        case .asked(let id, let what, let person):
            (.notice, "job asked", ["resource": "\(id)", "for": what.rawValue, "by": person])
        case .approved(let approval):
            (
                .notice, "plan approved",
                [
                    "source": approval.source, "digest": approval.digest, "by": approval.by,
                    "way": approval.way.rawValue,
                ]
            )
        case .merged(let preview, let approval):
            (
                .notice, "reviewed plan merged",
                [
                    "source": preview.source, "digest": preview.plan.digest, "request": preview.request,
                    "by": approval?.by ?? "nobody",
                ]
            )
        case .released(let source, let digest, let person):
            (.notice, "plan released", ["source": source, "digest": digest, "by": person])
        case .waiting(let source, let blocker):
            (.notice, "waiting for a person", ["source": source, "for": blocker.word])
        }
    }

    private func commitLine(_ source: String, _ record: SourceRecord, _ state: CommitState) -> LogLine {
        let details: KeyValuePairs = [
            "source": source, "commit": String(record.commit.prefix(7)), "summary": record.summary,
        ]
        return switch state {
        case .pending: (.info, "commit loaded", details)
        case .converged: (.info, "commit converged", details)
        case .failed: (.error, "commit failed", details)
        case .overtaken: (.info, "commit overtaken", details)
        }
    }

    private func endingLine(_ step: Step, _ change: Change?, _ ending: Ending) -> LogLine {
        switch ending {
        case .done where change?.isDriftOnly ?? false:
            (.info, "drift corrected", ["resource": "\(step.id)", "step": step.verb.rawValue])
        case .done: (.info, "step done", ["resource": "\(step.id)", "step": step.verb.rawValue])
        case .failed(let error):
            (
                .error, "step failed",
                ["resource": "\(step.id)", "step": step.verb.rawValue, "cause": error.message]
            )
        }
    }

    private func time(_ milliseconds: Int) -> String { "\(Timestamp(milliseconds: milliseconds))" }
}

extension Revision {
    fileprivate var shortID: String { String(id.prefix(7)) }
}

extension Diagnostic {
    fileprivate var oneLine: String { (location.map { "\($0): " } ?? "") + message }
}

extension Change {
    /// The names of the fields alone.
    fileprivate var paths: String {
        fields.isEmpty ? action.rawValue : fields.map(\.path.description).joined(separator: ", ")
    }
}

extension Restraint {
    fileprivate var word: String {
        switch self {
        case .warnOnly: "warn"
        case .ignored: "ignore"
        case .suspended: "suspended"
        }
    }
}

extension Blocker {
    fileprivate var word: String {
        switch self {
        case .deleteBudget: "leave to delete"
        case .review: "review"
        case .restraint, .dependency, .user, .place, .unknown: "a decision"
        }
    }
}
