import Model
import Synchronization
import Testing

/// A base, a head and a world; what the comment then says is in `Golden/previews/NAME.md`.
struct PreviewScenario: Sendable, CustomTestStringConvertible {
    var name: String
    var base = shop
    var head: PreviewStage.Edits
    var onBase: PreviewStage.Edits = []
    /// What somebody does by hand once the base stands.
    var byHand: (@Sendable (PreviewWorld) -> Void)?
    /// The most that a preview looks at.
    var resources: Int
    var testDescription: String { name }

    init(
        _ name: String, _ head: PreviewStage.Edits, onBase: PreviewStage.Edits = [],
        base: [String: String] = shop, resources: Int = 5000,
        byHand: (@Sendable (PreviewWorld) -> Void)? = nil
    ) {
        (self.name, self.head, self.onBase, self.base, self.byHand) = (name, head, onBase, base, byHand)
        self.resources = resources
    }
}

extension PreviewScenario {
    static func id(_ text: String) -> ResourceID {
        ResourceID(text, project: "shop") ?? ResourceID("job", "shop", text)
    }
    /// A file of the shop with one text in place of another.
    static func edit(_ path: String, _ old: String, _ new: String) -> (path: String, text: String?) {
        ("shop/\(path)", shop["shop/\(path)"]?.replacing(old, with: new))
    }
    static func add(_ path: String, _ text: String) -> (path: String, text: String?) {
        ("shop/\(path)", text)
    }
    static func remove(_ path: String) -> (path: String, text: String?) { ("shop/\(path)", nil) }

    static func manifest(_ kind: String, _ name: String, _ spec: String, _ rest: String = "") -> String {
        "apiVersion: martlet/v1\nkind: \(kind)\nmetadata: {name: \(name)}\n\(rest)spec:\n"
            + spec.split(separator: "\n").map { "  \($0)\n" }.joined()
    }
    static func file(_ name: String, _ content: String = "hello", _ rest: String = "") -> String {
        manifest(
            "Infrastructure", name,
            "type: file\nconfig:\n  path: ${var.root}/\(name)\n  content: \"\(content)\"\n  mode: \"0644\"",
            rest)
    }

    /// Four layers: files, a secret, a service, and jobs that use them.
    static let shop = [
        "shop/infra/site.yaml": file("site", "listen 80"),
        "shop/infra/index.yaml": file("index", "Welcome"),
        "shop/infra/env.yaml": manifest(
            "Infrastructure", "env",
            "type: file\nconfig:\n  path: ${var.root}/env\n  mode: \"0600\"\n  content: |\n    PASSWORD=${secret.db.password}\n    SITE=${infrastructure.site.path}"
        ),
        "shop/secrets/db.yaml": manifest(
            "SecretReference", "db", "path: shop/db\nkeys: [username, password]"),
        "shop/run/web.yaml": manifest(
            "Job", "web",
            "count: 2\ntask:\n  command: /usr/bin/web\n  user: web\n  ports: {http: {}}\n  env: {SITE: \"${infrastructure.site.path}\", USER: \"${secret.db.username}\"}"
        ),
        "shop/run/worker.yaml": manifest(
            "Job", "worker", "task:\n  command: /usr/bin/worker\n  user: web", "dependsOn: [job/web]\n"),
        "shop/connect/web.yaml": manifest("Service", "web", "job: web\nport: http"),
        "README.md": "The shop.\n",
    ]

    static let all: [PreviewScenario] = quiet + changes + takenAway + worlds + failing + hostile + combined
}

extension PreviewScenario {
    /// Nothing that anybody would apply.
    static let quiet = [
        PreviewScenario("no manifest is touched", [("README.md", "The shop, again.\n")]),
        PreviewScenario("a comment", [edit("run/web.yaml", "count: 2", "count: 2   # enough")]),
        PreviewScenario(
            "another order of keys",
            [
                edit(
                    "run/worker.yaml", "  command: /usr/bin/worker\n    user: web",
                    "  user: web\n    command: /usr/bin/worker")
            ]),
        PreviewScenario(
            "a default that is written out", [edit("run/worker.yaml", "spec:", "spec:\n  count: 1")]),
        PreviewScenario(
            "a file that moves",
            [remove("run/worker.yaml"), ("shop/jobs/worker.yaml", shop["shop/run/worker.yaml"])]),
        PreviewScenario("a file outside of the source", [("blog/site.yaml", file("other"))]),
        PreviewScenario("a hidden file", [add(".drafts/new.yaml", file("draft"))]),
        PreviewScenario(
            "an ignored file", [add(".martletignore", "notes/**\n"), add("notes/x.yaml", "any: thing\n")]),
        PreviewScenario(
            "what the base has by now", [edit("infra/index.yaml", "Welcome", "Hi")],
            onBase: [edit("infra/index.yaml", "Welcome", "Hi")]),
        PreviewScenario("another quoting of the same", [edit("infra/index.yaml", "\"Welcome\"", "Welcome")]),
    ]

    /// What is made or changed.
    static let changes = [
        PreviewScenario("one field", [edit("infra/index.yaml", "Welcome", "Good day")]),
        PreviewScenario("one instance more", [edit("run/web.yaml", "count: 2", "count: 3")]),
        PreviewScenario("a new file", [add("infra/motd.yaml", file("motd", "Be kind."))]),
        PreviewScenario(
            "a new job with its service",
            [
                add(
                    "run/api.yaml",
                    manifest("Job", "api", "task:\n  command: /usr/bin/api\n  user: web\n  ports: {http: {}}")
                ),
                add("connect/api.yaml", manifest("Service", "api", "job: api\nport: http")),
            ]),
        PreviewScenario(
            "a new secret and who uses it",
            [
                add("secrets/mail.yaml", manifest("SecretReference", "mail", "path: shop/mail\nkeys: [key]")),
                edit("run/worker.yaml", "user: web", "user: web\n    env: {KEY: \"${secret.mail.key}\"}"),
            ]),
        PreviewScenario(
            "lines of a text",
            [edit("infra/env.yaml", "PASSWORD=", "USER=${secret.db.username}\n      PASSWORD=")]),
        PreviewScenario("an environment", [edit("run/web.yaml", "SITE:", "DEBUG: \"1\", SITE:")]),
        PreviewScenario(
            "one manifest of many",
            [
                add(
                    "infra/pages.yaml",
                    file("page", "x").replacing("spec:", with: "forEach: [de, en, fr]\nspec:").replacing(
                        "root}/page", with: "root}/${each.key}"))
            ]),
        PreviewScenario(
            "another port of a service",
            [edit("connect/web.yaml", "port: http", "port: http\n  tags: [public]")]),
        PreviewScenario(
            "a label", [edit("run/web.yaml", "{name: web}", "{name: web, labels: {tier: front}}")]),
        PreviewScenario(
            "what is done about drift",
            [edit("infra/index.yaml", "spec:", "reconcile: {onDrift: warn}\nspec:")]),
        PreviewScenario(
            "a suspension",
            [
                edit(
                    "infra/index.yaml", "spec:",
                    "reconcile: {suspend: {reason: the printer is broken}}\nspec:"),
                edit("infra/site.yaml", "listen 80", "listen 8080"),
            ]),
    ]

    /// What goes, or has to be made anew.
    static let takenAway = [
        PreviewScenario("a job goes", [remove("run/worker.yaml")]),
        PreviewScenario(
            "a service and its job go",
            [remove("connect/web.yaml"), remove("run/web.yaml"), remove("run/worker.yaml")]),
        PreviewScenario(
            "a path that can't be changed in place", [edit("infra/index.yaml", "/index", "/start")]),
        PreviewScenario(
            "a replacement and all that follow it", [edit("infra/site.yaml", "root}/site", "root}/site.conf")]
        ),
        PreviewScenario(
            "another name for the same",
            [
                remove("infra/index.yaml"),
                add(
                    "infra/start.yaml",
                    file("start", "Welcome", "reconcile: {movedFrom: infrastructure/shop/index}\n").replacing(
                        "root}/start", with: "root}/index")),
            ]),
        PreviewScenario(
            "everything goes",
            shop.keys.filter { $0.hasPrefix("shop/") }.sorted().map { (path: $0, text: String?.none) } + [
                ("shop/README.md", "empty")
            ]),
        PreviewScenario(
            "left where it is", [edit("infra/index.yaml", "spec:", "reconcile: {onRemove: forget}\nspec:")]),
    ]

    /// What is not as it was made.
    static let worlds = [
        PreviewScenario("drift elsewhere", [edit("run/web.yaml", "count: 2", "count: 3")]) { world in
            world.edit(id("infrastructure/index"), "config", "mode", to: .string("0666"))
        },
        PreviewScenario("drift in what is changed", [edit("infra/index.yaml", "Welcome", "Good day")]) {
            world in
            world.edit(id("infrastructure/index"), "config", "mode", to: .string("0666"))
        },
        PreviewScenario("drift in the very field", [edit("infra/index.yaml", "Welcome", "Good day")]) {
            world in
            world.edit(id("infrastructure/index"), "config", "content", to: .string("hacked"))
        },
        PreviewScenario("drift and nothing else", [("README.md", "Again.\n")]) { world in
            world.edit(id("infrastructure/index"), "config", "mode", to: .string("0666"))
        },
        PreviewScenario(
            "what is gone by hand is asked for otherwise", [edit("infra/index.yaml", "Welcome", "Good day")]
        ) { world in
            world.state.withLock { $0.things[id("infrastructure/index")] = nil }
        },
        PreviewScenario("a secret moved meanwhile", [edit("infra/index.yaml", "Welcome", "Good day")]) {
            world in
            world.state.withLock { $0.secrets["shop/db"] = 4 }
        },
        PreviewScenario("somebody else's file stands there", [add("infra/motd.yaml", file("motd"))]) {
            world in
            let fields = Value.map(["config": .map(["path": .string("/srv/motd")])])
            world.state.withLock {
                $0.things[id("infrastructure/motd")] = .init(fields: fields, isOurs: false)
            }
        },
    ]

    /// What can't be loaded or done.
    static let failing = [
        PreviewScenario("an unknown key", [edit("run/web.yaml", "count: 2", "cuont: 2")]),
        PreviewScenario(
            "a reference to nothing", [edit("run/web.yaml", "secret.db.username", "secret.bd.username")]),
        PreviewScenario("what others refer to goes", [remove("secrets/db.yaml")]),
        PreviewScenario("no YAML", [edit("run/web.yaml", "spec:", "spec: [")]),
        PreviewScenario("a circle", [edit("run/web.yaml", "spec:", "dependsOn: [job/worker]\nspec:")]),
        PreviewScenario(
            "another's project",
            [add("infra/x.yaml", file("x").replacing("{name: x}", with: "{name: x, project: bank}"))]),
        PreviewScenario(
            "a root that is not granted",
            [add("infra/x.yaml", file("x").replacing("${var.root}/x", with: "/etc/passwd"))]),
        PreviewScenario(
            "a secret that is not there",
            [add("secrets/new.yaml", manifest("SecretReference", "new", "path: shop/new"))]),
        PreviewScenario(
            "a conflict", [edit("infra/index.yaml", "Welcome", "Good day")],
            onBase: [edit("infra/index.yaml", "Welcome", "Good night")]),
        PreviewScenario(
            "more than a preview looks at", (0..<20).map { add("infra/f\($0).yaml", file("f\($0)")) },
            resources: 10),
    ]

    /// Who wants to be more than a reader.
    static let hostile = [
        PreviewScenario("a symlink", [add("infra/link.yaml", "-> ../../../etc/passwd")]),
        PreviewScenario("ten thousand files", (0..<10_000).map { add("many/f\($0).yaml", file("f\($0)")) }),
        PreviewScenario("a submodule", [add("vendor", "(submodule)")]),
        PreviewScenario("names with newlines", [add("infra/a\nb.yaml", file("x"))]),
        PreviewScenario(
            "ten megabytes", [add("infra/big.yaml", file("big", String(repeating: "x", count: 10 << 20)))]),
        PreviewScenario(
            "markup in values",
            [
                edit(
                    "infra/index.yaml", "Welcome",
                    "``` </details> <script>alert(1)</script> @all #12 !7 https://evil.example [x](javascript:1) | \\u202e \\u200b \\e[2J"
                )
            ]),
        PreviewScenario(
            "a fence in a text",
            [
                add(
                    "infra/f.yaml",
                    file("f").replacing(
                        "content: \"hello\"",
                        with:
                            "content: |\n      ```\n      </details>\n      # Approved by @owner\n      ````")
                )
            ]),
    ]

    /// Both sides moved on.
    static let combined = [
        PreviewScenario(
            "the base moved on elsewhere", [edit("run/web.yaml", "count: 2", "count: 3")],
            onBase: [edit("infra/index.yaml", "Welcome", "Good day")]),
        PreviewScenario(
            "both changed one file", [edit("run/web.yaml", "count: 2", "count: 3")],
            onBase: [edit("run/web.yaml", "ports: {http: {}}", "ports: {http: {}, admin: {}}")]),
        PreviewScenario(
            "the base has an error that the head mends", [edit("run/web.yaml", "count: 2", "count: 3")],
            onBase: [add("infra/x.yaml", "no: manifest\n")]),
    ]
}
