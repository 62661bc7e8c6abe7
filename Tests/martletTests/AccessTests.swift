import Fixtures
import Foundation
import Logging
import Model
import Review
import Server
import Store
import Testing

@testable import martlet

/// Who may do what over the port, and how access is given.
@Suite("Access") struct AccessTests {
    /// Every route of the API. One that is added belongs here, with the least role that it may have.
    private static let table = """
        GET /catalog/services viewer
        GET /catalog/services/{project}/{name} viewer
        GET /history viewer
        GET /notifications viewer
        GET /preview operator
        GET /providers viewer
        GET /requests viewer
        GET /resources viewer
        GET /resources/{id} viewer
        GET /resources/{id}/logs viewer
        GET /reviews viewer
        GET /sources viewer
        GET /sources/{source}/drift viewer
        GET /sources/{source}/plan viewer
        GET /status viewer
        GET /tokens admin
        GET /webhooks viewer
        POST /decisions operator
        POST /notifications/{name}/test operator
        POST /reload admin
        POST /resources/{id}/forget admin
        POST /resources/{id}/order operator
        POST /sources/{source}/destroy admin
        POST /sources/{source}/forget admin
        POST /sources/{source}/progress operator
        POST /sources/{source}/sync operator
        POST /sync operator
        POST /tokens admin
        POST /tokens/{token}/revoke admin
        POST /webhooks/{name}/test operator
        """.split(separator: "\n").map(String.init)

    @Test func `each route has the role that it is meant to have`() throws {
        let folder = try TemporaryFolder()
        let configuration = Configuration(name: "a", state: folder.path, socket: "\(folder.path)/s")
        let controller = try Controller(
            configuration, command: "a test", metrics: PrometheusRegistry(), log: Log(configuration.log))
        defer { controller.store.close() }
        let logger = Log(configuration.log).logger
        let receiver = controller.hookReceiver(logger, controller.deliveryJournal(logger))
        let routes = controller.routes + controller.hookRoutes(receiver) + CatalogSource { nil }.routes
        #expect(routes.map { "\($0.method.rawValue) \($0.path) \($0.role.rawValue)" }.sorted() == Self.table)
    }

    @Test func `a token is made, listed and revoked, beside a controller and without one`() async throws {
        let shop = try await Workshop()
        let alone = try await shop.martlet("token", "create", "--role", "viewer", "--name", "board")
        #expect(alone.code == 0 && alone.output.hasPrefix("mrt_") && alone.output.hasSuffix("\n"))
        #expect(alone.errors.hasPrefix("token 'board' of role viewer expires 20"))
        try await shop.serving { _ in
            let made = try await shop.martlet(
                "token", "create", "--role", "operator", "--name", "ci", "--expires", "never", "--format",
                "json")
            let token = try JSONDecoder().decode(NewToken.self, from: Data(made.output.utf8))
            #expect(
                token.token.createdBy == "\(NSUserName()) over the socket" && token.token.expiresAt == nil)
            let list = try await shop.martlet("token", "list")
            let rows = list.output.split(separator: "\n").map {
                $0.split(separator: " ").prefix(3).map(String.init)
            }
            #expect(rows.map { $0.first } == ["name", "board", "ci"] && rows[2][2] == "operator")
            #expect(!list.output.contains(token.secret) && !list.output.contains("mrt_"))
            let revoked = try await shop.martlet("token", "revoke", "board")
            #expect(
                revoked.output == "token 'board' is revoked, and whoever signed in with it is signed out\n")
            let again = try await shop.martlet("token", "revoke", "board")
            #expect(again.code == 1)
            #expect(again.errors == "error: no token 'board'\n  hint: list them with 'martlet token list'\n")
        }
        let after = try await shop.martlet("token", "list", "--format", "json")
        #expect(try TokenReport(json: after.output).tokens.map(\.name) == ["ci"])
    }

    @Test(arguments: [
        (["--role", "root"], "'root' is no role", "write viewer, operator, admin"),
        (
            ["--role", "viewer", "--expires", "soon"], "'soon' is no time that a token could last",
            "write 90d, 12h or never"
        ),
        (
            ["--role", "viewer", "--name", "a b"], "'a b' is no name of a token",
            "write 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-'"
        ),
        (
            ["--role", "viewer", "--expires", "0s"], "a token can't last so long, or no time at all",
            "write 90d"
        ),
    ])
    func `what no token can be is said`(arguments: [String], message: String, hint: String) async throws {
        let shop = try await Workshop()
        let answer = try await shop.martlet(["token", "create"] + arguments)
        #expect(answer.code == 1 && answer.output.isEmpty)
        #expect(answer.errors == "error: \(message)\n  hint: \(hint)\n")
    }

    private static let listeners: [(text: String, problem: String?)] = [
        ("listen: \"127.0.0.1:1\"", nil), ("listen: \"[::1]:1\"", nil), ("listen: \"localhost:1\"", nil),
        ("{listen: \"0.0.0.0:1\", insecure: true}", nil),
        (
            "listen: \"0.0.0.0:1\"",
            "other machines reach 'listen' at 0.0.0.0:1, and tokens would travel in clear"
        ),
        ("listen: \"[::]:1\"", "other machines reach 'listen' at [::]:1, and tokens would travel in clear"),
        (
            "listen: \"martlet.example:1\"",
            "other machines reach 'listen' at martlet.example:1, and tokens would travel in clear"
        ),
        (
            "{listen: \"0.0.0.0:1\", tls: {certificate: none.crt, key: none.key}}",
            "tls: certificate 'DIR/config/martlet/none.crt' can't be read as PEM"
        ),
        ("tls: {certificate: a.crt}", "missing key 'key' in configuration.tls"),
        ("url: ftp://martlet.example", "'ftp://martlet.example' is no address of a server"),
        ("url: https://martlet.example/path", "'https://martlet.example/path' is no address of a server"),
        ("url: \"https://me:secret@martlet.example\"", "is no address of a server"),
        ("url: https://martlet.example:8443/", nil),
    ]
    @Test(arguments: listeners)
    func `a port that others reach is encrypted, or somebody has said that it need not be`(
        text: String, problem: String?
    ) async throws {
        let session = try Session()
        try session.folder.write(text, to: "config/martlet/martlet.yaml")
        let ran = try await session.run("serve", "--check-config")
        let told = ran.redacted(session.folder)
        #expect(problem.map { told.contains($0) } ?? (ran.code == 0), Comment(rawValue: told))
    }

    @Test func `a flag is held to the same`() async throws {
        let session = try Session()
        try session.folder.write("{}", to: "config/martlet/martlet.yaml")
        let ran = try await session.run("serve", "--check-config", "--listen", "0.0.0.0:7070")
        #expect(ran.redacted(session.folder).contains("hint: give 'tls: {certificate: FILE, key: FILE}'"))
    }
}
