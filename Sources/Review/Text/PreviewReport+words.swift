import Model

extension PreviewReport {
    /// The line that says it all: also the description of a commit's status.
    package var summary: String {
        if !conflicts.isEmpty { return "can't be merged: \(counted(conflicts.count, "conflict"))" }
        if sources.isEmpty { return "no source follows \(baseName)" }
        var parts: [String] = []
        let problems = sources.flatMap(\.problems).count { $0.severity == .error }
        if problems > 0 { parts.append("can't be loaded: \(counted(problems, "problem"))") }
        if !caused.isEmpty { parts.append(counts.words) }
        if failed > 0 { parts.append("\(failed) can't be planned") }
        if takenBack > 0 { parts.append("\(counted(takenBack, "waiting change")) taken back") }
        if unlooked > 0 { parts.append("\(unlooked) not looked at") }
        if parts.isEmpty { return "no changes" }
        if drifted > 0 { parts.append("\(drifted) already drifted") }
        if unknown > 0 { parts.append("\(unknown) known after apply") }
        return parts.joined(separator: "; ")
    }

    /// All that the merge causes.
    var caused: [PlannedResource] { sources.flatMap(\.caused) }
    /// Without drift: that is told apart.
    var counts: ChangeCounts {
        var counts = ChangeCounts(caused)
        counts.drifted = 0
        return counts
    }
    var drifted: Int { sources.reduce(0) { $0 + $1.drifted.count } }
    var failed: Int { sources.reduce(0) { $0 + $1.failed.count } }
    var unlooked: Int { sources.reduce(0) { $0 + $1.unlooked.count } }
    var takenBack: Int { sources.reduce(0) { $0 + $1.takenBack.count } }
    /// Of how many something is known only once another one was applied.
    var unknown: Int { caused.count { $0.fields.contains { $0.after?.kind == .unknown } } }

    /// The branch, or the commit where that has no name.
    var baseName: String { branch.map { "'\($0.safeForDisplay)'" } ?? base.shortID }
    /// `the merge of 8a01b44 into main at 3f2c9e1`
    var mergeWords: String {
        let into = branch.map { "\($0.safeForDisplay) at " } ?? ""
        return "the merge of \(head.shortID) into \(into)\(base.shortID)"
    }
    /// What shows the same to whoever has both commits.
    var command: String { "martlet preview --base \(base.shortID) --head \(head.shortID)" }
    var movedWords: String? {
        movedTo.map { movedWords(to: $0, baseName) }
    }
    func movedWords(to commit: ReportedCommit, _ base: String) -> String {
        "\(base) is at \(commit.shortID) by now, so the merge may do something else"
    }
}

extension PreviewReport.Source {
    /// The files of its folder, as the repository has them.
    func place(_ location: ManifestLocation) -> ManifestLocation {
        var location = location
        if !folder.isEmpty { location.file = "\(folder)/\(location.file)" }
        return location
    }
    var caused: [PlannedResource] { changes + dependants }
    /// Layer by layer; in one layer as they would be applied.
    var changesByLayer: [PlannedResource] {
        Layer.allCases.flatMap { layer in changes.filter { $0.layer == layer } }
    }
    /// `observed 4 s ago`, `observed 4 s ago (the oldest: 46 s ago)`
    func observedWords(_ now: Timestamp) -> String? {
        guard let observedFrom, let observedTo else { return nil }
        let (oldest, newest) = (observedFrom.ago(now), observedTo.ago(now))
        return oldest == newest ? "observed \(newest)" : "observed \(newest) (the oldest: \(oldest))"
    }
    /// Whether anything is to be said of it.
    var isQuiet: Bool { !hasChanges && problems.isEmpty && failed.isEmpty && unlooked.isEmpty }
}

extension PlannedResource {
    /// `task.env.BUCKET "old" → (known after apply), …`: what follows, on one line.
    var followWords: String {
        let shown = fields.prefix(3).map { "\($0.path) \($0.inline.shortened(to: 80))" }
        let rest = fields.count > 3 ? ["and \(fields.count - 3) more"] : []
        let words = (shown + rest).joined(separator: ", ")
        return words.isEmpty ? "is \(action.done)" : words
    }
}
