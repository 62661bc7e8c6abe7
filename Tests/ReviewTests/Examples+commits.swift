import Model
import Review

extension Example {
    static let commits: [(name: String, report: any Report)] = [("report-failed", failedCommit)]

    static func change(
        _ text: String, _ kind: HistoryLine.Kind, cause: Cause? = .commit, _ seconds: Int,
        message: String? = nil,
        _ fields: [ReportedChange.Field] = []
    ) -> ReportedChange {
        let id = id(text)
        let layer: Layer =
            switch id.kind {
            case "job": .run
            case "service": .connect
            case "secret": .secure
            default: .provision
            }
        return ReportedChange(
            id, layer, kind, cause: cause, at: ago(seconds), message: message, fields: fields)
    }

    /// One job's rollout failed, another waits for it, and somebody had edited a file.
    static let failedCommit: CommitReport = {
        var report = CommitReport(
            412, source: "shop", project: "shop", commit: image, .failed, startedAt: ago(321),
            endedAt: ago(9),
            madeAt: now)
        (report.controller, report.isCurrent, report.lastEvent) = ("shop-prod", true, 2041)
        report.resources = [
            change(
                "infrastructure/index", .updated, 318,
                [
                    .init("content", "3 lines", "4 lines, 1 added", cause: .commit),
                    .init("mode", "\"0640\"", "\"0644\"", cause: .both),
                ]),
            change("infrastructure/uploads", .created, 316),
            change("infrastructure/old-uploads", .deleted, 315),
            change(
                "service/web", .updated, cause: .dependency, 312,
                [.init("tags", "[]", "[\"v2\"]", cause: .dependency)]),
            change(
                "job/web", .updated, 310,
                [
                    .init("task.env.BUCKET", "\"old-uploads\"", "\"uploads\"", cause: .commit),
                    .init("task.files[0]", "(secret, version 3)", "(secret, version 4)", cause: .dependency),
                ]),
        ]
        report.drift = [
            change(
                "infrastructure/motd", .driftFound, cause: .drift, 200,
                message: "left as it is (onDrift: warn)",
                [.init("owner", "\"root\"", "\"web\"", cause: .drift)])
        ]
        report.layers = [
            LayerStatus(.provision, ready: 12, drifted: 1), LayerStatus(.secure, ready: 4),
            LayerStatus(.connect, ready: 3), LayerStatus(.run, ready: 3, inProgress: 1, failed: 1),
        ]
        report.held = [
            HeldResource(
                id("job/web"), layer: .run, .failed,
                "reverted to the version of 3f2c9e1: 2 of 3 instances were not healthy within 5m (http /healthz on port http answered 500)",
                until: .manifestChanges, hint: "see why with 'martlet logs --since 10m job/web'"),
            HeldResource(
                id("job/edge"), layer: .run, .waiting, "dependsOn", until: .othersMove,
                waitsFor: [id("job/web")]),
        ]
        report.warnings = [
            Notice("version 3 is 41 d old, and 30d is the oldest that it may be", of: id("secret/db"))
        ]
        return report
    }()

    /// A rollout goes on, another job has had no turn, and deletes wait for a person.
    static let pendingCommit: CommitReport = {
        var report = CommitReport(
            413, source: "shop", project: "shop", commit: image, .pending, startedAt: ago(48), madeAt: now)
        (report.controller, report.isCurrent) = ("shop-prod", true)
        report.resources = Array(failedCommit.resources.prefix(2))
        report.layers = [
            LayerStatus(.provision, ready: 12), LayerStatus(.secure, ready: 4),
            LayerStatus(.run, ready: 3, inProgress: 2),
        ]
        report.inProgress = [
            AppliedResource(
                id("job/web"), layer: .run, type: "job", .update, .inProgress,
                message: "2 of 3 instances healthy, next in 10 s")
        ]
        report.notStarted = [AppliedResource(id("job/edge"), layer: .run, type: "job", .create, .notStarted)]
        report.deletes = deletesWait.deletes
        return report
    }()
}
