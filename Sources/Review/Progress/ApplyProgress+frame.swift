import Model

extension ApplyProgress {
    /// The lines to show now: one of layers, then what failed and what is slow, at most seven. None is wider than the
    /// terminal, ids included, so that the next frame can be drawn over it.
    package func frame(_ style: Style) -> [String] {
        let head = commit?.shortID ?? "martlet"
        let margin = head.columns + 2
        var line = Line(Piece(head, .bold))
        for layer in Layer.allCases {
            let all = activities.filter { $0.layer == layer }
            let quiet = quiet[layer] ?? 0
            guard !all.isEmpty || quiet > 0 else { continue }
            let ready = all.count { $0.state == .ready } + quiet
            let count = all.count + quiet
            let tint: Tint =
                all.contains { $0.state == .failed } ? .red : ready == count ? .green : .plain
            line.append("  ", .id("\(layer.rawValue) \(ready)/\(count)", tint))
        }
        line.append("   ", .id(startedAt.elapsed(until: now).clock))
        let lines = line.wrapped(to: style.width, hanging: margin) + slowLines(margin: margin)
        return lines.map { $0.cut(to: style.width).rendered(colour: style.colour) }
    }

    /// What is done within a second is not worth a line that comes and goes.
    private func isSlow(_ activity: Activity) -> Bool {
        activity.since.elapsed(until: now).milliseconds >= 1000
    }

    private func slowLines(margin: Int) -> [Line] {
        let failed = activities.filter { $0.state == .failed }.sorted { $0.since < $1.since }
        let going = activities.filter { $0.isGoingOn && ($0.message != nil || isSlow($0)) }
            .sorted { ($0.since, $0.id) < ($1.since, $1.id) }
        let space = Piece(String(repeating: " ", count: margin))
        let shown = failed.prefix(2) + going.prefix(3)
        var lines = shown.map { activity in
            let glyph = activity.state == .failed ? Piece("! ", .red) : Piece("… ", .yellow)
            let message = activity.message?.safeLines(atMost: 1).first
            let words =
                message ?? (activity.state == .failed ? "failed" : "\(activity.since.elapsed(until: now))")
            return Line(space, glyph, .id(activity.id.named(in: project), .bold), "  ", Piece(words))
        }
        let more = failed.count + going.count - shown.count
        if more > 0 { lines.append(Line(space, .dim("and \(more) more"))) }
        return lines
    }
}

extension Line {
    fileprivate func cut(to width: Int) -> Line {
        guard columns > width else { return self }
        var line = Line()
        for piece in pieces {
            let room = width - line.columns
            if piece.text.columns <= room {
                line.append(piece)
            } else {
                line.append(Piece(piece.text.cut(to: room), piece.tint, isWhole: true))
                break
            }
        }
        return line
    }
}
