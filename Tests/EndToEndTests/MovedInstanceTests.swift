import Fixtures
import Foundation
import Glibc
import HTTPClient
import Model
import Store
import Testing

/// What a job gives moves, and whoever follows it moves along.
@Suite(.serialized) struct MovedInstanceTests {
    /// A service as the catalog tells of it.
    private struct Listed: Decodable {
        struct Endpoint: Decodable, Equatable {
            var address: String
            var port: Int
        }
        var allow: [String]
        var endpoints: [Endpoint]
        var index: Int
    }
    private static func job(_ site: Site, task: String) -> String {
        """
        apiVersion: martlet/v1
        kind: Job
        metadata: {name: web}
        spec:
          update: {minHealthyTime: 10ms}
          restart: {attempts: 1000, interval: 1h, delay: 10ms, maxDelay: 100ms}
          killTimeout: 1s
          shutdownDelay: 0s
          task:
            user: \(Cloud.user)
            ports: {http: {}}
            env: {SITE: "${var.root}"}
            \(task)
        """
    }
    private static func site(_ task: String, checks: String = "", rest: String = "") async throws -> Site {
        let site = try await Site()
        try site.configure(
            allow: ", users: [\(Cloud.user)]",
            rest: """
                engines:
                  host: {type: host}
                  registry: {type: registry}
                  supervisor: {type: supervisor, users: [\(Cloud.user)], commands: [/bin, /usr]}
                \(rest)
                """)
        let service = """
            apiVersion: martlet/v1
            kind: Service
            metadata: {name: web}
            spec: {job: web, port: http, allow: [job/edge]\(checks)}
            """
        let edge = job(site, task: "command: /bin/sleep\n    args: [\"1000\"]").replacing(
            "{name: web}", with: "{name: edge}")
        let file = hostManifest(
            "page", "file", path: "${var.root}/page", "content: \"${service.web.port}\", mode: \"0644\"")
        let all = [job(site, task: task), service, edge, file].joined(separator: "\n---\n")
        try site.git.write(all, to: "m/all.yaml")
        try await site.git.commit("all")
        return site
    }
    /// As the catalog says; nil where it does not.
    private static func service(_ site: Site, after index: Int? = nil) async -> Listed? {
        let query = index.map { "?index=\($0)&wait=4s" } ?? ""
        guard let answer = await site.ask("/v1/catalog/services/shop/web\(query)"), answer.status == 200
        else {
            return nil
        }
        return try? JSONDecoder().decode(Listed.self, from: Data(answer.body))
    }
    private static func settle(_ site: Site, _ run: Run) async throws {
        try await site.waitUntilReady()
        try await eventually("all ready\n\(run.log)") {
            await site.states().map { Set($0.values) == ["ready"] && $0.count == 4 } ?? false
        }
    }

    @Test func `an instance on another port moves its service, as a dependency and in silence`() async throws
    {
        let sink = WebhookSink()
        let (history, before, ports) = try await sink.run { url in
            let site = try await Self.site("command: /bin/sleep\n    args: [\"1000\"]")
            defer { Workforce.end(of: site) }
            let key = try site.folder.write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", to: "whsec")
            chmod(key, 0o600)
            let configuration = try String(contentsOfFile: site.configuration, encoding: .utf8)
            try site.folder.write(
                "\(configuration)\nwebhooks:\n  sink: {url: \"\(url)\", secrets: [{file: \(key)}]}\n",
                to: "martlet.yaml")
            return try await site.serve { run in
                try await Self.settle(site, run)
                try await eventually("the commit's end is told\n\(run.log)") {
                    sink.messages.contains { $0.contains("commit.converged") }
                }
                let before = sink.messages.count
                let (old, new) = try await Self.move(site, run)
                run.signal(SIGTERM)
                #expect(try await run.exitCode() == 0)
                let history = try site.withStore { store in
                    #expect(try store.outboxDepth().waiting == 0)
                    return try store.history(limit: 1000, before: nil)
                }
                return (history, before, (old, new))
            }
        }
        #expect(ports.0 != ports.1)
        #expect(sink.messages.count == before, Comment(rawValue: sink.messages.joined(separator: "\n---\n")))
        #expect(!history.contains { $0.kind == .driftFound || $0.kind == .driftCorrected })
        for id in ["service/shop/web", "infrastructure/shop/page"] {
            let updates = history.filter { $0.resource == ResourceID(id) && $0.kind == .updated }
            #expect(!updates.isEmpty)
            #expect(updates.allSatisfy { $0.cause == .dependency }, "\(id): \(updates)")
            #expect(updates.allSatisfy { $0.fields.allSatisfy { $0.cause == "dependency" } }, "\(updates)")
        }
        #expect(history.count { $0.kind == .commitConverged } == 1)
    }

    /// Kills the program, whose port is somebody else's then, and follows the service until it has moved.
    private static func move(_ site: Site, _ run: Run) async throws -> (old: Int, new: Int) {
        let start = try #require(await service(site))
        #expect(start.allow == ["job/shop/edge"])
        let old = try #require(start.endpoints.first?.port)
        let holder = try PortHolder(old)
        let member = try #require(Workforce(of: site).members.first { $0.job == "job/shop/web" })
        #expect(member.port == old)
        kill(member.pid, SIGKILL)
        var (seen, new) = (start, nil as Int?)
        try await eventually("the service on another port\n\(run.log)") {
            guard let next = await service(site, after: seen.index) else { return false }
            // Never both of one instance, and nothing that is not there.
            #expect(next.endpoints.count <= 1)
            seen = next
            new = next.endpoints.first?.port
            return new != nil && new != old
        }
        holder.end()
        let port = try #require(new)
        try await eventually("the file that names the port\n\(run.log)") {
            WorldFile("\(site.root)/page") == .file("\(port)", mode: 0o644)
        }
        #expect(Workforce(of: site).members.first { $0.job == "job/shop/web" }?.port == port)
        try await settle(site, run)
        return (old, port)
    }

    @Test func `a controller that is reloaded, or starts again, lists without a gap what it did`()
        async throws
    {
        let site = try await Self.site(
            #"command: /usr/bin/python3"# + "\n"
                + #"    args: [-m, http.server, "${port.http}", --bind, 127.0.0.1]"#,
            checks: ", checks: [{http: /, interval: 200ms}]")
        defer { Workforce.end(of: site) }
        let before = try await site.serve { run in
            try await Self.settle(site, run)
            var before = try #require(await Self.service(site))
            #expect(before.endpoints.count == 1)
            // Who waits while the configuration is read again is led over to what lists from then on.
            run.signal(SIGHUP)
            try await eventually("the next generation\n\(run.log)") {
                let next = try #require(await Self.service(site, after: before.index))
                #expect(next.endpoints == before.endpoints)
                defer { before.index = next.index }
                return next.index > before.index
            }
            try await run.crash()
            return before
        }
        for _ in 0..<3 {
            try await site.serve { run in
                var first: Listed?
                try await eventually("an answer\n\(run.log)", every: .milliseconds(1)) {
                    guard let answer = await site.ask("/v1/catalog/services/shop/web?index=\(before.index)")
                    else { return false }
                    #expect(answer.status == 200)
                    first = try JSONDecoder().decode(Listed.self, from: Data(answer.body))
                    return true
                }
                #expect(first?.endpoints == before.endpoints)
                #expect(first?.index ?? 0 > before.index)
                try await run.crash()
            }
        }
    }
}

/// Takes connections at a port of this machine, so that nobody else can.
private struct PortHolder {
    private let descriptor: Int32

    init(_ port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = INADDR_ANY
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(descriptor, 1) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }
    func end() { close(descriptor) }
}
