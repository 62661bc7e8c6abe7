/// The sources of a controller: `martlet source list`.
package struct SourceReport: Report {
    package static let schema = "martlet/sources/v1"

    package var sources: [Row]
    package var madeAt: Timestamp

    package struct Row: Codable, Sendable, Equatable {
        package var name: String
        package var project: String
        /// Without credentials and query.
        package var repository: String
        /// A branch, a tag or a commit.
        package var revision: String
        /// The folder inside the repository; empty for all of it.
        package var path: String
        /// Nil before the first fetch.
        package var commit: ReportedCommit?
        package var sync: SourceStatus.Sync
        package var resources: Int
        package var fetchedAt: Timestamp?
        /// Why it is not in sync, or can't be fetched.
        package var problem: String?
        /// It is gone from the configuration, and its resources stay.
        package var isDropped = false

        package init(
            name: String, project: String, repository: String, revision: String, path: String,
            commit: ReportedCommit?, sync: SourceStatus.Sync, resources: Int, fetchedAt: Timestamp? = nil,
            problem: String? = nil
        ) {
            (self.name, self.project, self.repository) = (name, project, repository)
            (self.revision, self.path, self.commit, self.sync) = (revision, path, commit, sync)
            (self.resources, self.fetchedAt, self.problem) = (resources, fetchedAt, problem)
        }
    }
    package init(_ sources: [Row], madeAt: Timestamp) { (self.sources, self.madeAt) = (sources, madeAt) }
    package var exitCode: ExitCode { .done }
}
