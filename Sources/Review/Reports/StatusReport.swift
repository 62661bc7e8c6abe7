package import Model

/// Whether each source is in sync, since when, and if not, why.
package struct StatusReport: Report {
    package static let schema = "martlet/status/v1"

    package var controller: ControllerStatus?
    package var sources: [SourceStatus]
    package var madeAt: Timestamp

    package init(controller: ControllerStatus? = nil, sources: [SourceStatus], madeAt: Timestamp) {
        (self.controller, self.sources, self.madeAt) = (controller, sources, madeAt)
    }
    /// A source that is not in sync is an error, so that a script can ask.
    package var exitCode: ExitCode { sources.contains { $0.sync == .notInSync } ? .error : .done }
}

package struct ControllerStatus: Codable, Sendable, Equatable {
    package var name: String
    package var version: String
    package var startedAt: Timestamp
    /// What keeps it from working as well as it could.
    package var warnings: [Notice] = []
    /// Which limits jobs are held to; nil where none are supervised.
    package var limits: String?
    package init(name: String, version: String, startedAt: Timestamp) {
        (self.name, self.version, self.startedAt) = (name, version, startedAt)
    }
}

/// One source, whole.
package struct SourceStatus: Codable, Sendable, Equatable {
    package enum Sync: String, Codable, Sendable, CaseIterable { case inSync, inProgress, notInSync }
    package var name: String
    package var project: String
    package var sync: Sync
    /// What is applied, or being applied; nil before the first load.
    package var commit: ReportedCommit?
    package var pushedAt: Timestamp?
    /// Of `sync`.
    package var since: Timestamp?
    /// From the push to converged.
    package var convergedAfter: Elapsed?
    package var layers: [LayerStatus]
    /// Failed, waiting, suspended, uncertain or unconfirmed resources.
    package var held: [HeldResource] = []
    package var drift: [DriftedResource] = []
    package var deletes: HeldDeletes?
    package var warnings: [Notice] = []
    /// A newer commit that can't be loaded.
    package var refused: RefusedCommit?
    /// How many stay of a source that is gone from the configuration; nil while it is there.
    package var keptResources: Int?
    package var fetch: FetchStatus

    package init(
        name: String, project: String, _ sync: Sync, commit: ReportedCommit?, layers: [LayerStatus],
        fetch: FetchStatus = FetchStatus()
    ) {
        (self.name, self.project, self.sync, self.commit) = (name, project, sync, commit)
        (self.layers, self.fetch) = (layers, fetch)
    }
}

/// How many resources of a layer are in each state. Drifted ones are counted in another column too.
package struct LayerStatus: Codable, Sendable, Equatable {
    package var layer: Layer
    package var ready: Int
    package var inProgress: Int
    package var failed: Int
    package var drifted: Int
    package init(_ layer: Layer, ready: Int, inProgress: Int = 0, failed: Int = 0, drifted: Int = 0) {
        (self.layer, self.ready, self.inProgress) = (layer, ready, inProgress)
        (self.failed, self.drifted) = (failed, drifted)
    }
}

/// A commit whose manifests have an error: the source stays at its last good one.
package struct RefusedCommit: Codable, Sendable, Equatable {
    package var commit: ReportedCommit
    package var at: Timestamp
    package var problems: [Diagnostic]
    package init(_ commit: ReportedCommit, at: Timestamp, problems: [Diagnostic]) {
        (self.commit, self.at, self.problems) = (commit, at, problems)
    }
}

/// When git was last heard of.
package struct FetchStatus: Codable, Sendable, Equatable {
    package var webhookAt: Timestamp?
    package var polledAt: Timestamp?
    package var nextSweepAt: Timestamp?
    /// The last fetch, where it did not succeed; no URL in it.
    package var problem: Notice?
    /// The last fetch that succeeded.
    package var fetchedAt: Timestamp?
    package init() {}
}
