import Fakes
import Foundation
import HTTPClient
import Testing

@testable import Review

/// What forges tell of requests, of those who wrote them and of those who may write.
@Suite("Requests of forges", .timeLimit(.minutes(1))) struct ForgeRequestTests {
    static let head = "8a01b44c9e8d7f6a5b4c3d2e1f0a9b8c7d6e5f4a"

    private static func asking<Result: Sendable>(
        _ fake: ForgeFake, _ body: @escaping @Sendable (Forge, Courier) async throws -> Result
    ) async throws -> Result {
        try await withFakeServer(fake.answer) { url in
            let client = try HTTPClient()
            return try await body(try ForgeCommentTests.forge(fake, url), .test(client))
        }
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `all that are open, over pages`(kind: ForgeFake.Kind) async throws {
        let fake = ForgeFake(kind, pageLength: 2)
        for number in 1...7 { fake.open(ForgeFake.Request(number, head: Self.head)) }
        fake.change(2) { $0.state = "merged" }
        fake.change(3) { ($0.isFork, $0.isDraft, $0.base, $0.author) = (true, true, "release/1", "mallory") }
        try await Self.asking(fake) { forge, courier in
            let open = try await forge.openRequests(courier)
            #expect(open.map(\.number) == [7, 6, 5, 4, 3, 1])
            let fork = try #require(open.first { $0.number == 3 })
            #expect(fork.isFork && fork.isDraft && fork.base == "release/1" && fork.author.name == "mallory")
            let plain = try #require(open.last)
            #expect(!plain.isFork && !plain.isDraft && plain.state == .open && plain.headBranch == "topic")
            #expect(Self.head.hasPrefix(plain.head) && plain.head.count >= 12 && plain.url.hasSuffix("/1"))
            #expect(try await forge.changeRequest(2, courier).state == .merged)
            let before = try await forge.changeRequest(1, courier).stamp
            fake.write("words", on: 1, by: "ada")
            fake.change(1) { _ in }
            try await Task.sleep(for: .seconds(kind == .bitbucket ? 0 : 1.1))
            fake.change(1) { _ in }
            #expect(try await forge.changeRequest(1, courier).stamp != before, "a comment is noticed")
            let missing = await #expect(throws: ForgeFailure.self) {
                try await forge.changeRequest(99, courier)
            }
            #expect(missing?.isMissing == true)
        }
        #expect(fake.complaints == [])
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `who may write, as the forge says`(kind: ForgeFake.Kind) async throws {
        let fake = ForgeFake(kind)
        fake.open(ForgeFake.Request(7, head: Self.head))
        for name in ["ada", "grace", "eve", "mallory"] { fake.write("words", on: 7, by: name) }
        try await Self.asking(fake) { forge, courier in
            let comments = try await forge.comments(on: 7, courier)
            #expect(comments.map(\.author.name) == ["ada", "grace", "eve", "mallory"])
            var may: [Bool] = []
            for comment in comments { may.append(try await forge.mayWrite(comment.author, courier)) }
            #expect(may == [true, true, false, false])
            #expect(
                comments.allSatisfy {
                    !$0.isEdited && abs($0.created / 1000 - Int(Date().timeIntervalSince1970)) < 600
                })
            fake.rewrite(comments[0].id, "/martlet approve")
            #expect(try await forge.comments(on: 7, courier)[0].isEdited)
        }
        #expect(fake.asked == ["ada", "grace", "eve", "mallory"] && fake.complaints == [])
    }

    @Test(arguments: [
        ("2026-11-25T12:00:00Z", 1_795_608_000_000), ("2026-11-25T12:00:00.250Z", 1_795_608_000_250),
        ("2026-11-25T14:00:00+02:00", 1_795_608_000_000),
        ("2026-11-25T12:00:00.123456+00:00", 1_795_608_000_123),
        ("2026-11-25T09:30:00.5-0230", 1_795_608_000_500),
    ]) func `a time as forges write it`(text: String, milliseconds: Int) {
        #expect(Timestamp(forgeTime: text)?.milliseconds == milliseconds)
    }
    @Test(arguments: [
        "", "2026-11-25", "2026-11-25T12:00:00", "2026-11-25T12:00:00+2", "2026-11-25T12:00:00Zx",
    ])
    func `what is no time`(text: String) { #expect(Timestamp(forgeTime: text) == nil) }

    @Test(arguments: [
        ("/martlet plan", CommentCommand.plan), ("  \n\n/martlet  PLAN \r\nplease", .plan),
        ("/martlet", .help),
        ("/martlet help", .help), ("/martlet approve", .approve(nil)),
        ("/martlet approve `7D4FA1C092BE`", .approve("7d4fa1c092be")),
        ("/martlet approve 7d4f", .unknown("7d4f")),
        ("/martlet approve 7d4fa1c092be now", .unknown("approve")), ("/martlet plan b", .unknown("plan")),
        ("/martlet deploy", .unknown("deploy")),
    ]) func `what a comment asks for`(text: String, command: CommentCommand) {
        #expect(CommentCommand(text) == command)
    }
    @Test(arguments: [
        "", "plan", "> /martlet plan", "    /martlet plan", "please\n/martlet plan", "/martletplan",
        "`/martlet plan`",
    ])
    func `what asks for nothing`(text: String) { #expect(CommentCommand(text) == nil) }

    /// Names are given up, and taken by others.
    @Test func `a right counts only where the forge names whose it is`() async throws {
        for owner in ["", #", "user": {"id": 9, "login": "ada"}"#, #", "user": {"id": 2, "login": "ada"}"#] {
            let answer = FakeAnswer(200, #"{"permission": "admin"\#(owner)}"#)
            @Sendable func reply(_: FakeRequest) async -> FakeAnswer { answer }
            let mayWrite = try await withFakeServer(reply) { url in
                let forge = try ForgeCommentTests.forge(ForgeFake(.github), url)
                return try await forge.mayWrite(ForgeUser(id: "2", name: "ada"), .test(try HTTPClient()))
            }
            #expect(mayWrite == owner.contains("2"), "\(owner)")
        }
    }
}
