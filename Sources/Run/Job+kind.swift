package import Model
import Probe

extension Job {
    package static let kind = Kind(
        "Job", id: "job", layer: .run, documentation: "What runs, how many of it, and how it is rolled over.",
        engineField: "engine", spec: fields,
        outputs: [
            Kind.Output(
                "instances",
                "The instances that may be called, each with `name`, `address`, `ports`, `version` and `healthy`."
            )
        ],
        example: """
            apiVersion: martlet/v1
            kind: Job
            metadata: {name: web}
            dependsOn: [job/migrate]
            spec:
              count: 3
              update: {maxParallel: 1, minHealthyTime: 10s, healthyDeadline: 5m, autoRevert: true}
              task:
                command: /usr/local/bin/web
                args: [--listen, "127.0.0.1:${port.http}"]
                ports: {http: {}}
                health: [{http: /healthz, port: http}]
                env: {DB_USER: "${secret.db.username}"}
                files: [{path: secrets/db, content: "${secret.db.password}", mode: "0400"}]
                resources: {cpu: 500, memory: 256}
            """, check: problems)

    static let fields =
        [
            Field(
                "type", .choice(Form.allCases.map(\.rawValue)), default: .string("service"),
                "`service` runs until it is told to stop, `batch` until it ends, `system` once on every node, `periodic` "
                    + "by a schedule, `parameterized` when it is called.", example: "type: batch"),
            Field(
                "engine", .oneOf([.name, .list(.name, unique: true)]),
                "The engine that runs it, as the controller's configuration names it; a list makes one job of each. Left "
                    + "out: the layer's default.", example: "engine: [nomad-eu, nomad-us]"),
            Field(
                "count", .int(0...100_000), default: .int(1), "How many instances run at once.",
                example: "count: 3"),
            schedule, parameters, update, restart,
            Field(
                "killTimeout", .duration, default: .string("5s"),
                "The time from SIGTERM to SIGKILL when an instance is stopped.", example: "killTimeout: 30s"),
            Field(
                "shutdownDelay", .duration, default: .string("0s"),
                "The time from leaving the job's `instances` to SIGTERM, so that who calls an instance stops first.",
                example: "shutdownDelay: 5s"),
        ] + placement + [task]

    private static let schedule = Field(
        "schedule",
        .object([
            Field(
                "cron", .string, required: true, "Minute, hour, day of month, month, day of week.",
                example: "cron: \"30 3 * * *\""),
            Field(
                "timezone", .string, default: .string("UTC"),
                "The time zone of `cron`, as the IANA names it.",
                example: "timezone: Europe/Berlin"),
            Field(
                "overlap", .bool, default: .bool(false),
                "Whether it starts while an earlier run has not ended.",
                example: "overlap: true"),
        ]), "When a job of type `periodic` starts.", example: "schedule: {cron: \"30 3 * * *\"}")

    private static let parameters = Field(
        "parameters",
        .object([
            Field(
                "payload", .choice(Parameters.Payload.allCases.map(\.rawValue)), default: .string("optional"),
                "Whether a call brings a payload.", example: "payload: required"),
            Field(
                "required", .list(.string, unique: true), "Names that each call must give a value.",
                example: "required: [order]"),
            Field(
                "optional", .list(.string, unique: true), "Names that a call may give a value.",
                example: "optional: [priority]"),
        ]), "What a call gives to a job of type `parameterized`.", example: "parameters: {required: [order]}")

    private static let update = Field(
        "update",
        .object([
            Field(
                "maxParallel", .int(1...100_000), default: .int(1),
                "How many instances are replaced at once.",
                example: "maxParallel: 2"),
            Field(
                "health", .choice(Update.Health.allCases.map(\.rawValue)),
                "What makes an instance healthy: `probes` that pass, or that it is `running`. Left out: `probes` where "
                    + "the task has some.", example: "health: running"),
            Field(
                "minHealthyTime", .duration, default: .string("10s"),
                "How long an instance must be healthy before the next is replaced.",
                example: "minHealthyTime: 30s"),
            Field(
                "healthyDeadline", .duration, default: .string("5m"),
                "The time in which a new instance must become healthy.", example: "healthyDeadline: 2m"),
            Field(
                "progressDeadline", .duration, default: .string("10m"),
                "The time in which one more instance must become healthy, or the rollout has failed.",
                example: "progressDeadline: 15m"),
            Field(
                "autoRevert", .bool, default: .bool(false),
                "Whether a failed rollout goes back to the last version that was healthy.",
                example: "autoRevert: true"),
        ]), default: .map([:]), "How a new version replaces the old one.",
        example: "update: {maxParallel: 2, autoRevert: true}")

    private static let restart = Field(
        "restart",
        .object([
            Field(
                "attempts", .int(0...1000), default: .int(3), "How often it is restarted within `interval`.",
                example: "attempts: 5"),
            Field(
                "interval", .duration, default: .string("5m"), "The time in which `attempts` are counted.",
                example: "interval: 10m"),
            Field(
                "delay", .duration, default: .string("1s"),
                "The wait before the first restart; each one after it waits twice as long.",
                example: "delay: 5s"),
            Field(
                "maxDelay", .duration, default: .string("1m"), "The longest wait before a restart.",
                example: "maxDelay: 5m"),
            Field(
                "mode", .choice(Restart.Mode.allCases.map(\.rawValue)), default: .string("delay"),
                "What happens after `attempts`: `delay` waits for the next interval, `fail` gives up.",
                example: "mode: fail"),
        ]), default: .map([:]), "What happens when an instance ends by itself.",
        example: "restart: {attempts: 5, mode: fail}")

    private static let attribute = Field(
        "attribute", .string, required: true, "The attribute of a node.", example: "attribute: node.class")

    private static let placement = [
        Field(
            "priority", .int(1...100), default: .int(50), "Which job is placed first where room is short.",
            example: "priority: 80"),
        Field(
            "datacenters", .list(.string, unique: true), "Where it may be placed. Left out: anywhere.",
            example: "datacenters: [eu-1]"),
        Field(
            "constraints", .list(.object([attribute, comparison, value])), "What a node must be to run it.",
            example: "constraints: [{attribute: kernel.name, value: linux}]"),
        Field(
            "affinities",
            .list(
                .object([
                    attribute, comparison, value,
                    weight(-100...100, "How much it counts; less than 0 avoids."),
                ])),
            "What a node should rather be.",
            example: "affinities: [{attribute: node.class, value: fast, weight: 80}]"),
        Field(
            "spread",
            .list(
                .object([
                    attribute, weight(1...100, "How much it counts."),
                    Field(
                        "targets", .map(.int(0...100)),
                        "The share of each value of the attribute, in percent.",
                        example: "targets: {eu-1: 70, eu-2: 30}"),
                ])), "What its instances are spread over.",
            example: "spread: [{attribute: node.datacenter}]"),
        Field("meta", .map(.string), "Texts that are kept with it.", example: "meta: {team: checkout}"),
    ]
    private static let comparison = Field(
        "operator",
        .choice([
            "=", "!=", ">", ">=", "<", "<=", "regexp", "version", "semver", "set_contains", "is_set",
            "is_not_set",
        ]), default: .string("="), "How the attribute is compared.", example: "operator: version")
    private static let value = Field(
        "value", .string, "What it is compared with.", example: "value: \">= 1.2\"")
    private static func weight(_ range: ClosedRange<Int>, _ words: String) -> Field {
        Field("weight", .int(range), default: .int(50), words, example: "weight: 80")
    }
}
