import Model

/// `1 line`, `240 lines`; the plural is the word with an s, unless given.
func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(number) \(number == 1 ? one : many ?? one + "s")"
}

/// `a`, `a and b`, `a, b and 3 more`: at most `limit` are named.
func listed(_ names: [String], atMost limit: Int = 3) -> String {
    guard names.count > 1 else { return names.first ?? "" }
    if names.count <= limit {
        return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }
    return names.prefix(limit - 1).joined(separator: ", ") + " and \(names.count - limit + 1) more"
}

/// `was`/`were`, `waits`/`wait`.
func agreeing(_ number: Int, _ one: String, _ many: String) -> String { number == 1 ? one : many }

extension Timestamp {
    /// `2 min ago`
    func ago(_ now: Timestamp) -> String { now <= self ? "just now" : "\(elapsed(until: now).rough) ago" }
    /// `in 46 s`
    func ahead(_ now: Timestamp) -> String { now < self ? "in \(now.elapsed(until: self).rough)" : "now" }
    /// `2026-11-21 14:02:11`, at the reader's offset.
    func stamp(_ style: Style) -> String {
        let local = shifted(style.utcOffset)
        return "\(local.date) \(local.clock)"
    }
}

extension ReportedCommit {
    /// `3f2c9e1 "Raise web to 4 instances"`
    var named: String {
        title.isEmpty ? shortID : "\(shortID) \"\(title.safeForDisplay.shortened(to: 60))\""
    }
}

extension ResourceID {
    /// Whole where the reader has no project.
    func named(in project: String?) -> String {
        (project.map { description(in: $0) } ?? description).safeForDisplay
    }
}

extension PlannedResource.Action {
    /// Three columns, so that what is taken away sticks out to the left.
    var glyph: String {
        switch self {
        case .create: "  +"
        case .update: "  ~"
        case .delete: "  -"
        case .replace: "-/+"
        case .read: " <="
        }
    }
    var mark: String { String(glyph.drop { $0 == " " }) }
    var tint: Tint {
        switch self {
        case .create: .green
        case .update: .yellow
        case .delete, .replace: .red
        case .read: .plain
        }
    }
    /// `created`
    var done: String {
        switch self {
        case .create: "created"
        case .update: "changed"
        case .delete: "deleted"
        case .replace: "replaced"
        case .read: "read"
        }
    }
}
