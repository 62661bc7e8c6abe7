import Model
import Store

extension ReviewReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        if waiting.isEmpty && plans.isEmpty && approvals.isEmpty {
            page.add(Line("nothing was shown, approved or waits"))
        }
        for source in waiting { page.add(source) }
        for plan in plans { page.add(plan, now: madeAt) }
        if !approvals.isEmpty {
            page.blank()
            page.add(Line(Piece("approvals", .bold)))
        }
        for approval in approvals { page.add(approval, now: madeAt) }
        return page.text
    }
}

extension ReviewReport.Change {
    /// In what it differs from what was reviewed.
    var words: String {
        switch reason {
        case .unseen: "nobody was shown a change of it"
        case .action: "something else was shown to be done to it"
        case .notMerged: "\(request ?? "") shows it, and was not merged as it was shown"
        case .notApproved: "\(request ?? "") shows it, and nobody else has approved that"
        case .fields: "differs from what was shown at \(listed(fields))"
        }
    }
}

extension PlanApproval.Way {
    var words: String {
        switch self {
        case .command: "by command"
        case .comment: "in a comment"
        }
    }
}

extension Page {
    fileprivate mutating func add(_ source: ReviewReport.Waiting) {
        blank()
        wrap(
            Line(
                Piece("! ", .yellow), Piece(source.source, .bold),
                Piece(": \(counted(source.changes.count, "change waits", "changes wait")) for a review")),
            hanging: 4)
        for change in source.changes.prefix(20) {
            wrap(Line("  ", .id(change.id.description), Piece(": \(change.words)")), hanging: 4)
        }
        if source.changes.count > 20 { add(Line(.dim("  and \(source.changes.count - 20) more"))) }
        hints(["approve all of it with 'martlet approve \(source.digest.prefix(12))'"], indent: 2)
    }

    fileprivate mutating func add(_ plan: ReviewReport.Row, now: Timestamp) {
        blank()
        wrap(
            Line(
                Piece(String(plan.digest.prefix(12)), .bold), "  ", Piece(plan.source), "  ",
                .id(plan.request),
                Piece(" by \(plan.author)")), hanging: 14)
        let state =
            [plan.isMerged ? "merged" : nil, plan.isApproved ? "approved" : nil].compactMap(\.self)
            .joined(separator: ", ")
        let done = plan.done > 0 ? ", \(plan.done) of them done" : ""
        wrap(
            Line(
                "  ", .dim("\(counted(plan.changes, "change"))\(done), shown \(plan.shownAt.ago(now))"),
                state.isEmpty ? "" : Piece("  \(state)", .green)), hanging: 4)
    }

    fileprivate mutating func add(_ approval: ReviewReport.Approval, now: Timestamp) {
        wrap(
            Line(
                "  ", Piece(String(approval.digest.prefix(12))),
                Piece(
                    "  \(approval.source)  by \(approval.by) \(approval.way.words), \(approval.at.ago(now))")),
            hanging: 4)
    }
}
