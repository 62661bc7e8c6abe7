import Fixtures
import Manifests
import Model
import Testing

@Suite struct DocumentTests {
    private static let fields = [
        Field("listen", .string, default: .string("127.0.0.1:8080"), "Where."),
        Field(
            "sources",
            .map(
                .object([
                    Field("url", .string, required: true, "Where."),
                    Field("interval", .duration, default: .string("60s"), "How often."),
                ])), required: true, "Which."),
    ]
    private static func read(_ text: String) -> Document {
        Document(text, file: "martlet.yaml", fields: fields, named: "the configuration")
    }

    @Test func `a document is read as its fields say`() {
        let document = Self.read("sources:\n  shop: {url: 'file:///a${b}'}")
        #expect(document.problems.isEmpty)
        #expect(
            document.value
                == .map([
                    "listen": .string("127.0.0.1:8080"),
                    "sources": .map([
                        "shop": .map(["url": .string("file:///a${b}"), "interval": .string("1m")])
                    ]),
                ]))
    }

    @Test func `a field has a place, and one that is not written that of the deepest around it`() {
        let document = Self.read("sources:\n  shop: {url: a}")
        let shop = FieldPath("sources").appending("shop")
        #expect(document.location(of: shop.appending("url")).description == "martlet.yaml:2:15")
        #expect(document.location(of: shop.appending("interval")).description == "martlet.yaml:2:9")
        #expect(
            document.problem(shop.appending("url"), "no such host").description
                == "martlet.yaml:2:15: error: no such host")
    }

    @Test(arguments: [
        ("", "martlet.yaml:1:1: error: missing key 'sources' in the configuration"),
        ("sources: {a: {}}", "martlet.yaml:1:14: error: missing key 'url' in the configuration.sources.a"),
        (
            "sorces: {}\nsources: {}",
            "martlet.yaml:1:1: error: unknown key 'sorces' in the configuration\n  hint: did you mean 'sources'?"
        ),
        ("sources: {}\n---\na: 1", "martlet.yaml:3:1: error: a second document, where one is read"),
        ("[a]", "martlet.yaml:1:1: error: 'the configuration' is a map, found a list"),
    ])
    func `says what is wrong`(text: String, expected: String) {
        let document = Self.read(text)
        #expect(document.value == nil)
        #expect(document.problems.map(\.description) == [expected])
    }
}

@Suite struct FileTests {
    @Test func `a field's places are found again by reading one file once`() {
        let loader = Loader(kinds: kinds, settings: settings())
        let path = FieldPath("spec").appending("task").appending("env").appending("KEY")
        var text = everything
        let places = text.withUTF8 {
            loader.places(of: path, documents: [0, 9], in: UnsafeRawBufferPointer($0))
        }
        #expect(places.keys.sorted() == [0])
        #expect(places[0]?.line == 23)
        #expect(places[0]?.column == 61)
    }

    @Test func `what YAML can do is read`() throws {
        let loaded = try manifests(everything)
        #expect(loaded.map(\.id.description) == ["job/shop/web[eu]", "job/shop/web[us]", "service/shop/web"])
        let task = try #require(loaded[0].spec["task"])
        #expect(loaded[0].labels == ["team": "check out", "version": "1.10"])
        #expect(
            task["args"]
                == .list([
                    .literal(.string("--listen")), .text([.literal("127.0.0.1:"), .local("port.http")]),
                    .literal(.string("several\nlines\n")), .literal(.string("folded text")),
                ]))
        #expect(task["options"]?["LITERAL"] == .literal(.string("${HOME}")))
        #expect(task["options"]?["other"] == .literal(.null))
        #expect(task["options"]?["nested"] == .literal(.map(["maxParallel": .int(1)])))
        #expect(task["resources"] == .literal(.map(["cpu": .int(500), "memory": .string("512MiB")])))
        #expect(loaded[2].document == 1)
        #expect(
            loaded[2].spec["instances"]
                == .reference(Reference(ResourceID("job", "shop", "web", key: "eu"), FieldPath("instances"))))
    }

    @Test func `JSON is read`() throws {
        let text = """
            {"apiVersion": "martlet/v1", "kind": "Job", "metadata": {"name": "web"},
            \t"spec": {"count": 2, "task": {"command": "\\/bin\\/true", "args": ["\\u00e4", "\\n"]}}}
            """
        let loaded = try manifests(text)
        #expect(loaded[0].spec["count"] == .literal(.int(2)))
        #expect(loaded[0].spec["task"]?["args"] == .literal(.list([.string("ä"), .string("\n")])))
    }

    @Test(
        "which files are manifests",
        arguments: [
            ("a.yaml", true), ("b/c.yml", true), ("d.json", true), ("e.txt", false), (".yaml", false),
            (".github/x.yaml", false), ("b/.x.yaml", false), ("values.yaml", false),
            ("deep/values.yaml", false),
            ("charts/a.yaml", false), ("deep/charts/a.yaml", true), ("build/a.yaml", false),
            ("keep/a-test.yaml", false), ("keep/b-test.yaml", true), ("x/y/z/gen.yaml", false),
            ("x/gen.yaml", false),
            ("v1.yaml", false), ("v9.yaml", true), ("#.yaml", true),
        ])
    func manifestFiles(path: String, expected: Bool) {
        let rules = IgnoreRules(
            """
            # comment
            values.yaml
            /charts
            build/
            *-test.yaml
            !keep/b-test.yaml
            x/**/gen.yaml
            v[0-5].yaml
            """)
        #expect(rules.isManifest(path) == expected)
    }

    @Test func `a pattern of many stars is matched without going back over all of them`() {
        let rules = IgnoreRules(String(repeating: "*a", count: 30) + "b.yaml")
        #expect(rules.isManifest(String(repeating: "a", count: 3000) + ".yaml"))
    }

    @Test func `validate prints every problem by place, and counts them`() throws {
        let settings = settings()
        let loader = Loader(kinds: kinds, settings: settings)
        var catalog = Catalog(kinds: kinds, settings: settings)
        let files = [
            "secrets/db.yaml":
                "apiVersion: martlet/v1\nkind: SecretReference\nmetadata: {name: db}\nspec: {path: shop/db}\n",
            "run/web.yaml": """
            apiVersion: martlet/v1
            kind: Job
            metadata: {name: web}
            spec:
              type: service
              cuont: 3
              task:
                command: /usr/local/bin/web
                env:
                  PASSWORD: "${secret.bd.value}"
            """,
            "run/cron.yaml": """
            apiVersion: martlet/v1
            kind: Job
            metadata: {name: cron}
            spec:
              type: batch
              task:
                command: /bin/true
                resources:
                  memory: lots
            """,
            "run/edge.yaml": job("command: a\nenv: {A: \"${secret.bd.value}\"}", name: "edge"),
        ]
        let delta = catalog.take(files.map { CatalogChange($0.key, loader.parse($0.value)) })
        try expectGolden(Summary.text(of: delta.problems, files: 41), "validate.txt")
        #expect(Summary.line(of: [], files: 1) == "no problems in 1 file")
    }
}
