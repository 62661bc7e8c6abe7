import Model
import Review

extension Configuration {
    static let forge: [Field] = [
        Field(
            "type", .choice(Forge.Kind.allCases.map(\.rawValue)), required: true,
            "What it is: its API takes the statuses. `bitbucket` is Bitbucket Cloud; Server and Data Center have another API and are not spoken to."
        ),
        Field(
            "project", .string, "`owner/name` there. Left out: from the repository's address.",
            example: "shop/infra"),
        Field(
            "api", .string, "Where its API answers. Left out: the usual place at the repository's host.",
            example: "https://git.example/api/v1"),
        Field(
            "token", secret("A token that may write statuses."), required: true,
            "A token that may write statuses, and for `previews` comments too; and nothing else."),
        Field("caFile", .string, "PEM file of authorities that are believed, beside none other."),
        Field(
            "user", .string,
            "Whom the token belongs to, for `previews`. Left out: the forge is asked, which tokens of apps and of "
                + "repositories may not.", example: "martlet-app[bot]"),
        Field(
            "previews", .object(previews),
            "Shows in one comment what each open pull or merge request would change. Left out: none is previewed.",
            example: "{forks: false}"),
    ]

    private static let previews: [Field] = [
        Field("enabled", .bool, default: .bool(true), "Whether requests are previewed."),
        Field(
            "forks", .bool, default: .bool(false),
            "Whether requests are previewed whose head is in another repository, which strangers may write to."
        ),
        Field("timeout", .duration, default: .string("5m"), "The longest that one preview may take."),
        Field("concurrency", .int(1...16), default: .int(1), "Previews of this repository made at one time."),
        Field(
            "maxResources", .int(1...1_000_000), default: .int(10_000),
            "The most resources that a preview may change."),
        Field(
            "maxSize", .size(unit: .mebibytes), default: .string("64MiB"),
            "The most bytes of changed files that a preview reads."),
        Field(
            "retention", .duration, default: .string("90d"),
            "How long the report of a request that stays open is kept. All of it goes when the request is closed."
        ),
    ]

    private static let address = FieldType.oneOf([.string, secret("The address.")])
    private static let rule: [Field] = [
        Field("sources", .list(.string, unique: true), "Of which sources. Left out: of all."),
        Field("caFile", .string, "PEM file of authorities that are believed, beside none other."),
    ]

    static let webhook: [Field] =
        [
            Field(
                "url", address, required: true,
                "Where to post; as a file or variable where the address itself is secret."),
            Field(
                "secrets", .list(secret("A signing secret, `whsec_…`.")), required: true,
                "Signing secrets of Standard Webhooks, `whsec_…`; several while one is replaced."),
            Field("events", .list(.choice(eventNames), unique: true), "What to post. Left out: everything."),
        ] + rule

    static let notification: [Field] =
        [
            Field(
                "type", .choice(NotificationSettings.Kind.allCases.map(\.rawValue)), required: true,
                """
                Who is told: `webhook` (signed as Standard Webhooks say), `slack`, `teams` (a Workflows webhook), \
                `discord`, `pagerduty` (Events API v2), `cloudevents`, `mail`.
                """),
            Field(
                "url", address,
                "Where to post; as a file or variable where the address itself is secret. `pagerduty` knows its own."
            ),
            Field(
                "secrets", .list(secret("A signing secret, `whsec_…`.")),
                "`webhook`: signing secrets, `whsec_…`; several while one is replaced."),
            Field("key", secret("The integration key."), "`pagerduty`: the integration key."),
            Field("token", secret("A bearer token."), "`cloudevents`: a bearer token. Left out: none."),
            Field(
                "mode", .choice(["binary", "structured"]), default: .string("binary"),
                "`cloudevents`: attributes in headers, or all in one document."),
            Field(
                "server", .string, "`mail`: `smtps://host:465`, or `smtp://host:587` with STARTTLS.",
                example: "smtps://mail.example:465"),
            Field(
                "tls", .choice(["required", "none"]), default: .string("required"),
                "`mail`: `none` only for a server on this machine, and without a password."),
            Field("user", .string, "`mail`: the user to log in as. Left out: nobody."),
            Field("password", secret("The password."), "`mail`: the user's password."),
            Field("from", .string, "`mail`: the sender's address.", example: "martlet@shop.example"),
            Field(
                "to", .list(.string, unique: true), "`mail`: the recipients.", example: "[ops@shop.example]"),
            Field(
                "events", .list(.choice(eventNames), unique: true),
                """
                What is told. Left out: everything for `webhook` and `cloudevents`, else `commit.failed`, `drift.found`, \
                `source.refused` and `waiting`. The end of each of these four is told too, where it was told itself.
                """),
            Field(
                "projects", .list(.name, unique: true),
                "Only what is about a resource of one of these projects. Left out: of any."),
            Field(
                "labels", .map(.string), "Only what is about a resource with all of these labels.",
                example: "{tier: web}"),
        ] + rule

    static let problemNames = ["commit.failed", "drift.found", "source.refused", "waiting"]
    static let eventNames = [
        "commit.pending", "commit.converged", "commit.failed", "drift.found", "drift.corrected",
        "source.refused", "suspension.ended", "waiting", "mended",
    ]
}
