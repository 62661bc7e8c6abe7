import Fixtures
import Foundation
import Glibc
import HTTPClient
import Testing

/// A state directory that fills up while the controller runs.
struct FullDiskTests {
    @Test(.enabled(if: mayMount, "mounting needs root"))
    func `a full disk ends the controller, and with room again it goes on where it was`() async throws {
        let site = try await Site()
        func file(_ text: String) -> String {
            hostManifest("a", "file", path: "${var.root}/a", "content: \(text)")
        }
        try site.git.write(file("one"), to: "m/a.yaml")
        try await site.git.commit()
        // The second run sees what the first one left, in the same mount namespace.
        let shell = """
            mount -t tmpfs -o size=3m none \(site.state) && { "$0" "$@"; echo "ended with $?" >&2; \
            rm \(site.state)/filler; }
            """
        let path = "\(site.root)/a"
        try await site.serve(shell: shell) { run in
            try await eventually("convergence\n\(run.log)") { run.log.contains("commit converged") }
            try Self.fill("/proc/\(run.pid)/root\(site.state)/filler")
            try Data("edited".utf8).write(to: URL(filePath: path))
            try await eventually("the end\n\(run.log)") { run.log.contains("ended with 1") }
            let said = """
                error: '\(site.database)' cannot be written: no space is left
                  hint: make room: nothing is lost, and what was refused is tried again
                ended with 1
                """
            #expect(run.log.contains(said), Comment(rawValue: run.log))
            try await eventually("the drift mended\n\(run.log)") {
                WorldFile(path) == .file("one", mode: 0o644)
            }
            try await eventually("the same commit in force\n\(run.log)") {
                await site.ask("/readyz")?.status == 200
            }
            #expect(!run.log.contains("step uncertain") && !run.log.contains("not ours"))
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0, Comment(rawValue: run.log))
        }
    }

    /// Writes until no byte is left.
    private static func fill(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Overdue(description: "'\(path)': \(String(cString: strerror(errno)))") }
        defer { close(file) }
        for size in [1 << 16, 4096, 1] {
            let bytes = [UInt8](repeating: 0, count: size)
            while write(file, bytes, size) > 0 {}
        }
    }
}
