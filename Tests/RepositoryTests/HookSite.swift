import ChildProcess
import Fixtures
import Foundation
import Repository
import Testing

/// A bare repository with martlet's hooks, and a developer's clone that pushes to it with the real `git`.
struct HookSite {
    struct Answer {
        var code: Int32?
        /// Standard output and error.
        var text: String
    }
    let server: GitProgram
    let clone: GitProgram
    static let martlet = fetchChild.executable

    /// - Parameter url: how the clone reaches the server's folder.
    init(options: [String] = [], url: (GitProgram) -> String = { $0.path }) async throws {
        (server, clone) = (try await GitProgram(bare: true), try await GitProgram())
        try await clone(["remote", "add", "origin", url(server)])
        let installed = try await Self.run(["hooks", "install", server.path, "--project", "shop"] + options)
        try #require(installed.code == 0, "\(installed.text)")
    }

    static func file(_ name: String, _ content: String = "x") -> String {
        """
        apiVersion: martlet/v1
        kind: Infrastructure
        metadata: {name: \(name)}
        spec: {type: file, config: {path: /srv/\(name), content: "\(content)"}}

        """
    }

    static func run(_ arguments: [String], in folder: String? = nil) async throws -> Answer {
        try await run(martlet, arguments, in: folder)
    }
    static func run(
        _ program: String, _ arguments: [String], in folder: String?, environment: [String: String] = [:]
    ) async throws -> Answer {
        let environment = [
            "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
        ].merging(environment) { $1 }
        let command = Command(program, arguments, environment: environment, in: folder)
        let ended = try await command.run { child in
            async let errors = child.errors.collect(atMost: 1 << 18)
            let output = await child.output.collect(atMost: 1 << 18)
            let complaint = await errors
            return (await child.waitForExit(), String(decoding: output + complaint, as: UTF8.self))
        }
        guard case .exited(let code) = ended.result.0 else { return Answer(code: nil, text: ended.result.1) }
        return Answer(code: code, text: ended.result.1)
    }

    /// What `git` says to the person who types it, without the marks of the other side.
    func git(_ arguments: String..., environment: [String: String] = [:]) async throws -> Answer {
        var answer = try await Self.run("/usr/bin/git", arguments, in: clone.path, environment: environment)
        answer.text = answer.text.split(separator: "\n").map { line in
            let plain = line.hasPrefix("remote: ") ? line.dropFirst(8) : line
            return plain.reversed().drop { $0 == " " }.reversed().map(String.init).joined()
        }.joined(separator: "\n")
        return answer
    }
    func push(environment: [String: String] = [:]) async throws -> Answer {
        try await git("push", "--quiet", "origin", "main", environment: environment)
    }
    /// Of the route that pushes are posted to.
    func setSecret() async throws {
        let file = try server.folder.write("s3cret of 16 bytes and more\n", to: "secret")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        try await server(["config", "martlet.secretFile", file])
    }
    /// What the server has.
    var head: String { get async throws { try await server(["rev-parse", "main"]) } }
}
