import Foundation
import HTTPClient
import Model
import Review
import Store
import Testing

@testable import Server

/// What a browser meets.
@Suite("Pages", .timeLimit(.minutes(2))) struct PageTests {
    /// A server with pages, and tokens to sign in with.
    struct Place: Sendable {
        let server: RunningServer
        let clock: AccessTokensTests.Clock
        let tokens: AccessTokens
        let viewer: String

        func form(_ path: String, _ body: String, _ headers: [String: String] = [:]) async throws
            -> HTTPResponse
        {
            var request = server.request("POST", path, body: Array(body.utf8))
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            for (name, value) in headers { request.headers[name] = value }
            return try await server.send(request)
        }
        func get(_ path: String, cookie: String? = nil, token: String? = nil) async throws -> HTTPResponse {
            var request = server.request("GET", path, token: token)
            request.headers["Cookie"] = cookie
            return try await server.send(request)
        }
        /// What a browser would send back.
        func signIn(to: String = "/") async throws -> String {
            let answer = try await form("/login", "to=\(to)&token=\(viewer)")
            return String(try #require(answer.headers["set-cookie"]).prefix { $0 != ";" })
        }
    }

    private static func withPlace(
        url: String? = nil, _ body: @escaping @Sendable (Place) async throws -> Void
    ) async throws {
        let clock = AccessTokensTests.Clock()
        let tokens = try AccessTokens(try Store.inMemory(), now: { clock.now })
        let (_, viewer) = try tokens.create(name: "reader", .viewer, lifetime: nil, by: "ann")
        let report = CommitReport(
            7, source: "shop", project: "shop", commit: ReportedCommit("8a01b44c9e8d", "Use <b>it</b>"),
            .converged,
            startedAt: Timestamp(seconds: 0), endedAt: Timestamp(seconds: 3), madeAt: Timestamp(seconds: 9))
        let pages = PageSource(
            front: { FrontPage(StatusReport(sources: [], madeAt: Timestamp(seconds: 9)), turns: []) },
            report: { name in
                guard name == .number(7) || name == .commit(source: "shop", "8a01b44") else {
                    throw PageProblem.unknown
                }
                return report
            },
            preview: { repository, number in
                guard repository == "infra", number == 7 else { throw PageProblem.noPreview }
                return (Self.preview, "infra#7 Use <b>it</b>")
            }, url: { url })
        let routes = [APIServerTests.fixed(.get, .viewer), APIServerTests.fixed(.get, .admin)]
        let now: @Sendable () -> Int = { clock.now }
        try await RunningServer.run(
            routes, authorizer: tokens.authorizer, pages: pages, now: now
        ) { server in
            try await body(Place(server: server, clock: clock, tokens: tokens, viewer: viewer))
        }
    }

    private static let preview = PreviewReport(
        base: ReportedCommit("3f2c9e1", "Before"), branch: "main", head: ReportedCommit("8a01b44", "After"),
        tree: nil, madeAt: Timestamp(seconds: 9), took: Elapsed(milliseconds: 3))

    @Test func `a request's preview is a page, JSON and Markdown`() async throws {
        try await Self.withPlace { place in
            for (path, type) in [
                ("/previews/infra/7", "text/html"), ("/previews/infra/7.json", "application/json"),
                ("/previews/infra/7.md", "text/markdown"),
            ] {
                let answer = try await place.server.send(place.server.local("GET", path))
                #expect(answer.status == 200 && answer.headers["content-type"]?.hasPrefix(type) == true)
                #expect(answer.text.contains("8a01b44") && !answer.text.contains("<b>it"))
            }
            for path in ["/previews/infra/8", "/previews/other/7", "/previews/infra/x"] {
                let answer = try await place.server.send(place.server.local("GET", path))
                #expect(answer.status == 404 && answer.text.contains("there is no preview"))
            }
        }
    }

    @Test func `a status's link asks for a token, and then opens`() async throws {
        try await Self.withPlace { place in
            let first = try await place.get("/reports/shop/8a01b44")
            #expect(first.status == 303 && first.headers["location"] == "/login?to=/reports/shop/8a01b44")
            let login = try await place.get("/login?to=/reports/shop/8a01b44")
            #expect(login.status == 200)
            #expect(login.text.contains(#"<input type="hidden" name="to" value="/reports/shop/8a01b44">"#))
            let answer = try await place.form(
                "/login", "to=%2Freports%2Fshop%2F8a01b44&token=\(place.viewer)")
            #expect(answer.status == 303 && answer.headers["location"] == "/reports/shop/8a01b44")
            let cookie = try #require(answer.headers["set-cookie"])
            #expect(cookie.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax"))
            #expect(cookie.hasPrefix("martlet=") && !cookie.contains(place.viewer))
            let page = try await place.get(
                "/reports/shop/8a01b44", cookie: "other=1; \(cookie.prefix { $0 != ";" }); martlet=stale")
            #expect(page.status == 200 && page.text.contains("Use &lt;b&gt;it&lt;/b&gt;"))
            #expect(page.text.contains("Sign out"))
        }
    }

    @Test func `behind TLS the cookie is the host's own, and never leaves it in clear`() async throws {
        try await Self.withPlace(url: "https://martlet.example") { place in
            let answer = try await place.form("/login", "token=\(place.viewer)")
            let cookie = try #require(answer.headers["set-cookie"])
            #expect(
                cookie.hasPrefix("__Host-martlet=") && cookie.hasSuffix("; HttpOnly; SameSite=Lax; Secure"))
            #expect(answer.headers["strict-transport-security"] == nil, "by an address, not by that name")
            let pair = String(cookie.prefix { $0 != ";" })
            #expect(try await place.get("/reports/7", cookie: pair).status == 200)
            let plain = pair.replacing("__Host-", with: "")
            #expect(try await place.get("/reports/7", cookie: plain).status == 303)
        }
    }

    @Test(arguments: [
        ("https://martlet.example", "martlet.example", true),
        ("https://martlet.example", "MARTLET.example", true),
        ("https://martlet.example", "localhost:7070", false),
        ("http://martlet.example", "martlet.example", false),
        ("https://martlet.example:7070", "martlet.example:7070", false), (nil, "martlet.example", false),
    ])
    func `a host is bound to https where people reach it so, by that name`(
        url: String?, host: String, isBound: Bool
    ) async throws {
        try await Self.withPlace(url: url) { place in
            var request = place.server.request("GET", "/login")
            request.headers["Host"] = host
            let answer = try await place.server.send(request)
            #expect((answer.headers["strict-transport-security"] == "max-age=31536000") == isBound)
        }
    }

    @Test func `without a token or a session nothing answers but the login and health`() async throws {
        try await Self.withPlace { place in
            let expected: [(String, Int)] = [
                ("/healthz", 200), ("/readyz", 200), ("/login", 200), ("/", 303), ("/reports/7", 303),
                ("/reports/7.json", 303), ("/reports/shop/8a01b44.md", 303), ("/reports/none", 303),
                ("/nowhere", 303), ("/style.css", 303), ("/logout", 405), ("/metrics", 401),
                ("/v1/fixed/viewer", 401), ("/v1/nowhere", 401), ("/V1/fixed/viewer", 303), ("//", 303),
                ("/reports/../v1/fixed/admin", 401),
            ]
            for (path, status) in expected {
                let answer = try await place.get(path)
                #expect(answer.status == status, "\(path)")
                #expect(!answer.text.contains("8a01b44"), "\(path)")
            }
        }
    }

    @Test func `a token opens pages too, and a session no API`() async throws {
        try await Self.withPlace { place in
            #expect(try await place.get("/reports/7", token: place.viewer).text.contains("Sign out") == false)
            let json = try await place.get("/reports/7.json", token: place.viewer)
            #expect(try CommitReport(json: json.text).number == 7)
            #expect(json.headers["content-type"] == "application/json")
            let markdown = try await place.get("/reports/shop/8a01b44.md", token: place.viewer)
            #expect(markdown.text.hasPrefix("### Martlet `shop`: converged after 3 s\n"))
            let cookie = try await place.signIn()
            #expect(try await place.get("/v1/fixed/viewer", cookie: cookie).status == 401)
            #expect(try await place.get("/metrics", cookie: cookie).status == 401)
            let missing = try await place.get("/reports/8", cookie: cookie)
            #expect(missing.status == 404 && missing.text.contains("there is no such page"))
            #expect(
                try await place.get("/nowhere", cookie: cookie).headers["content-type"]
                    == "text/html; charset=utf-8")
            #expect(try await place.server.send(place.server.local("GET", "/reports/7.json")).status == 200)
        }
    }

    @Test func `a session ends with its time, with its token, and by its person`() async throws {
        try await Self.withPlace { place in
            let cookie = try await place.signIn()
            place.clock.pass(12 * 3_600_000 - 1)
            #expect(try await place.get("/", cookie: cookie).status == 200)
            place.clock.pass(1)
            #expect(try await place.get("/", cookie: cookie).status == 303)

            let second = try await place.signIn()
            let out = try await place.form("/logout", "", ["Cookie": second])
            #expect(out.status == 303 && out.headers["location"] == "/login")
            #expect(out.headers["set-cookie"] == "martlet=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
            #expect(try await place.get("/", cookie: second).status == 303)

            let third = try await place.signIn()
            #expect(try await place.get("/", cookie: third).status == 200)
            _ = try place.tokens.revoke("reader")
            #expect(try await place.get("/", cookie: third).status == 303)
            #expect(try await place.form("/login", "token=\(place.viewer)").status == 401)

            let (_, short) = try place.tokens.create(name: "short", .viewer, lifetime: 5000, by: "ann")
            let answer = try await place.form("/login", "token=\(short)")
            #expect(answer.headers["set-cookie"]?.contains("; Max-Age=5;") == true)
        }
    }

    @Test func `a wrong token is refused, and guessing is held back`() async throws {
        try await Self.withPlace { place in
            for index in 0..<10 {
                let answer = try await place.form("/login", "to=/reports/7&token=mrt_\(index)")
                #expect(answer.status == 401 && answer.headers["set-cookie"] == nil)
                #expect(answer.text.contains("This token is not known."))
                #expect(answer.text.contains(#"value="/reports/7""#) && !answer.text.contains("mrt_\(index)"))
            }
            let held = try await place.form("/login", "token=\(place.viewer)")
            #expect(held.status == 429 && held.headers["retry-after"].flatMap { Int($0) } != nil)
            #expect(held.headers["content-type"] == "text/html; charset=utf-8")
        }
    }

    @Test(arguments: [
        "https://evil.example", "//evil.example", "/\\evil.example", "/reports//evil", "/reports/../x",
        "/login",
        "/reports/7?x=1", "/reports/7\r\nSet-Cookie: a=b", "/reports/\u{202e}", "/v1/sources", "/reports/",
        "javascript:alert(1)", "/reports/a/b/c", "/reports/" + String(repeating: "a", count: 600),
    ])
    func `a login goes on to no other place`(to: String) async throws {
        #expect(to.asPagePath == "/")
        try await Self.withPlace { place in
            let plain = CharacterSet.alphanumerics
            let sent = try #require(to.addingPercentEncoding(withAllowedCharacters: plain))
            let answer = try await place.form("/login", "to=\(sent)&token=\(place.viewer)")
            #expect(answer.status == 303 && answer.headers["location"] == "/")
            let page = try await place.get("/login?to=\(sent)")
            #expect(page.text.contains(#"name="to" value="/">"#))
        }
    }

    @Test func `no other site's form signs anybody in or out`() async throws {
        try await Self.withPlace(url: "https://martlet.example") { place in
            let own = "http://127.0.0.1:\(place.server.port)"
            let cases: [([String: String], Int)] = [
                (["Sec-Fetch-Site": "cross-site"], 403), (["Sec-Fetch-Site": "same-site"], 403),
                (["Sec-Fetch-Site": "same-origin"], 303), (["Sec-Fetch-Site": "none"], 303),
                (["Origin": "https://evil.example"], 403), (["Origin": "null"], 403), (["Origin": own], 303),
                (["Origin": "https://martlet.example"], 303), ([:], 303),
            ]
            for (headers, status) in cases {
                for path in ["/login", "/logout"] {
                    let answer = try await place.form(path, "token=\(place.viewer)", headers)
                    #expect(answer.status == status, "\(path) \(headers)")
                    if status == 403 { #expect(answer.headers["set-cookie"] == nil) }
                }
            }
        }
    }

    @Test func `a browser may run, frame and keep nothing of a page`() async throws {
        try await Self.withPlace { place in
            let cookie = try await place.signIn()
            for path in ["/login", "/", "/reports/7", "/reports/8"] {
                let answer = try await place.get(path, cookie: cookie)
                let policy = try #require(answer.headers["content-security-policy"])
                #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
                #expect(policy.hasSuffix("; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"))
                #expect(answer.headers["x-frame-options"] == "DENY")
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["referrer-policy"] == "same-origin")
                #expect(answer.headers["cache-control"] == "no-store")
                #expect(answer.headers["strict-transport-security"] == nil)
                #expect(!answer.text.contains("<script") && !answer.text.contains("style="))
            }
        }
    }

    @Test func `a form has a bound`() async throws {
        try await Self.withPlace { place in
            let large = try await place.form("/login", "token=" + String(repeating: "a", count: 4096))
            #expect(large.status == 413)
            let garbage = try await place.form("/login", "token=%zz")
            #expect(garbage.status == 401)
        }
    }

    @Test func `sessions have a bound, and the newest stay`() {
        let sessions = Sessions(capacity: 100, now: { 0 })
        var caller = APICaller(name: "a", role: .viewer)
        #expect(sessions.begin(caller) == nil)
        caller.token = "t"
        let cookies = (0..<1000).compactMap { _ in sessions.begin(caller)?.cookie }
        #expect(cookies.count { sessions.token(of: $0) == "t" } <= 100)
        #expect(cookies.last.flatMap { sessions.token(of: $0) } == "t")
    }
}
