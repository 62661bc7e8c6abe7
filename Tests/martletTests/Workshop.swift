import ChildProcess
import Fixtures
import Foundation
import Model
import Testing

@testable import martlet

/// A repository, a configuration and the built program, in a folder of their own.
struct Workshop: Sendable {
    struct Answered: Sendable, Equatable {
        var output: String
        var errors: String
        var code: Int32?
    }
    struct Failure: Error { var text: String }

    let folder: TemporaryFolder
    var path: String { folder.url.standardizedFileURL.path(percentEncoded: false).trimmingSuffix("/") }
    var site: String { "\(path)/site" }
    var socket: String { "\(path)/state/martlet.sock" }
    private let environment: [String: String]

    init(settings: String = "") async throws {
        folder = try TemporaryFolder()
        let path = folder.url.standardizedFileURL.path(percentEncoded: false).trimmingSuffix("/")
        environment = [
            "PATH": "/usr/bin:/bin", "HOME": path, "TZ": "UTC", "MARTLET_CONFIG": "\(path)/martlet.yaml",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
        ]
        try FileManager.default.createDirectory(atPath: "\(path)/site", withIntermediateDirectories: true)
        try configure(settings)
        try await git("init", "--quiet", "--bare", "--initial-branch=main", "../repo.git")
        try await git("init", "--quiet", "--initial-branch=main")
    }

    /// - Parameters:
    ///   - settings: of the source, beside its repository and what it may; then other parts of the configuration.
    ///   - allow: what it may beside its root, `, ports: ["80"]`.
    func configure(
        _ settings: String = "", allow: String = "", hasSource: Bool = true, repository: String = "repo.git"
    ) throws {
        let source = """
            sources:
              shop:
                repository: infra
                allow: {roots: ["\(path)/site"], adopt: true\(allow)}
            \(settings)
            """
        try folder.write(
            """
            name: shop-test
            state: \(path)/state
            repositories: {infra: {url: "\(path)/\(repository)"}}
            \(hasSource ? source : "")
            """, to: "martlet.yaml")
    }

    func git(_ arguments: String...) async throws {
        let work = "\(path)/checkout"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let answered = try await run("/usr/bin/git", arguments, in: work)
        guard answered.code == 0 else { throw Failure(text: answered.errors) }
    }

    /// Commits these files of the site, as manifests, and nothing else, and pushes.
    func commit(_ files: [String: String], _ message: String = "Change the site") async throws {
        try await commit(manifests(files), message)
    }
    func commit(_ manifests: String, _ message: String = "Change the site") async throws {
        try folder.write(manifests, to: "checkout/site.yaml")
        try await git("add", "--all")
        try await git("commit", "--quiet", "--message", message)
        try await git("push", "--quiet", "../repo.git", "main")
    }

    func manifests(_ files: [String: String]) -> String {
        files.sorted { $0.key < $1.key }.map { name, content in
            """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: \(name)}
            spec: {provider: host, type: file, config: {path: "\(site)/\(name)", content: "\(content)"}}
            """
        }.joined(separator: "\n---\n")
    }

    func martlet(_ arguments: String...) async throws -> Answered { try await martlet(arguments) }
    func martlet(_ arguments: [String], input: String = "") async throws -> Answered {
        try await run(Session.program, arguments, in: path, input: input)
    }

    private func run(
        _ program: String, _ arguments: [String], in folder: String, input: String = ""
    ) async throws -> Answered {
        var command = command(program, arguments, in: folder)
        command.input = Array(input.utf8)
        let ended = try await command.run { child in
            async let output = child.output.collect(atMost: 1 << 22)
            async let errors = child.errors.collect(atMost: 1 << 22)
            return await (output, errors, child.waitForExit())
        }
        let code: Int32? = if case .exited(let code)? = ended.result.2 { code } else { nil }
        return Answered(
            output: String(decoding: ended.result.0, as: UTF8.self).replacing(path, with: "DIR"),
            errors: String(decoding: ended.result.1, as: UTF8.self).replacing(path, with: "DIR"), code: code)
    }
    private func command(_ program: String, _ arguments: [String], in folder: String) -> Command {
        Command(
            program, arguments, environment: environment, in: folder, input: [],
            limits: Command.Limits(whole: .seconds(120)))
    }

    /// A controller in a process of its own, from the moment that it listens to the end of `body`.
    func serving(_ body: @escaping @Sendable (RemoteOperations) async throws -> Void) async throws {
        let socket = socket
        let ended = try await command(Session.program, ["serve"], in: path).run {
            child -> Result<Void, any Error> in
            var log: [String] = []
            var lines = child.errors.lines().makeAsyncIterator()
            while let line = await lines.next() {
                log.append(String(decoding: line, as: UTF8.self))
                if Self.isListening(log.last, on: socket) { break }
            }
            guard Self.isListening(log.last, on: socket) else {
                return .failure(Failure(text: log.joined(separator: "\n")))
            }
            let rest = child.errors
            async let _ = rest.collect(atMost: 1 << 22)
            let result: Result<Void, any Error>
            do {
                try await body(try RemoteOperations(socket: socket))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await child.terminate(grace: .seconds(10))
            return result
        }
        try ended.result.get()
    }

    private static func isListening(_ line: String?, on socket: String) -> Bool {
        line.map { $0.contains("listening") && $0.contains(socket) } ?? false
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(site)/\(name)") }
}

extension RemoteOperations {
    /// Fetches, and waits for the end.
    func converge(_ source: String = "shop", saying: [Saying] = []) async throws -> SyncMoment {
        var last: SyncMoment?
        for try await moment in try await sync(source, saying: saying, timeout: Span(milliseconds: 60_000)) {
            last = moment
        }
        return try #require(last)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
