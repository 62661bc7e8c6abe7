import Model

extension PreviewReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        page.wrap(
            Line(Piece("this merge", .bold), ": ", Piece(summary, isFailure ? .red : .bold)), hanging: 2)
        for conflict in conflicts.prefix(100) {
            page.wrap(
                Line(Piece("  ! ", .red), .id(conflict.path, .bold), "  ", Piece(conflict.words)), hanging: 6)
        }
        if conflicts.count > 100 { page.add(Line("    ", Piece("and \(conflicts.count - 100) more"))) }
        for source in sources where !source.isQuiet { add(source, to: &page) }
        page.blank()
        addFooter(to: &page)
        return page.text
    }

    private func add(_ source: Source, to page: inout Page) {
        page.blank()
        if sources.count > 1 { page.add(Line(Piece(source.name, .bold))) }
        page.addTakenAway(source.caused, in: source.project)
        page.add(source.changes, in: source.project)
        page.add(followers: source.dependants, source.following ?? [], in: source.project)
        page.add(known: source.takenBack, "waits already, and is taken back", in: source.project)
        page.add(known: source.drifted, "drifted before this merge", in: source.project)
        page.add(known: source.pending, "waits already, merged or not", in: source.project)
        if !source.failed.isEmpty {
            page.blank()
            page.add(Line(Piece("can't be done", .bold)))
            page.add(source.failed, in: source.project, now: madeAt)
        }
        page.blank()
        for notice in source.unlooked {
            let name: [Piece] = notice.id.map { [.id($0.named(in: source.project)), ": "] } ?? []
            page.wrap(
                Line([Piece("not looked at: ", .yellow)] + name + [Piece(notice.message)]), hanging: 4)
            if let hint = notice.hint { page.hints([hint], indent: 2) }
        }
        page.add(
            source.problems.map { problem in
                var problem = problem
                problem.location = problem.location.map(source.place)
                return problem
            })
        if let deletes = source.deletes { page.add(deletes, of: source.name, in: source.project) }
    }

    private func addFooter(to page: inout Page) {
        for source in sources {
            guard let digest = source.digest else { continue }
            let name = sources.count > 1 ? " of \(source.name)" : ""
            page.add(Line("plan ", Piece(String(digest.prefix(12)), .bold), Piece(name)))
        }
        let observed = sources.count == 1 ? sources[0].observedWords(madeAt) : nil
        page.wrap(
            Line(Piece([mergeWords, observed].compactMap(\.self).joined(separator: ", "), .dim)), hanging: 2)
        if let movedWords { page.wrap(Line(Piece("warning: ", .yellow), Piece(movedWords)), hanging: 4) }
    }
}

extension Page {
    /// What the merge reaches through others, one line each.
    fileprivate mutating func add(
        followers: [PlannedResource], _ following: [Notice], in project: String
    ) {
        guard !followers.isEmpty || !following.isEmpty else { return }
        blank()
        add(Line(Piece("follows, though no manifest of it changed", .bold)))
        addLines(followers, in: project, limit: 50) { $0.followWords }
        for notice in following.prefix(50) {
            wrap(
                Line(
                    Piece("  ~ ", .yellow), .id(notice.id?.named(in: project) ?? ""), "   ",
                    Piece(notice.message)), hanging: 6)
        }
        if following.count > 50 { add(Line("    ", Piece("and \(following.count - 50) more"))) }
    }

    /// What is so without the merge.
    fileprivate mutating func add(known resources: [PlannedResource], _ title: String, in project: String) {
        guard !resources.isEmpty else { return }
        blank()
        add(Line(Piece(title, .bold)))
        addLines(resources, in: project, limit: 20) { $0.followWords }
    }

    private mutating func addLines(
        _ resources: [PlannedResource], in project: String, limit: Int, words: (PlannedResource) -> String
    ) {
        let shown = resources.prefix(limit)
        let ids = shown.map { $0.id.named(in: project).columns }
        let column = 4 + (ids.filter { $0 <= style.width / 3 }.max() ?? 0) + 3
        for resource in shown {
            let head = Line(
                Piece(resource.action.glyph, resource.action.tint), .gap, .id(resource.id.named(in: project)))
            wrap(
                Line(head.padded(to: max(column, head.columns + 2)).pieces + [Piece(words(resource))]),
                hanging: min(column, style.width / 2))
        }
        if resources.count > limit { add(Line("    ", Piece("and \(resources.count - limit) more"))) }
    }
}
