import Model

extension ApplyReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        if end == .converged && resources.isEmpty && held.isEmpty {
            let count = counted(unchanged, "resource is", "resources are")
            let words = "  nothing to do: \(count) as \(commit?.named ?? "the source") says"
            page.wrap(Line(Piece(source, .bold), Piece(words)), hanging: source.columns + 2)
            page.add(warnings, in: project)
            return page.text
        }
        page.wrap(
            Line(Piece(source, .bold), "  ", Piece(headline, exitCode == .done ? .green : .red), Piece(tail)),
            hanging: source.columns + 2)
        page.blank()
        let ids = (resources + inProgress + notStarted).map { $0.id.named(in: project).columns }
        let column = 4 + (ids.filter { $0 <= style.width / 2 }.max() ?? 0) + 3
        page.add(resources + inProgress, in: project, column: column)
        if !notStarted.isEmpty {
            page.blank()
            page.add(Line(Piece("not started", .bold)))
            page.add(Array(notStarted.prefix(20)), in: project, column: column)
            if notStarted.count > 20 { page.add(Line("  ", .dim("… and \(notStarted.count - 20) more"))) }
        }
        if !held.isEmpty {
            page.blank()
            page.add(Line(Piece("held", .bold)))
            page.add(held, in: project, now: madeAt)
        }
        if let deletes {
            page.blank()
            page.add(deletes, of: source, in: project)
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
        case .waiting: "done but for what is held"
        case .interrupted: "interrupted"
        case .timedOut: "not converged"
        case .overtaken: "overtaken"
        }
    }
    private var tail: String { (commit.map { " at \($0.named)" } ?? "") + " after \(elapsed)\(why)" }
    private var why: String {
        switch end {
        case .converged, .failed, .waiting: ""
        case .interrupted: ": nothing more is started"
        case .timedOut: ": its time is over, and the rest goes on"
        case .overtaken: ": a newer commit came first"
        }
    }

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
    fileprivate mutating func add(_ resources: [AppliedResource], in project: String, column: Int) {
        for resource in resources {
            let head = Line(
                resource.glyph, .gap,
                .id(resource.id.named(in: project), resource.outcome.isFailure ? .alarm : .bold))
            let cause = resource.cause == .commit ? nil : resource.cause.rawValue
            let tag = [cause, resource.elapsed.map { "\($0)" }].compactMap(\.self).joined(separator: ", ")
            let line = Line(head.padded(to: max(column, head.columns + 2)).pieces + [Piece(resource.words)])
            wrap(line, hanging: min(column, style.width / 2), tag: .dim(tag))
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
        let kind = type == id.kind ? "" : ", \(type.safeForDisplay)"
        return switch outcome {
        case .done: "\(action.done)\(kind)"
        case .failed: "not \(action.done)\(kind)"
        case .partly: "\(action.done) in part\(kind)"
        case .uncertain: "uncertain whether it was \(action.done)\(kind)"
        case .inProgress: "being \(action.done)\(kind)"
        case .notStarted: "to be \(action.done)\(kind)"
        }
    }
}
