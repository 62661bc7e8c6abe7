import Fixtures
import Foundation
import Glibc
import HTTPClient
import Testing

/// Pushes to a repository that has martlet's hooks, which know the controller by its configuration.
struct PushTests {
    private static func file(_ text: String) -> String {
        hostManifest("a", "file", path: "${var.root}/a", "content: \(text)")
    }

    @Test func `a push is applied at once, and one that its source may not make is refused`() async throws {
        let site = try await Site()
        let text = try String(contentsOfFile: site.configuration, encoding: .utf8)
        try site.folder.write(text.replacing("interval: 1s", with: "interval: 1h"), to: "martlet.yaml")
        let installed = try await martlet(["hooks", "install", site.git.path, "--config", site.configuration])
        #expect(installed.output.contains("shop: refs/heads/main, folder m\n"), "\(installed)")
        try site.git.write(Self.file("one"), to: "m/a.yaml")
        try await site.git.commit()
        try await site.git("branch", "topic")
        try await site.git("symbolic-ref", "HEAD", "refs/heads/topic")
        try await site.serve { run in
            func expect(_ text: String) async throws {
                try await eventually("'\(text)'\n\(run.log)") {
                    WorldFile("\(site.root)/a") == .file(text, mode: 0o644)
                }
            }
            try await expect("one")
            try site.git.write(Self.file("two"), to: "m/a.yaml")
            try await site.git.commit()
            try await site.git("push", "--quiet", site.git.path, "topic:main")
            try await expect("two")
            try site.git.write(hostManifest("a", "file", path: "/etc/passwd", "content: x"), to: "m/a.yaml")
            try await site.git.commit()
            let failure = await #expect(throws: GitProgram.Failure.self) {
                try await site.git("push", "--quiet", site.git.path, "topic:main")
            }
            #expect(failure?.text.contains("m/a.yaml:8:") == true, "\(failure?.text ?? "")")
            #expect(
                failure?.text.contains(
                    "martlet: the push is refused: the manifests of source 'shop' don't load") == true)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
    }
}
