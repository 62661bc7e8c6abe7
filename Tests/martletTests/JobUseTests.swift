import Fixtures
import Foundation
import HTTPClient
import Model
import Review
import Server
import Testing

@testable import Run
@testable import martlet

/// What people say to jobs and ask of services, beside a controller that runs them.
@Suite struct JobUseTests {
    private static func job(_ name: String, _ script: String, project: String = "shop") -> String {
        """
        apiVersion: martlet/v1
        kind: Job
        metadata: {name: \(name), project: \(project)}
        spec:
          type: service
          update: {minHealthyTime: 1ms}
          task: {driver: exec, command: /bin/sh, args: [-c, "\(script); exec sleep 1000"], user: \(NSUserName())}
        """
    }
    private static func service(_ name: String, _ address: String, project: String = "shop") -> String {
        """
        apiVersion: martlet/v1
        kind: Service
        metadata: {name: \(name), project: \(project)}
        spec: {addresses: ["\(address)"], checks: [{tcp: true, interval: 1s}]}
        """
    }

    /// With a supervisor for this user, and one more project. Its jobs are gone at the end.
    private static func serving(
        _ manifests: [String], rest: String = "",
        _ body: @escaping @Sendable (Workshop, RemoteOperations) async throws -> Void
    ) async throws {
        let shop = try await Workshop()
        try shop.configure(
            "engines: {jobs: {type: supervisor, users: [\(NSUserName())]}, services: {type: registry}}\n\(rest)",
            allow: ", users: [\(NSUserName())], projects: [blog]")
        try await shop.commit(manifests.joined(separator: "\n---\n"))
        try await shop.serving { operations in
            _ = try await operations.converge()
            let result: Result<Void, any Error>
            do {
                try await body(shop, operations)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            for row in try await operations.resources(kind: "job", source: nil).resources {
                _ = try await operations.order(.stop, row.id.description, by: nil)
            }
            try result.get()
        }
    }

    private static func eventually(_ body: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<200 {
            if try await body() { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    @Test func `a job that a person stopped stays so, over commits too, and says it until it is started`()
        async throws
    {
        try await Self.serving([Self.job("web", "echo one")]) { shop, operations in
            let before = try await shop.martlet("status").output
            #expect(before.contains("limits of jobs: "))
            let stopped = try await shop.martlet("job", "stop", "job/web")
            #expect(
                stopped.output == """
                    job/shop/web is stopped
                      hint: start it with 'martlet job start job/web'

                    """)
            let said = "it was stopped by hand: nothing of it runs until 'martlet job start web'"
            try await shop.commit(Self.job("web", "echo two"))
            _ = try await operations.sync("shop")
            let isSaid = try await Self.eventually {
                let report = try await operations.status(nil)
                return report.sources.first?.warnings.map(\.message) == [said]
            }
            #expect(isSaid)
            #expect(try await shop.martlet("get", "job/web").output.contains("stopped by hand"))
            #expect(try await operations.resource("job/web").outputs.map(\.path.description) == ["instances"])

            #expect(try await shop.martlet("job", "start", "web").output == "job/shop/web is started\n")
            #expect(try await operations.converge().report?.end == .converged)
            #expect(try await shop.martlet("job", "restart", "web").output == "job/shop/web is restarted\n")
            #expect(try await shop.martlet("job", "retry", "web").output == "job/shop/web is tried again\n")
            let history = try await operations.history(HistoryQuestion(resource: "job/web"))
            let orders = history.events.filter { $0.person == "\(NSUserName()) over the socket" }.map(\.kind)
            #expect(orders == [.retried, .restarted, .started, .stopped])
            let told = try await shop.martlet("history").output.split(separator: "\n")
            #expect(
                told.contains {
                    $0.contains(" stopped ") && $0.hasSuffix("by \(NSUserName()) over the socket")
                })
        }
    }

    @Test func `only a job of this machine can be told anything`() async throws {
        try await Self.serving([Self.service("api", "127.0.0.1:1")]) { shop, _ in
            let service = try await shop.martlet("job", "stop", "service/api")
            #expect(
                service.errors == """
                    error: service/shop/api is no job
                      hint: list the jobs with 'martlet get job'

                    """)
            let nobody = try await shop.martlet("logs", "web")
            #expect(nobody.errors == "error: no resource 'job/web'\n  hint: list them with 'martlet get'\n")
            #expect(try await !shop.martlet("status").output.contains("limits of jobs"))
        }
    }

    @Test func `what instances say is shown, told apart, and followed across a restart`() async throws {
        try await Self.serving([Self.job("web", "echo one; echo two >&2")]) { shop, operations in
            let isSaid = try await Self.eventually {
                try await shop.martlet("logs", "job/web").output == "web-1  one\nweb-1  two\n"
            }
            #expect(isSaid)
            #expect(try await shop.martlet("logs", "web", "--since", "10m").output.hasSuffix("  two\n"))
            #expect(try await shop.martlet("logs", "web", "--since", "2099-01-01").output == "")
            let json = try await shop.martlet("logs", "web", "--format", "json")
            #expect(json.errors == "")
            let lines = try json.output.split(separator: "\n").map {
                try JSONDecoder().decode(JobLog.Line.self, from: Data($0.utf8))
            }
            #expect(lines.map(\.isError) == [false, true])
            let soon = try await shop.martlet("logs", "web", "--since", "soon")
            #expect(
                soon.errors == """
                    error: 'soon' is no time
                      hint: write 10m, 2026-12-01 or 2026-12-01T14:00:00Z

                    """)

            var followed: [String] = []
            for try await line in try await operations.logs(of: "web", since: nil, follows: true) {
                followed.append(line.text)
                if followed.count == 2 { _ = try await operations.order(.restart, "web", by: nil) }
                if followed.count == 4 { break }
            }
            #expect(followed == ["one", "two", "one", "two"])
        }
    }

    @Test func `a line of a job does nothing to a terminal, and its instance has a colour`() throws {
        let line = JobLog.Line(
            instance: "web-1", time: "2026-11-24T03:16:12.000Z", isError: false, text: "\u{1b}[2Jred")
        var plain = LogView(style: Style(), format: .text)
        #expect(try plain.text(line) == "web-1  \\u{1b}[2Jred\n")
        var coloured = LogView(style: Style(colour: true), format: .text)
        #expect(try coloured.text(line).hasPrefix("\u{1b}[2;36mweb-1\u{1b}[0m  "))
        var other = line
        other.instance = "web-2"
        #expect(try coloured.text(other).hasPrefix("\u{1b}[2;32mweb-2\u{1b}[0m  "))
    }

    @Test func `a service is resolved to what is healthy, and its project is asked for where there are two`()
        async throws
    {
        let server = try RawServer.silent()
        let address = "127.0.0.1:\(server.port)"
        let manifests = [
            Self.service("api", address), Self.service("api", address, project: "blog"),
            Self.service("search", address), Self.service("dead", "127.0.0.1:1"),
        ]
        try await Self.serving(manifests) { shop, _ in
            #expect(try await shop.martlet("resolve", "search").output == "\(address)\n")
            #expect(try await shop.martlet("resolve", "blog/api").output == "\(address)\n")
            let two = try await shop.martlet("resolve", "api")
            #expect(
                two.errors == """
                    error: several services are called 'api'
                      hint: say which: blog/api, shop/api

                    """)
            let none = try await shop.martlet("resolve", "nope")
            #expect(none.errors.hasPrefix("error: no service 'nope' is registered\n"))

            let dead = try await shop.martlet("resolve", "dead")
            #expect(dead.code == 1 && dead.output == "")
            #expect(
                dead.errors.hasPrefix("error: service/shop/dead: its endpoint is not healthy: 127.0.0.1:1: "))
            let all = try await shop.martlet("resolve", "dead", "--all")
            #expect(all.output.hasPrefix("127.0.0.1:1  -  unhealthy: "))
            func json(_ arguments: String...) async throws -> CatalogService {
                let output = try await shop.martlet(["resolve"] + arguments + ["--format", "json"]).output
                return try JSONDecoder().decode(CatalogService.self, from: Data(output.utf8))
            }
            #expect(try await json("dead").endpoints == [])
            #expect(try await json("dead", "--all").endpoints.map(\.port) == [1])
            #expect(try await json("search").id == "service/shop/search")
        }
    }

    @Test func `the catalog's port tells everybody which services there are, and nothing else`() async throws
    {
        let server = try RawServer.silent()
        // Whatever the system gives was free a moment ago.
        let port = try { try RawServer.silent().port }()
        let manifests = [Self.service("api", "127.0.0.1:\(server.port)")]
        try await Self.serving(manifests, rest: "catalog: 127.0.0.1:\(port)") { _, _ in
            let client = try HTTPClient()
            func status(_ method: String, _ path: String) async throws -> Int {
                var request = HTTPRequest(method, "http://127.0.0.1:\(port)\(path)")
                request.proxy = .none
                return try await client.send(request).status
            }
            let isListed = try await Self.eventually {
                (try? await status("GET", "/v1/catalog/services/shop/api")) == 200
            }
            #expect(isListed)
            #expect(try await status("GET", "/v1/catalog/services") == 200)
            #expect(try await status("POST", "/v1/catalog/services") == 405)
            for path in ["/v1/status", "/v1/resources", "/v1/history", "/metrics"] {
                #expect(try await status("GET", path) == 404)
            }
            for path in ["/v1/sync", "/v1/reload", "/v1/resources/job%2Fweb/order?order=stop"] {
                #expect(try await status("POST", path) == 404)
            }
        }
    }

    @Test func `jobs of a folder run as whom the command line allows, until they are ready`() async throws {
        let shop = try await Workshop()
        let marker = "\(shop.path)/ran"
        try shop.folder.write(Self.job("web", "echo $$ > \(marker)"), to: "here/web.yaml")
        let arguments = ["./here", "--project", "shop", "--state", "local"]
        let refused = try await shop.martlet(["plan"] + arguments)
        #expect(refused.code == 1)
        #expect((refused.output + refused.errors).contains("jobs may not run as '\(NSUserName())'"))
        #expect((refused.output + refused.errors).contains("--user"))

        let allowed = arguments + ["--user", NSUserName()]
        #expect(try await shop.martlet(["plan"] + allowed).output.contains("+ job/web"))
        let applied = try await shop.martlet(["apply"] + allowed)
        #expect(applied.code == 0, "\(applied)")
        #expect(applied.output.contains("job/web ready"))
        #expect(try await shop.martlet(["plan"] + allowed).code == 0)
        let text = try String(contentsOfFile: marker, encoding: .utf8)
        let pid = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(pid, 0) == 0)

        try shop.folder.write("", to: "here/web.yaml")
        #expect(try await shop.martlet(["apply"] + allowed).code == 0)
        #expect(kill(pid, 0) != 0)
    }

    @Test func `a job that fails ends an apply, which says why`() async throws {
        let shop = try await Workshop()
        let job = Self.job("web", "exit 3").replacing(
            "update: {", with: "restart: {attempts: 0, mode: fail}\n  update: {")
        try shop.folder.write(job, to: "here/web.yaml")
        let arguments = ["./here", "--project", "shop", "--user", NSUserName(), "--state", "local"]
        let applied = try await shop.martlet(["apply"] + arguments)
        #expect(applied.code == 1)
        #expect(applied.output.contains("job/web"))
        try shop.folder.write("", to: "here/web.yaml")
        _ = try await shop.martlet(["apply"] + arguments)
    }
}
