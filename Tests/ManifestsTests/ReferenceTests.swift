import Manifests
import Model
import Testing

@Suite struct ReferenceTests {
    private static func reference(
        _ kind: String, _ name: String, key: String? = nil, project: String = "shop", _ path: FieldPath
    )
        -> Expression
    { .reference(Reference(ResourceID(kind, project, name, key: key), path)) }

    @Test(
        "a string that is one expression takes the type of its result",
        arguments: [
            ("${var.env}", .literal(.string("production"))), ("${ var.count }", .literal(.int(3))),
            ("${var.hosts}", .literal(.list([.string("a"), .string("b")]))),
            ("${var.region.version}", .literal(.scalar("1.10"))), ("${var.hosts[1]}", .literal(.string("b"))),
            ("n=${var.count}", .literal(.string("n=3"))), ("$${HOME}", .literal(.string("${HOME}"))),
            ("$5 and $", .literal(.string("$5 and $"))), ("$$${var.env}", .literal(.string("$${var.env}"))),
            ("${infrastructure.uploads.id}", reference("infrastructure", "uploads", FieldPath("id"))),
            ("${secret['db-password'].value}", reference("secret", "db-password", FieldPath("value"))),
            (
                "${job.web['eu'].instances[0].port}",
                reference("job", "web", key: "eu", FieldPath([.key("instances"), .index(0), .key("port")]))
            ),
            (
                "${project('other').job.web.instances}",
                reference("job", "web", project: "other", FieldPath("instances"))
            ),
            (
                "a ${secret.db.username} b ${var.env}",
                .text([
                    .literal("a "),
                    .reference(Reference(ResourceID("secret", "shop", "db"), FieldPath("username"))),
                    .literal(" b production"),
                ])
            ),
            ("${port.http}", .text([.local("port.http")])),
        ] as [(String, Expression)])
    func meaning(text: String, expected: Expression) throws {
        let settings = settings { $0.grants.references = ["other"] }
        let loaded = try manifests(
            job("command: /bin/true\nports: {http: {}}\noptions: {a: '\(text.replacing("'", with: "''"))'}"),
            settings)
        #expect(loaded[0].spec["task"]?["options"]?["a"] == expected)
    }

    @Test(
        "says what is wrong inside a string, at its place",
        arguments: [
            (
                "${foo.bar}",
                "17: error: unknown root 'foo' in '${foo.bar}'\n  hint: write '$${' for a literal '${'"
            ),
            (
                "${jobs.web.instances}",
                "17: error: unknown root 'jobs' in '${jobs.web.instances}'\n"
                    + "  hint: did you mean 'job'? Else write '$${' for a literal '${'"
            ),
            ("x ${var.nv}", "19: error: unknown variable 'nv'\n  hint: did you mean 'env'?"),
            (
                "${secret.db-password.value}",
                "17: error: '${secret.db-password.value}' is no expression\n  hint: write a name with '-' as ['the-name']"
            ),
            (
                "${secret/db.value}",
                "17: error: '${secret/db.value}' is no expression\n  hint: a reference is written ${kind.name.output}"
            ),
            ("ä${var.env", "18: error: '${' is not closed\n  hint: write '$${' for a literal '${'"),
            ("${}", "17: error: '${' begins no expression\n  hint: write '$${' for a literal '${'"),
            ("${each.key}", "17: error: '${each.key}' stands where no 'forEach' is"),
            ("${port.htp}", "17: error: unknown port 'htp'\n  hint: did you mean 'http'?"),
            ("${job.web}", "17: error: '${job.web}' names no output\n  hint: add one of: instances"),
            ("${secret.db}", "17: error: '${secret.db}' names no output\n  hint: add one of: value"),
            (
                "${job.web.instance}",
                "17: error: unknown output 'instance' of a job\n  hint: did you mean 'instances'?"
            ),
            ("a ${var.hosts}", "19: error: 'a': a list or a map cannot stand inside a string"),
            ("${var.region.nme}", "17: error: '${var.region.nme}' stands for nothing"),
        ])
    func wrong(text: String, expected: String) {
        let text = job("command: /bin/true\nports: {http: {}}\noptions: {a: \"\(text)\"}")
        #expect(
            problems(text) == ["app.yaml:8:\((Int(expected.prefix(2)) ?? 0) + 2)\(expected.dropFirst(2))"])
    }

    @Test(
        "a name is known when the manifest is read",
        arguments: [
            (
                "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: \"${job.web.instances}\"}\nspec: {task: {command: a}}",
                "app.yaml:3:19: error: '${job.web.instances}' refers to a resource outside of 'spec'"
            ),
            (
                "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\nspec: {engine: \"${job.a.instances}\", task: {command: a}}",
                "app.yaml:4:16: error: 'engine' is a name or a list, found '${job.a.instances}'"
            ),
        ])
    func literal(text: String, expected: String) {
        #expect(problems(text).map { $0.split(separator: "\n")[0] } == [expected[...]])
    }

    @Test func `forEach makes one resource for each key, in any order`() throws {
        func text(_ each: String) -> String {
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\nforEach: \(each)\n"
                + "spec: {count: \"${each.value}\", task: {command: a, env: {K: \"${each.key}\"}}}"
        }
        let map = try manifests(text("{eu: 2, us: 3}"))
        #expect(map.map(\.id.description) == ["job/shop/web[eu]", "job/shop/web[us]"])
        #expect(map.map { $0.spec["count"] } == [.literal(.int(2)), .literal(.int(3))])
        #expect(map[1].spec["task"]?["env"] == .literal(.map(["K": .string("us")])))
        let (one, other) = (try manifests(text("[1, 2]")), try manifests(text("[2, 1]")))
        #expect(Set(one) == Set(other))
    }

    @Test(
        "forEach is capped, and its keys stand once",
        arguments: [
            ("[a, b, a]", "app.yaml:4:10: error: 'forEach' holds 'a' twice"),
            ("[[a]]", "app.yaml:4:10: error: 'forEach' takes a map, or a list of scalars"),
            (
                "\(Array(0...1000))",
                "app.yaml:4:10: error: 'forEach' makes 1001 resources, and at most 1000 are allowed"
            ),
        ])
    func forEach(each: String, expected: String) {
        let text =
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\nforEach: \(each)\n"
            + "spec: {task: {command: a}}"
        #expect(problems(text) == [expected])
    }

    @Test func `a problem in the body of forEach is told once`() {
        let text =
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\nforEach: [a, b]\n"
            + "spec: {task: {command: a}, cuont: 1}"
        #expect(
            problems(text) == [
                "app.yaml:5:28: error: unknown key 'cuont' in Job.spec\n  hint: did you mean 'count'?"
            ])
    }

    @Test func `a list of engines makes one resource of each`() throws {
        let text =
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\n"
            + "spec: {engine: [nomad-eu, nomad-us], task: {command: a}}"
        let loaded = try manifests(text)
        #expect(loaded.map(\.id.description) == ["job/shop/web[nomad-eu]", "job/shop/web[nomad-us]"])
        #expect(loaded.map(\.engine) == ["nomad-eu", "nomad-us"])
        #expect(loaded[0].spec["engine"] == .literal(.string("nomad-eu")))
    }
}
