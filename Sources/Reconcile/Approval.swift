import Model

/// What a person has approved of one resource, in a form that lasts: what was not known then may be anything.
struct Approval {
    /// The action; then, for each field, what its path, what was and what is to be come down to: SHA-256 in hex, or `-`
    /// where it was not known.
    let text: String

    init(of change: Change) {
        let fields = change.fields.map { "\($0.path.mark) \($0.before.mark) \($0.after.mark)" }
        text = ([change.action.rawValue] + fields).joined(separator: "\n")
    }
    init(text: String) { self.text = text }

    /// Whether a change is what was approved, with what was unknown then now known; or what is left of it.
    func covers(_ change: Change) -> Bool {
        let lines = text.split(separator: "\n").map(String.init)
        // The first leg is done. The manifest is the approved one still: another commit ends an approval.
        if lines.first == Change.Action.replace.rawValue, change.action == .create { return true }
        guard lines.first == change.action.rawValue else { return false }
        let approved = lines.dropFirst().map { $0.split(separator: " ").map(String.init) }
        return change.fields.filter(\.cause.isReviewed).allSatisfy { field in
            approved.contains { marks in
                marks.count == 3 && marks[0] == field.path.mark
                    && (marks[1] == "-" || marks[1] == field.before.mark)
                    && (marks[2] == "-" || marks[2] == field.after.mark)
            }
        }
    }
}

extension FieldPath {
    fileprivate var mark: String { digest(of: pointer, bytes: 32) }
}

extension Value {
    fileprivate var mark: String { isKnown ? digest(of: canonical, bytes: 32) : "-" }
}
