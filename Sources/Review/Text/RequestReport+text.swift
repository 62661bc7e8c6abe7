extension RequestReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        if requests.isEmpty {
            page.add(Line("no request is open that is previewed here"))
            page.hints(["say with 'previews' in a repository's 'forge' whose requests are"])
        }
        for row in requests { page.add(row, now: madeAt) }
        return page.text
    }
}

extension Page {
    fileprivate mutating func add(_ row: RequestReport.Row, now: Timestamp) {
        blank()
        wrap(
            Line(Piece(row.name, .bold), "  ", Piece(row.title)), hanging: row.name.columns + 2)
        wrap(
            Line(
                "  ",
                .dim(
                    "\(row.head.prefix(7)) by \(row.author) into \(row.base)"
                        + (row.previewedAt.map { ", previewed \($0.ago(now))" } ?? ""))), hanging: 4)
        wrap(Line("  ", row.mark, Piece(row.summary)), hanging: 4)
        if let words = row.planWords { wrap(Line("  ", .dim(words)), hanging: 4) }
        for words in row.approvalWords(now) {
            wrap(Line("  ", Piece("✓ ", .green), Piece(words)), hanging: 4)
        }
    }
}
