import Model

extension CommitReport {
    /// The answer first, what failed or waits before what was done.
    package func markdown(_ style: MarkdownStyle) -> String {
        var page = MarkdownPage(style)
        page.add("### Martlet \(Markdown.code(source)): \(Markdown.prose(headline))", "")
        page.add("\(Markdown.code(commit.shortID)) \(Markdown.prose(commit.title))", "")
        if !summary.isEmpty { page.add(summary, "") }
        if !problems.isEmpty {
            page.add(contentsOf: Markdown.fenced(problems.textLines))
            page.add("")
        }
        for resource in held.prefix(100) {
            let words =
                resource.reasonLines(in: project) + [resource.untilWords(madeAt, Style())].compactMap(\.self)
            page.add(
                "- \(resource.glyph.text) \(name(resource.id)) \(words.map(Markdown.prose).joined(separator: "; "))"
            )
        }
        for resource in (inProgress + notStarted).prefix(100) {
            let words = resource.message?.safeLines(atMost: 1).first ?? resource.outcome.shortWords
            page.add("- … \(name(resource.id)) \(Markdown.prose(words))")
        }
        for review in (reviews ?? []).prefix(50) {
            page.add("- ✓ reviewed \(Markdown.prose(review.reviewWords))")
        }
        page.add("")
        add(resources, "resource", to: &page)
        add(drift, "drifted", to: &page)
        page.addFooter(["Report \(number) of \(Markdown.code(source)), \(startedAt)"])
        return page.text
    }

    private func name(_ id: ResourceID) -> String { Markdown.code(id.named(in: project)) }

    private func add(_ changes: [ReportedChange], _ title: String, to page: inout MarkdownPage) {
        guard !changes.isEmpty else { return }
        page.add("", "| | \(title) | what happened | cause | at |", "|---|---|---|---|---|")
        for change in changes.prefix(200) {
            let fields = change.fields.prefix(10).map {
                "\(Markdown.code($0.path)) \(Markdown.prose($0.words))"
            }
            let message = change.message?.safeLines(atMost: 3).map(Markdown.prose) ?? []
            let what = ([change.kind.words] + message + fields).joined(separator: "<br>")
            page.add(
                "| `\(change.kind.mark)` | \(name(change.id)) | \(what) | \(change.cause?.rawValue ?? "") | "
                    + "\(change.at.clock) |")
        }
        if changes.count > 200 { page.add("| | | and \(changes.count - 200) more | | |") }
        page.add("")
    }
}
