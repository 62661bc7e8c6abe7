/// Lines in the making, laid out for one style.
struct Page {
    let style: Style
    private(set) var lines: [Line] = []

    init(_ style: Style) { self.style = style }

    mutating func add(_ line: Line) { lines.append(line) }
    /// At most one empty line, and none at the top.
    mutating func blank() { if lines.last?.isEmpty == false { lines.append(Line()) } }
    mutating func wrap(_ line: Line, hanging: Int) {
        lines += line.wrapped(to: style.width, hanging: hanging)
    }
    /// With a word at the right-hand side of its first line.
    mutating func wrap(_ line: Line, hanging: Int, tag: Piece?) {
        guard let tag, !tag.text.isEmpty else { return wrap(line, hanging: hanging) }
        var wrapped = line.wrapped(to: style.width - tag.text.columns - 2, hanging: hanging)
        let column = max(wrapped[0].columns + 2, min(style.width, 100) - tag.text.columns)
        wrapped[0] = wrapped[0].padded(to: column)
        wrapped[0].append(tag)
        lines += wrapped
    }
    /// `hint: …`, once for each.
    mutating func hints(_ hints: [String], indent: Int = 0) {
        let margin = String(repeating: " ", count: indent)
        for hint in hints {
            for (index, text) in hint.safeLines(atMost: 6).enumerated() {
                let lead = index == 0 ? "\(margin)hint: " : "\(margin)      "
                wrap(Line(Piece(lead, .dim), Piece(text)), hanging: indent + 6)
            }
        }
    }

    var text: String {
        var lines = lines
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { $0.rendered(colour: style.colour) + "\n" }.joined()
    }
}
