import Model

extension CommitReport {
    /// The answer first; what failed or waits before what was done; then layer by layer.
    /// - Parameter signedIn: the reader came by a session, and can end it.
    package func html(signedIn: Bool) -> HTMLPage {
        let isMoving = state == .pending && isCurrent
        return HTMLPage(
            "report", title: "\(source): \(headline) at \(commit.shortID)", signedIn: signedIn,
            refresh: isMoving ? 10 : nil,
            [
                "source": source, "headline": headline, "tone": state.tone, "glyph": state.glyph,
                "commit": commit.shortID, "message": commit.title, "times": times,
                "link": "/reports/\(number)", "summary": summary.isEmpty ? false : summary as Any,
                "note": note.orHidden,
                "problems": problems.isEmpty ? false : ["lines": problems.textLines] as Any,
                "attention": attention, "moving": moving, "sections": sections,
                "foot": [
                    ["as of \(madeAt.date) \(madeAt.clock) UTC", controller.map { "controller \($0)" }]
                        .compactMap(\.self).joined(separator: " · ")
                ],
            ])
    }

    private var times: String {
        let start = "taken up \(startedAt.date) \(startedAt.clock) UTC"
        guard let endedAt else { return start }
        return "\(start), \(state.rawValue) \(startedAt.elapsed(until: endedAt)) later"
    }
    private var note: String? {
        switch state {
        case .pending where !isCurrent: "As it was last seen."
        case .failed where !isCurrent: "The source is at another commit by now. This is how it ended."
        case .overtaken: "A newer commit came before this one had converged, and goes on from here."
        case .refused: "The source stays whole at its last good commit."
        default: nil
        }
    }

    private var attention: Any {
        let failedBefore = resources.filter { change in
            change.kind == .failed && !held.contains { $0.id == change.id }
        }
        let order: [HeldResource.Kind] = [
            .failed, .uncertain, .unobserved, .unconfirmed, .waiting, .suspended,
        ]
        let sorted = held.enumerated().sorted { left, right in
            let (one, other) = (
                order.firstIndex(of: left.element.kind), order.firstIndex(of: right.element.kind)
            )
            return (one ?? 0, left.offset) < (other ?? 0, right.offset)
        }
        var items =
            failedBefore.map { $0.item(in: project, from: startedAt) }
            + sorted.map { $0.element.item(in: project, changes: resources, from: startedAt, now: madeAt) }
        if let deletes { items.insert(deletes.item(of: source, in: project), at: 0) }
        items += warnings.map { $0.item(in: project) }
        return items.isEmpty ? false : ["items": items] as Any
    }

    private var moving: [HTMLPage.Fields] {
        [("In progress", inProgress), ("Not started", notStarted)].compactMap { heading, all in
            all.isEmpty ? nil : ["heading": heading, "items": all.map { $0.item(in: project) }]
        }
    }

    /// By layer what was done, then what somebody else changed. Failures are above.
    private var sections: [HTMLPage.Fields] {
        let done = resources.filter { $0.kind != .failed }
        var sections: [HTMLPage.Fields] = Layer.allCases.compactMap { layer in
            let items = done.filter { $0.layer == layer }.map { $0.item(in: project, from: startedAt) }
            return items.isEmpty ? nil : ["heading": layer.rawValue, "items": items]
        }
        if let reviews {
            let items = reviews.map { review in
                HTMLPage.Fields.item(
                    mark: "✓", tone: "good", id: review.person?.safeForDisplay ?? "as shown",
                    what: review.message?.safeLines(atMost: 2).joined(separator: " ") ?? "",
                    at: review.at.fields(from: startedAt))
            }
            sections.insert(["heading": "reviewed", "items": items], at: 0)
        }
        if leftOut > 0 {
            let more: HTMLPage.Fields = .item(mark: "…", id: "", what: "\(leftOut) more that are not shown")
            sections.append(["heading": "more", "items": [more]])
        }
        if !drift.isEmpty {
            sections.append([
                "heading": "changed by somebody else",
                "items": drift.map { $0.item(in: project, from: startedAt) },
            ])
        }
        return sections
    }
}

extension CommitReport.State {
    var tone: String {
        switch self {
        case .converged: "good"
        case .pending: "wait"
        case .failed, .refused: "bad"
        case .overtaken: "quiet"
        }
    }
    var glyph: String {
        switch self {
        case .converged: "✓"
        case .pending: "…"
        case .failed, .refused: "!"
        case .overtaken: "⏭"
        }
    }
}

extension HTMLPage.Fields {
    /// All that the template of one resource asks for.
    static func item(
        mark: String, tone: String = "quiet", id: String, what: String, cause: Cause? = nil,
        at: HTMLPage.Fields? = nil,
        lines: [String] = [], hint: String? = nil, fields: [HTMLPage.Fields] = []
    ) -> HTMLPage.Fields {
        return [
            "mark": mark, "tone": tone, "id": id, "what": what, "at": at.orHidden, "lines": lines,
            "cause": (cause?.pageWords).orHidden, "hint": hint.orHidden,
            "fields": fields.isEmpty ? false : ["all": fields] as Any,
        ]
    }
}

extension ReportedChange {
    fileprivate func item(in project: String, from start: Timestamp) -> HTMLPage.Fields {
        let causes = Set(fields.map(\.cause))
        let isDrift = kind == .driftFound || kind == .driftCorrected
        return .item(
            mark: kind.mark, tone: tone, id: id.named(in: project), what: what, cause: isDrift ? nil : cause,
            at: at.fields(from: start),
            lines: (message?.safeLines(atMost: 12) ?? []) + (person.map { ["asked by \($0)"] } ?? []),
            fields: fields.map { field in
                let (before, after) = (field.before, field.after)
                let why = causes.count > 1 && field.cause != .commit ? field.cause?.pageWords : nil
                return [
                    "path": field.path, "before": before.isEmpty ? false : before as Any,
                    "after": after.isEmpty ? false : after as Any, "both": !before.isEmpty && !after.isEmpty,
                    "why": why.orHidden, "diff": false,
                ]
            })
    }
    private var what: String {
        switch kind {
        case .driftFound: "differs"
        case .driftCorrected: "corrected"
        default: kind.words
        }
    }
    private var tone: String {
        switch kind {
        case .failed, .uncertain, .deleted: "bad"
        case .created, .adopted, .driftCorrected: "good"
        default: "wait"
        }
    }
}

extension HeldResource {
    fileprivate func item(
        in project: String, changes: [ReportedChange], from start: Timestamp, now: Timestamp
    ) -> HTMLPage.Fields {
        let until = untilWords(now, Style())
        var (reasons, what) = (reasonLines(in: project), words)
        // That it waits is said with whom it waits for.
        if kind == .waiting, !reasons.isEmpty { what = reasons.removeFirst() }
        return .item(
            mark: kind.isFailure ? "!" : HTMLPage.waiting, tone: kind.isFailure ? "bad" : "wait",
            id: id.named(in: project), what: what,
            at: changes.first { $0.id == id && $0.kind == .failed }?.at.fields(from: start),
            lines: reasons + [until].compactMap(\.self), hint: hint)
    }
    private var words: String {
        switch kind {
        case .waiting: "waits"
        case .failed: "failed"
        case .suspended: "suspended"
        case .uncertain: "uncertain"
        case .unconfirmed: "waits for a person"
        case .unobserved: "could not be observed"
        }
    }
}

extension AppliedResource {
    fileprivate func item(in project: String) -> HTMLPage.Fields {
        .item(
            mark: outcome == .notStarted ? HTMLPage.waiting : "…", tone: "wait", id: id.named(in: project),
            what: outcome == .notStarted ? "to be \(action.done)" : "being \(action.done)", cause: cause,
            lines: message?.safeLines(atMost: 6) ?? [])
    }
}

extension HeldDeletes {
    fileprivate func item(of source: String, in project: String) -> HTMLPage.Fields {
        .item(
            mark: HTMLPage.waiting, tone: "wait", id: counted(pending, "delete waits", "deletes wait"),
            what: "for a person",
            lines: [
                "the budget is \(budget)"
                    + (ids.isEmpty ? "" : "; \(listed(ids.map { $0.named(in: project) }, atMost: 8))")
            ],
            hint: "allow them with 'martlet apply \(source) --confirm-deletes \(digest)'")
    }
}

extension Notice {
    fileprivate func item(in project: String) -> HTMLPage.Fields {
        .item(
            mark: "!", tone: "wait", id: id?.named(in: project) ?? "warning", what: "",
            lines: message.safeLines(atMost: 6), hint: hint)
    }
}

extension HTMLPage {
    /// Browsers show the glyph of the terminal as a picture.
    fileprivate static let waiting = "‖"
}

extension Cause {
    /// Nil where the commit itself says why.
    fileprivate var pageWords: String? {
        switch self {
        case .commit: nil
        case .dependency: "dependency"
        case .drift: "drift"
        case .both: "commit and drift"
        case .engine: "by its engine"
        }
    }
}

extension Timestamp {
    /// With its day where that is another one than the report's first.
    fileprivate func fields(from start: Timestamp) -> HTMLPage.Fields {
        ["full": description, "short": date == start.date ? clock : "\(date) \(clock)"]
    }
}
