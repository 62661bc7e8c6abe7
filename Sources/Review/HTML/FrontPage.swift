import Model
package import Store

/// The sources of a controller, where they stand, and the last commits of each.
package struct FrontPage: Sendable {
    package var status: StatusReport
    /// Newest first.
    package var turns: [StoredReport]
    /// That are open at the forges.
    package var requests: [RequestReport.Row] = []

    package init(_ status: StatusReport, turns: [StoredReport]) {
        (self.status, self.turns) = (status, turns)
    }

    /// What is not in sync comes first.
    package func html(signedIn: Bool) -> HTMLPage {
        let order: [SourceStatus.Sync] = [.notInSync, .inProgress, .inSync]
        let sources = status.sources.sorted { left, right in
            (order.firstIndex(of: left.sync) ?? 0, left.name) < (
                order.firstIndex(of: right.sync) ?? 0, right.name
            )
        }
        let isMoving = sources.contains { $0.sync == .inProgress }
        return HTMLPage(
            "front", title: "Martlet" + (status.controller.map { ": \($0.name)" } ?? ""), signedIn: signedIn,
            refresh: isMoving ? 10 : 60,
            [
                "controller": status.controller?.name ?? "Sources", "empty": sources.isEmpty,
                "trouble": status.controller?.warnings.map(\.message) ?? [],
                "sources": sources.map(fields),
                "requests": requests.isEmpty ? false : ["all": requests.map(requestFields)] as Any,
                "foot": [
                    [
                        "as of \(status.madeAt.date) \(status.madeAt.clock) UTC",
                        status.controller.map { "version \($0.version)" },
                    ].compactMap(\.self).joined(separator: " · ")
                ],
            ])
    }

    private func fields(_ source: SourceStatus) -> HTMLPage.Fields {
        let now = status.madeAt
        let rest = source.commitPieces(now).map(\.text).joined()
        return [
            "name": source.name, "tone": source.tone, "glyph": source.glyph, "state": source.stateWords,
            "rest": rest, "times": source.timeWords(now).orHidden,
            "layers": source.layers.isEmpty ? false : ["rows": source.layers.map(row)] as Any,
            "turns": turnFields(of: source.name),
        ]
    }
    private func row(_ layer: LayerStatus) -> HTMLPage.Fields {
        [
            "layer": layer.layer.rawValue, "ready": layer.ready, "inProgress": layer.inProgress,
            "failed": layer.failed, "drifted": layer.drifted,
            "moves": layer.inProgress > 0 ? "wait" : "quiet",
            "fails": layer.failed > 0 ? "bad" : "quiet", "drifts": layer.drifted > 0 ? "wait" : "quiet",
        ]
    }
    private func requestFields(_ request: RequestReport.Row) -> HTMLPage.Fields {
        let now = status.madeAt
        return [
            "name": request.name, "link": "/previews/\(request.repository)/\(request.number)",
            "title": request.title, "author": request.author, "base": request.base,
            "glyph": request.mark.text, "tone": request.tone, "summary": request.summary,
            "at": request.previewedAt.map { ["full": $0.description, "ago": $0.ago(now)] }.orHidden,
            "approvals": request.approvalWords(now),
        ]
    }
    private func turnFields(of source: String) -> Any {
        let own = turns.filter { $0.source == source }.prefix(5)
        if own.isEmpty { return false }
        return [
            "all": own.map { turn -> HTMLPage.Fields in
                let (state, at) = (CommitReport.State(turn.state), Timestamp(milliseconds: turn.started))
                return [
                    "state": state.rawValue, "tone": state.tone, "link": "/reports/\(turn.number)",
                    "commit": String(turn.commit.prefix(7)), "title": turn.title, "full": at.description,
                    "ago": at.ago(status.madeAt),
                ]
            }
        ]
    }
}

extension RequestReport.Row {
    fileprivate var tone: String {
        switch state {
        case .ready: "good"
        case .waiting, .fork: "wait"
        case .conflict, .failed: "bad"
        }
    }
}

extension SourceStatus {
    fileprivate var tone: String {
        switch sync {
        case .inSync: "good"
        case .inProgress: "wait"
        case .notInSync: "bad"
        }
    }
    fileprivate var glyph: String {
        switch sync {
        case .inSync: "✓"
        case .inProgress: "…"
        case .notInSync: "!"
        }
    }
}
