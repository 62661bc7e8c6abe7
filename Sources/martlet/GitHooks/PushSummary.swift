import Manifests
import Model
import Repository
import Review

/// What a push asks to be changed, by the manifests alone.
struct PushSummary {
    private(set) var added: [ResourceID] = []
    private(set) var changed: [ResourceID] = []
    private(set) var removed: [ResourceID] = []
    private let project: String

    /// `old` is nil for a branch that is new.
    init(_ check: TreeCheck, from old: ObjectID?, to new: ObjectID) async throws(GitError) {
        project = check.source.settings.project
        let present = try await Self.manifests(check, of: new, notAt: old)
        var former: [ResourceID: Manifest] = [:]
        if let old { former = try await Self.manifests(check, of: old, notAt: new) }
        for (id, manifest) in present {
            guard let earlier = former[id] else {
                added.append(id)
                continue
            }
            if !manifest.asksForTheSame(as: earlier) { changed.append(id) }
        }
        removed = former.keys.filter { present[$0] == nil }
        (added, changed, removed) = (added.sorted(), changed.sorted(), removed.sorted())
    }

    /// Those of the files that are not the same at `other`.
    private static func manifests(
        _ check: TreeCheck, of commit: ObjectID, notAt other: ObjectID?
    ) async throws(GitError) -> [ResourceID: Manifest] {
        let folder = check.source.folder
        let path = folder.isEmpty ? IgnoreRules.fileName : "\(folder)/\(IgnoreRules.fileName)"
        let rules = IgnoreRules(
            String(decoding: try await check.repository.readFile(path, at: commit) ?? [], as: UTF8.self))
        let changes = try await check.repository.changes(
            in: folder, from: other, to: commit, matching: rules.isManifest)
        let files = try await check.parse(changes.written)
        let manifests = files.flatMap { $0.file.manifests(in: $0.path) }.map { ($0.id, $0) }
        return Dictionary(manifests) { first, _ in first }
    }

    /// One line, and one for each of the first resources.
    var text: String {
        let all = added.map { ("+", $0) } + changed.map { ("~", $0) } + removed.map { ("-", $0) }
        guard !all.isEmpty else { return "no resource changes" }
        let counts = [(added.count, "added"), (changed.count, "changed"), (removed.count, "removed")]
        let words = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        let lines = all.prefix(20).map { "\n  \($0) \($1.description(in: project).escapedForDisplay)" }
        return words + lines.joined() + (all.count > 20 ? "\n  … and \(all.count - 20) more" : "")
    }
}
