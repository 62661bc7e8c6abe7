import Fakes
import Fixtures
import Foundation
import HTTPClient
import Model
import Secure
import Store

/// A repository, a configuration and the folder that they make files in: everything of one controller, in one
/// temporary folder.
struct Site: Sendable {
    let folder: TemporaryFolder
    let git: GitProgram
    let killPoint: KillPoint
    var path: String { folder.path.hasSuffix("/") ? String(folder.path.dropLast()) : folder.path }
    /// Where the files go.
    var root: String { "\(path)/srv" }
    var state: String { "\(path)/state" }
    var socket: String { "\(path)/s" }
    var configuration: String { "\(path)/martlet.yaml" }
    var database: String { "\(state)/state.db" }

    init() async throws {
        folder = try TemporaryFolder()
        git = try await GitProgram(in: folder.url.path(percentEncoded: false))
        killPoint = try await KillPoint(in: folder.url.path(percentEncoded: false))
        for (name, mode) in [("srv", 0o755), ("state", 0o700)] {
            try FileManager.default.createDirectory(
                atPath: "\(path)/\(name)", withIntermediateDirectories: true,
                attributes: [.posixPermissions: mode])
        }
        try configure()
    }

    /// The plain configuration: one source, polled often. `variables`, `allow` and `repository` begin with a comma; `sources` and
    /// `rest` are lines of YAML that come after it.
    func configure(
        variables: String = "", allow: String = "", repository: String = "", repositories: String = "",
        sources: String = "", rest: String = ""
    ) throws {
        try folder.write(
            """
            state: \(state)
            socket: \(socket)
            repositories:
              shop: {url: \(git.path), interval: 1s, timeout: 30s, idleTimeout: 5s\(repository)}
            \(repositories)
            sources:
              shop:
                repository: shop
                path: m
                maxDeletes: 1000
                variables: {root: \(root)\(variables)}
                allow: {roots: [\(root)], adopt: true\(allow)}
            \(sources)
            \(rest)
            """, to: "martlet.yaml")
    }

    var sealed: SealedStore {
        SealedStore(.init(folder: "\(state)/secrets", key: .file("\(state)/secrets.key")))
    }
    /// A file with the token that a forge's fake knows.
    func token() throws -> String {
        let file = try folder.write("\(ForgeFake.token)\n", to: "forge.token")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        return file
    }
    func put(_ value: String, as path: String) throws {
        try sealed.create()
        try sealed.put(SecretPath(path), ["value": Array(value.utf8)])
    }

    /// Runs the controller.
    func serve<Result: Sendable>(
        environment: [String: String] = [:], shell: String? = nil,
        _ body: @escaping @Sendable (Run) async throws -> Result
    ) async throws -> Result {
        try await withMartlet(
            ["serve", "--config", configuration], environment: environment, shell: shell, body)
    }
    /// Runs a controller that may be killed at a counted call.
    func serveUntilKilled<Result: Sendable>(
        _ body: @escaping @Sendable (Run) async throws -> Result
    ) async throws -> Result {
        try await serve(environment: killPoint.environment, body)
    }
    /// A controller that is to refuse its start.
    func refusal(environment: [String: String] = [:], shell: String? = nil) async throws -> Answer {
        try await martlet(["serve", "--config", configuration], environment: environment, shell: shell)
    }

    /// What the controller answers over its socket; nil where nobody answers.
    func ask(_ path: String, method: String = "GET") async -> HTTPResponse? {
        var request = HTTPRequest(method, "http://martlet\(path)")
        request.unixSocket = socket
        request.timeouts.whole = .seconds(5)
        return try? await Self.client.send(request)
    }
    /// - Parameter run: the controller, which may be killed before.
    func waitUntilReady(unless run: Run? = nil) async throws {
        try await eventually("ready", within: .seconds(60)) {
            if run?.isOver == true { return true }
            return await ask("/readyz")?.status == 200
        }
    }
    private static let client: HTTPClient = {
        do { return try HTTPClient() } catch { preconditionFailure("libcurl: \(error)") }
    }()

    /// Looks into the database while no controller has it.
    func withStore<Result>(_ body: (Store) throws -> Result) throws -> Result {
        let key = try StoreKey.file(URL(filePath: "\(state)/key"), mayCreate: false)
        let store = try Store.open(
            directory: URL(filePath: state), key: key, holder: .current(command: "a test"))
        defer { store.close() }
        return try body(store)
    }
    func ledger() throws -> Ledger { try withStore { try $0.ledger() } }
}

/// A manifest of the host engine.
func hostManifest(
    _ name: String, _ type: String, path: String, _ config: String = "", reconcile: String = ""
) -> String {
    """
    apiVersion: martlet/v1
    kind: Infrastructure
    metadata: {name: \(name)}
    \(reconcile.isEmpty ? "" : "reconcile: {\(reconcile)}")
    spec:
      provider: host
      type: \(type)
      config: {path: "\(path)"\(config.isEmpty ? "" : ", \(config)")}

    """
}
func secretManifest(_ name: String, path: String) -> String {
    """
    apiVersion: martlet/v1
    kind: SecretReference
    metadata: {name: \(name)}
    spec: {store: sealed, path: \(path)}

    """
}
