import Model
import Reconcile

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
            "listen", .string,
            "`host:port` for health, and for pages and the API with a token. Left out: no port. An address that other "
                + "machines reach needs `tls`, or `insecure`.", example: "127.0.0.1:7070"),
        Field(
            "tls",
            .object([
                Field("certificate", .string, required: true, "PEM file of the certificate and its chain."),
                Field("key", .string, required: true, "PEM file of its key, which not everybody may read."),
            ]),
            "Encrypts `listen`, with TLS 1.2 at least. Files that change are taken within seconds, and no connection is "
                + "dropped; a pair that does not fit leaves the one before in force.",
            example: "{certificate: /etc/martlet/tls.crt, key: /etc/martlet/tls.key}"),
        Field(
            "insecure", .bool, default: .bool(false),
            "Lets `listen` name an address that other machines reach without `tls`: behind a proxy that encrypts, or where "
                + "nothing but `/healthz` is asked."),
        Field(
            "proxies", .list(.string, unique: true),
            "Proxies before `listen`: networks or addresses whose word counts, in `X-Forwarded-For`, about whom they ask "
                + "for. Left out: nobody's.", example: "[127.0.0.1]"),
        Field(
            "url", .string,
            "Where people reach this controller; links in statuses and messages begin with it. Left out: no links.",
            example: "https://martlet.example"),
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
        Field(
            "providers", .object(providerFields),
            "Where the packages of engines of type `terraform` come from, and which of them may be started."),
        Field(
            "hooks", .map(.object(hook)),
            "Where pushes are heard of: `/hooks/NAME` on `listen` and on the socket, by name. What a delivery says is a "
                + "hint to fetch, and decides nothing of what is applied."),
        Field("notifications", .map(.object(notification)), "Who is told what, by name."),
        Field(
            "webhooks", .map(.object(webhook)),
            "Where events are posted to, by name: the same as `notifications` of type `webhook`."),
    ]

    static func secret(_ what: String) -> FieldType {
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
        Field(
            "forge", .object(forge),
            "Where it is at home, so that each commit gets a status there. Left out: nowhere."),
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
            "requireReviewedPlan", .choice(ReviewRule.allCases.map(\.rawValue)),
            "When a change of a manifest counts as reviewed: `merged` where the preview of its request showed it and was "
                + "merged so, `approved` where somebody other than the request's author has approved that preview's "
                + "digest. Anything else waits until a person approves it. Left out: nothing waits.",
            formerName: "review"),
        Field(
            "signatures", .object(signatures),
            "Whose commits it takes; left out: anybody's who may push. Another commit is refused, and the last good one "
                + "stays. A branch that is moved to another history waits until a person has approved the plan."
        ),
    ]

    private static let signatures: [Field] = [
        Field(
            "allowedSigners", .string,
            "OpenSSH's allowed-signers file: who may sign with which ssh key. Read anew for each commit.",
            example: "/etc/martlet/allowed_signers"),
        Field("revokedKeys", .string, "A file of ssh public keys, one a line, that are believed no more."),
        Field(
            "keyring", .string,
            "An OpenPGP keyring as `gpg --export` writes it. Debian's `gpgv` checks signatures by it.",
            example: "/etc/martlet/signers.gpg"),
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

    private static let engine: [Field] =
        [
            Field(
                "type", .choice(EngineSettings.Kind.allCases.map(\.rawValue)), required: true,
                "What it is: `host` makes files, `sealed` keeps secrets, `registry` lists services, `supervisor` runs jobs, "
                    + "and `terraform` is a Terraform provider."),
            Field(
                "roots", .list(.string, unique: true), "`host`: no source reaches outside of these folders."),
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
            Field(
                "logSize", .size(unit: .mebibytes), "`supervisor`: the size of one log file. Left out: 10MiB."
            ),
            Field("logFiles", .int(1...100), "`supervisor`: log files of one instance. Left out: 5."),
            Field("sweep", .duration, "How often everything of this engine is observed again."),
        ] + terraform
}
