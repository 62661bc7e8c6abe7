import Fixtures
import Foundation
import GRDB
import Glibc
import HTTPClient
import Store
import Testing

/// A controller that can't do its work says why, ends with 1, and leaves what it found as it was.
struct RefusalTests {
    /// A state directory with records in it.
    private func used() async throws -> Site {
        let site = try await Site()
        let text = (0..<40).map {
            hostManifest("f\($0)", "file", path: "${var.root}/f\($0)", "content: text")
        }
        try site.git.write(text.joined(separator: "---\n"), to: "m/files.yaml")
        try await site.git.commit()
        try await site.serve { run in
            try await eventually("convergence\n\(run.log)") { run.log.contains("commit converged") }
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        return site
    }
    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    private static let restore =
        "  hint: restore a backup, or move the database away and adopt what exists (`reconcile: {adopt: true}`)\n"

    private static let damages: [(String, @Sendable (Data) -> Data, String)] = [
        ("cut off", { $0.dropLast(100) }, "its end is missing"),
        ("half a header", { $0.prefix(50) }, "it is no SQLite database"),
        ("empty", { _ in Data() }, "it is no SQLite database"),
        ("something else", { _ in Data("apiVersion: martlet/v1\n".utf8) }, "it is no SQLite database"),
        (
            "of another program", { Data($0.prefix(68)) + Data([1, 2, 3, 4]) + Data($0.dropFirst(72)) },
            "it is a database of another program"
        ),
        (
            "overwritten pages", { Data($0.prefix(4096)) + Data(repeating: 0xff, count: $0.count - 4096) },
            "SQLite error 11 (database disk image is malformed)"
        ),
    ]

    @Test(arguments: damages) func `a damaged database is refused, and stays`(
        name: String, damage: @Sendable (Data) -> Data, reason: String
    ) async throws {
        let site = try await used()
        let damaged = damage(try bytes(site.database))
        try damaged.write(to: URL(filePath: site.database))
        let answer = try await site.refusal()
        #expect(
            answer
                == Answer(
                    code: 1,
                    errors: "error: database '\(site.database)' is damaged: \(reason)\n" + Self.restore))
        #expect(try bytes(site.database) == damaged)
    }

    @Test func `a database of a newer version is refused, and stays`() async throws {
        let site = try await used()
        try await DatabaseQueue(path: site.database).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 something new')")
        }
        let before = try bytes(site.database)
        let answer = try await site.refusal()
        #expect(
            answer
                == Answer(
                    code: 1,
                    errors: """
                        error: database '\(site.database)' was written by a newer version of martlet
                          hint: use that version, or restore a backup from before it

                        """))
        #expect(try bytes(site.database) == before)
    }

    @Test func `another key is refused`() async throws {
        let site = try await used()
        let before = try bytes(site.database)
        try Data((Data(repeating: 7, count: 32).base64EncodedString() + "\n").utf8).write(
            to: URL(filePath: "\(site.state)/key"))
        let answer = try await site.refusal()
        #expect(
            answer
                == Answer(
                    code: 1,
                    errors: """
                        error: database '\(site.database)' was sealed with another key
                          hint: put the key back that it was made with; without it, the database can't be read

                        """))
        #expect(try bytes(site.database) == before)
    }

    @Test func `a missing key is not made anew`() async throws {
        let site = try await used()
        try FileManager.default.removeItem(atPath: "\(site.state)/key")
        #expect(
            try await site.refusal()
                == Answer(
                    code: 1,
                    errors: """
                        error: key file '\(site.state)/key' is missing
                          hint: put the key back that the database was made with

                        """))
        #expect(!FileManager.default.fileExists(atPath: "\(site.state)/key"))
    }

    @Test(arguments: ["key", "secrets.key"]) func `a key that others may read is refused`(name: String)
        async throws
    {
        let site = try await used()
        let key = "\(site.state)/\(name)"
        chmod(key, 0o644)
        let answer = try await site.refusal()
        let (said, hint) =
            name == "key"
            ? ("is open to others: its mode is 0644", "`chmod 600 '\(key)'`")
            : (
                "has mode 0644: others may use it",
                "chmod 600 '\(key)', and rotate the key if others may have read it"
            )
        #expect(answer == Answer(code: 1, errors: "error: key file '\(key)' \(said)\n  hint: \(hint)\n"))
    }

    @Test func `a second controller is told who has the state directory`() async throws {
        let site = try await used()
        try await site.serve { run in
            try await site.waitUntilReady()
            let holder = try #require(Store.peekHolder(URL(filePath: site.state)))
            #expect(holder.pid == run.pid)
            let answer = try await site.refusal()
            #expect(
                answer
                    == Answer(
                        code: 1,
                        errors: """
                            error: state directory '\(site.state)' is in use by \(holder)
                              hint: stop it first, or give this one a state directory of its own

                            """))
            let form = #/'martlet serve' \(pid \d+\) since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/#
            #expect("\(holder)".wholeMatch(of: form) != nil)
            #expect(await site.ask("/healthz")?.status == 200)
        }
    }

    @Test(arguments: ["listen", "catalog"])
    func `a port in use is named, and nothing is changed`(setting: String) async throws {
        let site = try await used()
        let (files, records) = (WorldFile.all(under: site.root), try site.ledger().records)
        try site.git.write(
            hostManifest("new", "file", path: "${var.root}/new", "content: x"), to: "m/new.yaml")
        try await site.git.commit()
        try await WebhookSink().run { url in
            let port = try #require(URL(string: url)?.port)
            try site.configure(rest: "\(setting): 127.0.0.1:\(port)")
            let answer = try await site.refusal()
            #expect(answer.code == 1)
            #expect(
                answer.errors.hasSuffix(
                    """
                    error: port \(port) on 127.0.0.1 is in use
                      hint: choose another port, or end the process that holds it

                    """), Comment(rawValue: answer.errors))
            #expect(!answer.errors.contains("controller started"))
        }
        #expect(WorldFile.all(under: site.root) == files)
        #expect(try site.ledger().records == records)
    }

    @Test func `a socket's path that is too long is named`() async throws {
        let site = try await used()
        let socket = "\(site.path)/\(String(repeating: "s", count: 100))"
        let answer = try await martlet(["serve", "--config", site.configuration, "--socket", socket])
        #expect(answer.code == 1)
        #expect(
            answer.errors.hasSuffix(
                """
                error: socket '\(socket)': path has \(socket.utf8.count) bytes, and the system allows 107
                  hint: choose a shorter folder

                """), Comment(rawValue: answer.errors))
    }

    @Test func `every problem of a configuration is printed with its place`() async throws {
        let site = try await Site()
        try site.folder.write(
            """
            state: \(site.state)
            listen: nowhere
            repositories:
              shop: {url: "ftp://example.com/x", intervall: 1s}
            sources:
              shop: {repository: shop, path: m, maxDeletes: 200%}
              other: {repository: missing, project: shop}
            """, to: "martlet.yaml")
        let answer = try await site.refusal()
        #expect(answer.code == 1)
        let file = site.configuration
        #expect(
            answer.errors == """
                \(file):4:38: error: unknown key 'intervall' in configuration.repositories.shop
                  hint: did you mean 'interval'?

                """)
        try site.folder.write(
            """
            state: \(site.state)
            listen: nowhere
            repositories:
              shop: {url: "ftp://example.com/x"}
            sources:
              shop: {repository: shop, path: m, maxDeletes: 200%, allow: {users: [web]}}
              other: {repository: missing, project: shop, allow: {users: [web]}}
            """, to: "martlet.yaml")
        let between = """
            \(file):2:9: error: 'nowhere' is no host and port
              hint: write 127.0.0.1:7070
            \(file):4:15: error: it is neither a path nor a file, https or ssh URL
              hint: write 'https://host/path', 'ssh://git@host/path' or '/path'
            \(file):6:9: error: project 'shop' belongs to source 'other'
              hint: give each source projects of its own
            \(file):6:9: error: user 'web' runs jobs of source 'other'
              hint: give each source users of its own
            \(file):6:49: error: '200%' is no number and no percentage
              hint: write 25 or 10%
            \(file):7:23: error: no repository 'missing' is configured
              hint: name it under 'repositories'

            """
        #expect(try await site.refusal() == Answer(code: 1, errors: between))
    }

    @Test func `a configuration that is not there`() async throws {
        let answer = try await martlet(["serve", "--config", "/nonexistent/martlet.yaml"])
        #expect(
            answer
                == Answer(
                    code: 1,
                    errors: """
                        error: configuration '/nonexistent/martlet.yaml' can't be read
                          hint: write one with 'martlet init', or name another with --config

                        """))
    }

    @Test(.enabled(if: mayMount, "mounting needs root")) func `a state directory that is read-only`()
        async throws
    {
        let site = try await used()
        let before = try bytes(site.database)
        let answer = try await site.refusal(
            shell: "mount --bind \(site.state) \(site.state) && mount -o remount,bind,ro \(site.state)")
        #expect(
            answer
                == Answer(
                    code: 1,
                    errors: """
                        error: '\(site.state)/lock' cannot be written: it is read-only
                          hint: give the controller's user the right to write there

                        """))
        #expect(try bytes(site.database) == before)
    }
}

/// Whether a mount namespace can be made here.
let mayMount: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}()
