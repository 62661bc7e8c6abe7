import Model

extension ApplyProgress {
    /// For a pipe: a line for whatever started, changed or ended since an earlier moment, nil for the beginning.
    package func lines(since earlier: ApplyProgress?, _ style: Style) -> [String] {
        let before = Dictionary(
            (earlier?.activities ?? []).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let clock = now.shifted(style.utcOffset).clock
        return activities.sorted { ($0.layer, $0.id) < ($1.layer, $1.id) }.compactMap { activity in
            let old = before[activity.id]
            guard activity.differs(from: old) else { return nil }
            let began = old.flatMap { $0.isGoingOn ? $0.since : nil }
            return "\(clock) \(activity.id.named(in: project)) \(activity.words(began: began))"
        }
    }
}

extension ApplyProgress.Activity {
    /// A resource that was ready from the beginning is no news, nor is one that has its turn later.
    fileprivate func differs(from old: Self?) -> Bool {
        guard let old else { return state != .ready && state != .notStarted }
        return state != old.state || (message != old.message && state != .ready)
    }
    fileprivate func words(began: Timestamp?) -> String {
        let text = message?.safeLines(atMost: 3).joined(separator: " ")
        let why = text.map { ": \($0)" } ?? ""
        return switch state {
        case .notStarted: "not started\(why)"
        case .waiting:
            "waits\(text.map { $0.hasPrefix("waits") ? String($0.dropFirst(5)) : ": \($0)" } ?? "")"
        case .started: "started\(why)"
        case .inProgress: "in progress\(why)"
        case .ready: "ready" + (began.map { " after \($0.elapsed(until: since))" } ?? "")
        case .failed: "failed" + (began.map { " after \($0.elapsed(until: since))" } ?? "") + why
        }
    }
}
