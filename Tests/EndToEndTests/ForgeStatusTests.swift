import Fakes
import Fixtures
import Foundation
import Glibc
import HTTPClient
import Synchronization
import Testing

/// Statuses on forges and messages to people by the real program, killed at the worst moments.
@Suite(.timeLimit(.minutes(5))) struct ForgeStatusTests {
    /// A site whose repository is at home on a forge.
    private static func site(_ fake: ForgeFake, _ forge: String, rest: String = "") async throws -> Site {
        let site = try await Site()
        let token = try site.token()
        try site.folder.write(
            """
            name: shop-prod
            url: https://martlet.example/
            state: \(site.state)
            socket: \(site.socket)
            repositories:
              infra:
                url: \(site.git.path)
                interval: 1s
                timeout: 30s
                forge: {type: \(fake.kind), project: \(ForgeFake.project), api: "\(forge)\(fake.api)", token: {file: \(token)}}
            sources:
              shop: {repository: infra, path: m, variables: {root: \(site.root)}, allow: {roots: [\(site.root)]}}
            \(rest)
            """, to: "martlet.yaml")
        return site
    }
    private static func write(_ site: Site, _ name: String, mode: String = "0644") throws {
        try site.git.write(
            hostManifest(name, "file", path: "${var.root}/\(name)", "content: hello, mode: \"\(mode)\""),
            to: "m/\(name).yaml")
    }
    private static func end(_ run: Run) async throws {
        run.signal(SIGTERM)
        #expect(try await run.exitCode() == 0)
    }

    @Test(arguments: [ForgeFake.Kind.github, .gitlab, .gitea, .bitbucket])
    func `a commit carries what became of it`(kind: ForgeFake.Kind) async throws {
        let fake = ForgeFake(kind)
        try await withFakeServer(fake.answer) { forge in
            let site = try await Self.site(fake, forge)
            try Self.write(site, "a")
            let commit = try await site.git.commit()
            let log = try await site.serve { run in
                try await eventually("success\n\(run.log)") {
                    fake.statuses.last?.state.lowercased().hasPrefix("success") == true
                }
                let tested = try await martlet([
                    "notify", "test", "forge/infra", "--config", site.configuration,
                ])
                #expect(
                    tested.output == "'forge/infra' answered 200, so the token reads shop/infra\n",
                    "\(tested)")
                try await Self.end(run)
                return run.log
            }
            let status = try #require(fake.statuses.last)
            #expect(status.commit == commit && status.context == "martlet/shop-prod/shop")
            #expect(status.description == "1 changed, 0 in sync")
            #expect(status.url == "https://martlet.example/reports/shop/\(commit)")
            #expect(fake.complaints == [] && fake.reads == 0)
            #expect(!log.contains(ForgeFake.token))
        }
    }

    /// The forge takes the post and is silent; the program is killed then, and asks before it posts again.
    @Test(arguments: [ForgeFake.Kind.github, .bitbucket])
    func `killed between the post and its answer, it posts nothing twice`(kind: ForgeFake.Kind) async throws {
        let fake = ForgeFake(kind)
        let isSilent = Mutex(true)
        let isPosted: @Sendable () -> Bool = {
            fake.statuses.last?.state.lowercased().hasPrefix("success") == true
        }
        fake.pause {
            while isPosted(), isSilent.withLock(\.self), !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        try await withFakeServer(fake.answer) { forge in
            let site = try await Self.site(fake, forge)
            try Self.write(site, "a")
            try await site.git.commit()
            try await site.serve { run in
                try await eventually("the post\n\(run.log)") { isPosted() }
                try await run.crash()
            }
            isSilent.withLock { $0 = false }
            let posts = fake.posts
            try await site.serve { run in
                try await eventually("a look at what stands\n\(run.log)") { fake.reads > 0 }
                // Another commit, so that all that is to be posted of the first one has been.
                try Self.write(site, "b")
                try await site.git.commit()
                try await eventually("the next\n\(run.log)") {
                    fake.statuses.last?.description == "1 changed, 1 in sync"
                }
                try await Self.end(run)
            }
            #expect(fake.complaints == [])
            #expect(fake.reads == 1 && fake.posts - posts <= 2, "\(fake.statuses)")
            let said = fake.statuses.map { "\($0.commit) \($0.state)" }
            #expect(Set(said).count == said.count, "nothing twice: \(said)")
        }
    }

    /// The forge is away for all of the first run, and then everything arrives in order.
    @Test func `killed between apply and status, nothing is lost`() async throws {
        let fake = ForgeFake(.gitea)
        let isAway = Mutex(true)
        let answer: @Sendable (FakeRequest) async -> FakeAnswer = { request in
            isAway.withLock(\.self)
                ? FakeAnswer(503, headers: ["retry-after": "1"]) : await fake.answer(request)
        }
        try await withFakeServer(answer) { forge in
            let site = try await Self.site(fake, forge)
            var commits: [String] = []
            for (number, name) in ["a", "b"].enumerated() {
                try Self.write(site, name)
                commits.append(try await site.git.commit("commit \(number)"))
                try await site.serve { run in
                    try await eventually("\(name)\n\(run.log)") {
                        FileManager.default.fileExists(atPath: "\(site.root)/\(name)")
                    }
                    try await eventually("converged\n\(run.log)") {
                        await site.ask("/v1/history?limit=50")?.text.components(separatedBy: #""converged""#)
                            .count
                            == number + 2
                    }
                    try await run.crash()
                }
            }
            isAway.withLock { $0 = false }
            let all = commits
            try await site.serve { run in
                try await eventually("both commits\n\(run.log)") {
                    Set(fake.statuses.filter { $0.state == "success" }.map(\.commit)) == Set(all)
                }
                try await Self.end(run)
            }
            let said = fake.statuses.map { "\($0.commit) \($0.state)" }
            #expect(Set(said).count == said.count, "nothing twice: \(said)")
            for commit in commits {
                let states = fake.statuses.filter { $0.commit == commit }.map(\.state)
                #expect(states == ["success"] || states == ["pending", "success"], "in order: \(states)")
            }
            #expect(fake.complaints == [])
        }
    }

    @Test func `a token that may not is told in the status, the list and the log`() async throws {
        let fake = ForgeFake(.github)
        let answer: @Sendable (FakeRequest) async -> FakeAnswer = { _ in
            FakeAnswer(404, #"{"message":"Not Found"}"#)
        }
        try await withFakeServer(answer) { forge in
            let site = try await Self.site(fake, forge)
            try Self.write(site, "a")
            try await site.git.commit()
            try await site.serve { run in
                let right = "'Commit statuses: write' (a classic token: 'repo:status')"
                try await eventually("the failure\n\(run.log)") {
                    run.log.contains("message not delivered") && run.log.contains(right)
                }
                for command in [["status"], ["notify", "list"]] {
                    try await eventually("\(command) says it") {
                        let said = try await martlet(command + ["--config", site.configuration])
                        let text = said.output.split(separator: "\n").map {
                            $0.trimmingCharacters(in: .whitespaces)
                        }
                        .joined(separator: " ")
                        #expect(!text.contains(ForgeFake.token))
                        return text.contains("answered 404") && text.contains(right)
                    }
                }
                try await Self.end(run)
            }
        }
    }

    /// A secret that a receiver needs stands in none of the program's words, nor in its database.
    @Test func `people are told once, and nothing shows what addresses and keys are secret`() async throws {
        let (slack, mail) = (ChatFake(.slack), try MailSink())
        try await withFakeServer(slack.answer) { url in
            let site = try await Site()
            for (name, text) in [("slack.url", url + slack.path), ("pd.key", ChatFake.secret)] {
                chmod(try site.folder.write("\(text)\n", to: "secrets/\(name)"), 0o600)
            }
            try site.configure(
                rest: """
                    log: {level: trace}
                    notifications:
                      team: {type: slack, url: {file: secrets/slack.url}, events: [commit.failed], sources: [shop]}
                      oncall: {type: pagerduty, key: {file: secrets/pd.key}, url: "\(url)/closed", events: [commit.failed]}
                      ops: {type: mail, server: "\(mail.url)", tls: none, from: martlet@shop.example, to: [ops@shop.example]}
                    """)
            try site.git.write(
                hostManifest("a", "file", path: "${var.root}/missing/a", "content: hello"), to: "m/a.yaml")
            try await site.git.commit("<!channel> \u{202e}\u{1b}[31m\nBcc: victim@example.org")
            let log = try await site.serve { run in
                try await eventually("the message\n\(run.log)") {
                    slack.received.count == 1 && mail.letters.count == 1
                }
                let test = try await martlet(["notify", "test", "team", "--config", site.configuration])
                #expect(test.output == "'team' answered 200\n", "\(test)")
                let failed = try await martlet(["notify", "test", "oncall", "--config", site.configuration])
                #expect(failed.code == 1 && failed.errors.contains("answered 400"), "\(failed)")
                let unknown = try await martlet(["notify", "test", "nobody", "--config", site.configuration])
                #expect(unknown.errors.contains("there is oncall, ops, team"), "\(unknown)")
                try FileManager.default.createDirectory(
                    atPath: "\(site.root)/missing", withIntermediateDirectories: true)
                try site.git.write(
                    hostManifest("a", "file", path: "${var.root}/missing/a", "content: better"),
                    to: "m/a.yaml")
                try await site.git.commit("Make room")
                try await eventually("its end\n\(run.log)") {
                    slack.received.count == 3 && mail.letters.count == 2
                }
                let list = try await martlet(["notify", "list", "--config", site.configuration])
                try await Self.end(run)
                return run.log + run.output + "\(test) \(failed) \(list)"
            }
            #expect(slack.complaints.allSatisfy { $0 == "no such address" })
            #expect(
                slack.received[0].text.contains("failed at")
                    && slack.received[2].text.contains("in sync again at"))
            #expect(!slack.received[0].text.contains("<!channel>"))
            let (first, last) = (mail.letters[0], mail.letters[1])
            #expect(last.header("In-Reply-To") == first.header("Message-ID"))
            #expect(first.headers.allSatisfy { $0.name != "Bcc" })
            #expect(!log.contains(ChatFake.secret) && log.contains("debug"))
            for case let name as String in FileManager.default.enumerator(atPath: site.state) ?? .init() {
                let bytes = FileManager.default.contents(atPath: "\(site.state)/\(name)") ?? Data()
                #expect(bytes.range(of: Data(ChatFake.secret.utf8)) == nil, "\(name)")
            }
        }
    }
}
