extension SourceReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        if sources.isEmpty {
            page.add(Line("no source is configured"))
            page.hints(["write one with 'martlet init --repository URL'"])
        }
        for source in sources { page.add(source, now: madeAt) }
        return page.text
    }
}

extension Page {
    fileprivate mutating func add(_ source: SourceReport.Row, now: Timestamp) {
        blank()
        let tint: Tint = source.sync == .inSync ? .green : source.sync == .inProgress ? .yellow : .red
        let words =
            source.sync == .inSync ? "in sync" : source.sync == .inProgress ? "in progress" : "not in sync"
        wrap(
            Line(
                Piece(source.name, .bold), "  ", Piece(source.commit == nil ? "never fetched" : words, tint),
                Piece(source.commit.map { " at \($0.named)" } ?? "")), hanging: source.name.columns + 2)
        let folder = source.path.isEmpty ? "" : ", folder \(source.path)"
        if !source.repository.isEmpty {
            let revision = source.revision.isEmpty ? "" : " at \(source.revision)"
            wrap(Line("  ", .id(source.repository), Piece("\(revision)\(folder)")), hanging: 4)
        }
        let fetched = source.fetchedAt.map { ", fetched \($0.ago(now))" } ?? ""
        wrap(
            Line("  ", .dim("project \(source.project), \(counted(source.resources, "resource"))\(fetched)")),
            hanging: 4)
        for (index, text) in (source.problem?.safeLines(atMost: 6) ?? []).enumerated() {
            wrap(Line("  ", index == 0 ? Piece("! ", .red) : "  ", Piece(text)), hanging: 4)
        }
        if source.isDropped {
            wrap(
                Line("  ", Piece("⏸ ", .yellow), "gone from the configuration; its resources stay"),
                hanging: 4)
            let name = source.name
            hints(
                ["end it with 'martlet source forget \(name)' or 'martlet source destroy \(name)'"], indent: 2
            )
        }
    }
}
