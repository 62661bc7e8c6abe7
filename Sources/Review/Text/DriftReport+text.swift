import Model

extension DriftReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        let at = commit.map { " from \($0.named)" } ?? ""
        let observed = "observed \(observedAt.ago(madeAt))" + (controller.map { " by \($0)" } ?? "")
        guard !resources.isEmpty || !held.isEmpty else {
            page.wrap(Line(Piece(source, .bold), "  no drift", Piece("\(at), \(observed)")), hanging: 2)
            return page.text
        }
        let count = counted(resources.count, "resource has", "resources have")
        let margin = source.columns + 2
        page.wrap(Line(Piece(source, .bold), "  ", Piece("\(count) drifted\(at)")), hanging: margin)
        let legend = resources.isEmpty ? "" : "; shown: what exists → what git says"
        page.wrap(
            Line(Piece(String(repeating: " ", count: margin)), .dim(observed + legend)), hanging: margin)
        for treatment in DriftedResource.Treatment.allCases { page.add(treatment, of: self) }
        if !held.isEmpty {
            page.blank()
            page.add(Line(Piece("not known", .bold)))
            page.add(held, in: project, now: madeAt)
        }
        page.blank()
        page.hints(hints + held.hints)
        return page.text
    }

    private var hints: [String] {
        func first(_ treatments: DriftedResource.Treatment...) -> String? {
            resources.first { treatments.contains($0.treatment) }?.planned.id.named(in: project)
        }
        if let id = first(.correct) {
            return [
                "keep what exists with 'martlet suspend \(id) --reason WHY', or write it into the manifest"
            ]
        }
        if let id = first(.suspended) { return ["mend it with 'martlet resume \(id)'"] }
        return first(.warn, .ignore).map {
            ["mend it with 'onDrift: correct' in the manifest of \($0), or write what exists into it"]
        } ?? []
    }
}

extension Page {
    fileprivate mutating func add(_ treatment: DriftedResource.Treatment, of report: DriftReport) {
        let group = report.resources.filter { $0.treatment == treatment }
        guard !group.isEmpty else { return }
        blank()
        add(Line(Piece(treatment.heading, .bold)))
        let ids = group.map { $0.planned.id.named(in: report.project).columns }
        let column = 4 + (ids.filter { $0 <= (style.width >= 100 ? 44 : 32) }.max() ?? 0) + 3
        let layout = FieldLayout(
            paths: group.flatMap { $0.planned.fields.filter { !$0.isMultiline }.map(\.path) }, cause: .drift)
        for resource in group {
            let tag = resource.foundAt.map { Piece.dim("found \($0.ago(report.madeAt))") } ?? Piece("")
            var planned = resource.planned
            if planned.action == .create { planned.note = "is gone" }
            let glyph = treatment == .correct ? nil : Piece("  ⏸", .yellow)
            add(planned, in: report.project, column: column, layout, glyph: glyph, tag: tag)
            if let suspension = resource.suspension {
                let end =
                    suspension.until.map {
                        $0 <= report.madeAt
                            ? "; ended \($0.ago(report.madeAt))"
                            : "; until \($0.stamp(style)) (\($0.ahead(report.madeAt)))"
                    } ?? "; until a person resumes it"
                wrap(Line("      ", Piece(suspension.reason + end)), hanging: 6)
            }
        }
    }
}

extension DriftedResource.Treatment {
    fileprivate var heading: String {
        switch self {
        case .correct: "corrected in the next pass"
        case .warn: "left as it is: onDrift is warn"
        case .ignore: "left as it is: onDrift is ignore"
        case .suspended: "left as it is: suspended"
        }
    }
}
