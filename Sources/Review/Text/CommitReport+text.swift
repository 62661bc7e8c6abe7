import Model

extension CommitReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        page.wrap(
            Line(Piece(source, .bold), "  ", Piece(headline, tint), Piece(" at \(commit.named)")),
            hanging: source.columns + 2)
        if !summary.isEmpty { page.add(Line("  ", .dim(summary))) }
        page.blank()
        page.add(problems)
        if !held.isEmpty { page.add(held, in: project, now: madeAt) }
        if let deletes { page.add(deletes, of: source, in: project) }
        for resource in inProgress + notStarted {
            let words = resource.message?.safeLines(atMost: 1).first ?? resource.outcome.shortWords
            page.wrap(
                Line("  … ", .id(resource.id.named(in: project), .bold), "  ", Piece(words)), hanging: 4)
        }
        page.blank()
        for review in reviews ?? [] {
            page.wrap(Line("  ", Piece("✓ ", .green), Piece("reviewed \(review.reviewWords)")), hanging: 4)
        }
        page.blank()
        for change in resources { page.add(change, in: project) }
        if leftOut > 0 { page.add(Line("  ", .dim("… and \(leftOut) more"))) }
        if !drift.isEmpty {
            page.blank()
            page.add(Line(Piece("drifted", .bold)))
            for change in drift { page.add(change, in: project) }
        }
        page.blank()
        page.add(warnings, in: project)
        page.hints(held.hints)
        return page.text
    }

    private var tint: Tint {
        switch state {
        case .converged: .green
        case .pending, .overtaken: .yellow
        case .failed, .refused: .red
        }
    }
}

extension Page {
    fileprivate mutating func add(_ change: ReportedChange, in project: String) {
        let mark = String(repeating: " ", count: max(0, 3 - change.kind.mark.count)) + change.kind.mark
        let cause = change.cause.map { $0 == .commit ? "" : $0.rawValue } ?? ""
        wrap(
            Line(
                Piece(mark), .gap, .id(change.id.named(in: project), .bold), "  ", Piece(change.kind.words)),
            hanging: 4, tag: .dim(cause))
        for text in change.message?.safeLines(atMost: 12) ?? [] {
            wrap(Line("      ", Piece(text)), hanging: 6)
        }
        for field in change.fields {
            wrap(Line("      ", .id(field.path), "  ", .id(field.words)), hanging: 8)
        }
    }
}

extension AppliedResource.Outcome {
    /// Of what goes on, or has had no turn.
    var shortWords: String { self == .notStarted ? "not started" : "in progress" }
}
