import Crypto
import Fixtures
import Foundation
import HTTPClient

/// A site that is polled once an hour, and hears of pushes by a hook.
struct HookedSite: Sendable {
    static let text = "0123456789abcdef0123456789abcdef"
    let site: Site

    /// - Parameter secrets: as the hook's configuration names them.
    init(secrets: String = "[{file: forge.secret}]") async throws {
        site = try await Site()
        try site.folder.write(Self.text, to: "forge.secret")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(site.path)/forge.secret")
        try site.configure(
            rest: """
                listen: 127.0.0.1:0
                hooks:
                  forge: {provider: github, secrets: \(secrets), branches: [main], rate: 1000000/h}
                """)
        let text = try String(contentsOfFile: site.configuration, encoding: .utf8)
        try site.folder.write(text.replacing("interval: 1s", with: "interval: 1h"), to: "martlet.yaml")
    }

    /// Pushes a commit that makes the one file hold this text.
    func push(_ content: String) async throws {
        try site.git.write(
            hostManifest("a", "file", path: "${var.root}/a", "content: \"\(content)\""), to: "m/a.yaml")
        try await site.git.commit()
    }
    func waitFor(_ content: String, _ run: Run, within limit: Duration = .seconds(60)) async throws {
        try await eventually("'\(content)'\n\(run.log)", within: limit) {
            WorldFile("\(site.root)/a") == .file(content, mode: 0o644)
        }
    }

    /// As GitHub sends it, to the port that the log names.
    func deliver(
        _ id: String, _ run: Run, by client: HTTPClient, signedWith text: String = text,
        branch: String = "main"
    ) async throws -> HTTPResponse {
        let body = #"{"ref": "refs/heads/\#(branch)", "after": "a1"}"#
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(body.utf8), using: SymmetricKey(data: Data(text.utf8)))
        let digits = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let port = run.log.firstMatch(of: #/address=127\.0\.0\.1:(\d+)/#)?.1 ?? "0"
        var request = HTTPRequest("POST", "http://127.0.0.1:\(port)/hooks/forge", body: Array(body.utf8))
        request.headers["X-GitHub-Event"] = "push"
        request.headers["X-GitHub-Delivery"] = id
        request.headers["X-Hub-Signature-256"] = "sha256=" + digits
        return try await client.send(request)
    }

    /// A line of the metrics, by how it begins; its value.
    func metric(_ start: String) async -> Int? {
        let lines = (await site.ask("/metrics")?.text ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix("\(start) ") }?.split(separator: " ").last.flatMap { Int($0) }
    }
    func webhookAt() async throws -> String? {
        struct Told: Decodable {
            struct Source: Decodable {
                struct Fetch: Decodable { var webhookAt, polledAt: String? }
                var fetch: Fetch
            }
            var sources: [Source]
        }
        let answer = await site.ask("/v1/status")
        return try JSONDecoder().decode(Told.self, from: Data(answer?.body ?? [])).sources.first?.fetch
            .webhookAt
    }
}
