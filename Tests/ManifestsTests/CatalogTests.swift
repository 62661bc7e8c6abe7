import Fixtures
import Manifests
import Model
import Testing

@Suite struct CatalogTests {
    private static func job(_ name: String, dependsOn: [String] = [], env: String = "", extra: String = "")
        -> String
    {
        "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: \(name)}\n\(extra)"
            + "dependsOn: [\(dependsOn.joined(separator: ", "))]\nspec: {task: {command: a, env: {A: \"\(env)\"}}}\n"
    }
    private static func secret(_ name: String, keys: String = "[value]") -> String {
        "apiVersion: martlet/v1\nkind: SecretReference\nmetadata: {name: \(name)}\n"
            + "spec: {path: shop/\(name), keys: \(keys)}\n"
    }
    private static func catalog(_ files: KeyValuePairs<String, String>) -> (Catalog, CatalogDelta) {
        let settings = settings { $0.grants.mayAdopt = true }
        let loader = Loader(kinds: kinds, settings: settings)
        var catalog = Catalog(kinds: kinds, settings: settings)
        let delta = catalog.take(files.map { CatalogChange($0.key, loader.parse($0.value)) })
        return (catalog, delta)
    }
    private static func problems(_ files: KeyValuePairs<String, String>) -> String {
        catalog(files).1.problems.map(\.description).joined(separator: "\n")
    }

    @Test func `a reference to nothing names the nearest, and where it is declared`() {
        #expect(
            Self.problems([
                "run/web.yaml": Self.job("web", env: "${secret.bd.value}"),
                "secrets/db.yaml": Self.secret("db"),
            ]) == """
                run/web.yaml:5:37: error: reference to 'secret.bd', which no manifest declares
                  hint: did you mean 'secret.db' (secrets/db.yaml:3)?
                """)
    }

    @Test func `dependsOn and a binding to nothing`() {
        #expect(
            Self.problems([
                "a.yaml": Self.job("web", dependsOn: ["job/migrat"]), "b.yaml": Self.job("migrate"),
                "c.yaml": "apiVersion: martlet/v1\nkind: Service\nmetadata: {name: web}\n"
                    + "spec: {job: wep, port: http, allow: [job/nobody]}",
            ]) == """
                a.yaml:4:13: error: 'dependsOn' names 'job/migrat', which no manifest declares
                  hint: did you mean 'job/migrate' (b.yaml:3)?
                c.yaml:4:13: error: 'job' names 'job/wep', which no manifest declares
                  hint: did you mean 'job/web' (a.yaml:3)?
                c.yaml:4:38: error: 'allow' names 'job/nobody', which no manifest declares
                """)
    }

    @Test func `a missing key of forEach names those that there are`() {
        #expect(
            Self.problems([
                "a.yaml": Self.job("web", dependsOn: ["job/each"]),
                "b.yaml": Self.job("each", extra: "forEach: [eu, us]\n"),
            ]) == """
                a.yaml:4:13: error: 'dependsOn' names 'job/each', which no manifest declares
                  hint: did you mean 'job/each[eu]' (b.yaml:3)?
                """)
    }

    @Test func `a duplicate id names both places`() {
        #expect(
            Self.problems(["b.yaml": Self.job("web"), "a.yaml": "---\n" + Self.job("web")]) == """
                b.yaml:3:18: error: duplicate id 'job/web', first at a.yaml:4:18
                  hint: rename one, or remove it
                """)
    }

    @Test func `an output that a secret or a type does not have`() {
        #expect(
            Self.problems([
                "a.yaml": Self.job("web", env: "${secret.db.pasword} ${infrastructure.motd.size}"),
                "db.yaml": Self.secret("db", keys: "[username, password]"),
                "motd.yaml": "apiVersion: martlet/v1\nkind: Infrastructure\nmetadata: {name: motd}\n"
                    + "spec: {type: file, config: {path: /a}}",
            ]) == """
                a.yaml:5:37: error: unknown output 'pasword' of 'secret/db'
                  hint: did you mean 'password'?
                a.yaml:5:58: error: unknown output 'size' of 'infrastructure/motd'
                  hint: it has path, sha256
                """)
    }

    @Test func `a circle is printed whole`() {
        let service = "apiVersion: martlet/v1\nkind: Service\nmetadata: {name: b}\nspec: {job: a, port: http}"
        #expect(
            Self.problems([
                "a.yaml": Self.job("a", env: "${service.b.address}"), "b.yaml": service,
                "c.yaml": Self.job("c", dependsOn: ["job/c"]), "d.yaml": Self.job("d", dependsOn: ["job/a"]),
            ]) == """
                a.yaml:5:37: error: resources wait for each other: job/a → service/b → job/a
                  hint: remove one of these references
                c.yaml:4:13: error: resources wait for each other: job/c → job/c
                  hint: remove one of these references
                """)
    }

    @Test func `a circle of many is found without recursion`() {
        let settings = settings()
        let loader = Loader(kinds: kinds, settings: settings)
        var catalog = Catalog(kinds: kinds, settings: settings)
        let count = 5000
        let delta = catalog.take(
            (0..<count).map { index in
                CatalogChange(
                    "\(index).yaml",
                    loader.parse(Self.job("j\(index)", dependsOn: ["job/j\((index + 1) % count)"])))
            })
        #expect(delta.problems.count == 1)
        let mended = catalog.take([CatalogChange("7.yaml", loader.parse(Self.job("j7")))])
        #expect(mended.problems.isEmpty)
        #expect(mended.changed.map(\.id.name) == ["j7"])
    }

    @Test func `movedFrom names what is gone, once, of the same kind`() {
        func moved(_ name: String, _ from: String) -> String {
            Self.job(name, extra: "reconcile: {movedFrom: \(from)}\n")
        }
        #expect(
            Self.problems([
                "a.yaml": moved("a", "job/old"), "b.yaml": moved("b", "job/old"),
                "c.yaml": moved("c", "job/a"),
                "d.yaml": moved("d", "secret/x"),
            ]) == """
                a.yaml:4:24: error: 'movedFrom' names 'job/old', which another manifest was moved from too
                b.yaml:4:24: error: 'movedFrom' names 'job/old', which another manifest was moved from too
                c.yaml:4:24: error: 'movedFrom' names 'job/a', which is still declared (a.yaml:3)
                d.yaml:4:24: error: 'movedFrom' of a job names a secret
                """)
    }

    @Test func `a change gives what it changed`() {
        let settings = settings()
        let loader = Loader(kinds: kinds, settings: settings)
        var catalog = Catalog(kinds: kinds, settings: settings)
        let first = catalog.take([
            CatalogChange("a.yaml", loader.parse(Self.job("a") + "---\n" + Self.job("b"))),
            CatalogChange("c.yaml", loader.parse(Self.job("c"))),
        ])
        #expect(first.changed.map(\.id.name) == ["a", "b", "c"])
        #expect(first.changed.map(\.document) == [0, 1, 0])
        let second = catalog.take([
            CatalogChange("a.yaml", loader.parse(Self.job("a"))), CatalogChange("c.yaml", nil),
            CatalogChange("d.yaml", loader.parse(Self.job("c"))),
        ])
        #expect(second.changed.map(\.file) == ["d.yaml"])
        #expect(second.removed == [ResourceID("job", "shop", "b")])
        #expect(second.problems.isEmpty)
        #expect(catalog.location(of: ResourceID("job", "shop", "c"))?.description == "d.yaml:3:18")
        #expect(catalog.line(of: ResourceID("job", "shop", "c")) == 1)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `after any edits a catalog is as one built from nothing`(seed: UInt64) {
        var random = Seeded(seed)
        let settings = settings { $0.grants.mayAdopt = true }
        let loader = Loader(kinds: kinds, settings: settings)
        var catalog = Catalog(kinds: kinds, settings: settings)
        var files: [String: String] = [:]
        var held: [ResourceID: Manifest] = [:]
        for _ in 0..<30 {
            var edits: [String: String?] = [:]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let path = "\(Int.random(in: 0..<8, using: &random)).yaml"
                edits[path] = .some(Int.random(in: 0..<5, using: &random) == 0 ? nil : Self.random(&random))
            }
            for (path, text) in edits { files[path] = text }
            let delta = catalog.take(edits.map { CatalogChange($0.key, $0.value.map(loader.parse)) })
            for manifest in delta.changed { held[manifest.id] = manifest }
            for id in delta.removed { held[id] = nil }

            var fresh = Catalog(kinds: kinds, settings: settings)
            let whole = fresh.take(files.map { CatalogChange($0.key, loader.parse($0.value)) })
            #expect(delta.problems == whole.problems)
            #expect(held == Dictionary(uniqueKeysWithValues: whole.changed.map { ($0.id, $0) }))
        }
    }

    private static func random(_ random: inout Seeded) -> String {
        func name(_ random: inout Seeded) -> String { "n\(Int.random(in: 0..<6, using: &random))" }
        return (0..<Int.random(in: 1...2, using: &random)).map { _ in
            switch Int.random(in: 0..<7, using: &random) {
            case 0: secret(name(&random), keys: Bool.random(using: &random) ? "[value]" : "[other]")
            case 1: "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: \(name(&random))}\nspc: {}\n"
            case 2: job(name(&random), extra: "reconcile: {movedFrom: job/\(name(&random))}\n")
            case 3: job(name(&random), extra: "forEach: [a, b]\n")
            case 4: job(name(&random), env: "${secret.\(name(&random)).value}")
            default: job(name(&random), dependsOn: ["job/\(name(&random))"])
            }
        }.joined(separator: "---\n")
    }
}
