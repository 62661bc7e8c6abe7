import Model

extension ResourceReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        page.wrap(
            Line(
                .id(id.named(in: project), .bold), "  ", Piece(state.words, state.tint),
                Piece(since.map { " for \($0.elapsed(until: madeAt).rough)" } ?? "")), hanging: 2)
        for line in message?.safeLines(atMost: 12) ?? [] { page.wrap(Line("  ", Piece(line)), hanging: 2) }
        if let warning { page.add([Notice(warning)], in: project) }
        page.blank()
        addFacts(to: &page)
        if let held {
            page.blank()
            page.add([held], in: project, now: madeAt)
        }
        page.add("fields", fields)
        addDifferences(to: &page)
        page.add("outputs", outputs)
        page.add("needs", dependencies, in: project)
        page.add("needed by", dependants, in: project)
        if !history.isEmpty {
            page.blank()
            page.add(Line(Piece("last changes", .bold)))
            page.add(history, in: project, showing: .ofResource, indent: 2)
        }
        page.blank()
        page.hints([held].compactMap(\.self).hints)
        return page.text
    }

    private func addFacts(to page: inout Page) {
        var table = Table([.left, .left], indent: 2)
        table.add([.dim("type"), Piece(type)])
        table.add([.dim("layer"), Piece(layer.rawValue + (engine.isEmpty ? "" : ", engine \(engine)"))])
        table.add([.dim("source"), Piece(source + (commit.map { " at \($0.named)" } ?? ""))])
        if let place { table.add([.dim("manifest"), .id("\(place.file):\(place.line)")]) }
        page.add(table)
    }

    private func addDifferences(to page: inout Page) {
        guard !differences.isEmpty else { return }
        page.blank()
        page.add(Line(Piece("differs", .bold), .dim("  what exists → what git says")))
        let layout = FieldLayout(paths: differences.filter { !$0.isMultiline }.map(\.path))
        for field in differences { page.add(field, layout) }
    }
}

extension Page {
    fileprivate mutating func add(_ title: String, _ values: [NamedValue]) {
        guard !values.isEmpty else { return }
        blank()
        add(Line(Piece(title, .bold)))
        let layout = FieldLayout(paths: values.map(\.path), indent: 2)
        for value in values { add(value, layout) }
    }
    fileprivate mutating func add(
        _ title: String, _ links: [ResourceReport.Dependency], in project: String
    ) {
        guard !links.isEmpty else { return }
        blank()
        add(Line(Piece(title, .bold)))
        var table = Table([.left, .left, .left], indent: 2)
        for link in links {
            table.add([
                .id(link.id.named(in: project)), Piece(link.state.words, link.state.tint),
                .dim(link.how.words),
            ])
        }
        add(table)
    }
}

extension ResourceReport.Dependency.How {
    fileprivate var words: String {
        switch self {
        case .reference: "by reference"
        case .dependsOn: "by dependsOn"
        case .both: "by reference and dependsOn"
        }
    }
}

extension ReportedState {
    var tint: Tint {
        switch self {
        case .ready: .green
        case .inProgress, .waiting, .suspended, .drifted, .unknown: .yellow
        case .failed, .uncertain, .absent: .red
        }
    }
}

extension ResourceTable {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        guard !resources.isEmpty else {
            page.add(Line("no resource", Piece(kind.map { " of kind '\($0)'" } ?? "")))
            return page.text
        }
        let isWide = style.width >= 100
        var table = Table(Array(repeating: .left, count: 6))
        table.add(
            ["resource", "type", "state", "changed", isWide ? "source" : "", isWide ? "why" : ""].map {
                .dim($0)
            })
        for row in resources.sorted(by: { ($0.layer, $0.id) < ($1.layer, $1.id) }) {
            table.add([
                .id(row.id.named(in: project), .bold), Piece(row.type.shortened(to: 24)),
                Piece(row.state.words, row.state.tint), Piece(row.changedAt?.ago(madeAt) ?? ""),
                Piece(isWide ? row.source : ""),
                Piece(isWide ? row.message?.safeLines(atMost: 1).first ?? "" : ""),
            ])
        }
        page.add(table)
        if let failed = resources.first(where: { $0.state == .failed }) {
            page.blank()
            page.hints(["see why with 'martlet get \(failed.id.named(in: project))'"])
        }
        return page.text
    }
}
