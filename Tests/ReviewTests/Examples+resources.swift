import Model
import Review

extension Example {
    static let drifts: [(name: String, report: any Report)] = [
        ("drift", drift(drifted)), ("drift-none", drift([])),
        (
            "drift-warned",
            {
                var report = drift([drifted[2]])
                report.held = [heldResources[3]]
                return report
            }()
        ),
    ]
    static func drift(_ resources: [DriftedResource]) -> DriftReport {
        DriftReport(
            source: "shop", project: "shop", commit: raise, observedAt: ago(4), madeAt: now,
            resources: resources)
    }

    static let resources: [(name: String, report: any Report)] = [
        ("resource", resource), ("resource-failed", failedResource), ("resources", table),
        ("resources-none", ResourceTable([], kind: "gateway", madeAt: now)),
        ("history", history), ("history-none", HistoryReport(events: [], madeAt: now)),
        ("validation", ValidationReport(problems: problems, files: 41, resources: 120)),
        ("validation-none", ValidationReport(problems: [], files: 1, resources: 1)),
    ]

    static let resource: ResourceReport = {
        var report = ResourceReport(
            id("job/web"), source: "shop", project: "shop", layer: .run, engine: "supervisor", type: "job",
            state: .ready, madeAt: now)
        report.place = place("run/web.yaml", 14)
        report.commit = raise
        report.message = "4 of 4 instances healthy"
        report.since = ago(127)
        report.fields = [
            NamedValue("count", plain("4")), NamedValue("task.command", plain("\"/usr/local/bin/web\"")),
            NamedValue("task.env.BUCKET", plain("\"shop-uploads-production\"")),
            NamedValue("task.files[0].content", secret("4")), NamedValue("task.template", lines("a\nb\nc\n")),
        ]
        report.outputs = [
            NamedValue("instances[0].address", plain("\"127.0.0.1:31844\"")),
            NamedValue("version", plain("12")),
        ]
        report.dependencies = [
            .init(id("infrastructure/uploads"), .reference, state: .ready),
            .init(id("job/migrate"), .dependsOn, state: .ready),
            .init(id("secret/db"), .both, state: .drifted),
        ]
        report.dependants = [.init(id("service/web"), .reference, state: .inProgress)]
        report.history = events.filter { $0.id == id("job/web") }
        return report
    }()
    static let failedResource: ResourceReport = {
        var report = resource
        report.state = .failed
        report.message =
            "2 of 3 instances were not healthy within 5m\nhttp /healthz on port http answered 500"
        report.held = heldResources[0]
        report.warning = "its certificate ends in 6 days"
        report.differences = [FieldReport("count", plain("4"), plain("3"), cause: .drift)]
        return report
    }()

    static let table = ResourceTable(
        [
            .init(
                id("job/web"), source: "shop", layer: .run, engine: "supervisor", type: "job", state: .failed,
                message:
                    "2 of 3 instances were not healthy within 5m (http /healthz on port http answered 500)",
                changedAt: ago(380)),
            .init(
                id("infrastructure/uploads"), source: "shop", layer: .provision, engine: "aws",
                type: "aws_s3_bucket", state: .ready, changedAt: ago(90_000)),
            .init(
                id("secret/db"), source: "shop", layer: .secure, engine: "sealed", type: "secret",
                state: .ready),
            .init(
                ResourceID("job", "other", "web"), source: "other", layer: .run, engine: "supervisor",
                type: "job",
                state: .inProgress, message: "1 of 2 instances healthy", changedAt: ago(5)),
        ], project: "shop", madeAt: now)

    static let events = [
        HistoryLine(
            at: ago(130), .converged, source: "shop", commit: raise, elapsed: Elapsed(milliseconds: 3140)),
        HistoryLine(
            at: ago(131), .updated, source: "shop", commit: raise, id: id("job/web"),
            elapsed: Elapsed(milliseconds: 2900)),
        HistoryLine(
            at: ago(600), .driftCorrected, source: "shop", commit: raise, id: id("infrastructure/index"),
            cause: .drift, elapsed: Elapsed(milliseconds: 12)),
        HistoryLine(
            at: ago(601), .driftFound, source: "shop", id: id("infrastructure/index"), cause: .drift,
            message: "mode \"0666\", git says \"0644\""),
        HistoryLine(
            at: ago(4000), .failed, source: "shop", commit: image, id: id("job/web"),
            elapsed: Elapsed(milliseconds: 300_000),
            message: "2 of 3 instances were not healthy within 5m\n(http /healthz on port http answered 500)"),
        HistoryLine(
            at: ago(90_000), .suspended, source: "shop", id: id("job/reports"),
            message: "the warehouse moves",
            person: "ann"),
        HistoryLine(
            at: ago(90_100), .refused, source: "shop-staging", commit: image,
            message: "3 problems in 2 of 41 files"),
    ]
    static let history = HistoryReport(project: "shop", events: events, older: 240, madeAt: now)

    static let applies: [(name: String, report: any Report)] = [
        ("apply", apply(.converged, done)), ("apply-failed", failedApply), ("apply-interrupted", interrupted),
        ("apply-nothing", apply(.converged, [])),
    ]
    static let done = [
        AppliedResource(
            id("infrastructure/uploads"), layer: .provision, type: "aws_s3_bucket", .create, .done,
            elapsed: Elapsed(milliseconds: 1810)),
        AppliedResource(
            id("infrastructure/index"), layer: .provision, type: "host file", .update, .done, cause: .drift,
            elapsed: Elapsed(milliseconds: 2)),
        AppliedResource(
            id("infrastructure/old-uploads"), layer: .provision, type: "aws_s3_bucket", .delete, .done,
            elapsed: Elapsed(milliseconds: 940)),
        AppliedResource(
            id("job/web"), layer: .run, type: "job", .update, .done, cause: .dependency,
            elapsed: Elapsed(milliseconds: 31_200)),
    ]
    static func apply(_ end: ApplyReport.End, _ resources: [AppliedResource]) -> ApplyReport {
        ApplyReport(
            source: "shop", project: "shop", commit: image, end, elapsed: Elapsed(milliseconds: 33_400),
            resources: resources, unchanged: 20, madeAt: now)
    }
    static let failedApply: ApplyReport = {
        var report = apply(
            .failed,
            done.prefix(2) + [
                AppliedResource(
                    id("infrastructure/db"), layer: .provision, type: "aws_db_instance", .replace, .failed,
                    elapsed: Elapsed(milliseconds: 4100),
                    message:
                        "AWS answered 403: not authorized to perform rds:DeleteDBInstance on the resource "
                        + "arn:aws:rds:eu-central-1:123456789012:db:shop\nrequest id 4f2a",
                    hint: "the engine's credentials belong to the controller's configuration"),
                AppliedResource(
                    id("infrastructure/queue"), layer: .provision, type: "aws_sqs_queue", .create, .uncertain,
                    elapsed: Elapsed(milliseconds: 30_000), message: "no answer within 30s"),
                AppliedResource(
                    id("infrastructure/dns"), layer: .provision, type: "aws_route53_zone", .create, .partly,
                    elapsed: Elapsed(milliseconds: 700), message: "its record set was refused"),
            ])
        report.held = Array(heldResources.prefix(2))
        return report
    }()
    static let interrupted: ApplyReport = {
        var report = apply(.interrupted, Array(done.prefix(1)))
        report.inProgress = [
            AppliedResource(
                id("job/web"), layer: .run, type: "job", .update, .inProgress,
                elapsed: Elapsed(milliseconds: 12_000),
                message: "1 of 3 instances healthy, next in 10 s")
        ]
        report.notStarted = [
            AppliedResource(id("service/web"), layer: .connect, type: "service", .update, .notStarted)
        ]
        report.unchanged = 0
        return report
    }()
}
