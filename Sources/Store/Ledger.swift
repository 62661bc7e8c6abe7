package import Model

/// What the loop remembers: the fold of all entries. It holds nothing that the database does not.
package struct Ledger: Sendable, Hashable {
    package var records: [ResourceID: Recorded] = [:]
    /// Steps whose outcome is not known, by the resource that they were for.
    package var unanswered: [ResourceID: Step] = [:]
    /// By consumer; no set is empty.
    package var leases: [ResourceID: Set<Lease>] = [:]
    /// The number of the next intent: above every one that was ever journaled.
    package var nextIntent = 1
    /// In the order in which they were said; one of each kind on each subject.
    package var decisions: [Decision] = []
    package var sources: [String: SourceRecord] = [:]
    /// By source and request; no dictionary is empty.
    package var previews: [String: [String: ShownPreview]] = [:]
    /// In the order in which they were said.
    package var approvals: [PlanApproval] = []

    package init() {}

    package mutating func fold(_ entry: Entry) {
        switch entry {
        case .intent(let step):
            unanswered[step.id] = step
            nextIntent = max(nextIntent, step.intent.nextIntent)
        case .outcome(let id, let intent, let record):
            records[id] = record
            if let intent, unanswered[id]?.intent == intent { unanswered[id] = nil }
        case .lease(let lease): leases[lease.consumer, default: []].insert(lease)
        case .revoked(let lease):
            leases[lease.consumer]?.remove(lease)
            if leases[lease.consumer]?.isEmpty == true { leases[lease.consumer] = nil }
        case .decision(let decision):
            withdraw(decision.kind, subject: decision.subject)
            decisions.append(decision)
        case .withdrawn(let kind, let subject): withdraw(kind, subject: subject)
        case .source(let source): sources[source.name] = source
        case .sourceRemoved(let name):
            (sources[name], previews[name]) = (nil, nil)
            approvals.removeAll { $0.source == name }
        case .moved(let old, let new): move(from: old, to: new)
        case .review(let entry): fold(entry)
        }
    }

    private mutating func fold(_ entry: ReviewEntry) {
        switch entry {
        case .shown(let preview): previews[preview.source, default: [:]][preview.request] = preview
        case .spent(let source, let request, let id): previews[source]?[request]?.spent.insert(id)
        case .ended(let source, let request):
            previews[source]?[request] = nil
            if previews[source]?.isEmpty == true { previews[source] = nil }
        case .approved(let approval): approvals.append(approval)
        }
    }

    private mutating func withdraw(_ kind: Decision.Kind, subject: String) {
        decisions.removeAll { $0.kind == kind && $0.subject == subject }
    }

    private mutating func move(from old: ResourceID, to new: ResourceID) {
        guard old != new else { return }
        if let record = records.removeValue(forKey: old) { records[new] = record }
        for var lease in leases.removeValue(forKey: old) ?? [] {
            lease.consumer = new
            leases[new, default: []].insert(lease)
        }
        for var decision in decisions where decision.subject == old.description {
            withdraw(decision.kind, subject: decision.subject)
            decision.subject = new.description
            withdraw(decision.kind, subject: decision.subject)
            decisions.append(decision)
        }
    }
}

extension Int {
    /// The number after an intent's; the greatest stays where it is.
    var nextIntent: Int { self == .max ? self : self + 1 }
}
