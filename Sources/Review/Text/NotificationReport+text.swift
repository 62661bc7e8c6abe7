extension NotificationReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        if notifications.isEmpty {
            page.add(Line("nobody is told anything"))
            page.hints(["name somebody under 'notifications' in the configuration"])
        }
        for row in notifications { page.add(row, now: madeAt) }
        return page.text
    }
}

extension Page {
    fileprivate mutating func add(_ row: NotificationReport.Row, now: Timestamp) {
        blank()
        wrap(
            Line(Piece(row.name, .bold), "  ", Piece(row.kind), "  ", Piece(row.rule)),
            hanging: row.name.columns + 2)
        let counts = [
            row.deliveredAt.map { "delivered \($0.ago(now))" } ?? "nothing delivered yet",
            row.waiting > 0 ? "\(row.waiting) \(agreeing(row.waiting, "waits", "wait"))" : nil,
            row.dead > 0 ? "\(row.dead) given up" : nil,
        ]
        wrap(Line("  ", .dim(counts.compactMap(\.self).joined(separator: ", "))), hanging: 4)
        if let problem = row.problem {
            let next = row.nextAttemptAt.map { ", tried again \($0.ahead(now))" } ?? ""
            wrap(Line("  ", Piece("! ", .red), Piece(problem + next)), hanging: 4)
        }
        if let hint = row.hint { hints([hint], indent: 2) }
    }
}
