package import Model

/// What merging one commit into another would do, over all sources that follow the base.
package struct PreviewReport: Report {
    package static let schema = "martlet/preview/v1"

    /// Nil where no controller runs.
    package var controller: String?
    /// What is merged into, and its branch; nil where that has no name.
    package var base: ReportedCommit
    package var branch: String?
    package var head: ReportedCommit
    /// The root tree of the merge, in hex; nil where git can't merge.
    package var tree: String?
    /// What the base's branch names by now, where that is another commit.
    package var movedTo: ReportedCommit?
    package var madeAt: Timestamp
    package var took: Elapsed
    /// How many resources engines were asked about for it.
    package var calls = Calls()
    package var conflicts: [ConflictedPath] = []
    /// In the order of their names; empty where no source follows the base, or git can't merge.
    package var sources: [Source] = []

    package init(
        base: ReportedCommit, branch: String?, head: ReportedCommit, tree: String?, madeAt: Timestamp,
        took: Elapsed
    ) {
        (self.base, self.branch, self.head, self.tree) = (base, branch, head, tree)
        (self.madeAt, self.took) = (madeAt, took)
    }

    package struct Calls: Codable, Sendable, Equatable {
        package var observed = 0
        package var planned = 0
        package init(observed: Int = 0, planned: Int = 0) {
            (self.observed, self.planned) = (observed, planned)
        }
    }

    /// A path that git can't merge by itself.
    package struct ConflictedPath: Codable, Sendable, Equatable {
        package var path: String
        /// `both sides changed it`
        package var words: String
        package init(_ path: String, _ words: String) { (self.path, self.words) = (path, words) }
    }

    /// What the merge would do to one source.
    package struct Source: Codable, Sendable, Equatable {
        package var name: String
        /// Its resources are named without it.
        package var project: String
        /// Its folder in the repository; empty for all of it.
        package var folder: String
        /// Of the manifests in the merge, with paths from the source's folder. With an error among them nothing is
        /// planned.
        package var problems: [Diagnostic] = []
        /// What the merge causes, in the order it would be applied.
        package var changes: [PlannedResource] = []
        /// What else it causes: to resources whose manifests are as they were.
        package var dependants: [PlannedResource] = []
        /// Who follows what is known only once that runs: `message` says whom. Nil where nobody does.
        package var following: [Notice]?
        /// What was found that somebody has changed before, or gone; the merge is not why.
        package var drifted: [PlannedResource] = []
        /// Changes that wait already, merged or not.
        package var pending: [PlannedResource] = []
        /// Changes that wait already, and that the merge takes back.
        package var takenBack: [PlannedResource] = []
        /// What can't be done with the merge, and why.
        package var failed: [HeldResource] = []
        /// What the merge touches and nobody looked at, and why.
        package var unlooked: [Notice] = []
        /// Deletes that would wait for a person, because they are more than the budget.
        package var deletes: HeldDeletes?
        /// SHA-256 of what a review binds, 64 hex digits; nil where that is nothing.
        package var digest: String?
        /// When what the changes are over was looked at: the oldest and the newest.
        package var observedFrom: Timestamp?
        package var observedTo: Timestamp?

        package init(_ name: String, project: String, folder: String) {
            (self.name, self.project, self.folder) = (name, project, folder)
        }
        package var isRefused: Bool { problems.contains { $0.severity == .error } }
        package var hasChanges: Bool { !changes.isEmpty || !dependants.isEmpty || !takenBack.isEmpty }
    }

    /// It can't be merged, not be loaded, or not be done.
    package var isFailure: Bool {
        !conflicts.isEmpty || sources.contains { $0.isRefused || !$0.failed.isEmpty }
    }
    package var exitCode: ExitCode {
        if isFailure { return .error }
        return sources.contains { $0.hasChanges || !$0.unlooked.isEmpty } ? .changes : .done
    }
}
