import Model

extension StateImportReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        let verb = isDryRun ? "would take over" : "took over"
        page.wrap(
            Line(Piece("\(verb) \(counted(taken.count, "object")) of \(file.safeForDisplay)", .bold)),
            hanging: 2)
        var table = Table([.left, .left, .left], indent: 2)
        for row in taken {
            table.add([Piece(row.address.safeForDisplay), .id(row.id.description), .dim(row.words)])
        }
        page.add(table)
        if !left.isEmpty {
            page.blank()
            page.add(Line(Piece("left \(counted(left.count, "object")) alone", .bold)))
            for row in left {
                page.wrap(
                    Line(
                        "  ", Piece("! ", .yellow),
                        Piece("\(row.address.safeForDisplay): \(row.reason.safeForDisplay)")),
                    hanging: 4)
                if let hint = row.hint { page.hints([hint], indent: 4) }
            }
        }
        if dataSources > 0 {
            page.blank()
            page.add(Line(.dim("\(counted(dataSources, "data source")) will be read anew")))
        }
        if !taken.isEmpty, !isDryRun {
            page.blank()
            page.hints(["see with 'martlet plan' whether anything differs"])
        }
        return page.text
    }
}

extension StateImportReport.Taken {
    fileprivate var words: String {
        let parts = [
            isTainted ? "tainted: it will be replaced" : nil,
            deposed > 0 ? "\(counted(deposed, "replaced object")) will be deleted" : nil,
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }
}
