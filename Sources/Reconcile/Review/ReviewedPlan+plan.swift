package import Model
package import Store

extension Plan {
    /// SHA-256 over what a review of it binds: 64 hex digits.
    package var digest: String { Reconcile.digest(of: digestInput, bytes: 32) }
}

extension ReviewedPlan {
    /// What whoever looks at `plan` is shown of what a review binds.
    package init(of plan: Plan) {
        let changes = plan.entries.compactMap { entry in
            entry.change.boundFields.map { _ in ReviewedChange(entry.id, of: entry.change) }
        }
        self.init(digest: plan.digest, changes: changes.sorted { $0.id < $1.id })
    }
}

extension ReviewedChange {
    /// Where the second half of a replacement is allowed: a field of this name, for all that is asked for.
    private static let whole = "="

    init(_ id: ResourceID, of change: Change) {
        self.init(
            id, change.action,
            fields: change.fields.map {
                Field(path: $0.path.mark, before: $0.before.mark, after: $0.after.mark)
            })
    }
    /// Making anew what was taken away for it, and nothing else.
    init(remaking id: ResourceID, as asked: Value) {
        self.init(id, .create, fields: [Field(path: Self.whole, before: "-", after: asked.mark)])
    }

    /// Whether all of it was known when it was shown.
    var isKnown: Bool { fields.allSatisfy { !$0.before.contains("-") && !$0.after.contains("-") } }

    var isRemaking: Bool { fields.contains { $0.path == Self.whole } }

    /// For a decision's value: the action; then, for each field, path and marks.
    var text: String {
        ([action.rawValue] + fields.map { "\($0.path) \($0.before) \($0.after)" }).joined(separator: "\n")
    }
    init?(_ id: ResourceID, text: String) {
        let lines = text.split(separator: "\n")
        guard let action = lines.first.flatMap({ Change.Action(rawValue: String($0)) }) else { return nil }
        let fields = lines.dropFirst().map { $0.split(separator: " ").map(String.init) }
        guard fields.allSatisfy({ $0.count == 3 }) else { return nil }
        self.init(id, action, fields: fields.map { Field(path: $0[0], before: $0[1], after: $0[2]) })
    }

    /// Whether it shows this field, or the same with what was unknown now known: then also what it is in may have been
    /// shown, of which no more was known.
    fileprivate func covers(_ field: FieldChange, of pending: Pending) -> Bool {
        let all = field.path.components
        return (0...all.count).contains { count in
            let path = FieldPath(Array(all.prefix(count)))
            let isWhole = count == all.count
            let before = isWhole ? field.before : pending.seen.fields[path] ?? .null
            let after = isWhole ? field.after : pending.asked?[path] ?? .null
            let mark = path.mark
            return fields.contains {
                $0.path == mark && Mark($0.before).covers(before) && Mark($0.after).covers(after)
            }
        }
    }
    fileprivate func remakes(_ pending: Pending) -> Bool {
        isRemaking && pending.change.action == .create
            && fields.contains { Mark($0.after).covers(pending.asked ?? .null) }
    }
}

/// In what a change differs from all that was reviewed of its resource.
package enum Unreviewed: Hashable, Sendable {
    /// Nobody was shown any change of it.
    case unseen
    /// Something else was shown to be done to it.
    case action
    /// These were not shown, or otherwise.
    case fields([FieldPath])
}

extension Pending {
    /// Nil where all of it that needs a review was reviewed. What was shown of one resource more than once, by requests
    /// that were merged together, counts together.
    func unreviewed(after reviewed: [ReviewedChange]) -> Unreviewed? {
        guard let bound = change.fieldsToReview, !reviewed.contains(where: { $0.remakes(self) }) else {
            return nil
        }
        guard reviewed.contains(where: { $0.action == change.action }) else {
            return reviewed.isEmpty ? .unseen : .action
        }
        let others = bound.filter { field in !reviewed.contains { $0.covers(field, of: self) } }
        return others.isEmpty ? nil : .fields(others.map(\.path))
    }
}

extension Change {
    /// Of what it binds, what nobody may do unseen; nil where that is nothing. What an update merely makes follow others'
    /// outputs is not asked again.
    fileprivate var fieldsToReview: [FieldChange]? {
        guard let bound = boundFields, action == .update, !bound.isEmpty else { return boundFields }
        let asked = bound.filter { $0.cause != .dependency }
        return asked.isEmpty ? nil : asked
    }
}
