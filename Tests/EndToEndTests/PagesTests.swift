import Fixtures
import Foundation
import Glibc
import HTTPClient
import Testing

/// The built program, as a browser and a forge's reader meet it.
struct PagesTests {
    private static let client: HTTPClient = {
        do { return try HTTPClient() } catch { preconditionFailure("libcurl: \(error)") }
    }()
    private static func send(
        _ method: String, _ url: String, cookie: String? = nil, body: String? = nil
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(method, url, body: body.map { Array($0.utf8) })
        request.headers["Cookie"] = cookie
        return try await client.send(request)
    }
    /// Where it listens: the last word that its log has on that.
    private static func address(_ run: Run) async throws -> String {
        let line = #/listening.*address=(127\.0\.0\.1:\d+)/#
        try await eventually("the port\n\(run.log)") { run.log.contains(line) }
        return "http://" + (run.log.matches(of: line).last.map { String($0.1) } ?? "")
    }
    private static func signIn(_ address: String, _ token: String, to: String) async throws -> String {
        let answer = try await Self.send("POST", "\(address)/login", body: "to=\(to)&token=\(token)")
        #expect(answer.status == 303 && answer.headers["location"] == to)
        return String(try #require(answer.headers["set-cookie"]).prefix { $0 != ";" })
    }
    private static func token(_ site: Site) async throws -> String {
        let made = try await martlet(["token", "create", "--role", "viewer", "--config", site.configuration])
        #expect(made.code == 0, Comment(rawValue: made.errors))
        return made.output.trimmingCharacters(in: .newlines)
    }

    @Test func `a status's link opens for who has a token, also after the controller was killed`()
        async throws
    {
        let site = try await Site()
        try site.configure(rest: "listen: 127.0.0.1:0")
        try site.git.write(
            hostManifest("a", "file", path: "${var.root}/a", "content: text"), to: "m/a.yaml")
        let commit = try await site.git.commit("Make <i>a</i>")
        let link = "/reports/shop/\(commit)"
        let token = try await Self.token(site)
        try await site.serve { run in
            let address = try await Self.address(run)
            try await eventually("converged\n\(run.log)") { run.log.contains("commit converged") }
            let first = try await Self.send("GET", address + link)
            #expect(first.status == 303 && first.headers["location"] == "/login?to=\(link)")
            #expect(try await Self.send("POST", "\(address)/login", body: "token=mrt_guess").status == 401)
            let cookie = try await Self.signIn(address, token, to: link)
            let page = try await Self.send("GET", address + link, cookie: cookie).text
            #expect(page.contains("Make &lt;i&gt;a&lt;/i&gt;") && page.contains("converged after"))
            #expect(page.contains(#"<span class="id">infrastructure/a</span> <span>created</span>"#))
            let front = try await Self.send("GET", "\(address)/", cookie: cookie).text
            #expect(front.contains(#"<a href="/reports/1"><code>\#(commit.prefix(7))</code></a>"#))
            try await run.crash()
        }
        try await site.serve { run in
            let address = try await Self.address(run)
            let cookie = try await Self.signIn(address, token, to: "/reports/1")
            let page = try await Self.send("GET", "\(address)/reports/1", cookie: cookie).text
            #expect(page.contains("converged after") && page.contains("infrastructure/a"))
            let json = try await Self.send("GET", "\(address)\(link).json", cookie: cookie)
            #expect(json.status == 200 && json.text.contains(#""schema" : "martlet/report/v1""#))
            let revoked = try await martlet(["token", "revoke", "--config", site.configuration, "none"])
            #expect(revoked.code == 1)
            #expect(!run.log.contains(token))
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        let database = try Data(contentsOf: URL(filePath: site.database))
        #expect(!database.contains(Data(token.utf8)) && !database.contains(Data(token.dropFirst(4).utf8)))
    }

    @Test func `what was done before a kill is in the report, whenever that comes`() async throws {
        let site = try await Site()
        for name in ["a", "b", "c"] {
            try site.git.write(
                hostManifest(name, "file", path: "${var.root}/\(name)", "content: text"), to: "m/\(name).yaml"
            )
        }
        let commit = try await site.git.commit("Make three")
        for moment in [Moment.writes(1), .writes(2), .files(2)] {
            try await site.serve { run in try await moment.crash(run, site) }
        }
        try await site.serve { run in
            try await eventually("three files in the report\n\(run.log)") {
                let text = await site.ask("/reports/shop/\(commit).json")?.text ?? ""
                return ["a", "b", "c"].allSatisfy { text.contains(#""id" : "infrastructure/shop/\#($0)""#) }
                    && text.contains(#""state" : "converged""#)
            }
        }
    }
}
