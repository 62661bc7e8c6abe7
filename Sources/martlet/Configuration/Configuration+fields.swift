import Model

extension Configuration {
    static let documentation = """
        The controller's own configuration: what it watches, what each source may, and where its \
        engines are. It never comes from a repository. Relative paths in it are taken from its own folder.
        """

    /// The schema of `martlet.yaml`.
    static let fields: [Field] = [
        Field(
            "name", .name, default: .string("martlet"),
            "The controller's name, as commit statuses and messages carry it.", example: "shop-prod"),
        Field(
            "state", .string,
            """
            The folder of everything that must last: the database, the mirrors of the repositories, the key file. \
            Left out: `/var/lib/martlet` for root, else `$XDG_STATE_HOME/martlet`.
            """, example: "/var/lib/martlet"),
        Field(
            "socket", .string,
            "The unix socket that the commands talk to. Left out: `martlet.sock` in `state`.",
            example: "/run/martlet/martlet.sock"),
        Field(
            "listen", .string, "`host:port` for health, and for the API with a token. Left out: no port.",
            example: "127.0.0.1:7070"),
        Field(
            "catalog", .string,
            "`host:port` on this machine alone, where `/v1/catalog` tells everybody which services there are. Left out: "
                + "no port; `martlet resolve` and the socket tell all the same.", example: "127.0.0.1:7071"),
        Field(
            "key", secret("Seals state at rest."),
            "The key that seals state at rest. Left out: `key` in `state`."),
        Field(
            "log",
            .object([
                Field(
                    "level", .choice(LogSettings.levels),
                    default: .string("info"), "What is logged: this and what is graver."),
                Field(
                    "format", .choice(["text", "json"]), default: .string("text"),
                    "Lines for people, or for machines."),
            ]), "What is logged, and how."),
        Field("parallelism", .int(1...1000), default: .int(32), "Steps carried out at one time."),
        Field(
            "sweep", .duration, default: .string("1m"),
            "How often everything is observed again, spread in time."),
        Field("repositories", .map(.object(repository)), "Git repositories by name."),
        Field("sources", .map(.object(source)), "Folders at revisions of repositories, by name."),
        Field(
            "engines", .map(.object(engine)),
            "Engines by name. Left out: the embedded ones, `host`, `sealed`, `registry` and `supervisor`."),
        Field(
            "defaults",
            .object(
                Layer.allCases.map { layer in
                    Field(
                        layer.rawValue, .name,
                        "The engine of layer \(layer.rawValue) where a manifest names none.")
                }), "The engine of each layer where a manifest names none. Left out: the embedded one."),
        Field("webhooks", .map(.object(webhook)), "Where status is posted to, by name."),
    ]

    private static func secret(_ what: String) -> FieldType {
        .object([
            Field("file", .string, "\(what) A file of mode 0600 that holds it."),
            Field("env", .string, "\(what) A variable of the controller's environment that holds it."),
        ])
    }

    private static let repository: [Field] = [
        Field(
            "url", .string, required: true, "`/path`, `file://`, `https://`, `ssh://` or `git@host:path`.",
            example: "git@forge.example:shop/infra.git"),
        Field("interval", .duration, default: .string("1m"), "How often it is polled, beside webhooks."),
        Field("timeout", .duration, default: .string("10m"), "The longest that one fetch may take."),
        Field(
            "idleTimeout", .duration, default: .string("30s"), "The longest that the server may be silent."),
        Field("token", secret("A token for https."), "A token for https."),
        Field("user", .string, "The user for https, beside `password`."),
        Field("password", secret("The password for https."), "The password for https, beside `user`."),
        Field("sshKey", .string, "Path of a private key (Ed25519 or ECDSA) for ssh."),
        Field("passphrase", secret("The key's passphrase."), "The passphrase of `sshKey`."),
        Field("caFile", .string, "PEM file of authorities that are believed for https, beside none other."),
        Field("knownHosts", .string, "OpenSSH's known_hosts file. Left out: `~/.ssh/known_hosts`."),
    ]

    private static let source: [Field] = [
        Field("repository", .string, required: true, "A repository's name."),
        Field("path", .string, default: .string(""), "The folder in the repository. Left out: all of it."),
        Field("revision", .string, default: .string("main"), "Branch, tag or commit."),
        Field("project", .name, "The project of manifests that name none. Left out: the source's name."),
        Field("variables", .map(.any), "What `${var.…}` gives."),
        Field("allow", .object(allow), "What it may, beyond its own project and the embedded engines."),
        Field(
            "maxDeletes", .oneOf([.int(0...1_000_000), .string]), default: .string("10%"),
            "Deletes and replacements that one pass may start by itself; of a percentage, at least 5.",
            example: "25"),
        Field(
            "review", .choice(["none", "required"]), default: .string("none"),
            "Whether changes of manifests wait until a person has approved their digest."),
    ]

    private static let allow: [Field] = [
        Field("projects", .list(.name, unique: true), "Projects that it may declare, beside its own."),
        Field("references", .list(.name, unique: true), "Projects that it may refer to."),
        Field("engines", .list(.name, unique: true), "Engines that it may use. Left out: the embedded ones."),
        Field(
            "secrets", .list(.string, unique: true),
            "Paths of secrets; `*` stands for one part, `**` at the end for the rest. Left out: `PROJECT/**`.",
            example: "[shop/**]"),
        Field("roots", .list(.string, unique: true), "Absolute folders that it may make files under."),
        Field(
            "owners", .list(.string, unique: true),
            "Users that may own its files, and groups as `:group`. Left out: the controller's own."),
        Field("users", .list(.string, unique: true), "Users that its jobs may run as."),
        Field("ports", .list(.string, unique: true), "Ports of its jobs: `8080` or `8000-8099`."),
        Field("adopt", .bool, default: .bool(false), "Whether `adopt` and `movedFrom` are heeded."),
    ]

    private static let engine: [Field] = [
        Field(
            "type", .choice(EngineSettings.Kind.allCases.map(\.rawValue)), required: true,
            "What it is: `host` makes files, `sealed` keeps secrets, `registry` lists services, `supervisor` runs jobs."
        ),
        Field("roots", .list(.string, unique: true), "`host`: no source reaches outside of these folders."),
        Field("path", .string, "`sealed`: the store's folder. Left out: `secrets` in `state`."),
        Field(
            "key", secret("The store's master key."),
            "`sealed`: its master key. Left out: `secrets.key` in `state`."),
        Field(
            "networks", .list(.string, unique: true),
            "`registry`: where the checks of fixed addresses may go; a job's instances are always checked. Left out: "
                + "this machine alone.", example: "[10.0.0.0/8]"),
        Field(
            "users", .list(.string, unique: true),
            "`supervisor`: users that jobs may run as, the controller's own only by its name. A source needs them too, "
                + "under `allow`. Left out: nobody, so that no job runs.", example: "[web]"),
        Field(
            "commands", .list(.string, unique: true),
            "`supervisor`: folders that programs may be in. Left out: `/bin`, `/opt`, `/sbin`, `/usr`."),
        Field(
            "ports", .string, default: .string("20000-31999"),
            "`supervisor`: where dynamic ports come from."),
        Field("maxInstances", .int(1...100_000), "`supervisor`: the most instances of one job."),
        Field("maxMemory", .size(unit: .mebibytes), "`supervisor`: the most memory of one instance."),
        Field("logSize", .size(unit: .mebibytes), "`supervisor`: the size of one log file. Left out: 10MiB."),
        Field("logFiles", .int(1...100), "`supervisor`: log files of one instance. Left out: 5."),
        Field("sweep", .duration, "How often everything of this engine is observed again."),
    ]

    private static let webhook: [Field] = [
        Field(
            "url", .oneOf([.string, secret("The address.")]), required: true,
            "Where to post; as a file or variable where the address itself is secret."),
        Field(
            "secrets", .list(secret("A signing secret, `whsec_…`.")), required: true,
            "Signing secrets of Standard Webhooks, `whsec_…`; several while one is replaced."),
        Field("events", .list(.choice(eventNames), unique: true), "What to post. Left out: everything."),
        Field("sources", .list(.string, unique: true), "Of which sources. Left out: of all."),
        Field("caFile", .string, "PEM file of authorities that are believed, beside none other."),
    ]

    static let eventNames = [
        "commit.pending", "commit.converged", "commit.failed", "drift.found", "drift.corrected",
        "source.refused", "suspension.ended", "waiting",
    ]
}
