import Fixtures
import Manifests
import Model
import Testing

@Suite struct ValidationTests {
    @Test(
        "says what is wrong with a field, and how to mend it",
        arguments: [
            (
                "comand: /bin/true",
                """
                app.yaml:6:5: error: unknown key 'comand' in Job.spec.task
                  hint: did you mean 'command'?
                """
            ),
            (
                "command: /bin/true\nresources: {memory: lots}",
                """
                app.yaml:7:25: error: 'memory' is a size, found 'lots'
                  hint: write 256MiB, or a number of MiB
                """
            ),
            (
                "command: [a]", "app.yaml:6:14: error: 'command' is a string, found a list"
            ),
            (
                "command: /bin/true\nargs: --listen",
                """
                app.yaml:7:11: error: 'args' is a list, found '--listen'
                  hint: write it as a list: [--listen]
                """
            ),
            (
                "command: /bin/true\nargs: [a, {b: c}]",
                "app.yaml:7:15: error: 'args[1]' is a string, found a map"
            ),
            (
                "command: /bin/true\nenv: {A: ~}",
                """
                app.yaml:7:14: error: 'A' is a string, found nothing
                  hint: quote it if it is meant as text
                """
            ),
            (
                "command: /bin/true\nports: {http: {static: 70000}}",
                "app.yaml:7:28: error: 'static' is a whole number from 1 to 65535, found '70000'"
            ),
            (
                "command: /bin/true\nports: {http: {static: \"80\"}}",
                """
                app.yaml:7:28: error: 'static' is a whole number from 1 to 65535, found '80'
                  hint: write it without quotes
                """
            ),
            (
                "command: /bin/true\nports: {http: {}}\nhealth: [{tcp: yes}]",
                """
                app.yaml:8:20: error: 'tcp' is true or false, found 'yes'
                  hint: write true
                """
            ),
            (
                "command: /bin/true\nports: {http: {}}\nhealth: [{tcp: true, interval: soon}]",
                """
                app.yaml:8:36: error: 'interval' is a duration, found 'soon'
                  hint: write 90s, 1h30m or 30d
                """
            ),
            (
                "command: /bin/true\nports: {http: {}}\nhealth: [{tcp: true, http: /, port: http}]",
                "app.yaml:8:14: error: a probe asks one question, found 'http' and 'tcp'"
            ),
            (
                "command: /bin/true\nhealth: [{tcp: true, port: htp}]",
                "app.yaml:7:32: error: unknown port 'htp'"
            ),
            (
                "command: /bin/true\nfiles: [{path: ../x, content: a}]",
                """
                app.yaml:7:20: error: '../x' leaves the instance's folder
                  hint: write a relative path without '..'
                """
            ),
            (
                "command: /bin/true\nfiles: [{path: x, content: a, mode: rw}]",
                """
                app.yaml:7:41: error: 'mode' is a file mode, found 'rw'
                  hint: write four octal digits in quotes, such as "0644"
                """
            ),
            ("user: web", "app.yaml:6:5: error: missing key 'command' in Job.spec.task"),
        ])
    func fields(task: String, expected: String) {
        #expect(problems(job(task)).joined(separator: "\n") == expected)
    }

    @Test(
        "says what is wrong with a document",
        arguments: [
            (
                "a: 1",
                """
                app.yaml:1:1: error: missing key 'apiVersion: martlet/v1'
                  hint: name the file in .martletignore if it holds no manifests
                """
            ),
            (
                "apiVersion: apps/v1\nkind: Deployment",
                """
                app.yaml:1:13: error: 'apiVersion' is 'martlet/v1', found 'apps/v1'
                  hint: name the file in .martletignore if it holds no manifests
                """
            ),
            (
                "apiVersion: martlet/v2\nkind: Job",
                "app.yaml:1:13: error: 'apiVersion' is 'martlet/v1', found 'martlet/v2'"
            ),
            ("apiVersion: martlet/v1", "app.yaml:1:1: error: missing key 'kind'"),
            (
                "apiVersion: martlet/v1\nkind: job",
                "app.yaml:2:7: error: unknown kind 'job'\n  hint: did you mean 'Job'?"
            ),
            (
                "- a",
                """
                app.yaml:1:1: error: a manifest is a map, found a list
                  hint: name the file in .martletignore if it holds no manifests
                """
            ),
            (
                "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: Web}\nspecs: {}",
                """
                app.yaml:1:1: error: missing key 'spec' in Job
                app.yaml:3:18: error: 'name' is a name, found 'Web'
                  hint: write at most 63 of a-z, 0-9 and '-', a letter or digit at both ends
                app.yaml:4:1: error: unknown key 'specs' in Job
                  hint: did you mean 'spec'?
                """
            ),
            (
                "apiVersion: martlet/v1\nkind: Job\nspec: {cuont: 3, task: {comand: x}}",
                """
                app.yaml:1:1: error: missing key 'metadata' in Job
                app.yaml:3:8: error: unknown key 'cuont' in Job.spec
                  hint: did you mean 'count'?
                app.yaml:3:25: error: unknown key 'comand' in Job.spec.task
                  hint: did you mean 'command'?
                """
            ),
            (
                "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\n"
                    + "reconcile: {onDrift: warm, ignore: [a]}\nspec: {type: periodc, task: {command: a}}",
                """
                app.yaml:4:22: error: 'onDrift' is one of 'correct', 'warn', 'ignore', found 'warm'
                  hint: did you mean 'warn'?
                app.yaml:4:37: error: 'ignore[0]' is a JSON pointer, found 'a'
                  hint: write /part/of/the/spec
                app.yaml:5:14: error: 'type' is one of 'service', 'batch', 'system', 'periodic', 'parameterized', found 'periodc'
                  hint: did you mean 'periodic'?
                """
            ),
            (
                "apiVersion: martlet/v1\nkind: Service\nmetadata: {name: web}\nspec: {job: web, addresses: [a]}",
                """
                app.yaml:4:29: error: 'job' and 'addresses' exclude each other
                app.yaml:4:30: error: 'a' is no address
                  hint: write host:port, or [IPv6]:port
                """
            ),
        ])
    func documents(text: String, expected: String) {
        #expect(problems(text).joined(separator: "\n") == expected)
    }

    @Test(
        "reads what an engine makes by that type's fields",
        arguments: [
            (
                "{type: fiel, config: {}}",
                "app.yaml:4:14: error: engine 'host' makes no 'fiel'\n  hint: did you mean 'file'?"
            ),
            (
                "{config: {}}",
                "app.yaml:4:7: error: missing key 'type' in Infrastructure.spec\n  hint: 'host' makes file, symlink"
            ),
            (
                "{type: file, config: {pth: /a}}",
                """
                app.yaml:4:28: error: missing key 'path' in Infrastructure.spec.config
                app.yaml:4:29: error: unknown key 'pth' in Infrastructure.spec.config
                  hint: did you mean 'path'?
                """
            ),
            ("{type: symlink}", "app.yaml:4:7: error: missing key 'config' in Infrastructure.spec"),
            (
                "{type: file, data: x, config: {path: /a}}",
                "app.yaml:4:26: error: 'type' and 'data' exclude each other"
            ),
        ])
    func variants(spec: String, expected: String) {
        let text = "apiVersion: martlet/v1\nkind: Infrastructure\nmetadata: {name: motd}\nspec: \(spec)"
        #expect(problems(text).joined(separator: "\n") == expected)
    }

    @Test func `the spec of a variant is whole and canonical`() throws {
        let text =
            "apiVersion: martlet/v1\nkind: Infrastructure\nmetadata: {name: motd}\n"
            + "spec: {type: file, config: {path: /a}}"
        let manifest = try manifests(text)[0]
        #expect(manifest.type == "file")
        #expect(manifest.engine == "host")
        #expect(
            manifest.spec
                == .literal(
                    .map([
                        "provider": .string("host"), "type": .string("file"),
                        "config": .map(["path": .string("/a"), "mode": .string("0644")]),
                    ])))
    }

    @Test(
        "checks what the source is granted",
        arguments: [
            (
                "kind: Job\nmetadata: {name: web, project: other}\nspec: {task: {command: a}}",
                "app.yaml:3:32: error: project 'other' is not granted to source 'shop'" + granted
            ),
            (
                "kind: SecretReference\nmetadata: {name: db}\nspec: {path: other/db}",
                "app.yaml:4:14: error: secret path 'other/db' is not granted to source 'shop'" + granted
                    + ", for a local folder --secrets does"
            ),
            (
                "kind: Job\nmetadata: {name: web}\ndependsOn: [job/other/db]\nspec: {task: {command: a}}",
                "app.yaml:4:13: error: referring to project 'other' is not granted to source 'shop'" + granted
            ),
            (
                "kind: Job\nmetadata: {name: web}\nreconcile: {adopt: true}\nspec: {task: {command: a}}",
                "app.yaml:4:20: error: 'adopt' is not granted to source 'shop'" + granted
                    + ", for a local folder --allow-adopt does"
            ),
            (
                "kind: SecretReference\nmetadata: {name: db}\nspec: {store: vault, path: shop/db}",
                "app.yaml:4:15: error: engine 'vault' is not granted to source 'shop'" + granted
                    + ", for a local folder --engine does"
            ),
        ])
    func grants(text: String, expected: String) {
        let settings = settings {
            $0.embedded.append(
                EngineDescription(name: "vault", type: "vault", layer: .secure, isEmbedded: false))
        }
        #expect(
            problems("apiVersion: martlet/v1\n\(text)", settings)
                == [expected])
    }

    @Test func `what a variable gives to reconcile is granted like what is written`() throws {
        let text =
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\nreconcile: ${var.options}\n"
            + "spec: {task: {command: a}}"
        let settings = settings {
            $0.variables["options"] = .map(["adopt": .bool(true), "onDrift": .string("warn")])
        }
        #expect(
            problems(text, settings) == [
                "app.yaml:4:12: error: 'adopt' is not granted to source 'shop'" + granted
                    + ", for a local folder --allow-adopt does"
            ])
        var granting = settings
        granting.grants.mayAdopt = true
        let options = try manifests(text, granting).first?.options
        #expect(options?.adopt == .inPlace)
        #expect(options?.onDrift == .warn)
    }

    @Test func `an engine that is not configured is an error`() {
        let settings = settings {
            $0.engines = [host, sealed]
            $0.grants.engines = ["host", "sealed", "hots"]
        }
        let text =
            "apiVersion: martlet/v1\nkind: Infrastructure\nmetadata: {name: motd}\n"
            + "spec: {provider: hots, type: file, config: {path: /a}}"
        #expect(
            problems(text, settings) == [
                "app.yaml:4:18: error: no engine 'hots' for layer provision\n  hint: did you mean 'host'?"
            ])
    }

    @Test func `an engine's own check names the place of the field`() {
        let strict = EngineDescription(
            name: "sealed", type: "sealed", layer: .secure, isEmbedded: true
        ) { _, _ in [FieldProblem(FieldPath("keys").appending(1), "no such key", hint: "look again")] }
        let text =
            "apiVersion: martlet/v1\nkind: SecretReference\nmetadata: {name: db}\n"
            + "spec: {path: shop/db, keys: [a, b]}"
        #expect(
            problems(text, settings { $0.embedded = [strict] }) == [
                "app.yaml:4:33: error: no such key\n  hint: look again"
            ])
    }
}

private let granted = "\n  hint: the controller's configuration grants it"
