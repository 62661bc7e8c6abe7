import Model

extension ApplyReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        page.wrap(
            Line(Piece(source, .bold), "  ", Piece(headline, exitCode == .done ? .green : .red), Piece(tail)),
            hanging: source.columns + 2)
        page.blank()
        page.add(resources, in: project)
        page.add(inProgress, in: project)
        page.add(titled: "not started", notStarted, in: project)
        if !held.isEmpty {
            page.blank()
            page.add(held, in: project, now: madeAt)
        }
        if let deletes {
            page.blank()
            page.add(deletes, in: project)
        }
        page.blank()
        page.add(warnings, in: project)
        if !summary.isEmpty { page.wrap(Line(Piece(summary)), hanging: 0) }
        page.hints(Self.hints(resources) + held.hints)
        return page.text
    }

    private static func hints(_ resources: [AppliedResource]) -> [String] {
        var seen: [String] = []
        for hint in resources.compactMap(\.hint) where !seen.contains(hint) { seen.append(hint) }
        return Array(seen.prefix(3))
    }

    private var headline: String {
        let failed = resources.filter { $0.outcome.isFailure }.map { $0.id.named(in: project) }
        return switch end {
        case .converged: "converged"
        case .failed: failed.isEmpty ? "failed" : "\(listed(failed)) failed"
        case .waiting: "done but for what waits"
        case .interrupted: "interrupted: what is in progress goes on, nothing more is started"
        case .timedOut: "not converged yet, and the time is over"
        case .overtaken: "overtaken by a newer commit"
        }
    }
    private var tail: String { (commit.map { " at \($0.named)" } ?? "") + " after \(elapsed)" }

    private var summary: String {
        var parts: [String] = []
        let done = resources.filter { $0.outcome == .done }
        for action in PlannedResource.Action.allCases {
            let count = done.count { $0.action == action }
            if count > 0 { parts.append("\(count) \(action.done)") }
        }
        let failed = resources.count { $0.outcome.isFailure }
        if failed > 0 { parts.append("\(failed) failed") }
        if !inProgress.isEmpty { parts.append("\(inProgress.count) in progress") }
        if !notStarted.isEmpty { parts.append("\(notStarted.count) not started") }
        if !held.isEmpty { parts.append("\(held.count) held") }
        if unchanged > 0 { parts.append("\(unchanged) unchanged") }
        return parts.joined(separator: ", ")
    }
}

extension AppliedResource.Outcome {
    var isFailure: Bool { self == .failed || self == .partly || self == .uncertain }
}

extension Page {
    fileprivate mutating func add(titled title: String, _ resources: [AppliedResource], in project: String) {
        guard !resources.isEmpty else { return }
        blank()
        add(Line(Piece(title, .bold)))
        add(resources, in: project)
    }

    fileprivate mutating func add(_ resources: [AppliedResource], in project: String) {
        let ids = resources.map { $0.id.named(in: project).columns }
        let column = 4 + (ids.filter { $0 <= style.width / 2 }.max() ?? 0) + 3
        for resource in resources {
            let head = Line(
                resource.glyph, " ",
                .id(resource.id.named(in: project), resource.outcome.isFailure ? .alarm : .bold))
            let took = resource.elapsed.map { Piece.dim("\($0)") }
            let line = Line(head.padded(to: max(column, head.columns + 2)).pieces + [Piece(resource.words)])
            wrap(line, hanging: min(column, style.width / 2), tag: took)
            for text in resource.message?.safeLines(atMost: 12) ?? [] {
                wrap(Line("      ", Piece(text)), hanging: 6)
            }
        }
    }
}

extension AppliedResource {
    fileprivate var glyph: Piece {
        switch outcome {
        case .done: Piece(action.glyph, action.tint)
        case .partly, .failed, .uncertain: Piece("  !", .red)
        case .inProgress: Piece("  …", .yellow)
        case .notStarted: Piece("  ⏸", .yellow)
        }
    }
    fileprivate var words: String {
        let why = cause == .commit ? "" : " (\(cause.rawValue))"
        let kind = type == id.kind ? "" : "\(type.safeForDisplay) "
        return switch outcome {
        case .done: "\(kind)\(action.done)\(why)"
        case .failed: "\(kind)not \(action.done)\(why)"
        case .partly: "\(kind)\(action.done) in part\(why)"
        case .uncertain: "\(kind)not known whether it was \(action.done)\(why)"
        case .inProgress: "\(kind)is being \(action.done)\(why)"
        case .notStarted: "\(kind)to be \(action.done)\(why)"
        }
    }
}
