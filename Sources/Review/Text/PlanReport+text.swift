import Model

extension PlanReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        if resources.isEmpty && held.isEmpty && problems.isEmpty {
            page.wrap(Line(Piece(source, .bold), "  nothing to do", Piece(commitWords)), hanging: 2)
        } else {
            page.wrap(
                Line(
                    Piece(source, .bold), "  ", Piece(commit?.named ?? "no commit yet"), Piece(observedWords)),
                hanging: source.columns + 2)
        }
        page.add(resources, in: project)
        if !held.isEmpty {
            page.blank()
            page.add(Line(Piece("held", .bold)))
            page.add(held, in: project, now: madeAt)
        }
        page.blank()
        page.add(problems)
        page.blank()
        if !problems.isEmpty { page.add(Line(Piece(problems.countWords))) }
        addSummary(to: &page)
        return page.text
    }

    private var commitWords: String { commit.map { " at \($0.named)" } ?? "" }
    private var observedWords: String {
        let by = controller.map { " by \($0)" } ?? ""
        return problems.contains { $0.severity == .error } && resources.isEmpty
            ? " is refused: nothing of it is applied"
            : " over what was observed \(observedAt.ago(madeAt))\(by)"
    }

    private func addSummary(to page: inout Page) {
        page.addTakenAway(resources, in: project)
        if !resources.isEmpty { page.wrap(Line(Piece(counts.words)), hanging: 2) }
        for secret in movedSecrets {
            page.wrap(
                Line(
                    .id(secret.id.named(in: project)),
                    Piece(" moved by itself: version \(secret.from) → \(secret.to)")), hanging: 2)
        }
        page.add(warnings, in: project)
        if let digest, !resources.isEmpty { page.add(Line("plan ", Piece(String(digest.prefix(12))))) }
        if let deletes {
            page.blank()
            page.add(deletes, of: source, in: project)
        }
        page.hints(held.hints)
    }
}

extension [Diagnostic] {
    /// `3 problems in 2 files`
    var countWords: String {
        let files = Set(compactMap(\.location?.file)).count
        return counted(count, "problem") + (files > 0 ? " in \(counted(files, "file"))" : "")
    }
}

extension [HeldResource] {
    /// Each once, of the first few.
    var hints: [String] {
        var seen: [String] = []
        for hint in compactMap(\.hint) where !seen.contains(hint) { seen.append(hint) }
        return [String](seen.prefix(3))
    }
}

extension ChangeCounts {
    /// `1 to create, 2 to change, 0 to delete; 1 of them has drifted`
    var words: String {
        var parts = ["\(create) to create", "\(change) to change"]
        if replace > 0 { parts.append("\(replace) to replace") }
        parts.append("\(delete) to delete")
        if read > 0 { parts.append("\(read) to read") }
        let drift = drifted == 0 ? "" : "; \(drifted) of them \(agreeing(drifted, "has", "have")) drifted"
        return parts.joined(separator: ", ") + drift
    }
}
