import Model

extension PreviewReport {
    /// The whole report, with nothing left out that a comment had no room for.
    /// - Parameters:
    ///   - link: the page's own path, without an ending.
    ///   - title: of the request, where there is one.
    ///   - signedIn: the reader came by a session, and can end it.
    package func html(link: String, title: String? = nil, signedIn: Bool) -> HTMLPage {
        HTMLPage(
            "preview", title: "preview of \(head.shortID): \(summary)", signedIn: signedIn,
            [
                "over": [controller, title].compactMap(\.self).joined(separator: " · "),
                "headline": summary, "tone": isFailure ? "bad" : hasChanges ? "wait" : "good",
                "glyph": isFailure ? "!" : hasChanges ? "~" : "✓",
                "commit": head.shortID, "message": head.title, "merge": mergeWords, "link": link,
                "plans": sources.compactMap { source -> HTMLPage.Fields? in
                    source.digest.map { ["name": sources.count > 1 ? source.name : "plan", "digest": $0] }
                },
                "command": command, "note": movedWords.map(\.capitalizedFirst).orHidden,
                "conflicts": conflictSection, "sources": sources.filter { !$0.isQuiet }.map(fields),
                "foot": ["as of \(madeAt.date) \(madeAt.clock) UTC, found in \(took)"],
            ])
    }

    private var hasChanges: Bool { sources.contains(where: \.hasChanges) }

    private var conflictSection: Any {
        let items = conflicts.map { conflict in
            HTMLPage.Fields.item(mark: "!", tone: "bad", id: conflict.path, what: conflict.words)
        }
        return items.isEmpty ? false : ["items": items] as Any
    }

    private func fields(_ source: Source) -> HTMLPage.Fields {
        let layers = Layer.allCases.map { layer in
            (layer.rawValue, source.changes.filter { $0.layer == layer }.map { $0.item(of: source) })
        }
        let rest: [(String, [HTMLPage.Fields])] = [
            (
                "follows, though no manifest of it changed",
                source.dependants.map { $0.item(of: source) }
                    + (source.following ?? []).map { notice in
                        .item(
                            mark: "~", tone: "wait", id: notice.id?.named(in: source.project) ?? "",
                            what: notice.message)
                    }
            ),
            ("waits already, and is taken back", source.takenBack.map { $0.item(of: source) }),
            ("drifted before this request", source.drifted.map { $0.item(of: source) }),
            ("waits already, merged or not", source.pending.map { $0.item(of: source) }),
            ("can't be done", source.failed.map { $0.item(of: source, madeAt) }),
            ("not looked at", source.unlooked.map { $0.item(of: source) }),
        ]
        let gone = source.caused.filter(\.isDestructive).map { $0.item(of: source, isBrief: true) }
        let first = [("this takes away what exists", gone)]
        let problems = source.problems.map { problem in
            var problem = problem
            problem.location = problem.location.map(source.place)
            return problem
        }
        return [
            "name": sources.count > 1 ? source.name as Any : false,
            "problems": problems.isEmpty ? false : ["lines": problems.textLines] as Any,
            "observed": source.observedWords(madeAt).orHidden,
            "sections": (first + layers + rest).compactMap { heading, items -> HTMLPage.Fields? in
                items.isEmpty ? nil : ["heading": heading, "items": items]
            },
        ]
    }
}

extension PlannedResource {
    /// - Parameter isBrief: without its fields, which stand elsewhere.
    fileprivate func item(of source: PreviewReport.Source, isBrief: Bool = false) -> HTMLPage.Fields {
        let common = commonCause
        let names = names.map { "\($0.path) \($0.value.inline.shortened(to: 80))" }
        let what = [isDestructive ? takingAway : action.done, type == id.kind ? nil : type]
        let stands = place.map { source.place($0) }.map { "\($0.file):\($0.line)" }
        return .item(
            mark: action.mark, tone: isDestructive ? "bad" : action == .create ? "good" : "wait",
            id: id.named(in: source.project),
            what: (what.compactMap(\.self) + names).filter { !$0.isEmpty }.joined(separator: ", "),
            cause: common, lines: [note].compactMap(\.self), hint: isBrief ? nil : stands,
            fields: isBrief ? [] : fields.map { $0.item(besides: common) })
    }
}

extension FieldReport {
    fileprivate func item(besides common: Cause?) -> HTMLPage.Fields {
        let why = [cause == common || cause == .commit ? nil : cause.rawValue, replaces ? "replaces" : nil]
            .compactMap(\.self).joined(separator: ", ")
        let isDiff = isMultiline
        let isOne = before?.kind == .secret && after?.kind == .secret
        let (old, new) = isOne ? (nil, inline) : (before?.inline, after?.inline)
        return [
            "path": path, "before": isDiff ? false : old.orHidden, "after": isDiff ? false : new.orHidden,
            "both": !isDiff && old != nil && new != nil, "why": why.isEmpty ? false : why as Any,
            "diff": isDiff ? ["rows": diff.limited(to: 400).0.map(\.item)] as Any : false,
        ]
    }
}

extension LineDiff.Row {
    fileprivate var item: HTMLPage.Fields {
        switch self {
        case .same(let text): ["tone": "same", "text": "  \(text)"]
        case .removed(let text): ["tone": "gone", "text": "- \(text)"]
        case .added(let text): ["tone": "come", "text": "+ \(text)"]
        case .skipped(let count): ["tone": "same", "text": "  … \(counted(count, "equal line"))"]
        }
    }
}

extension HeldResource {
    fileprivate func item(of source: PreviewReport.Source, _ now: Timestamp) -> HTMLPage.Fields {
        .item(
            mark: "!", tone: "bad", id: id.named(in: source.project), what: "",
            lines: reasonLines(in: source.project), hint: hint)
    }
}

extension Notice {
    fileprivate func item(of source: PreviewReport.Source) -> HTMLPage.Fields {
        .item(
            mark: "!", tone: "wait", id: id?.named(in: source.project) ?? "", what: "",
            lines: message.safeLines(atMost: 6), hint: hint)
    }
}
