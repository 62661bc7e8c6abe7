import Model

/// Where the columns of a list of fields stand.
struct FieldLayout {
    /// Of the values.
    let column: Int
    /// The cause that the resource says for all of its fields.
    let cause: Cause

    /// Of the paths.
    let indent: Int
    static let widestPath = 22

    init(paths: [String], cause: Cause = .commit, indent: Int = 8, widest limit: Int = widestPath) {
        let widest = paths.map(\.columns).filter { $0 <= limit }.max() ?? 0
        (column, self.cause, self.indent) = (indent + widest + 2, cause, indent)
    }
    func saying(_ cause: Cause) -> FieldLayout { FieldLayout(column: column, cause: cause, indent: indent) }
    private init(column: Int, cause: Cause, indent: Int) {
        (self.column, self.cause, self.indent) = (column, cause, indent)
    }
}

extension Page {
    mutating func add(_ field: FieldReport, _ layout: FieldLayout) {
        let head = Line(
            Piece(String(repeating: " ", count: layout.indent - 2)), Piece(field.mark, field.tint), .gap,
            .id(field.path, field.replaces ? .red : .plain))
        let tag = field.tag(besides: layout.cause)
        if field.isMultiline {
            wrap(head, hanging: layout.indent, tag: tag)
            return addDiff(of: field, layout.indent)
        }
        let room = style.width - (tag.map { $0.text.columns + 2 } ?? 0)
        let column = max(layout.column, head.columns + 2)
        if column + field.inline.columns <= room {
            return wrap(Line(head.padded(to: column).pieces + [.id(field.inline)]), hanging: column, tag: tag)
        }
        if field.before == nil || field.after == nil, room - column >= 24 {
            let value = field.inline.shortened(to: room - column)
            return wrap(Line(head.padded(to: column).pieces + [.id(value)]), hanging: column, tag: tag)
        }
        wrap(head, hanging: layout.indent, tag: tag)
        addSides(of: field, layout.indent)
    }

    /// A value that is as it is.
    mutating func add(_ value: NamedValue, _ layout: FieldLayout) {
        let margin = Piece(String(repeating: " ", count: layout.indent))
        let head = Line(margin, .id(value.path, .dim))
        let column = max(layout.column, head.columns + 2)
        if column + 24 <= style.width {
            let text = value.value.inline.shortened(to: style.width - column)
            add(Line(head.padded(to: column).pieces + [.id(text)]))
        } else {
            add(head)
            add(Line(margin, "  ", .id(value.value.inline.shortened(to: style.width - layout.indent - 2))))
        }
    }

    /// One under the other, where they don't fit side by side.
    private mutating func addSides(of field: FieldReport, _ indent: Int) {
        let margin = Piece(String(repeating: " ", count: indent))
        let (before, after) = (field.before?.inline, field.after?.inline)
        let (one, other) = String.shortened(before ?? "", after ?? "", to: style.width - indent - 2)
        if before != nil { add(Line(margin, Piece("- ", .red), .id(one))) }
        if after != nil { add(Line(margin, Piece("+ ", .green), .id(other))) }
    }

    private mutating func addDiff(of field: FieldReport, _ indent: Int) {
        let width = style.width - indent - 2
        let margin = Piece(String(repeating: " ", count: indent))
        let (rows, more) = field.diff.limited(to: 12)
        for (index, row) in rows.enumerated() {
            switch row {
            case .same(let text): add(Line(margin, "  ", Piece(text.shortened(to: width), .dim)))
            case .removed(let text):
                let shown = rows.addedAfter(index).map { String.shortened(text, $0, to: width).0 }
                add(Line(margin, Piece("- ", .red), .id(shown ?? text.shortened(to: width))))
            case .added(let text):
                let shown = rows.removedBefore(index).map { String.shortened($0, text, to: width).1 }
                add(Line(margin, Piece("+ ", .green), .id(shown ?? text.shortened(to: width))))
            case .skipped(let count): add(Line(margin, "  ", .dim("… \(counted(count, "equal line"))")))
            }
        }
        if more > 0 { add(Line(margin, "  ", .dim("… \(counted(more, "more line"))"))) }
    }
}

extension [LineDiff.Row] {
    /// The line that a removed one became, where one took its place.
    fileprivate func addedAfter(_ index: Int) -> String? {
        if index + 1 < count, case .added(let text) = self[index + 1] { text } else { nil }
    }
    fileprivate func removedBefore(_ index: Int) -> String? {
        if index > 0, case .removed(let text) = self[index - 1] { text } else { nil }
    }
}
