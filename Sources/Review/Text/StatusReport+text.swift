import Model

extension StatusReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        if sources.isEmpty { page.add(Line("no source is configured")) }
        for source in sources {
            page.blank()
            page.add(source, now: madeAt)
        }
        if let controller {
            page.blank()
            page.add(controller.warnings, in: "")
            if let limits = controller.limits {
                page.wrap(Line(.dim("limits of jobs: \(limits)")), hanging: 2)
            }
            page.wrap(
                Line(
                    .dim("controller \(controller.name), version \(controller.version), up"),
                    .dim(" \(controller.startedAt.elapsed(until: madeAt))")), hanging: 2)
        }
        return page.text
    }
}

extension Page {
    fileprivate mutating func add(_ source: SourceStatus, now: Timestamp) {
        let margin = source.name.columns + 2
        wrap(
            Line(
                [Piece(source.name, .bold), "  ", Piece(source.stateWords, source.stateTint)]
                    + source.commitPieces(now)), hanging: margin)
        if let times = source.timeWords(now) {
            wrap(Line(Piece(String(repeating: " ", count: margin)), .dim(times)), hanging: margin)
        }
        addBody(of: source, now: now)
        blank()
        addFetch(of: source, now: now)
        hints(source.held.hints)
        if source.keptResources != nil, source.sync != .inProgress {
            let name = source.name
            hints(["end it with 'martlet source forget \(name)' or 'martlet source destroy \(name)'"])
        }
    }

    private mutating func addBody(of source: SourceStatus, now: Timestamp) {
        if let refused = source.refused {
            blank()
            add(refused.problems, indent: 2)
        }
        if source.refused == nil, source.sync != .notInSync || source.held.isEmpty && source.deletes == nil,
            !source.layers.isEmpty
        {
            blank()
            add(source.layers)
        }
        if !source.held.isEmpty {
            blank()
            add(source.held, in: source.project, now: now)
        }
        add(source.drift, of: source, now: now)
        if let deletes = source.deletes {
            blank()
            add(deletes, of: source.name, in: source.project, indent: 2)
        }
        let ready = source.layers.reduce(0) { $0 + $1.ready }
        if source.sync == .notInSync, !source.held.isEmpty, ready > 0 {
            add(Line("  ", .dim(counted(ready, "other is", "others are") + " ready")))
        }
        add(source.warnings, in: source.project)
    }

    private mutating func add(_ layers: [LayerStatus]) {
        var table = Table([.left, .right, .right, .right, .right], indent: 2)
        table.add(["layer", "ready", "in progress", "failed", "drifted"].map { .dim($0) })
        for row in layers {
            let counts = [
                (row.ready, Tint.plain), (row.inProgress, .yellow), (row.failed, .red),
                (row.drifted, .yellow),
            ]
            table.add(
                [Piece(row.layer.rawValue)] + counts.map { Piece(String($0.0), $0.0 == 0 ? .plain : $0.1) })
        }
        add(table)
    }

    private mutating func add(_ drift: [DriftedResource], of source: SourceStatus, now: Timestamp) {
        guard !drift.isEmpty else { return }
        blank()
        add(Line("  ", .dim("drifted")))
        let column = 4 + (drift.map { $0.planned.id.named(in: source.project).columns }.max() ?? 0) + 2
        for resource in drift {
            let head = Line(
                "  ", resource.glyph, .gap, .id(resource.planned.id.named(in: source.project), .bold))
            let text = ([resource.what] + [resource.treatmentWords(now, style)]).joined(separator: "; ")
            wrap(
                Line(head.padded(to: column).pieces + [Piece(text)]), hanging: min(column, style.width / 2))
        }
        hints(["see what differs with 'martlet drift'"], indent: 2)
    }

    private mutating func addFetch(of source: SourceStatus, now: Timestamp) {
        let fetch = source.fetch
        if let problem = fetch.problem {
            let age = fetch.fetchedAt.map { "last fetched \($0.ago(now))" } ?? "never fetched yet"
            for (index, text) in problem.message.safeLines(atMost: 6).enumerated() {
                wrap(
                    Line(index == 0 ? Piece("! ", .red) : "  ", Piece(index == 0 ? "\(age): \(text)" : text)),
                    hanging: 2)
            }
            if let hint = problem.hint { hints([hint], indent: 2) }
        }
        let words = [
            fetch.webhookAt.map { "webhook seen \($0.ago(now))" },
            fetch.polledAt.map { "polled \($0.ago(now))" },
            fetch.nextSweepAt.map { "next sweep \($0.ahead(now))" },
        ].compactMap(\.self)
        if !words.isEmpty { wrap(Line(.dim(words.joined(separator: ", "))), hanging: 0) }
    }
}
