import Model

/// What text and Markdown say of a field alike.
extension FieldReport {
    var mark: String { before == nil ? "+" : after == nil ? "-" : "~" }
    var tint: Tint { before == nil ? .green : after == nil ? .red : .yellow }
    var isMultiline: Bool { before?.kind == .lines || after?.kind == .lines }

    /// `"0666" → "0644"`, `(secret, version 3 → 4)`; only one side where there is only one.
    var inline: String {
        switch (before, after) {
        case (let before?, let after?) where before.kind == .secret && after.kind == .secret:
            before.text == after.text
                ? "(secret, another one of version \(after.text.safeForDisplay))"
                : "(secret, version \(before.text.safeForDisplay) → \(after.text.safeForDisplay))"
        case (let before?, let after?) where before.kind == .hidden && after.kind == .hidden:
            "(sensitive value) → (sensitive value)"
        case (let before?, let after?): "\(before.inline) → \(after.inline)"
        case (let before?, nil): before.inline
        case (nil, let after?): after.inline
        case (nil, nil): ""
        }
    }
    /// Its cause where the resource does not say it already, and that it can't be changed in place.
    func tag(besides cause: Cause) -> Piece? {
        let words = [
            self.cause == cause ? nil : self.cause.rawValue, replaces ? "# forces replacement" : nil,
        ]
        .compactMap(\.self)
        return words.isEmpty ? nil : Piece(words.joined(separator: ", "), replaces ? .red : .yellow)
    }
    var diff: LineDiff {
        var (old, new) = (before?.shownLines ?? [], after?.shownLines ?? [])
        if let before, let after, before.kind == .lines, after.kind == .lines,
            before.endsWithNewline != after.endsWithNewline
        {
            if !before.endsWithNewline { old.append("(no newline at the end)") }
            if !after.endsWithNewline { new.append("(no newline at the end)") }
        }
        return LineDiff(from: old, to: new)
    }
}

extension DisplayValue {
    fileprivate var shownLines: [String] {
        kind == .lines ? lines.map(\.safeForDisplay) : [inline]
    }
}
