import Model
import Reconcile
import Store
import Synchronization

/// All that the loop had to tell, in order, in words.
final class Told: Sendable {
    private let all = Mutex<[Happening]>([])
    private let taken = Mutex(0)
    private let kept = Mutex<[Happening]>([])
    /// What was told once the journal had it.
    var recorded: [String] { kept.withLock(\.self).map(\.words) }
    var happenings: [Happening] { all.withLock(\.self) }
    var words: [String] { happenings.map(\.words) }
    var announcer: Announcer {
        Announcer(
            messages: { [self] happenings, _, _ in
                all.withLock { $0 += happenings }
                return []
            }, history: { _, _, _ in [] }
        ).telling { [self] happenings in kept.withLock { $0 += happenings } }
    }
    /// What was told since this was last asked.
    func take() -> [String] {
        let words = words
        return taken.withLock { count in
            defer { count = words.count }
            return Array(words[count...])
        }
    }
}

extension Happening {
    var words: String {
        switch self {
        case .commit(let source, let record, let state): "\(source) \(record.commit) \(state)"
        case .forced(let source, let commit): "\(source) \(commit.id) forced"
        case .relocated(let source, let old, let new): "\(source) comes from \(new), not \(old)"
        case .refused(let source, let commit, let problems):
            "\(source) \(commit.id) refused: \(problems.map(\.message).joined(separator: "; "))"
        case .moved(let old, let new): "\(old) moved to \(new)"
        case .drifted(let id, let change, let restraint):
            "\(id) drifted: \(change.fields.map(\.path.description).joined(separator: " "))"
                + (restraint == nil ? "" : ", left")
        case .ended(let step, _, _, .done): "\(step.id) \(step.verb) done"
        case .ended(let step, _, _, .failed(let error)): "\(step.id) \(step.verb) failed: \(error)"
        case .adopted(let id): "\(id) adopted"
        case .resumed(let id, let source, let reason, let person):
            "\(id?.description ?? source) goes on: \(reason)" + (person.map { ", by \($0)" } ?? "")
        case .forgotten(let id, _): "\(id) forgotten"
        case .held(let id, let error, _): "\(id) held: \(error)"
        case .uncertain(let id, let error): "\(id) uncertain: \(error)"
        case .asked(let id, let what, let person): "\(id) \(what.rawValue) by \(person)"
        case .approved(let approval): "\(approval.source) approved by \(approval.by)"
        case .merged(let preview, let approval):
            "\(preview.source) merged as \(preview.request) showed it"
                + (approval.map { ", approved by \($0.by)" } ?? "")
        case .released(let source, _, let person): "\(source) released by \(person)"
        case .waiting(let source, .deleteBudget): "\(source) waits for deletes"
        case .waiting(let source, _): "\(source) waits for a review"
        }
    }
}
