import Model

extension HeldResource {
    var glyph: Piece {
        switch kind {
        case .failed, .uncertain, .unobserved: Piece("!", .red)
        case .waiting, .suspended, .unconfirmed: Piece("⏸", .yellow)
        }
    }
    /// `waits for job/web (dependsOn)`; else the reason as it was given, behind its place: `web.yaml:12:5: …`.
    func reasonLines(in project: String) -> [String] {
        guard kind == .waiting, !waitsFor.isEmpty else {
            return ((place.map { "\($0): " } ?? "") + reason).safeLines(atMost: 6)
        }
        let names = listed(waitsFor.map { $0.named(in: project) })
        return ["waits for \(names)" + (reason.isEmpty ? "" : " (\(reason.safeForDisplay))")]
    }
    /// Nil where the reason says it already.
    func untilWords(_ now: Timestamp, _ style: Style) -> String? {
        switch until {
        case .othersMove: nil
        case .manifestChanges: "held until its manifest changes"
        case .personSays:
            switch kind {
            case .uncertain: "held until a person settles it"
            case .suspended: "suspended until a person resumes it"
            default: "held until a person agrees"
            }
        case .time(let time) where kind == .suspended:
            time <= now
                ? "its suspension ended \(time.ago(now))"
                : "suspended until \(time.stamp(style)) (\(time.ahead(now)))"
        case .time(let time): time <= now ? "is tried again now" : "tried again \(time.ahead(now))"
        }
    }
}

extension Page {
    /// Each with its reason beside it, or below where its id leaves no room.
    mutating func add(_ held: [HeldResource], in project: String, now: Timestamp) {
        let ids = held.map { $0.id.named(in: project) }
        let column = 4 + (ids.map(\.columns).filter { $0 <= style.width / 3 }.max() ?? 0) + 2
        for (resource, id) in zip(held, ids) {
            var head = Line("  ", resource.glyph, .gap, .id(id, .bold))
            let words =
                resource.reasonLines(in: project) + [resource.untilWords(now, style)].compactMap(\.self)
            if head.columns + 2 > column, !words.isEmpty {
                add(head)
                head = Line()
            }
            for text in words {
                wrap(Line(head.padded(to: column).pieces + [Piece(text)]), hanging: column)
                head = Line()
            }
            if words.isEmpty { add(head) }
        }
    }
    mutating func add(_ problems: [Diagnostic], indent: Int = 0) {
        let margin = String(repeating: " ", count: indent)
        for problem in problems {
            let place = problem.location.map { "\($0): " } ?? ""
            let tint = problem.severity == .error ? Tint.red : .yellow
            let message = problem.message.safeLines(atMost: 6)
            wrap(
                Line(
                    Piece(margin), Piece(place, isWhole: true), Piece(problem.severity.rawValue, tint), ": ",
                    Piece(message.first ?? "")), hanging: indent + 4)
            for line in message.dropFirst() {
                wrap(Line(Piece(margin + "    "), Piece(line)), hanging: indent + 4)
            }
            if let hint = problem.hint { hints([hint], indent: indent + 2) }
        }
    }
    mutating func add(_ notices: [Notice], in project: String) {
        for notice in notices {
            let name: [Piece] = notice.id.map { [.id($0.named(in: project)), ": "] } ?? []
            for (index, text) in notice.message.safeLines(atMost: 6).enumerated() {
                let lead = index == 0 ? [Piece("warning: ", .yellow)] + name : ["    "]
                wrap(Line(lead + [Piece(text)]), hanging: 4)
            }
            if let hint = notice.hint { hints([hint], indent: 2) }
        }
    }
    mutating func add(_ deletes: HeldDeletes, of source: String, in project: String, indent: Int = 0) {
        let count = counted(deletes.pending, "delete waits", "deletes wait")
        let names = listed(deletes.ids.map { $0.named(in: project) }, atMost: 5)
        wrap(
            Line(
                Piece(String(repeating: " ", count: indent)), Piece("⏸", .yellow), .gap,
                Piece("\(count) for a person", .bold),
                Piece(": the budget is \(deletes.budget)" + (names.isEmpty ? "" : "; \(names)"))),
            hanging: indent + 2)
        hints(
            ["allow them with 'martlet apply \(source) --confirm-deletes \(deletes.digest)'"],
            indent: indent + 2)
    }
}
