import ChildProcess
import Fixtures
import Foundation

/// A bare repository that is written through a work tree beside it, with nobody's configuration.
struct GitProgram: Sendable {
    struct Failure: Error { var text: String }

    /// Absolute, of the bare repository.
    let path: String
    let tree: String

    /// In a folder that exists.
    init(in folder: String) async throws {
        (path, tree) = ("\(folder)/shop.git", "\(folder)/tree")
        try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
        try await run("/usr/bin/git", ["init", "--quiet", "--bare", "--initial-branch=main", path])
    }

    /// Its standard output, without the last line's end.
    @discardableResult
    func callAsFunction(_ arguments: String...) async throws -> String {
        try await run("/usr/bin/git", ["--git-dir", path, "--work-tree", tree] + arguments)
    }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(tree)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(tree)/\(name)") }

    /// Commits all that is in the work tree; gives the commit's id.
    @discardableResult
    func commit(_ message: String = "change") async throws -> String {
        try await self("add", "--all", "--force")
        try await self("commit", "--quiet", "--allow-empty", "--message", message)
        return try await self("rev-parse", "HEAD")
    }

    @discardableResult
    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        let environment = [
            "PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Carl",
            "GIT_COMMITTER_EMAIL": "carl@example.com", "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always",
        ]
        let command = Command(program, arguments, environment: environment, in: tree)
        let ended = try await command.run { child in
            async let errors = child.errors.collect(atMost: 1 << 16)
            let output = await child.output.collect(atMost: 1 << 20)
            let complaint = await errors
            _ = await child.waitForExit()
            return (output, complaint)
        }
        guard ended.status.isSuccess else {
            throw Failure(text: String(decoding: ended.result.1, as: UTF8.self))
        }
        return String(decoding: ended.result.0, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
