import Manifests
import Model
import Testing

@Suite struct ScalarTests {
    /// What stands in a field of any type.
    @Test(
        "plain scalars as the core schema of YAML 1.2 says",
        arguments: [
            ("", .null), ("~", .null), ("null", .null), ("Null", .null),
            ("true", .bool(true)), ("false", .bool(false)), ("True", .scalar("True")),
            ("no", .string("no")), ("on", .string("on")), ("yes", .string("yes")),
            ("12", .int(12)), ("-12", .int(-12)), ("0", .int(0)), ("-0", .scalar("-0")),
            ("+12", .scalar("+12")), ("012", .scalar("012")), ("0o17", .scalar("0o17")),
            ("0x1F", .scalar("0x1F")), ("1.10", .scalar("1.10")), ("1e3", .scalar("1e3")),
            (".5", .scalar(".5")), (".inf", .scalar(".inf")), ("-.INF", .scalar("-.INF")),
            (".nan", .scalar(".nan")), ("99999999999999999999", .scalar("99999999999999999999")),
            ("1_000", .string("1_000")), ("12:30", .string("12:30")), ("1.2.3", .string("1.2.3")),
            ("e3", .string("e3")), ("\"12\"", .string("12")), ("!!str 12", .string("12")),
            ("! 12", .string("12")), ("!!int \"12\"", .int(12)), ("'it''s'", .string("it's")),
        ] as [(String, Value)])
    func any(text: String, expected: Value) throws {
        let loaded = try manifests(job("command: /bin/true\noptions: {a: \(text)}"))
        let task = loaded[0].spec["task"]
        #expect(task?["options"] == .literal(.map(["a": expected])))
    }

    @Test(
        "a field's type reads the source text",
        arguments: [
            ("env: {VERSION: 1.10}", "env", .map(["VERSION": .string("1.10")])),
            ("env: {FLAG: no, N: 0o17}", "env", .map(["FLAG": .string("no"), "N": .string("0o17")])),
            ("ports: {http: {static: 0x1F}}", "ports", .map(["http": .map(["static": .int(31)])])),
            ("ports: {http: {static: 0o17}}", "ports", .map(["http": .map(["static": .int(15)])])),
            ("resources: {memory: 256}", "resources", .map(["memory": .string("256MiB")])),
            ("resources: {memory: 1024MiB}", "resources", .map(["memory": .string("1GiB")])),
            (
                "files: [{path: a, content: b, mode: 644}]", "files",
                .list([.map(["path": .string("a"), "content": .string("b"), "mode": .string("0644")])])
            ),
        ] as [(String, String, Value)])
    func typed(text: String, field: String, expected: Value) throws {
        let loaded = try manifests(job("command: /bin/true\n\(text)"))
        #expect(loaded[0].spec["task"]?[field] == .literal(expected))
    }

    @Test(
        "dates are seconds since 1970",
        arguments: [
            ("1970-01-01", 0), ("2027-01-31", 1_801_353_600), ("2024-02-29T12:00:00Z", 1_709_208_000),
            ("2024-02-29T12:00:00.5+01:30", 1_709_202_600), ("2000-03-01", 951_868_800),
        ])
    func dates(text: String, seconds: Int) throws {
        let loaded = try manifests(
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\n"
                + "reconcile: {suspend: {reason: moving, until: \(text)}}\nspec: {task: {command: /bin/true}}"
        )
        #expect(loaded[0].options.suspend == ReconcileOptions.Suspension(reason: "moving", until: seconds))
    }
}
