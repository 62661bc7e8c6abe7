package import Reconcile
import Store

extension SourceReport {
    /// What the configuration says of a source and the loop need not know.
    package struct Origin: Sendable {
        package var project: String
        /// Without credentials and query.
        package var repository: String
        package var revision: String
        /// The folder inside the repository; empty for all of it.
        package var path: String
        package init(project: String, repository: String, revision: String, path: String) {
            (self.project, self.repository, self.revision) = (project, repository, revision)
            self.path = path
        }
    }

    /// All sources, those that are gone from the configuration too. `now` is milliseconds since 1970.
    package init(_ picture: Picture, origins: [String: Origin], now: Int) {
        let rows = picture.sources.sorted { $0.key < $1.key }.map { name, state in
            let view = SourceView(picture, name, now: now)
            let status = SourceStatus(view)
            let origin = origins[name]
            var row = Row(
                name: name, project: origin?.project ?? view.project,
                repository: origin?.repository ?? state.record?.repository ?? "",
                revision: origin?.revision ?? "", path: origin?.path ?? state.policy.folder,
                commit: view.commit, sync: status.sync, resources: view.resourceCount,
                fetchedAt: state.lastFetched.map { Timestamp(milliseconds: $0) },
                problem: state.fetchError ?? status.refused.map(\.words))
            row.isDropped = !state.isConfigured
            return row
        }
        self.init(rows, madeAt: Timestamp(milliseconds: now))
    }
}

extension RefusedCommit {
    /// `8a01b44 "Use the new image" is refused: 3 problems in 2 files`
    var words: String { "\(commit.named) is refused: \(problems.countWords)" }
}
