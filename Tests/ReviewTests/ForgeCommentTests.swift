import Fakes
import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import Review

/// The one comment beside a request, and words about others, on forges that are as strict as their documentation.
@Suite("Comments on forges", .timeLimit(.minutes(1))) struct ForgeCommentTests {
    static let head = "8a01b44c9e8d7f6a5b4c3d2e1f0a9b8c7d6e5f4a"
    static func forge(_ fake: ForgeFake, _ url: String, user: String? = nil) throws -> Forge {
        let kind = try #require(Forge.Kind(rawValue: fake.kind.rawValue))
        return Forge(
            name: "forge/infra", kind, api: url + fake.api, project: ForgeFake.project,
            token: ForgeFake.token,
            user: user)
    }
    static func comment(_ text: String, controller: String = "shop-prod") -> StickyComment {
        StickyComment(controller: controller, repository: "infra", request: 7, text: text)
    }

    /// Delivers messages to a fake, one after the other, until so many notices have come.
    private static func deliver(
        _ fake: ForgeFake, _ messages: [ForgeMessage], world: WebhooksWorld = WebhooksWorld(),
        until count: Int? = nil
    ) async throws -> [WebhookNotice] {
        try await withFakeServer(fake.answer) { url in
            let client = try HTTPClient()
            for (number, message) in messages.enumerated() {
                world.put(
                    "msg_\(number)", to: "forge/infra",
                    body: String(decoding: try message.body(), as: UTF8.self))
            }
            let delivery = world.delivery([try forge(fake, url)]) { request throws(HTTPError) in
                try await client.send(request)
            }
            return await world.run(delivery, until: count ?? messages.count)
        }
    }
    private static func fake(_ kind: ForgeFake.Kind, pageLength: Int = 100) -> ForgeFake {
        let fake = ForgeFake(kind, pageLength: pageLength)
        fake.open(ForgeFake.Request(7, head: head))
        return fake
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `it is made once, changed in its place, and made again where somebody deleted it`(
        kind: ForgeFake.Kind
    ) async throws {
        let fake = Self.fake(kind, pageLength: 2)
        for number in 0..<5 { fake.write("words \(number)", on: 7, by: "ada") }
        _ = try await Self.deliver(fake, [.comment(Self.comment("one")), .comment(Self.comment("two"))])
        for number in 5..<9 { fake.write("words \(number)", on: 7, by: "ada") }
        _ = try await Self.deliver(fake, [.comment(Self.comment("three"))])
        let own = fake.ownComments(on: 7)
        #expect(own.count == 1 && own[0].text.hasSuffix("\nthree"))
        #expect(fake.writes.count == 3 && Set(fake.writes.dropFirst()) != ["POST"] && fake.complaints == [])
        fake.remove(own[0].id)
        _ = try await Self.deliver(fake, [.comment(Self.comment("three"))])
        #expect(fake.ownComments(on: 7).count == 1 && fake.writes.count == 4)
        #expect(fake.comments(on: 7).count == 10)
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `an answer that was lost makes no second one`(kind: ForgeFake.Kind) async throws {
        let fake = Self.fake(kind)
        fake.breakOff(FakeAnswer(502))
        let notices = try await Self.deliver(fake, [.comment(Self.comment("one"))], until: 2)
        #expect(notices.last == .delivered(target: "forge/infra", id: "msg_0", attempts: 2))
        #expect(fake.ownComments(on: 7).count == 1 && fake.writes == ["POST"])
    }

    @Test func `what stands is not written again, also where the forge keeps other line ends`() async throws {
        let fake = Self.fake(.github)
        _ = try await Self.deliver(fake, [.comment(Self.comment("one\ntwo\n"))])
        let own = try #require(fake.ownComments(on: 7).first)
        fake.rewrite(own.id, own.text.replacing("\n", with: "\r\n"))
        let notices = try await Self.deliver(fake, [.comment(Self.comment("one\ntwo\n"))])
        #expect(fake.writes == ["POST"] && notices.count == 1)
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `two controllers have a comment each, and nobody's copy of the mark is taken for one`(
        kind: ForgeFake.Kind
    ) async throws {
        let fake = Self.fake(kind)
        _ = try await Self.deliver(fake, [.comment(Self.comment("one"))])
        let text = try #require(fake.ownComments(on: 7).first).text
        fake.remove(try #require(fake.ownComments(on: 7).first).id)
        fake.write(text, on: 7, by: "mallory")
        let messages = ["shop-prod", "shop-staging"].map {
            ForgeMessage.comment(Self.comment("by \($0)", controller: $0))
        }
        _ = try await Self.deliver(fake, messages + messages)
        let own = fake.ownComments(on: 7)
        #expect(
            own.count == 2 && own[0].text.hasSuffix("by shop-prod")
                && own[1].text.hasSuffix("by shop-staging"))
        #expect(fake.comments(on: 7).first { $0.author == "mallory" }?.text == text)
        #expect(fake.complaints == [])
    }

    @Test func `no line of it is an order to GitLab`() async throws {
        let fake = Self.fake(.gitlab)
        _ = try await Self.deliver(fake, [.comment(Self.comment("a\n/close\n```\n/merge\n```"))])
        #expect(fake.complaints == [])
        #expect(fake.ownComments(on: 7).first?.text.hasSuffix("a\n /close\n```\n /merge\n```") == true)
    }

    @Test func `a limit of the forge is waited for, and the last text is what stands`() async throws {
        let (fake, world) = (Self.fake(.github), WebhooksWorld())
        let start = world.state.withLock(\.now)
        fake.refuse(FakeAnswer(403, headers: ["Retry-After": "90"]))
        let notices = try await Self.deliver(fake, [.comment(Self.comment("one"))], world: world, until: 2)
        #expect(notices.last == .delivered(target: "forge/infra", id: "msg_0", attempts: 2))
        #expect(world.state.withLock(\.now) >= start + 90_000)
        #expect(fake.writes == ["POST"])
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `a word about a comment is said once`(kind: ForgeFake.Kind) async throws {
        let fake = Self.fake(kind)
        let id = fake.write("/martlet plan", on: 7, by: "ada")
        let words = CommentReaction.Word.allCases + [.done]
        let messages = words.map { ForgeMessage.reaction(CommentReaction(request: 7, comment: id, word: $0)) }
        let gone = ForgeMessage.reaction(CommentReaction(request: 7, comment: 9999, word: .seen))
        let notices = try await Self.deliver(fake, messages + [gone])
        let names: [ForgeFake.Kind: [String]] = [
            .gitlab: ["confused", "eyes", "thumbsdown", "thumbsup"], .bitbucket: [],
        ]
        #expect(fake.reactions.map(\.name).sorted() == names[kind] ?? ["+1", "-1", "confused", "eyes"])
        #expect(fake.complaints == [])
        let given = notices.count { if case .gaveUp = $0 { true } else { false } }
        #expect(given == (kind == .bitbucket ? 0 : 1), "\(notices)")
    }

    @Test func `what is gone is given up, and everything else goes on`() async throws {
        let fake = Self.fake(.github)
        let id = fake.write("/martlet plan", on: 7, by: "ada")
        fake.refuse(FakeAnswer(410, #"{"message": "Gone"}"#))
        let messages = [
            ForgeMessage.reaction(CommentReaction(request: 7, comment: id, word: .seen)),
            .comment(Self.comment("one")),
        ]
        let notices = try await Self.deliver(fake, messages)
        #expect(notices.contains { if case .delivered = $0 { true } else { false } }, "\(notices)")
        #expect(fake.ownComments(on: 7).count == 1)
    }

    @Test(arguments: [(ForgeFake.Kind.github, "'Pull requests: write'"), (.bitbucket, "'pullrequest:write'")])
    func `a token that may not is told what it lacks`(kind: ForgeFake.Kind, right: String) async throws {
        let fake = Self.fake(kind)
        fake.refuse(FakeAnswer(200, #"{"id": 1, "login": "martlet-bot", "uuid": "{1}"}"#), FakeAnswer(403))
        let notices = try await Self.deliver(fake, [.comment(Self.comment("one"))], until: 2)
        guard case .failed(_, _, "answered 403", let hint?, _)? = notices.first else {
            Issue.record("\(notices)")
            return
        }
        #expect(hint.contains(right) && hint.contains("shop/infra"))
    }

    /// Tokens of apps may not ask whose they are.
    @Test func `the token's owner can be named instead of asked for`() async throws {
        let fake = Self.fake(.github)
        let answer: @Sendable (FakeRequest) async -> FakeAnswer = { request in
            request.path == "/user" ? FakeAnswer(403, "{}") : await fake.answer(request)
        }
        try await withFakeServer(answer) { url in
            let client = try HTTPClient()
            let courier = Courier.test(client)
            let blind = try await Self.forge(fake, url).put(Self.comment("one"), isUnanswered: false, courier)
            #expect(blind.outcome == .failed)
            #expect(blind.hint == "say under 'user' in the forge's settings whom the token belongs to")
            let forge = try Self.forge(fake, url, user: ForgeFake.ownName)
            for text in ["one", "two"] {
                #expect(await forge.put(Self.comment(text), isUnanswered: false, courier).outcome == .taken)
            }
            #expect(fake.ownComments(on: 7).count == 1)
        }
    }
}

extension Courier {
    static func test(_ client: HTTPClient) -> Courier {
        Courier(
            now: 1_800_000_000_000, userAgent: "martlet/test",
            http: { request throws(HTTPError) in try await client.send(request) }, mail: { _, _ in })
    }
}
