import Model

extension HistoryReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        guard !events.isEmpty else {
            page.add(Line("nothing has happened yet"))
            return page.text
        }
        page.add(
            events, in: project, showing: resource != nil ? .ofResource : source != nil ? .ofSource : .all)
        if older > 0 { page.add(Line(.dim("… \(counted(older, "older event"))"))) }
        return page.text
    }
}

/// What a line of history need not say again.
enum HistoryScope { case all, ofSource, ofResource }

extension Page {
    mutating func add(
        _ events: [HistoryLine], in project: String?, showing scope: HistoryScope, indent: Int = 0
    ) {
        var table = Table(Array(repeating: .left, count: 5), indent: indent)
        for event in events {
            let id = event.id?.named(in: project) ?? (event.commit == nil ? "" : "commit")
            table.add([
                .dim(event.at.stamp(style)), Piece(scope == .all ? event.source : ""),
                .id(scope == .ofResource ? "" : id, .bold), Piece(event.kind.words, event.kind.tint),
                Piece(event.detail),
            ])
        }
        add(table)
    }
}

extension HistoryLine {
    /// `8a01b44 "Use the new image", in 3.1 s; by ann: the reason`
    fileprivate var detail: String {
        var words: [String] = []
        if let commit { words.append(id == nil ? commit.named : commit.shortID) }
        if let cause, cause != .commit, kind != .driftFound, kind != .driftCorrected {
            words.append(cause.rawValue)
        }
        if let elapsed { words.append("in \(elapsed)") }
        if let person { words.append("by \(person.safeForDisplay)") }
        let lines = message?.safeLines(atMost: 3) ?? []
        return words.joined(separator: ", ") + (lines.isEmpty || words.isEmpty ? "" : ": ")
            + lines.joined(separator: " ")
    }
}

extension HistoryLine.Kind {
    var words: String {
        switch self {
        case .driftFound: "drift found"
        case .driftCorrected: "drift corrected"
        case .updated: "changed"
        case .secretRotated: "secret rotated"
        case .leaseRevoked: "lease revoked"
        default: rawValue
        }
    }
    fileprivate var tint: Tint {
        switch self {
        case .failed, .uncertain, .refused, .rewritten, .deleted: .red
        case .driftFound, .suspended, .stopped, .pending, .held, .waiting: .yellow
        case .converged, .created, .driftCorrected: .green
        default: .plain
        }
    }
}
