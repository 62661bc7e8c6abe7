/// Columns as wide as their widest cell; the last one wraps.
struct Table {
    enum Side { case left, right }
    private let sides: [Side]
    private let indent: Int
    private var rows: [[Piece]] = []

    init(_ sides: [Side], indent: Int = 0) { (self.sides, self.indent) = (sides, indent) }
    mutating func add(_ row: [Piece]) { rows.append(row) }

    /// `width` of the page; no column but the last gives way.
    func lines(width: Int) -> [Line] {
        let widths = sides.indices.map { column in rows.map { $0[column].text.columns }.max() ?? 0 }
        let shown = sides.indices.filter { widths[$0] > 0 }
        return rows.flatMap { row in
            var line = Line(Piece(String(repeating: " ", count: indent)))
            for column in shown {
                if column != shown.first { line.append("  ") }
                let isLast = column == shown.last && sides[column] == .left
                let gap = Piece(String(repeating: " ", count: widths[column] - row[column].text.columns))
                if sides[column] == .right { line.append(gap) }
                if isLast { return ended(line, by: row[column], width: width) }
                line.append(Piece(row[column].text, row[column].tint, isWhole: true))
                if sides[column] == .left { line.append(gap) }
            }
            return [line]
        }
    }

    /// Below the others, where they leave little room for it.
    private func ended(_ line: Line, by last: Piece, width: Int) -> [Line] {
        if width - line.columns >= min(Self.narrow, last.text.columns) {
            return Line(line.pieces + [last]).wrapped(to: width, hanging: line.columns)
        }
        if last.text.isEmpty { return [line] }
        let margin = Piece(String(repeating: " ", count: indent + 4))
        return [line] + Line(margin, last).wrapped(to: width, hanging: indent + 4)
    }
    private static let narrow = 32
}

extension Page {
    mutating func add(_ table: Table) { for line in table.lines(width: style.width) { add(line) } }
}
