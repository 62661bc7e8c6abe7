import ChildProcess
import Fixtures
import Foundation
import Repository
import Testing

/// The `git` program in a folder of its own, with nobody's configuration. Every commit has the same time.
struct GitProgram: Sendable {
    let folder: TemporaryFolder
    var path: String { folder.path }

    struct Failure: Error { var text: String }

    init(bare: Bool = false) async throws {
        folder = try TemporaryFolder()
        try await self(["init", "--quiet", "--initial-branch=main"] + (bare ? ["--bare"] : []))
    }

    private static let environment = [
        "PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_AUTHOR_DATE": "1700000000 +0000",
        "GIT_COMMITTER_NAME": "Carl", "GIT_COMMITTER_EMAIL": "carl@example.com",
        "GIT_COMMITTER_DATE": "1700000100 +0000",
    ]

    /// Its standard output, without the last line's end.
    @discardableResult
    func callAsFunction(
        _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
    ) async throws -> String {
        let command = Command(
            "/usr/bin/git", ["-c", "protocol.file.allow=always"] + arguments,
            environment: Self.environment.merging(environment) { $1 }, in: path, input: input)
        let ended = try await command.run { child in
            async let errors = child.errors.collect(atMost: 1 << 16)
            let output = await child.output.collect(atMost: 1 << 26)
            let complaint = await errors
            _ = await child.waitForExit()
            return (output, complaint)
        }
        guard ended.status.isSuccess else {
            throw Failure(text: String(decoding: ended.result.1, as: UTF8.self))
        }
        let text = String(decoding: ended.result.0, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    func write(_ text: String, to name: String) throws { try folder.write(text, to: name) }

    /// Commits all that is in the work tree.
    @discardableResult
    func commit(_ message: String = "change") async throws -> ObjectID {
        try await self(["add", "--all", "--force"])
        try await self(["commit", "--quiet", "--allow-empty", "--message", message])
        return try await id("HEAD")
    }

    func id(_ revision: String) async throws -> ObjectID {
        try #require(ObjectID(try await self(["rev-parse", revision])))
    }

    func blob(_ text: String) async throws -> ObjectID {
        try #require(ObjectID(try await self(["hash-object", "-w", "--stdin"], input: Array(text.utf8))))
    }

    /// Made without any check, and in the order that is given.
    func tree(_ entries: [(mode: String, name: String, id: ObjectID)]) async throws -> ObjectID {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Array("\(entry.mode) \(entry.name)\0".utf8)
            let digits = Array(entry.id.description)
            bytes += stride(from: 0, to: 40, by: 2).compactMap {
                UInt8(String(digits[$0..<$0 + 2]), radix: 16)
            }
        }
        let arguments = ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
        return try #require(ObjectID(try await self(arguments, input: bytes)))
    }

    func commit(tree: ObjectID, message: String = "made") async throws -> ObjectID {
        try #require(ObjectID(try await self(["commit-tree", tree.description, "-m", message])))
    }
}

/// The martlet program, which is built next to the tests.
let fetchChild = FetchChild(
    URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "martlet").path(percentEncoded: false))
