import Fixtures
import Foundation
import Glibc
import HTTPClient
import Model
import Store
import Testing

/// Signals, and what a controller does with them while it works.
struct LifetimeTests {
    /// A source of many files, one step at a time, so that a pass goes on for a while.
    private static func site(files count: Int) async throws -> Site {
        let site = try await Site()
        try site.configure(rest: "parallelism: 1")
        let text = (0..<count).map {
            hostManifest("f\($0)", "file", path: "${var.root}/f\($0)", "content: text")
        }
        try site.git.write(text.joined(separator: "---\n"), to: "m/files.yaml")
        try await site.git.commit()
        return site
    }
    private static func files(of site: Site) -> Int { WorldFile.all(under: site.root).count }

    @Test func `SIGTERM ends a pass, and what has begun is recorded`() async throws {
        let site = try await Self.site(files: 800)
        try await site.serve { run in
            try await eventually("a pass under way\n\(run.log)", every: .milliseconds(1)) {
                Self.files(of: site) > 20
            }
            run.signal(SIGTERM)
            #expect(try await run.exitCode(within: .seconds(20)) == 0, Comment(rawValue: run.log))
        }
        let made = Self.files(of: site)
        #expect(made < 800, "the pass must not have ended by itself")
        let ledger = try site.ledger()
        #expect(ledger.unanswered.isEmpty)
        #expect(ledger.records.count == made)
    }

    @Test func `a reload during a pass goes on with the new configuration`() async throws {
        let site = try await Self.site(files: 800)
        try await site.serve { run in
            try await eventually("a pass under way\n\(run.log)", every: .milliseconds(1)) {
                Self.files(of: site) > 20
            }
            try site.configure(rest: "parallelism: 8")
            run.signal(SIGHUP)
            try await eventually("the reload\n\(run.log)") { run.log.contains("configuration reloaded") }
            #expect(Self.files(of: site) < 800, "the pass must not have ended by itself")
            try await eventually("all files\n\(run.log)") { Self.files(of: site) == 800 }
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0, Comment(rawValue: run.log))
        }
        let ledger = try site.ledger()
        #expect(ledger.unanswered.isEmpty)
        #expect(ledger.records.count == 800)
    }

    @Test func `a reload adds and drops sources, and changes variables`() async throws {
        let site = try await Site()
        let other = """
              other:
                repository: shop
                path: other
                variables: {root: \(site.root)}
                allow: {roots: [\(site.root)]}
            """
        try site.git.write(
            hostManifest("a", "file", path: "${var.root}/a", #"content: "${var.word}""#), to: "m/a.yaml")
        try site.git.write(
            hostManifest("b", "file", path: "${var.root}/b", "content: other"), to: "other/b.yaml")
        try await site.git.commit()
        try site.configure(variables: ", word: one")
        try await site.serve { run in
            func waitFor(_ files: [String: String]) async throws {
                let wanted = files.mapValues { WorldFile.file($0, mode: 0o644) }
                try await eventually("\(wanted)\n\(run.log)") { WorldFile.all(under: site.root) == wanted }
            }
            try await waitFor(["a": "one"])
            try site.configure(variables: ", word: two", sources: other)
            run.signal(SIGHUP)
            try await waitFor(["a": "two", "b": "other"])

            try site.configure(variables: ", word: [broken")
            run.signal(SIGHUP)
            try await eventually("the refusal\n\(run.log)") {
                run.log.contains("configuration not reloaded") && run.log.contains("\(site.configuration):")
            }
            try site.git.write(
                hostManifest("a", "file", path: "${var.root}/a", #"content: "still ${var.word}""#),
                to: "m/a.yaml")
            try await site.git.commit()
            try await waitFor(["a": "still two", "b": "other"])

            try site.configure(variables: ", word: three")
            run.signal(SIGHUP)
            try await waitFor(["a": "still three", "b": "other"])
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        #expect(
            Set(try site.ledger().records.keys.map(\.description)) == [
                "infrastructure/shop/a", "infrastructure/other/b",
            ])
    }

    @Test func `a reload changes what is logged, and names what needs a restart`() async throws {
        let site = try await Site()
        try await site.serve { run in
            try await eventually("the start\n\(run.log)") { run.log.contains("controller started") }
            #expect(!run.log.contains(" debug "))
            try site.configure(
                rest:
                    "listen: 127.0.0.1:1\ncatalog: 127.0.0.1:2\nkey: {env: OTHER}\nlog: {level: debug, format: json}"
            )
            run.signal(SIGHUP)
            try await eventually("the refusal\n\(run.log)") {
                run.log.contains("'listen', 'catalog', 'key' can't change while the controller runs")
            }
            #expect(!run.log.contains(#""level":"#))
            try site.configure(rest: "log: {level: debug, format: json}")
            run.signal(SIGHUP)
            try await eventually("other lines\n\(run.log)") {
                run.log.contains(#""message":"configuration reloaded""#)
                    && run.log.contains(#""level":"debug""#)
            }
        }
    }

    @Test func `how long a push and a drift take is printed`() async throws {
        let site = try await Site()
        try site.git.write(hostManifest("a", "file", path: "${var.root}/a", "content: one"), to: "m/a.yaml")
        try await site.git.commit()
        let path = "\(site.root)/a"
        @Sendable func text() -> String? {
            FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        }
        try await site.serve { run in
            try await eventually("the first file\n\(run.log)") { text() == "one" }
            var (pushes, drifts): ([Duration], [Duration]) = ([], [])
            for round in 0..<5 {
                try site.git.write(
                    hostManifest("a", "file", path: "${var.root}/a", "content: round\(round)"), to: "m/a.yaml"
                )
                try await site.git.commit()
                let pushed = ContinuousClock.now
                _ = await site.ask("/v1/sync", method: "POST")
                try await eventually("round \(round)\n\(run.log)", every: .milliseconds(1)) {
                    text() == "round\(round)"
                }
                pushes.append(.now - pushed)
                try await eventually("its end\n\(run.log)") {
                    run.log.components(separatedBy: "commit converged").count == round + 3
                }
                let edited = ContinuousClock.now
                try Data("edited".utf8).write(to: URL(filePath: path))
                try await eventually("drift \(round)\n\(run.log)", every: .milliseconds(1)) {
                    text() == "round\(round)"
                }
                drifts.append(.now - edited)
            }
            print(
                "push to file: \(pushes.map(\.milliseconds)) ms; drift to mended: \(drifts.map(\.milliseconds)) ms"
            )
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(components.seconds * 1000) + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
