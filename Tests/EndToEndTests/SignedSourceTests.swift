import ChildProcess
import Fixtures
import Foundation
import Glibc
import HTTPClient
import Testing

/// A source that takes signed commits only, followed by a real controller; `git` and `ssh-keygen` sign.
struct SignedSourceTests {
    private static func file(_ text: String) -> String {
        hostManifest("a", "file", path: "${var.root}/a", "content: \(text)")
    }
    private static func expect(_ text: String, _ site: Site, _ run: Run) async throws {
        try await eventually("'\(text)'\n\(run.log)") {
            WorldFile("\(site.root)/a") == .file(text, mode: 0o644)
        }
    }
    private static func refusal(_ words: String, _ site: Site, _ run: Run) async throws {
        try await eventually("'\(words)' in the status\n\(run.log)") {
            await site.ask("/v1/status?source=shop")?.text.contains(words) == true
        }
    }

    private static func site() async throws -> Site {
        let site = try await Site()
        for name in ["ada", "eve"] {
            let command = Command(
                "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name], in: site.path)
            try #require(try await command.run { await $0.waitForExit() }.status.isSuccess)
        }
        try believe(["ada"], site)
        let file = site.configuration
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try site.folder.write(
            text.replacing(
                "    maxDeletes:",
                with: "    signatures: {allowedSigners: allowed_signers}\n    maxDeletes:"),
            to: "martlet.yaml")
        return site
    }
    private static func believe(_ names: [String], _ site: Site) throws {
        let lines = try names.map { name in
            try "\(name)@example.com \(String(contentsOfFile: "\(site.path)/\(name).pub", encoding: .utf8))"
        }
        try site.folder.write(lines.joined(), to: "allowed_signers")
    }
    @discardableResult
    private static func commit(_ site: Site, signedBy name: String) async throws -> String {
        try await site.git("add", "--all", "--force")
        try await site.git(
            "-c", "gpg.format=ssh", "-c", "user.signingkey=\(site.path)/\(name)", "commit", "--quiet", "-S",
            "--message", "change")
        return try await site.git("rev-parse", "HEAD")
    }

    @Test func `only a named key's commits are applied, and one that is refused is let in with its key`()
        async throws
    {
        let site = try await Self.site()
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        try await Self.commit(site, signedBy: "ada")
        try await site.serve { run in
            try await Self.expect("one", site, run)
            try site.git.write(Self.file("two"), to: "m/a.yaml")
            try await site.git.commit()
            try await Self.refusal("by Ada is refused: it is not signed", site, run)
            try site.git.write(Self.file("three"), to: "m/a.yaml")
            try await Self.commit(site, signedBy: "eve")
            try await Self.refusal("allowed_signers' does not name", site, run)
            #expect(WorldFile("\(site.root)/a") == .file("one", mode: 0o644))
            try Self.believe(["ada", "eve"], site)
            try await Self.expect("three", site, run)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
    }

    @Test func `a push that nobody signed whom the source believes is refused before it is taken`()
        async throws
    {
        let site = try await Self.site()
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        let first = try await Self.commit(site, signedBy: "ada")
        let installed = try await martlet(["hooks", "install", site.git.path, "--config", site.configuration])
        #expect(installed.code == 0, "\(installed)")
        try await site.git("branch", "topic")
        try await site.git("symbolic-ref", "HEAD", "refs/heads/topic")
        for (text, name, cause) in [("two", nil, "is not signed"), ("three", "eve", "does not name")] {
            try site.git.write(Self.file(text), to: "m/a.yaml")
            if let name { try await Self.commit(site, signedBy: name) } else { try await site.git.commit() }
            let failure = await #expect(throws: GitProgram.Failure.self) {
                try await site.git("push", "--quiet", site.git.path, "topic:main")
            }
            let said = failure?.text ?? ""
            #expect(said.contains("martlet: source 'shop' takes signed commits only: "), "\(said)")
            #expect(said.contains(cause), "\(said)")
            #expect(try await site.git("rev-parse", "main") == first)
        }
        try site.git.write(Self.file("four"), to: "m/a.yaml")
        let last = try await Self.commit(site, signedBy: "ada")
        try await site.git("push", "--quiet", site.git.path, "topic:main")
        #expect(try await site.git("rev-parse", "main") == last)
    }

    /// Whoever may push, and not sign, can bring an older commit back. Its other `.martletignore` makes it read whole.
    @Test func `an older signed commit is no way back`() async throws {
        let site = try await Self.site()
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        try site.git.write("nothing.yaml", to: "m/.martletignore")
        let first = try await Self.commit(site, signedBy: "ada")
        try site.git.write(Self.file("two"), to: "m/a.yaml")
        try site.git.remove("m/.martletignore")
        try await Self.commit(site, signedBy: "ada")
        try site.git.write(Self.file("three"), to: "m/a.yaml")
        let last = try await Self.commit(site, signedBy: "ada")
        try await site.serve { run in
            try await Self.expect("three", site, run)
            try await site.git("update-ref", "refs/heads/main", first)
            try await Self.refusal("waits for a review", site, run)
            try await site.git("update-ref", "refs/heads/main", "\(last)^")
            try await Self.refusal(try await site.git("rev-parse", "\(last)^"), site, run)
            #expect(WorldFile("\(site.root)/a") == .file("three", mode: 0o644))
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        try await site.serve { run in
            try await Self.refusal("waits for a review", site, run)
            #expect(WorldFile("\(site.root)/a") == .file("three", mode: 0o644))
            try await site.git("update-ref", "refs/heads/main", last)
            try await eventually("all as it was\n\(run.log)") {
                await site.ask("/v1/status?source=shop")?.text.contains("waits for a review") == false
            }
            #expect(WorldFile("\(site.root)/a") == .file("three", mode: 0o644))
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
    }
}
