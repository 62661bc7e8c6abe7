import Manifests
import Model
import Probe
import Run
import Testing

@Suite struct JobTests {
    private static func read(_ text: String) -> (Manifest?, [String]) {
        let settings = SourceSettings(name: "shop", project: "shop", grants: Grants(projects: ["shop"]))
        let file = Loader(kinds: [Job.kind], settings: settings).parse(
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\nspec:\n"
                + text.split(separator: "\n").map { "  \($0)\n" }.joined())
        return (file.manifests(in: "a.yaml").first, file.diagnostics(in: "a.yaml").map(\.description))
    }

    @Test func `the example becomes a job`() throws {
        let (manifest, problems) = Self.read(
            """
            count: 3
            update: {maxParallel: 2}
            task:
              command: /usr/local/bin/web
              args: [--listen, "127.0.0.1:${port.http}"]
              ports: {http: {}, admin: {static: 8080}}
              health: [{http: /healthz, port: http, timeout: 500ms}]
              env: {A: b}
              files: [{path: secrets/db, content: c}]
              resources: {cpu: 500, memory: 256}
            """)
        #expect(problems == [])
        let job = try Job(try #require(manifest).spec.resolved { _ in .unknown })
        #expect(job.type == .service)
        #expect(job.count == 3)
        #expect(job.update.maxParallel == 2)
        #expect(job.update.health == .probes)
        #expect(job.update.minHealthyTime == Span(milliseconds: 10_000))
        #expect(job.restart.mode == .delay)
        #expect(job.task.driver == "exec")
        #expect(
            job.task.args == [.string("--listen"), .text([.literal("127.0.0.1:"), .local("port.http")])])
        #expect(job.task.ports == ["http": JobTask.Port(fixed: nil), "admin": JobTask.Port(fixed: 8080)])
        #expect(job.task.health.map(\.timeout) == [Span(milliseconds: 500)])
        #expect(job.task.health.map(\.failures) == [3])
        #expect(job.task.files == [JobTask.File(path: "secrets/db", content: .string("c"), mode: "0400")])
        #expect(job.task.memory == ByteSize(bytes: 256 << 20))
    }

    @Test func `a job with no probes is healthy when it runs`() throws {
        let (manifest, _) = Self.read("task: {command: a}")
        let job = try Job(try #require(manifest).spec.resolved { _ in .unknown })
        #expect(job.update.health == .running)
    }

    @Test(
        "what goes with what",
        arguments: [
            ("type: periodic\ntask: {command: a}", "a.yaml:5:9: error: a periodic job has a 'schedule'"),
            (
                "schedule: {cron: \"* * * * *\"}\ntask: {command: a}",
                "a.yaml:5:13: error: 'schedule' is only for a job of type 'periodic'"
            ),
            (
                "parameters: {payload: required}\ntask: {command: a}",
                "a.yaml:5:15: error: 'parameters' is only for a job of type 'parameterized'"
            ),
            (
                "task: {command: a, health: [{tcp: true}]}",
                "a.yaml:5:31: error: missing key 'port': there are 0 ports to ask"
            ),
            (
                "task: {command: a, ports: {a: {}}, health: [{port: a}]}",
                "a.yaml:5:47: error: a probe asks by 'http', 'tcp' or 'grpc'"
            ),
        ])
    func companions(text: String, expected: String) {
        #expect(Self.read(text).1 == [expected])
    }

    @Test func `what a reference gave is checked when it is used`() throws {
        let spec: Value = .map([
            "type": .string("service"), "count": .string("three"), "task": .map(["driver": .string("exec")]),
            "killTimeout": .string("5s"), "shutdownDelay": .string("0s"),
        ])
        #expect(throws: EngineError(.waitForChange, "'count' cannot be \"three\"")) { try Job(spec) }
    }
}
