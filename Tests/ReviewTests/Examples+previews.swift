import Model
import Review

/// What real-looking requests would do, over all four layers.
extension Example {
    static let previews: [(name: String, report: any Report)] = [
        ("preview-bucket", bucketPreview), ("preview-replaces", replacePreview),
        ("preview-nothing", preview([])),
        ("preview-rotation", rotationPreview), ("preview-lines", linesPreview),
        ("preview-first", firstPreview),
        ("preview-refused", refusedPreview), ("preview-conflicts", conflictPreview),
        ("preview-cannot", cannotPreview), ("preview-two-sources", twoSourcesPreview),
        ("preview-takes-back", takesBackPreview), ("preview-hostile", hostilePreview),
        ("preview-nobody", nobodyPreview),
    ]

    static func source(_ name: String = "shop", _ change: (inout PreviewReport.Source) -> Void)
        -> PreviewReport.Source
    {
        var source = PreviewReport.Source(name, project: name, folder: name)
        (source.observedFrom, source.observedTo) = (ago(46), ago(4))
        change(&source)
        if !source.changes.isEmpty || !source.dependants.isEmpty {
            source.digest = "7d4fa1c092be" + String(repeating: "0123456789abc", count: 4)
        }
        return source
    }
    static func preview(_ sources: [PreviewReport.Source], _ change: (inout PreviewReport) -> Void = { _ in })
        -> PreviewReport
    {
        var report = PreviewReport(
            base: raise, branch: "main", head: image, tree: String(repeating: "ab", count: 20), madeAt: now,
            took: Elapsed(milliseconds: 240))
        report.controller = "shop-prod"
        report.sources = sources.isEmpty ? [source { _ in }] : sources
        change(&report)
        return report
    }

    private static func service(_ fields: [FieldReport], _ cause: Cause = .dependency) -> PlannedResource {
        PlannedResource(
            id("service/web"), layer: .connect, engine: "registry", type: "service", .update, cause: cause,
            fields: fields, place: place("connect/web.yaml", 1))
    }
    private static let driftedIndex = PlannedResource(
        id("infrastructure/index"), layer: .provision, engine: "host", type: "host file", .update,
        cause: .drift, fields: [FieldReport("mode", plain("\"0666\""), plain("\"0644\""), cause: .drift)],
        place: place("infra/index.yaml", 1))

    private static let bucketPreview = preview([
        source { source in
            var old = PlannedResource(
                id("infrastructure/old-uploads"), layer: .provision, engine: "aws", type: "aws_s3_bucket",
                .delete)
            old.names = [NamedValue("bucket", plain("\"shop-uploads-old\""))]
            let web = PlannedResource(
                id("job/web"), layer: .run, engine: "nomad-eu", type: "job", .update,
                fields: [
                    FieldReport("count", plain("3"), plain("4")),
                    FieldReport("task.env.BUCKET", plain("\"old-uploads\""), unknown),
                    FieldReport("task.files[0]", secret("3"), secret("4"), cause: .dependency),
                ], place: place("run/web.yaml", 14))
            source.changes = [web, uploads, old]
            source.dependants = [service([FieldReport("instances", plain("3"), unknown, cause: .dependency)])]
            source.drifted = [driftedIndex]
        }
    ])
    private static let replacePreview = preview([
        source { source in
            source.changes = Example.takesAway.resources
            source.deletes = HeldDeletes(
                pending: 9, budget: 5, digest: "91ab03c4de52", ids: [id("infrastructure/old-uploads")])
        }
    ])
    private static let rotationPreview = preview([
        source { source in
            source.changes = [
                PlannedResource(
                    id("secret/db"), layer: .secure, engine: "vault", type: "secret", .update,
                    fields: [FieldReport("path", plain("\"kv/shop/db\""), plain("\"kv/shop/db-2\""))],
                    place: place("secrets/db.yaml", 3))
            ]
            source.dependants = (1...60).map { number in
                PlannedResource(
                    id("job/worker-\(number)"), layer: .run, engine: "nomad", type: "job", .update,
                    cause: .dependency,
                    fields: [FieldReport("task.env.PASSWORD", secret("7"), unknown, cause: .dependency)])
            }
        }
    ])
    private static let linesPreview = preview([
        source { source in source.changes = Example.manyLines.resources }
    ])
    private static let firstPreview = preview([
        source { source in source.changes = Example.first.resources }
    ]) { $0.controller = nil }
    private static let refusedPreview = preview([source { $0.problems = problems }])
    private static let conflictPreview = preview([]) { report in
        report.tree = nil
        report.sources = []
        report.conflicts = [
            .init("shop/run/web.yaml", "both sides changed it"),
            .init("shop/secrets/db.yaml", "the base removed it, and the head changed it"),
        ]
    }
    private static let cannotPreview = preview([
        source { source in
            source.changes = [uploads]
            source.failed = [
                HeldResource(
                    id("infrastructure/proxy"), layer: .provision, .failed, "exists, and is not ours",
                    until: .manifestChanges,
                    hint: "to take it over, allow 'adopt' for the source in the controller's configuration")
            ]
            source.unlooked = [
                Notice(
                    "engine 'google' has no credentials for previews", of: id("infrastructure/dns"),
                    hint:
                        "give it 'preview' credentials that may read only, in the controller's configuration")
            ]
        }
    ])
    private static let twoSourcesPreview = preview([
        source { source in
            var job = PlannedResource(
                id("job/web"), layer: .run, engine: "nomad", type: "job", .update,
                fields: [FieldReport("task.image", plain("\"web:1\""), plain("\"web:2\""))],
                place: place("web.yaml", 9))
            job.note = "suspended: the warehouse moves"
            source.changes = [job]
        },
        source("staging") { source in
            source.changes = [
                PlannedResource(
                    ResourceID("job", "staging", "web"), layer: .run, engine: "nomad", type: "job", .delete)
            ]
            source.pending = [
                PlannedResource(
                    ResourceID("service", "staging", "web"), layer: .connect, engine: "consul",
                    type: "service",
                    .update, fields: [FieldReport("port", plain("80"), plain("8080"))])
            ]
        },
        source("unmoved") { _ in },
    ]) { $0.movedTo = ReportedCommit("91c2d07b7a6d5c4e3f2a1b0c9d8e7f6a5b4c3d2e", "Something else") }
    private static let takesBackPreview = preview([
        source { source in
            source.takenBack = [
                PlannedResource(
                    id("job/web"), layer: .run, engine: "nomad", type: "job", .update,
                    fields: [FieldReport("task.image", plain("\"web:1\""), plain("\"web:broken\""))])
            ]
        }
    ])
    private static let hostilePreview = preview([
        source { source in
            let bad = hostileText
            source.changes = Example.hostile.resources
            source.dependants = [
                PlannedResource(
                    ResourceID("job", "shop", "web", key: bad), layer: .run, engine: bad, type: bad, .update,
                    fields: [FieldReport(bad, plain(bad), unknown, cause: .dependency)])
            ]
            source.drifted = source.dependants
            source.failed = [
                HeldResource(id("job/x"), layer: .run, .failed, bad, until: .personSays, hint: bad)
            ]
            source.unlooked = [Notice(bad, of: id("job/y"), hint: bad)]
            source.problems = [Diagnostic(.warning, at: place(bad, 1), bad, hint: bad)]
            source.folder = "a folder/`x`"
        }
    ]) { report in
        report.branch = "main`|@all](x)"
        report.head = ReportedCommit(image.id, hostileText)
        report.movedTo = ReportedCommit(raise.id, hostileText)
    }
    /// More than any comment holds.
    /// More than a forge's comment can hold.
    static let manyPreview = preview([
        source { source in
            source.changes = (1...700).map { number in
                PlannedResource(
                    id("infrastructure/host-\(number)"), layer: .provision, engine: "host", type: "host file",
                    .update,
                    fields: [
                        FieldReport(
                            "content", plain("\"" + String(repeating: "old ", count: 30) + "\""),
                            plain("\"" + String(repeating: "new ", count: 30) + "\""))
                    ], place: place("infra/host-\(number).yaml", 4))
            }
        }
    ])
    private static let nobodyPreview = preview([]) { $0.sources = [] }
}
