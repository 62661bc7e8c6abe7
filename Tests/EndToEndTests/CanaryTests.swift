import Fakes
import Fixtures
import Foundation
import Glibc
import HTTPClient
import Testing

/// A secret's value stands in the files that ask for it, and nowhere else.
struct CanaryTests {
    /// Values that nothing else holds, and every form in which they could show.
    private static let canaries = ["kestrel4f7a91c0zq", "siskin88e2d6b3wx", "plover1c5b70f9ky"]
    private static let needles: [Data] = canaries.flatMap { value in
        let bytes = Data(value.utf8)
        let hex = bytes.map { String(format: "%02x", $0) }.joined()
        // In base64 of a longer text it looks different at each of three places; the edges depend on what is beside it.
        let base64 = (0..<3).map { offset in
            let text = (Data(repeating: 0x20, count: offset) + bytes).base64EncodedString()
            return String(text.dropFirst(offset == 0 ? 0 : 4).dropLast(4))
        }
        return ([value, String(value.reversed()), hex, hex.uppercased()] + base64).map { Data($0.utf8) }
    }
    private static func isFound(in data: Data) -> Bool { needles.contains { data.range(of: $0) != nil } }
    private static func isFound(in text: String) -> Bool { isFound(in: Data(text.utf8)) }

    /// The files under a folder that hold one.
    private static func leaks(under folder: String) -> [String] {
        var found: [String] = []
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
            if isFound(in: bytes) || isFound(in: name) { found.append(name) }
        }
        return found.sorted()
    }

    /// Command lines and environments of the controller and its children, for as long as `body` runs.
    private static func watchingProcesses(
        of run: Run, _ seen: Set<Int32> = [], _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> (children: Set<Int32>, leaks: [String]) {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            let watching = Task {
                var (children, leaks): (Set<Int32>, [String]) = ([], [])
                while !Task.isCancelled {
                    for pid in Self.children(of: run.pid) + [run.pid] {
                        children.insert(pid)
                        for name in ["cmdline", "environ"] {
                            let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/\(name)") ?? Data()
                            if isFound(in: bytes) { leaks.append("\(pid)/\(name)") }
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(2))
                }
                children.remove(run.pid)
                return (children, leaks)
            }
            defer { watching.cancel() }
            try await group.waitForAll()
            watching.cancel()
            return await watching.value
        }
    }
    private static func children(of pid: Int32) -> [Int32] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.flatMap { thread -> [Int32] in
            let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(thread)/children") ?? Data()
            return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
        }
    }

    private static func site(sink: String, mail: MailSink, forge: String) async throws -> Site {
        let site = try await Site()
        try site.put(canaries[0], as: "shop/db")
        let content = #"content: "password=${secret.db.value}\n", mode: "0600""#
        for text in [
            secretManifest("db", path: "shop/db"),
            hostManifest("env", "file", path: "${var.root}/env", content),
            hostManifest("watched", "file", path: "${var.root}/watched", content, reconcile: "onDrift: warn"),
            hostManifest("homeless", "file", path: "${var.root}/missing/homeless", content),
            hostManifest("taken", "file", path: "${var.root}/taken", content),
        ].enumerated() {
            try site.git.write(text.element, to: "m/\(text.offset).yaml")
        }
        try FileManager.default.createDirectory(
            atPath: "\(site.root)/taken", withIntermediateDirectories: true)
        try await site.git.commit()
        let key = try site.folder.write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", to: "whsec")
        chmod(key, 0o600)
        let chats = ["slack", "teams", "discord", "cloudevents"].map { type in
            "  \(type): {type: \(type), url: \"\(sink)\", events: [commit.failed, drift.found, drift.corrected, waiting]}"
        }
        try site.configure(
            repository:
                ", forge: {type: github, project: shop/infra, api: \"\(forge)\", token: {file: \(try site.token())}}",
            rest: """
                log: {level: trace}
                webhooks: {sink: {url: "\(sink)", secrets: [{file: \(key)}]}}
                notifications:
                  ops: {type: mail, server: "\(mail.url)", tls: none, from: m@shop.example, to: [ops@shop.example]}
                \(chats.joined(separator: "\n"))
                """)
        return site
    }

    /// Everything that the API gives to read.
    private static func answers(of site: Site) async -> [String: String] {
        var paths = [
            "/metrics", "/readyz", "/healthz", "/v1/status", "/v1/sources", "/v1/sources/shop/plan",
            "/v1/sources/shop/drift", "/v1/resources", "/v1/history?limit=500", "/v1/notifications",
        ]
        paths += ["env", "watched", "homeless", "taken"].map { "/v1/resources/infrastructure%2Fshop%2F\($0)" }
        paths.append("/v1/resources/secret%2Fshop%2Fdb")
        var answers: [String: String] = [:]
        for path in paths {
            guard let answer = await site.ask(path) else { continue }
            answers[path] = "\(answer.status) \(answer.headers.fields)\n\(answer.text)"
        }
        return answers
    }

    @Test func `no secret's value leaves the file that asks for it`() async throws {
        let (sink, mail, forge) = (WebhookSink(), try MailSink(), ForgeFake(.github))
        try await withFakeServer(forge.answer) { api in
            try await sink.run { url in
                let site = try await Self.site(sink: url, mail: mail, forge: api)
                try await Self.check(site, sink) { mail.letters.contains { $0.subject.contains("drifted") } }
            }
        }
        #expect(!forge.statuses.isEmpty && forge.complaints == [])
        #expect(forge.statuses.filter { Self.isFound(in: "\($0)") } == [])
        #expect(mail.letters.allSatisfy { !Self.isFound(in: $0.text + $0.body + $0.subject) })
    }

    /// - Parameter hasMail: whether people were told what they are to be told.
    private static func check(
        _ site: Site, _ sink: WebhookSink, hasMail: @escaping @Sendable () -> Bool
    ) async throws {
        let log = try await site.serve { run in
            let processes = try await Self.watchingProcesses(of: run) { try await Self.live(site, run) }
            #expect(!processes.children.isEmpty, "a fetch must have been seen")
            #expect(processes.leaks == [])
            try await eventually("the webhooks\n\(run.log)") {
                sink.messages.contains { $0.contains("drift.corrected") }
            }
            try await eventually("the mail\n\(run.log)") { hasMail() }
            let answers = await Self.answers(of: site)
            #expect(answers.count == 15)
            #expect(
                answers.values.filter { $0.hasPrefix("200") }.count >= 12, Comment(rawValue: "\(answers)")
            )
            #expect(answers.filter { Self.isFound(in: $0.value) }.keys.sorted() == [])
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
            return run.log + run.output
        }
        #expect(log.contains("debug") || log.contains("trace"), "the log must be at its most talkative")
        #expect(!Self.isFound(in: log))
        #expect(sink.messages.filter { Self.isFound(in: $0) } == [])
        #expect(Self.leaks(under: site.path) == ["srv/env", "srv/watched"])
    }

    /// Convergence, drift, rotation, a reload and a crash, with a file that fails all along.
    private static func live(_ site: Site, _ run: Run) async throws {
        func text(_ name: String) -> String? {
            FileManager.default.contents(atPath: "\(site.root)/\(name)").map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        func waitFor(_ canary: String, in name: String = "env") async throws {
            try await eventually("\(canary) in \(name)\n\(run.log)") { text(name) == "password=\(canary)\n" }
        }
        try await waitFor(canaries[0])
        try await waitFor(canaries[0], in: "watched")
        try await eventually("both failures\n\(run.log)") {
            let status = await site.ask("/v1/status")?.text ?? ""
            return ["homeless", "taken"].allSatisfy { status.contains("infrastructure/shop/\($0)") }
        }
        for name in ["env", "watched"] {
            try Data("password=\(canaries[2])\n".utf8).write(to: URL(filePath: "\(site.root)/\(name)"))
        }
        try await waitFor(canaries[0])
        try await eventually("drift that stays\n\(run.log)") {
            await site.ask("/v1/sources/shop/drift")?.text.contains("infrastructure/shop/watched") == true
        }
        _ = await answers(of: site).values.map { #expect(!isFound(in: $0)) }
        try site.put(canaries[1], as: "shop/db")
        try await waitFor(canaries[1])
        run.signal(SIGHUP)
        try await eventually("the reload\n\(run.log)") { run.log.contains("configuration reloaded") }
        try site.put(canaries[0], as: "shop/db")
        try await waitFor(canaries[0])
    }
}
