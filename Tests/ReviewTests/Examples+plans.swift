import Model
import Review

extension Example {
    static let plans: [(name: String, report: any Report)] = [
        ("plan-first", first), ("plan-change", change), ("plan-nothing", plan([], commit: raise)),
        ("plan-takes-away", takesAway), ("plan-rotation", rotation), ("plan-lines", manyLines),
        ("plan-refused", refused), ("plan-held", held), ("plan-long", long), ("plan-hostile", hostile),
        ("plan-causes", causes),
    ]

    static let uploads = PlannedResource(
        id("infrastructure/uploads"), layer: .provision, engine: "aws", type: "aws_s3_bucket", .create,
        fields: [
            FieldReport("arn", nil, unknown),
            FieldReport("bucket", nil, plain("\"shop-uploads-production\"")),
        ], place: place("infra/uploads.yaml", 3))

    static let first: PlanReport = {
        var secret = PlannedResource(
            id("secret/db"), layer: .secure, engine: "sealed", type: "secret reference", .create,
            fields: [
                FieldReport("keys", nil, plain("[\"username\", \"password\"]")),
                FieldReport("maxAge", nil, plain("\"30d\"")), FieldReport("path", nil, plain("\"shop/db\"")),
            ])
        secret.place = place("secrets/db.yaml", 1)
        let job = PlannedResource(
            id("job/web"), layer: .run, engine: "supervisor", type: "job", .create,
            fields: [
                FieldReport("task.command", nil, plain("\"/usr/local/bin/web\"")),
                FieldReport("task.args", nil, plain("[\"--listen\", \"127.0.0.1:${port.http}\"]")),
                FieldReport("task.env.BUCKET", nil, unknown),
                FieldReport("task.files[0].content", nil, DisplayValue(.secret, "3")),
                FieldReport("task.files[0].mode", nil, plain("\"0400\"")),
            ], note: "3 instances", place: place("run/web.yaml", 1))
        let service = PlannedResource(
            id("service/web"), layer: .connect, engine: "registry", type: "service", .create,
            fields: [FieldReport("instances", nil, unknown), FieldReport("port", nil, plain("\"http\""))],
            note: "behind job/web", place: place("connect/web.yaml", 1))
        let image = PlannedResource(
            id("infrastructure/image"), layer: .provision, engine: "aws", type: "data aws_ami", .read,
            fields: [FieldReport("owner", nil, unknown)], note: "read after infrastructure/uploads")
        return plan([uploads, image, secret, service, job])
    }()

    static let change: PlanReport = {
        let index = PlannedResource(
            id("infrastructure/index"), layer: .provision, engine: "host", type: "host file", .update,
            cause: .drift,
            fields: [FieldReport("mode", plain("\"0666\""), plain("\"0644\""), cause: .drift)],
            place: place("infra/index.yaml", 1))
        let web = PlannedResource(
            id("job/web"), layer: .run, engine: "nomad-eu", type: "job", .update,
            fields: [
                FieldReport("task.env.BUCKET", plain("\"old-uploads\""), unknown),
                FieldReport("task.files[0]", secret("3"), secret("4"), cause: .dependency),
            ], note: "3 of 3 instances, one at a time", place: place("run/web.yaml", 14))
        var plan = Example.plan([uploads, index, web])
        plan.movedSecrets = [MovedSecret(id("secret/db"), from: "3", to: "4")]
        plan.controller = "shop-prod"
        return plan
    }()

    static let takesAway: PlanReport = {
        var old = PlannedResource(
            id("infrastructure/old-uploads"), layer: .provision, engine: "aws", type: "aws_s3_bucket", .delete
        )
        old.names = [NamedValue("bucket", plain("\"shop-uploads-old\""))]
        var database = PlannedResource(
            id("infrastructure/db"), layer: .provision, engine: "aws", type: "aws_db_instance", .replace,
            fields: [
                FieldReport("region", plain("\"eu-central-1\""), plain("\"eu-west-1\""), replaces: true),
                FieldReport(
                    "arn", plain("\"arn:aws:rds:eu-central-1:123456789012:db:shop\""), unknown, cause: .engine
                ),
            ], place: place("infra/db.yaml", 8))
        database.names = [NamedValue("identifier", plain("\"shop\""))]
        var proxy = PlannedResource(
            id("infrastructure/proxy"), layer: .provision, engine: "aws", type: "aws_instance", .replace,
            fields: [FieldReport("ami", plain("\"ami-0a1b\""), plain("\"ami-9f8e\""), replaces: true)])
        proxy.createsFirst = true
        let job = PlannedResource(id("job/nightly"), layer: .run, engine: "supervisor", type: "job", .delete)
        var plan = Example.plan([job, database, proxy, old])
        plan.deletes = HeldDeletes(
            pending: 9, budget: 5, digest: "91ab03c4de52",
            ids: ["infrastructure/old-uploads", "infrastructure/db", "infrastructure/proxy", "job/nightly"]
                .map(id))
        return plan
    }()

    static let rotation: PlanReport = {
        let file = PlannedResource(
            id("infrastructure/pgpass"), layer: .provision, engine: "host", type: "host file", .update,
            cause: .dependency, fields: [FieldReport("content", secret("3"), secret("4"), cause: .dependency)]
        )
        var plan = Example.plan([file], commit: raise)
        plan.movedSecrets = [MovedSecret(id("secret/db"), from: "3", to: "4")]
        plan.warnings = [
            Notice(
                "its value is 34 days old, and 'maxAge' is 30d", of: id("secret/mail"),
                hint: "rotate it with 'martlet secret rotate shop/mail'")
        ]
        return plan
    }()

    static let manyLines: PlanReport = {
        let before = (1...300).map { "line \($0)" }.joined(separator: "\n") + "\n"
        let after = (1...300).map { "line \($0 % 7 == 0 ? "\($0) changed" : "\($0)")" }.joined(
            separator: "\n")
        let nginx = """
            server {
                listen 80;
                server_name old.example.org;
                root /srv/www;
            }

            """
        let site = PlannedResource(
            id("infrastructure/site"), layer: .provision, engine: "host", type: "host file", .update,
            fields: [
                FieldReport(
                    "content", lines(nginx),
                    lines(nginx.replacing("old.example.org", with: "shop.example.org"))),
                FieldReport("mode", plain("\"0600\""), plain("\"0644\""), cause: .drift),
            ], place: place("infra/site.yaml", 1))
        let words = PlannedResource(
            id("infrastructure/words"), layer: .provision, engine: "host", type: "host file", .update,
            fields: [FieldReport("content", lines(before), lines(after))])
        let token =
            "\"postgres://app@db-1.internal.example.org:5432/shop?sslmode=require&pool=%@&application_name=web\""
        let job = PlannedResource(
            id("job/web"), layer: .run, engine: "supervisor", type: "job", .update,
            fields: [
                FieldReport(
                    "task.env.DATABASE_URL", plain(token.replacing("%@", with: "10")),
                    plain(token.replacing("%@", with: "25"))),
                FieldReport("task.env.NOTE", nil, plain("\"" + String(repeating: "long ", count: 40) + "\"")),
            ])
        let new = PlannedResource(
            id("infrastructure/motd"), layer: .provision, engine: "host", type: "host file", .create,
            fields: [FieldReport("content", nil, lines("Welcome.\nBe kind.\n"))])
        return plan([new, site, words, job])
    }()

    static let problems = [
        Diagnostic(
            at: ManifestLocation(file: "run/web.yaml", line: 6, column: 3), "unknown key 'cuont' in Job.spec",
            hint: "did you mean 'count'?"),
        Diagnostic(
            at: ManifestLocation(file: "run/web.yaml", line: 14, column: 12),
            "reference to 'secret.bd', which no manifest declares",
            hint: "did you mean 'secret.db' (secrets/db.yaml:3)?"),
        Diagnostic(
            at: ManifestLocation(file: "run/cron.yaml", line: 9, column: 9),
            "'memory' is a size, found 'lots'",
            hint: "write 256MiB, or a number of MiB"),
    ]
    static let refused: PlanReport = {
        var plan = Example.plan([])
        plan.problems = problems
        return plan
    }()

    static let heldResources = [
        HeldResource(
            id("job/web"), layer: .run, .failed,
            "reverted to the version of 3f2c9e1: 2 of 3 instances were not healthy within 5m "
                + "(http /healthz on port http answered 500)",
            until: .manifestChanges, hint: "see why with 'martlet logs --since 10m job/web'"),
        HeldResource(
            id("job/edge"), layer: .run, .waiting, "dependsOn", until: .othersMove, waitsFor: [id("job/web")]),
        HeldResource(
            id("service/edge"), layer: .connect, .waiting, "", until: .othersMove,
            waitsFor: ["job/edge", "job/web", "secret/tls", "secret/db"].map(id)),
        HeldResource(
            id("infrastructure/dns"), layer: .provision, .unobserved,
            "Cloudflare answered 429 too many requests", until: .time(ago(-46))),
        HeldResource(
            id("infrastructure/queue"), layer: .provision, .uncertain,
            "the answer to its create was lost, and the provider can't say whether it happened",
            until: .personSays,
            hint: "look for it, then 'martlet settle infrastructure/queue --made' or '--not-made'"),
        HeldResource(
            id("job/reports"), layer: .run, .suspended, "the warehouse moves; ann@example.org",
            until: .time(ago(-86_400 * 3))),
    ]
    static let held: PlanReport = {
        var plan = Example.plan([uploads])
        plan.held = heldResources
        return plan
    }()

    static let long: PlanReport = {
        let name = "infrastructure/" + Array(repeating: "a-very-long-name", count: 7).joined(separator: "-")
        let key =
            "the['deeply'].nested.path.of.a.field.that.goes.on.and.on[12].until.nobody.reads.it.any.more"
        let resource = PlannedResource(
            id(name), layer: .provision, engine: "google-production",
            type: "google_compute_region_instance_group_manager",
            .update,
            fields: [
                FieldReport(key, plain("\"" + String(repeating: "a", count: 90) + "1\""), plain("\"b\"")),
                FieldReport("宽度", plain("\"" + String(repeating: "漢字", count: 40) + "\""), plain("\"仮名\"")),
            ], note: "in place",
            place: place("infra/" + String(repeating: "folder/", count: 12) + "a.yaml", 7))
        var plan = Example.plan(
            [resource],
            commit: ReportedCommit(raise.id, String(repeating: "A title that does not end ", count: 6)))
        plan.held = [
            HeldResource(
                id(name), layer: .provision, .waiting, "dependsOn", until: .othersMove, waitsFor: [id(name)])
        ]
        return plan
    }()

    /// Whatever a repository, an engine or a job may say to fool a reader.
    static let hostileText =
        "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}gnihton\u{202c} `` ``` ```` <b onclick=\"x\">@all</b> "
        + "#12 !7 https://evil.example/?token=1 | [x](javascript:1) ![](//evil) --> \u{9b}31m\u{200b}\r\nfaked: 0 to delete"
    static let hostile: PlanReport = {
        let bad = hostileText
        var resource = PlannedResource(
            ResourceID("infrastructure", "shop", "web", key: bad), layer: .provision, engine: bad, type: bad,
            .replace,
            fields: [
                FieldReport(bad, plain(bad), plain(bad + "2"), cause: .both, replaces: true),
                FieldReport("content", lines("```\n" + bad), lines("`````\n" + bad + "\n</details>\n")),
                FieldReport("version", secret(bad), secret("4"), cause: .dependency),
            ], note: bad, place: ManifestLocation(file: bad, line: 1, column: 1))
        resource.names = [NamedValue(bad, plain(bad))]
        var plan = Example.plan([resource], commit: ReportedCommit(image.id, bad))
        plan.source = "shop"
        plan.held = [HeldResource(id("job/web"), layer: .run, .failed, bad, until: .personSays, hint: bad)]
        plan.warnings = [Notice(bad, of: id("job/web"), hint: bad)]
        plan.problems = [Diagnostic(.warning, at: resource.place, bad, hint: bad)]
        plan.movedSecrets = [MovedSecret(id("secret/db"), from: bad, to: "4")]
        return plan
    }()

    static let causes = plan(
        Cause.allCases.map { cause in
            PlannedResource(
                id("infrastructure/\(cause.rawValue)"), layer: .provision, engine: "host", type: "host file",
                .update, cause: cause,
                fields: [
                    FieldReport("content", plain("\"one\""), plain("\"two\""), cause: cause),
                    FieldReport("owner", plain("\"root\""), nil, cause: cause),
                ])
        } + [
            PlannedResource(
                id("infrastructure/gone"), layer: .provision, engine: "host", type: "host file", .create,
                cause: .drift, fields: [FieldReport("path", nil, plain("\"/srv/gone\""), cause: .drift)]),
            PlannedResource(
                id("infrastructure/kept"), layer: .provision, engine: "host", type: "host file", .update,
                fields: [FieldReport("content", DisplayValue(.hidden), DisplayValue(.hidden))]),
        ])
}
