import Fixtures
import Manifests
import Model
import Testing

@Suite struct HostileTests {
    @Test(
        "says where the YAML is broken",
        arguments: [
            (
                "a: [1, 2",
                "app.yaml:1:4: error: did not find expected ',' or ']' while parsing a flow sequence"
            ),
            (
                "a: 'open",
                "app.yaml:1:4: error: found unexpected end of stream while scanning a quoted scalar"
            ),
            (
                "a: 1\n\tb: 2",
                "app.yaml:1:4: error: found a tab character that violates indentation while scanning a plain scalar\n"
                    + "  hint: it was noticed at 2:1"
            ),
            ("a: *nobody", "app.yaml:1:4: error: alias '*nobody', but no anchor '&nobody' stands before it"),
            ("a: &a [*a]", "app.yaml:1:8: error: alias '*a' stands inside what it stands for"),
            ("a: 1\nb: 2\na: 3", "app.yaml:3:1: error: duplicate key 'a', first at 1:1"),
            ("[1]: 2", "app.yaml:1:1: error: a key is a string, found a list"),
            ("<<: 3", "app.yaml:1:5: error: '<<' takes a map, or a list of maps"),
            (
                "a: !Ref x",
                "app.yaml:1:4: error: unknown tag '!Ref'\n  hint: write the value without a tag"
            ),
            ("a: !!int lots", "app.yaml:1:4: error: 'lots' is no '!!int'"),
            (
                "a: \u{7}",
                "app.yaml:1:4: error: the file is no UTF-8 text: control characters are not allowed"
            ),
        ])
    func broken(text: String, expected: String) {
        #expect(problems(text) == [expected])
    }

    @Test(
        "refuses what is no UTF-8 text",
        arguments: [
            (
                [0xEF, 0xBB, 0xBF, 0x61],
                "app.yaml:1:1: error: the file begins with a byte order mark\n  hint: save it as UTF-8 without one"
            ),
            ([0xFF, 0xFE, 0x61, 0], "app.yaml:1:1: error: the file is UTF-16\n  hint: save it as UTF-8"),
            (
                [0x61, 0x0A, 0x62, 0],
                "app.yaml:2:2: error: the file is no text: it holds a NUL byte\n  hint: save it as UTF-8"
            ),
            (
                [0x61, 0x3A, 0x20, 0xC3, 0x28],
                "app.yaml:1:5: error: the file is no UTF-8 text: invalid trailing UTF-8 octet"
            ),
        ] as [([UInt8], String)])
    func encoding(bytes: [UInt8], expected: String) {
        let file = bytes.withUnsafeBytes { Loader(kinds: kinds, settings: settings()).parse($0) }
        #expect(file.diagnostics(in: "app.yaml").map(\.description) == [expected])
    }

    @Test func `a billion laughs are refused where they begin to grow`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(
            problems(text) == [
                "app.yaml:6:10: error: more than 200000 nodes, with aliases counted as what they stand for"
            ])
    }

    @Test func `a merge bomb is refused`() {
        let keys = (0..<1000).map { "k\($0): 1" }.joined(separator: ", ")
        let text = "a: &a {\(keys)}\n" + (0..<1000).map { "b\($0): {<<: *a}\n" }.joined()
        let found = problems(text)
        #expect(found.count == 1)
        #expect(
            found.first?.hasSuffix("more than 200000 nodes, with aliases counted as what they stand for")
                ?? false)
    }

    @Test(arguments: [("[", 1 << 20), ("{a: ", 300_000), ("- ", 300_000)])
    func `deep nesting is refused`(open: String, count: Int) {
        #expect(
            problems(String(repeating: open, count: count)) == [
                "app.yaml:1:\(open.count * 64 + 1): error: more than 64 lists and maps within each other"
            ])
    }

    @Test func `depth counts what an alias stands for`() {
        let deep = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        let text = "a: &a \(deep)\nb: [[[[[*a]]]]]"
        #expect(problems(text) == ["app.yaml:2:9: error: more than 64 lists and maps within each other"])
    }

    @Test func `a huge scalar is refused, and a line of almost 1 MB is read`() throws {
        let long = String(repeating: "x", count: (1 << 20) + 1)
        #expect(
            problems("a: \(long)") == [
                "app.yaml:1:4: error: a scalar of 1048577 bytes, which is more than 1048576"
            ])
        let loaded = try manifests(job("command: /bin/true\nargs: [\(long.dropLast(100))]"))
        #expect(loaded.count == 1)
    }

    @Test func `many keys of one map are compared without going over all pairs`() {
        let text = (0..<50_000).map { "k\($0): 1\n" }.joined() + "k0: 2\n"
        #expect(problems(text) == ["app.yaml:50001:1: error: duplicate key 'k0', first at 1:1"])
    }

    @Test func `mutated manifests never crash, and always give manifests or problems`() {
        let loader = Loader(kinds: kinds, settings: settings())
        var random = Seeded(20_261_121)
        let seeds = kinds.map { Array($0.example.utf8) } + [Array(everything.utf8)]
        let dictionary: [[UInt8]] =
            ["${", "}", "'", "\"", ": ", "\n", "- ", "&a ", "*a", "<<: ", "!!str ", "|", "#", "{", "]"]
            .map { Array($0.utf8) } + [[0xC3], [0], [0xF0, 0x9F]]
        for _ in 0..<1500 {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.insert(contentsOf: dictionary.randomElement(using: &random) ?? [], at: at)
                case 1 where at < bytes.count: bytes.remove(at: at)
                case 2 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
                default:
                    let end = Int.random(in: at...bytes.count, using: &random)
                    bytes.insert(contentsOf: bytes[at..<end], at: at)
                }
            }
            let file = bytes.withUnsafeBytes { loader.parse($0) }
            var catalog = Catalog(kinds: kinds, settings: settings())
            let delta = catalog.take([CatalogChange("app.yaml", file)])
            #expect(delta.problems.count >= file.diagnostics(in: "app.yaml").count)
        }
    }
}

/// Most of what YAML can do, in a manifest.
let everything = """
    %YAML 1.1
    ---
    apiVersion: martlet/v1
    kind: Job
    metadata: {name: web, labels: {team: "check\\u0020out", version: 1.10}}
    dependsOn: [job/migrate]
    reconcile: {onDrift: warn, ignore: [/task/env], suspend: {reason: moving, until: 2027-01-31}}
    forEach: {eu: 1, us: {n: 2}}
    spec:
      count: 0x3
      update: &update {maxParallel: 1}
      task: &task
        command: /usr/local/bin/web
        args:
        - --listen
        - "127.0.0.1:${port.http}"
        - |
          several
          lines
        - >-
          folded
          text
        env: &env {BUCKET: "${infrastructure.uploads.id}", KEY: "${each.key}", LITERAL: "$${HOME}"}
        ports: {http: {}, admin: {static: 8080}}
        health: [{http: /healthz, port: http, interval: 1m30s, timeout: 2s}]
        resources: {cpu: 500, memory: 0512}
        options:
          <<: [*env, {other: ~}]
          nested: *update
    ...
    ---
    # nothing
    ---
    apiVersion: martlet/v1
    kind: Service
    metadata: {name: web}
    spec: {job: "web[eu]", port: http, checks: [{tcp: true}]}
    """
