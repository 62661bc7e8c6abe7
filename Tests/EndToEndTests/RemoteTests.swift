import Fixtures
import Foundation
import Glibc
import HTTPClient
import Testing

/// What a repository can do to its source; the others go on.
struct RemoteTests {
    private static func file(_ text: String) -> String {
        hostManifest("a", "file", path: "${var.root}/a", "content: \(text)")
    }
    private static func expect(_ text: String, at path: String, _ run: Run) async throws {
        try await eventually("'\(text)' in \(path)\n\(run.log)") {
            WorldFile(path) == .file(text, mode: 0o644)
        }
    }
    private static func says(_ words: String, _ run: Run) async throws {
        try await eventually("'\(words)' in the log\n\(run.log)") { run.log.contains(words) }
    }

    /// A second source that can't be followed, and why.
    private static let hopeless: [(name: String, repository: String, source: String, cause: String)] = [
        ("no repository", "url: /nonexistent/infra.git", "", "no git repository is there"),
        ("no branch", "", "revision: nosuch", "no branch, tag or commit has this name"),
        ("no folder", "", "path: nosuch", "there is no such folder"),
    ]

    @Test(arguments: hopeless) func `a source that can't be followed says why, and holds up no other`(
        name: String, repository: String, source: String, cause: String
    ) async throws {
        let site = try await Site()
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        try await site.git.commit()
        try site.configure(
            repositories:
                "  bad: {\(repository.isEmpty ? "url: \(site.git.path)" : repository), interval: 1s}",
            sources: "  bad: {repository: bad\(source.isEmpty ? "" : ", \(source)")}")
        try await Self.lives(beside: cause, site)
    }

    @Test func `a server that never answers is given up, and holds up no other`() async throws {
        let silent = try SilentServer()
        let site = try await Site()
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        try await site.git.commit()
        try site.configure(
            repositories:
                "  bad: {url: \"https://127.0.0.1:\(silent.port)/infra.git\", interval: 1s, idleTimeout: 1s}",
            sources: "  bad: {repository: bad}")
        try await Self.lives(beside: "nothing came for 1s while connecting", site)
    }

    private static func lives(beside cause: String, _ site: Site) async throws {
        try await site.serve { run in
            try await expect("one", at: "\(site.root)/a", run)
            try await says(cause, run)
            try await eventually("the cause in the status\n\(run.log)") {
                await site.ask("/v1/status?source=bad")?.text.contains(cause) == true
            }
            try site.git.write(file("two"), to: "m/a.yaml")
            try await site.git.commit()
            try await expect("two", at: "\(site.root)/a", run)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
    }

    @Test func `a symlink and a submodule are refused by name, and what stood stays`() async throws {
        let site = try await Site()
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        let first = try await site.git.commit()
        try await site.serve { run in
            try await Self.expect("one", at: "\(site.root)/a", run)
            try site.git.write(Self.file("two"), to: "m/a.yaml")
            try FileManager.default.createSymbolicLink(
                atPath: "\(site.git.tree)/m/link.yaml", withDestinationPath: "/etc/passwd")
            try await site.git.commit()
            try await Self.says("symlink 'link.yaml' is named like a manifest", run)
            try await site.git("rm", "--quiet", "m/link.yaml")
            try await site.git("update-index", "--add", "--cacheinfo", "160000,\(first),m/sub")
            try await site.git("commit", "--quiet", "--message", "a submodule")
            try await Self.says("submodule 'sub'", run)
            #expect(WorldFile("\(site.root)/a") == .file("one", mode: 0o644))
            try await site.git("rm", "--quiet", "--cached", "m/sub")
            try await site.git.commit()
            try await Self.expect("two", at: "\(site.root)/a", run)
        }
    }

    @Test func `drift is mended also once the repository is gone, and after a restart`() async throws {
        let site = try await Site()
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        try await site.git.commit()
        @Sendable func mends(_ run: Run) async throws {
            try Data("edited".utf8).write(to: URL(filePath: "\(site.root)/a"))
            try await Self.expect("one", at: "\(site.root)/a", run)
        }
        try await site.serve { run in
            try await Self.expect("one", at: "\(site.root)/a", run)
            try FileManager.default.removeItem(atPath: site.git.path)
            try await Self.says("no git repository is there", run)
            try await mends(run)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        try await site.serve { run in
            try await site.waitUntilReady()
            try await mends(run)
            try await Self.says("no git repository is there", run)
        }
    }

    @Test func `a branch that was forced is followed, and said`() async throws {
        let site = try await Site()
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        try await site.git.commit("first")
        try await site.serve { run in
            try await Self.expect("one", at: "\(site.root)/a", run)
            try site.git.write(Self.file("two"), to: "m/a.yaml")
            try await site.git("add", "--all")
            try await site.git("commit", "--quiet", "--amend", "--message", "another first")
            try await Self.expect("two", at: "\(site.root)/a", run)
            try await Self.says("branch was moved to another history", run)
            try await eventually("history says it") {
                await site.ask("/v1/history")?.text.contains("rewritten") == true
            }
        }
    }
}

/// Takes connections and never says a word.
final class SilentServer: Sendable {
    private let descriptor: Int32
    let port: Int

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (descriptor, size) = (descriptor, length)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard status else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = Int(UInt16(bigEndian: address.sin_port))
    }
    deinit { close(descriptor) }
}
