import Model
import Review
import Store

extension Example {
    static let states: [(name: String, report: any Report)] = [
        ("status-in-sync", status([inSync])), ("status-not-in-sync", status([notInSync])),
        ("status-in-progress", status([inProgress])), ("status-refused", status([refusedSource])),
        ("status-drift", status([driftingSource])), ("status-unreachable", status([unreachable])),
        ("status-deletes", status([deletesWait])), ("status-nothing-yet", status([nothingYet])),
        (
            "status-many",
            {
                var report = status([inSync, notInSync, refusedSource])
                report.controller = ControllerStatus(
                    name: "shop-prod", version: "0.1.0", startedAt: ago(273_600))
                report.controller?.warnings = [
                    Notice(
                        "some folders are not watched, and only the sweep looks at them",
                        hint: "raise it with 'sysctl fs.inotify.max_user_watches=NUMBER'")
                ]
                return report
            }()
        ),
        ("sources", sources), ("notifications", notifications),
        ("notifications-none", NotificationReport([], madeAt: now)), ("imported", imported),
        ("requests", requests), ("requests-none", RequestReport([], madeAt: now)), ("reviews", reviews),
        ("reviews-none", ReviewReport(waiting: [], plans: [], approvals: [], madeAt: now)),
    ]
    static func status(_ sources: [SourceStatus]) -> StatusReport {
        StatusReport(sources: sources, madeAt: now)
    }

    static let layers = [
        LayerStatus(.provision, ready: 12), LayerStatus(.secure, ready: 4), LayerStatus(.connect, ready: 3),
        LayerStatus(.run, ready: 5),
    ]
    static let fetch: FetchStatus = {
        var fetch = FetchStatus()
        (fetch.webhookAt, fetch.polledAt, fetch.nextSweepAt) = (ago(125), ago(14), ago(-46))
        fetch.fetchedAt = ago(14)
        return fetch
    }()
    static let inSync: SourceStatus = {
        var source = SourceStatus(
            name: "shop", project: "shop", .inSync, commit: raise, layers: layers, fetch: fetch)
        (source.pushedAt, source.convergedAfter) = (ago(130), Elapsed(milliseconds: 3140))
        return source
    }()
    static let notInSync: SourceStatus = {
        var source = SourceStatus(
            name: "shop", project: "shop", .notInSync, commit: image,
            layers: [LayerStatus(.provision, ready: 12), LayerStatus(.run, ready: 5, failed: 1)], fetch: fetch
        )
        source.held = heldResources
        (source.pushedAt, source.since) = (ago(700), ago(380))
        return source
    }()
    static let inProgress: SourceStatus = {
        var source = SourceStatus(
            name: "shop", project: "shop", .inProgress, commit: image,
            layers: [LayerStatus(.provision, ready: 12), LayerStatus(.run, ready: 3, inProgress: 2)],
            fetch: fetch)
        (source.pushedAt, source.since) = (ago(9), ago(7))
        source.held = [heldResources[1]]
        return source
    }()
    static let refusedSource: SourceStatus = {
        var source = SourceStatus(
            name: "shop-staging", project: "shop", .notInSync, commit: raise, layers: layers, fetch: fetch)
        source.refused = RefusedCommit(image, at: ago(31), problems: problems)
        (source.pushedAt, source.since) = (ago(242), ago(31))
        return source
    }()
    static let driftingSource: SourceStatus = {
        var source = inSync
        source.layers = [LayerStatus(.provision, ready: 12, drifted: 3), LayerStatus(.run, ready: 5)]
        source.drift = drifted
        return source
    }()
    static let unreachable: SourceStatus = {
        var source = inSync
        source.fetch.webhookAt = nil
        source.fetch.fetchedAt = ago(742)
        source.fetch.problem = Notice(
            "git.example.org refused the connection on port 22",
            hint: "is it up? the source stays at its last good commit until then")
        return source
    }()
    static let deletesWait: SourceStatus = {
        var source = SourceStatus(
            name: "shop", project: "shop", .notInSync, commit: image, layers: layers, fetch: fetch)
        source.deletes = HeldDeletes(
            pending: 7, budget: 5, digest: "91ab03c4de52",
            ids: (1...7).map { id("infrastructure/host-\($0)") })
        return source
    }()
    static let nothingYet = SourceStatus(
        name: "shop", project: "shop", .inProgress, commit: nil, layers: [])

    static let drifted: [DriftedResource] = {
        func file(_ name: String, _ fields: [FieldReport]) -> PlannedResource {
            PlannedResource(
                id("infrastructure/\(name)"), layer: .provision, engine: "host", type: "host file",
                fields.isEmpty ? .create : .update, cause: .drift, fields: fields)
        }
        let mode = FieldReport("mode", plain("\"0666\""), plain("\"0644\""), cause: .drift)
        let owner = FieldReport("owner", plain("\"root\""), plain("\"web\""), cause: .drift)
        return [
            DriftedResource(file("index", [mode, owner]), .correct, foundAt: ago(1)),
            DriftedResource(file("robots", []), .correct, foundAt: ago(3)),
            DriftedResource(file("motd", [owner]), .warn, foundAt: ago(7300)),
            DriftedResource(file("cache", [mode]), .ignore),
            DriftedResource(
                file("site", [FieldReport("content", lines("one\ntwo\n"), lines("one\n2\n"), cause: .drift)]),
                .suspended, foundAt: ago(500),
                suspension: .init(reason: "bob mends the proxy", until: ago(-5400))),
            DriftedResource(
                file("old", [mode]), .suspended, suspension: .init(reason: "forgotten", until: ago(86_400))),
        ]
    }()

    static let notifications: NotificationReport = {
        var team = NotificationReport.Row(
            name: "team", kind: "slack", rule: "commit.failed, drift.found of shop with tier=web", nil)
        team.deliveredAt = ago(125)
        var forge = NotificationReport.Row(
            name: "forge/infra", kind: "github", rule: "statuses of shop on shop/infra", nil)
        (forge.waiting, forge.dead, forge.nextAttemptAt) = (3, 1, ago(-95))
        (forge.problem, forge.hint) = (
            "answered 403", "give the token of 'forge/infra' 'Commit statuses: write' on shop/infra"
        )
        let mail = NotificationReport.Row(name: "oncall", kind: "mail", rule: "waiting", nil)
        return NotificationReport([team, forge, mail], madeAt: now)
    }()
    static let imported = StateImportReport(
        file: "prod.tfstate", isDryRun: false,
        taken: [
            .init(
                "aws_s3_bucket.logs", id("infrastructure/logs"), type: "aws_s3_bucket", isTainted: false,
                deposed: 0),
            .init(
                "aws_instance.web[\"eu\"]", id("infrastructure/web[eu]"), type: "aws_instance",
                isTainted: true,
                deposed: 1),
        ],
        left: [
            .init(
                "module.net.aws_vpc.main", reason: "no manifest asks for it",
                hint: "say which is it: --map 'module.net.aws_vpc.main=infrastructure/PROJECT/NAME'"),
            .init("aws_eip.old", reason: "its attributes are written as Terraform 0.11 did", hint: nil),
        ], dataSources: 1)
    static let reviews: ReviewReport = {
        let digests = ["4b7d", "e91a", "03c5"].map { String(repeating: $0, count: 16) }
        let waiting = ReviewReport.Waiting(
            source: "shop", digest: digests[0],
            changes: [
                ReviewReport.Change(id("job/web"), .fields, fields: ["/task/env/BUCKET", "/count"]),
                ReviewReport.Change(id("service/api"), .action),
                ReviewReport.Change(id("infrastructure/uploads"), .unseen),
                ReviewReport.Change(
                    id("infrastructure/index"), .notApproved, request: "https://git.example/shop/infra/pull/9"
                ),
            ])
        func row(
            _ number: Int, _ digest: String, by author: String, _ change: (inout ReviewReport.Row) -> Void
        )
            -> ReviewReport.Row
        {
            var row = ReviewReport.Row(
                source: "shop", digest: digest, request: "https://git.example.org/shop/infra/pulls/\(number)",
                author: author, shownAt: ago(number * 60), changes: 4, done: 0, isMerged: false,
                isApproved: false)
            change(&row)
            return row
        }
        return ReviewReport(
            waiting: [waiting],
            plans: [
                row(41, digests[1], by: "ann") { ($0.isMerged, $0.isApproved, $0.done) = (true, true, 1) },
                row(43, digests[2], by: "eve") { $0.changes = 1 },
            ],
            approvals: [
                ReviewReport.Approval(
                    source: "shop", digest: digests[1], by: "bob", way: .comment, at: ago(1800)),
                ReviewReport.Approval(
                    source: "shop", digest: digests[2], by: "root over the socket", way: .command,
                    at: ago(86_400)),
            ], madeAt: now)
    }()
    static let sources: SourceReport = {
        var staging = SourceReport.Row(
            name: "shop-staging", project: "shop", repository: "ssh://git@git.example.org/shop/infra.git",
            revision: "refs/heads/staging", path: "manifests", commit: raise, sync: .notInSync, resources: 24,
            fetchedAt: ago(14), problem: "8a01b44 is refused: 3 problems in 2 files")
        staging.isDropped = true
        return SourceReport(
            [
                SourceReport.Row(
                    name: "shop", project: "shop", repository: "https://git.example.org/shop/infra.git",
                    revision: "main", path: "", commit: image, sync: .inSync, resources: 24,
                    fetchedAt: ago(14)),
                staging,
                SourceReport.Row(
                    name: "new", project: "new", repository: "/srv/git/new.git", revision: "main", path: "a",
                    commit: nil, sync: .notInSync, resources: 0, problem: "no such branch 'main'"),
            ], madeAt: now)
    }()
}
