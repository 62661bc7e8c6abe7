import Model

extension PlanReport {
    /// What the merge would change comes first, what takes something away before all; what has drifted before, last.
    package func markdown(_ style: MarkdownStyle) -> String {
        var page = MarkdownPage(style)
        if style.isMarked { page.add("<!-- martlet: \(Markdown.html(source)) -->") }
        page.add("### Martlet \(Markdown.code(source)): \(headline)", "")
        addTakenAway(to: &page)
        if !problems.isEmpty {
            page.add(contentsOf: Markdown.fenced(problems.textLines))
            page.add("")
        }
        let reviewed = resources.filter { !$0.isDriftOnly }
        page.add(tableOf: reviewed, in: project)
        addHeld(to: &page)
        for notice in warnings { page.add("> \(notice.markdown(in: project))", "") }
        for secret in movedSecrets {
            let id = Markdown.code(secret.id.named(in: project))
            let (from, to) = (Markdown.prose(secret.from), Markdown.prose(secret.to))
            page.add("\(id) moved by itself: version \(from) → \(to)", "")
        }
        page.addFooter(footer)
        page.add(detailsOf: reviewed, in: project)
        page.add(drifted: resources.filter(\.isDriftOnly), in: project)
        return page.text
    }

    private var headline: String {
        if problems.contains(where: { $0.severity == .error }) {
            return "\(counted(problems.count, "problem")), nothing is applied"
        }
        let reviewed = ChangeCounts(resources.filter { !$0.isDriftOnly })
        let drift = resources.count(where: \.hasDrifted)
        let before = drift == 0 ? "" : " · \(drift) had drifted before"
        guard resources.count > 0 else { return held.isEmpty ? "nothing to do" : "\(held.count) held" }
        var parts = ["\(reviewed.create) to create", "\(reviewed.change) to change"]
        if reviewed.replace > 0 { parts.append("**\(reviewed.replace) to replace**") }
        parts.append(reviewed.delete > 0 ? "**\(reviewed.delete) to delete**" : "0 to delete")
        return parts.joined(separator: ", ") + before
    }

    private func addTakenAway(to page: inout MarkdownPage) {
        let gone = resources.filter(\.isDestructive)
        guard !gone.isEmpty || deletes != nil else { return }
        page.add("> [!WARNING]")
        for resource in gone.prefix(20) {
            let verb = resource.action == .delete ? "Deletes" : "Replaces"
            let how =
                resource.action == .delete
                ? "" : ", \(resource.createsFirst ? "new one first" : "old one first")"
            let names = resource.names.map { " \(Markdown.code($0.value.inline.shortened(to: 60)))" }.joined()
            let what = "(\(Markdown.prose(resource.type))\(names)\(how))"
            page.add("> **\(verb)** \(Markdown.code(resource.id.named(in: project))) \(what)\\")
        }
        if gone.count > 20 { page.add("> and \(gone.count - 20) more\\") }
        if let deletes {
            let command = Markdown.code("martlet apply \(source) --confirm-deletes \(deletes.digest)")
            page.add(
                "> \(counted(deletes.pending, "delete waits", "deletes wait")) for a person: "
                    + "the budget is \(deletes.budget), \(command)")
        }
        page.endAlert()
    }

    private func addHeld(to page: inout MarkdownPage) {
        for resource in held.prefix(50) {
            let words =
                resource.reasonLines(in: project) + [resource.untilWords(madeAt, Style())].compactMap(\.self)
            let reason = words.map(Markdown.prose).joined(separator: "; ")
            page.add("- \(resource.glyph.text) \(Markdown.code(resource.id.named(in: project))) \(reason)")
        }
        if held.count > 50 { page.add("- and \(held.count - 50) more are held") }
        page.add("")
    }

    private var footer: [String] {
        let plan = digest.map { "Plan \(Markdown.code(String($0.prefix(12))))" } ?? "Plan"
        let of = commit.map { " of \($0.shortID)" } ?? ""
        let by = controller.map { " by \(Markdown.code($0))" } ?? ""
        return ["\(plan)\(of), observed \(observedAt.ago(madeAt))\(by)"]
    }
}

extension PlannedResource {
    /// Nothing that a review binds.
    var isDriftOnly: Bool { cause == .drift || !fields.isEmpty && fields.allSatisfy { !$0.cause.isReviewed } }
}

extension [Diagnostic] {
    var textLines: [String] {
        var page = Page(Style(width: 100))
        page.add(self)
        return page.lines.map { $0.rendered(colour: false) }
    }
}

extension Notice {
    fileprivate func markdown(in project: String) -> String {
        let name = id.map { "\(Markdown.code($0.named(in: project))): " } ?? ""
        return name + Markdown.prose(message.safeLines(atMost: 6).joined(separator: " "))
            + (hint.map { " (\(Markdown.prose($0)))" } ?? "")
    }
}
