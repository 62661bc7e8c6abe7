import Model

extension PreviewReport {
    /// One comment: the line that says it all, what is taken away, a table of what happens, each change field by field,
    /// who follows, what was so before, problems, and how to find all of it again.
    package func markdown(_ style: MarkdownStyle) -> String {
        var page = MarkdownPage(style)
        page.leftOutWords =
            style.reportURL.map { "[the whole report](\($0)) shows them" }
            ?? "\(Markdown.code(command)) shows them"
        page.addFooter(footer)
        page.add("### Martlet: \(headline)", "")
        page.addList(conflicts.map { "- \(Markdown.code($0.path)): \(Markdown.prose($0.words))" })
        addTakenAway(to: &page)
        for source in sources where !source.isQuiet { add(source, to: &page) }
        return page.text
    }

    private var headline: String {
        guard sources.contains(where: \.hasChanges), conflicts.isEmpty else { return Markdown.prose(summary) }
        return Markdown.prose(summary).emphasized([" to replace", " to delete"]).replacing("; ", with: " · ")
    }

    private func addTakenAway(to page: inout MarkdownPage) {
        let gone = sources.flatMap { source in
            source.caused.filter(\.isDestructive).map { (source: source, resource: $0) }
        }
        let deletes = sources.compactMap { source in source.deletes.map { (source: source, held: $0) } }
        guard !gone.isEmpty || !deletes.isEmpty else { return }
        page.add("> [!WARNING]")
        for (source, resource) in gone.prefix(20) {
            let of = sources.count > 1 ? " of \(Markdown.code(source.name))" : ""
            page.add("> \(resource.warning(in: source.project))\(of)\\")
        }
        if gone.count > 20 { page.add("> and \(gone.count - 20) more\\") }
        for (source, held) in deletes {
            let count = counted(held.pending, "delete waits", "deletes wait")
            page.add(
                "> \(count) for a person once it is merged: the budget of \(Markdown.code(source.name)) is \(held.budget)\\"
            )
        }
        page.endAlert()
    }

    private func add(_ source: Source, to page: inout MarkdownPage) {
        page.folder = source.folder
        if sources.count > 1 { page.add("", "#### \(Markdown.code(source.name))", "") }
        page.add(tableOf: source.changesByLayer, in: source.project)
        page.add(detailsOf: source.changesByLayer, in: source.project)
        let followers =
            source.dependants.map { $0.bullet(in: source.project) }
            + (source.following ?? []).map { $0.following(in: source.project) }
        page.addBlock("Follow, though their manifests did not change: \(followers.count)", followers)
        page.addBlock(
            "Wait already, and are taken back: \(source.takenBack.count)",
            source.takenBack.map { $0.bullet(in: source.project) })
        page.addBlock(
            "Drifted before this request: \(source.drifted.count)",
            source.drifted.map { $0.bullet(in: source.project) })
        page.addBlock(
            "Wait already, merged or not: \(source.pending.count)",
            source.pending.map { $0.bullet(in: source.project) })
        page.addList(source.failed.map { $0.bullet(in: source.project, madeAt) })
        page.addList(source.unlooked.map { $0.bullet(in: source.project) })
        page.addList(source.problems.map { page.bullet($0) })
    }

    private var footer: [String] {
        let plans = sources.compactMap { source in
            source.digest.map { digest in
                let name = sources.count > 1 ? " of \(Markdown.code(source.name))" : ""
                return "Plan \(Markdown.code(String(digest.prefix(12))))\(name)"
            }
        }
        let observed = sources.count == 1 ? sources[0].observedWords(madeAt) : nil
        let by = controller.map { ", by \(Markdown.code($0))" } ?? ""
        // Commits of the repository itself, which a forge may link.
        let into = branch.map { "\(Markdown.prose($0.safeForDisplay)) at " } ?? ""
        let merge = "the merge of \(head.shortID) into \(into)\(base.shortID)"
        let first = plans.isEmpty ? merge.capitalizedFirst : "\(plans.joined(separator: ", ")) for \(merge)"
        let moved =
            movedTo.map { [movedWords(to: $0, Markdown.prose(baseName)).capitalizedFirst + "\\"] } ?? []
        return moved + [first + by + (observed.map { ", \($0)" } ?? "") + " ·", Markdown.code(command)]
    }
}

extension PlannedResource {
    /// `**Deletes** infrastructure/old-uploads (aws_s3_bucket shop-uploads-old)`
    fileprivate func warning(in project: String) -> String {
        let how = action == .delete ? "" : ", \(createsFirst ? "new one first" : "old one first")"
        let names = names.map { " \(Markdown.code($0.value.inline.shortened(to: 60)))" }.joined()
        return "**\(action == .delete ? "Deletes" : "Replaces")** \(Markdown.code(id.named(in: project))) "
            + "(\(Markdown.prose(type))\(names)\(how))"
    }

    fileprivate func bullet(in project: String) -> String {
        let shown = fields.prefix(3).map {
            "\(Markdown.code($0.path)) \(Markdown.prose($0.inline.shortened(to: 80)))"
        }
        let rest = fields.count > 3 ? ["and \(fields.count - 3) more"] : []
        let words = shown.isEmpty ? ["is \(action.done)"] : shown + rest
        return "- `\(action.mark)` \(Markdown.code(id.named(in: project))): \(words.joined(separator: ", "))"
    }
}

extension HeldResource {
    fileprivate func bullet(in project: String, _ now: Timestamp) -> String {
        let words = reasonLines(in: project) + [hint.map { "hint: \($0)".safeForDisplay }].compactMap(\.self)
        let reason = words.map(Markdown.prose).joined(separator: "; ")
        return "- \(glyph.text) \(Markdown.code(id.named(in: project))) can't be done: \(reason)"
    }
}

extension Notice {
    fileprivate func following(in project: String) -> String {
        "- `~` \(Markdown.code(id?.named(in: project) ?? "")) \(Markdown.prose(message))"
    }

    fileprivate func bullet(in project: String) -> String {
        let name = id.map { "\(Markdown.code($0.named(in: project))) " } ?? ""
        return "- \(name)was not looked at: "
            + Markdown.prose(message.safeLines(atMost: 3).joined(separator: " "))
            + (hint.map { " (\(Markdown.prose($0)))" } ?? "")
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }

    /// `1 to delete` as `**1 to delete**`, where it is not none.
    fileprivate func emphasized(_ words: [String]) -> String {
        split(separator: "; ", omittingEmptySubsequences: false).map { part in
            part.split(separator: ", ", omittingEmptySubsequences: false).map { item in
                words.contains { item.hasSuffix($0) } && !item.hasPrefix("0 ") ? "**\(item)**" : String(item)
            }.joined(separator: ", ")
        }.joined(separator: "; ")
    }
}
