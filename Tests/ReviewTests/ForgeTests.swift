import Fakes
import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import Review

/// Statuses on forges that are as strict as their documentation.
@Suite("Commit statuses on forges", .timeLimit(.minutes(1))) struct ForgeTests {
    private static let commit = "8a01b44c9e8d7f6a5b4c3d2e1f0a9b8c7d6e5f4a"
    private static func status(
        _ state: CommitStatus.State, _ words: String = "4 changed, 1 drifted, 95 in sync",
        source: String = "shop"
    ) -> CommitStatus {
        var status = CommitStatus(
            controller: "shop-prod", source: source, commit: commit, state: state, description: words)
        status.url = "https://martlet.example/reports/\(source)/\(commit)"
        return status
    }
    private static func forge(_ fake: ForgeFake, _ url: String) throws -> Forge {
        let kind = try #require(Forge.Kind(rawValue: fake.kind.rawValue))
        return Forge(
            name: "forge/infra", kind, api: url + fake.api, project: ForgeFake.project, token: ForgeFake.token
        )
    }

    /// Delivers what is put into a world to a fake, until so many notices have come.
    private static func deliver(
        _ fake: ForgeFake, _ world: WebhooksWorld, _ statuses: [CommitStatus], until count: Int? = nil,
        _ prepare: @escaping @Sendable (WebhooksWorld) -> Void = { _ in }
    ) async throws -> [WebhookNotice] {
        try await withFakeServer(fake.answer) { url in
            let client = try HTTPClient()
            for (number, status) in statuses.enumerated() {
                world.put(
                    "msg_\(number)", to: "forge/infra",
                    body: String(decoding: try status.body(), as: UTF8.self))
            }
            prepare(world)
            let delivery = world.delivery([try forge(fake, url)]) { request throws(HTTPError) in
                try await client.send(request)
            }
            return await world.run(delivery, until: count ?? statuses.count)
        }
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `each state in the forge's own words`(kind: ForgeFake.Kind) async throws {
        let fake = ForgeFake(kind)
        let long = String(repeating: "many words ", count: 40)
        let all = [
            Self.status(.pending, "1 to create"), Self.status(.success, source: "a"),
            Self.status(.failure, long, source: "b"), Self.status(.overtaken, source: "c"),
        ]
        let notices = try await Self.deliver(fake, WebhooksWorld(), all)
        #expect(fake.complaints == [])
        #expect(notices.count { if case .delivered = $0 { true } else { false } } == 4, "\(notices)")
        let words: [ForgeFake.Kind: [String]] = [
            .github: ["pending", "success", "failure", "error"],
            .gitlab: ["pending", "success", "failed", "canceled"],
            .gitea: ["pending", "success", "failure", "warning"],
            .forgejo: ["pending", "success", "failure", "warning"],
            .bitbucket: ["INPROGRESS", "SUCCESSFUL", "FAILED", "FAILED"],
        ]
        #expect(fake.statuses.map(\.state) == words[kind])
        #expect(fake.statuses.map(\.context).first == "martlet/shop-prod/shop")
        #expect(fake.statuses[1].description == "4 changed, 1 drifted, 95 in sync")
        #expect(fake.statuses[2].description.utf16.count == (kind == .github ? 140 : 255))
        #expect(fake.statuses.map(\.url) == all.map(\.url))
        #expect(fake.reads == 0, "nothing is read while every answer is known")
    }

    @Test func `a key that is too long for Bitbucket is the same hash each time`() async throws {
        let (fake, name) = (ForgeFake(.bitbucket), String(repeating: "long-name-", count: 5))
        let statuses = [Self.status(.pending, source: name), Self.status(.success, source: name)]
        _ = try await Self.deliver(fake, WebhooksWorld(), statuses)
        #expect(fake.complaints == [])
        #expect(fake.statuses.count == 1 && fake.statuses[0].context.utf8.count == 40)
        #expect(fake.statuses[0].state == "SUCCESSFUL")
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `after an answer that was lost, what stands is read, and nothing is posted twice`(
        kind: ForgeFake.Kind
    ) async throws {
        let (fake, world) = (ForgeFake(kind), WebhooksWorld())
        fake.breakOff(FakeAnswer(502))
        let notices = try await Self.deliver(fake, world, [Self.status(.success)], until: 2)
        guard case .failed(_, _, "answered 502", nil, _)? = notices.first else {
            Issue.record("\(notices)")
            return
        }
        #expect(notices.last == .delivered(target: "forge/infra", id: "msg_0", attempts: 2))
        #expect(fake.posts == 1 && fake.reads == 1 && fake.complaints == [])
        #expect(world.row("msg_0")?.begun == 1)
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `after a crash before the post, it is posted once`(kind: ForgeFake.Kind) async throws {
        let (fake, world) = (ForgeFake(kind), WebhooksWorld())
        let notices = try await Self.deliver(fake, world, [Self.status(.success)]) { world in
            world.state.withLock { $0.rows[0].message.isUnanswered = true }
        }
        #expect(notices == [.delivered(target: "forge/infra", id: "msg_0", attempts: 1)])
        #expect(fake.posts == 1 && fake.reads == 1)
    }

    @Test func `what stands of an older state does not keep the newer one from being posted`() async throws {
        let (fake, world) = (ForgeFake(.gitea), WebhooksWorld())
        let statuses = [Self.status(.pending), Self.status(.success)]
        _ = try await Self.deliver(fake, world, statuses) { world in
            world.state.withLock { $0.rows[1].message.isUnanswered = true }
        }
        #expect(fake.statuses.map(\.state) == ["pending", "success"] && fake.posts == 2)
    }

    @Test func `of several that wait for one commit the last is posted`() async throws {
        let (fake, world) = (ForgeFake(.github), WebhooksWorld())
        let notices = try await Self.deliver(fake, world, [Self.status(.pending), Self.status(.success)]) {
            world in
            world.state.withLock { $0.rows[0].message.isFollowed = true }
        }
        #expect(Set(notices.map { "\($0)".prefix(9) }) == ["overtaken", "delivered"])
        #expect(world.row("msg_0")?.state == "overtaken")
        #expect(fake.statuses.map(\.state) == ["success"])
    }

    @Test(arguments: [
        FakeAnswer(429, headers: ["Retry-After": "90"]), FakeAnswer(403, headers: ["Retry-After": "90"]),
        FakeAnswer(
            403, headers: ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "\(1_795_269_731 + 90)"]),
    ])
    func `a limit holds for everything that goes to the forge`(answer: FakeAnswer) async throws {
        let (fake, world) = (ForgeFake(.github), WebhooksWorld())
        let start = world.state.withLock(\.now)
        fake.refuse(answer)
        let statuses = [Self.status(.success), Self.status(.success, source: "blog")]
        let notices = try await Self.deliver(fake, world, statuses, until: 3)
        guard case .failed(_, "msg_0", _, nil, start + 90_000)? = notices.first else {
            Issue.record("\(notices), from \(start)")
            return
        }
        #expect(
            Set(notices.dropFirst()) == [
                .delivered(target: "forge/infra", id: "msg_0", attempts: 2),
                .delivered(target: "forge/infra", id: "msg_1", attempts: 1),
            ])
        #expect(fake.posts == 2, "one was held back, and not tried in vain")
        #expect(world.state.withLock(\.now) >= start + 90_000)
    }

    @Test func `a budget that is used up is waited for before the next`() async throws {
        let (fake, world) = (ForgeFake(.github), WebhooksWorld())
        let start = world.state.withLock(\.now)
        fake.breakOff(
            FakeAnswer(
                201, "{}",
                headers: ["x-ratelimit-remaining": "0", "x-ratelimit-reset": "\(start / 1000 + 600)"]))
        let statuses = [Self.status(.success), Self.status(.success, source: "blog")]
        _ = try await Self.deliver(fake, world, statuses)
        #expect(fake.posts == 2 && world.state.withLock(\.now) >= start + 600_000)
    }

    @Test(arguments: [
        (ForgeFake.Kind.github, 404, "'Commit statuses: write' (a classic token: 'repo:status')"),
        (.gitlab, 403, "the scope 'api' and the role Developer"),
        (.gitea, 403, "'write:repository', and a user who may push"),
        (.forgejo, 404, "'write:repository', and a user who may push"),
        (.bitbucket, 403, "'repository:write'"),
    ])
    func `a token that may not is told what it lacks`(kind: ForgeFake.Kind, code: Int, right: String)
        async throws
    {
        let (fake, world) = (ForgeFake(kind), WebhooksWorld())
        fake.refuse(FakeAnswer(code, #"{"message": "canary-from-the-forge"}"#), FakeAnswer(401))
        let notices = try await Self.deliver(fake, world, [Self.status(.success)], until: 3)
        guard case .failed(_, _, "answered \(code)", let hint?, _)? = notices.first,
            case .failed(_, _, "answered 401", let other?, _)? = notices.dropFirst().first
        else {
            Issue.record("\(notices)")
            return
        }
        #expect(
            hint
                == "give the token of 'forge/infra' \(right) on shop/infra, and look whether that is its name"
        )
        #expect(other == "the token of 'forge/infra' is not valid, or no longer")
        let text = "\(notices) \(world.row("msg_0") as Any)"
        #expect(!text.contains(ForgeFake.token) && !text.contains("canary-from-the-forge"))
        #expect(fake.statuses.count == 1)
    }

    @Test func `what a forge never takes is given up, and no longer in the way`() async throws {
        let (fake, world) = (ForgeFake(.github), WebhooksWorld())
        fake.refuse(FakeAnswer(422, #"{"message": "No commit found for SHA"}"#))
        let statuses = [Self.status(.success), Self.status(.success, source: "blog")]
        let notices = try await Self.deliver(fake, world, statuses)
        #expect(
            Set(notices) == [
                .gaveUp(target: "forge/infra", id: "msg_0", error: "answered 422"),
                .delivered(target: "forge/infra", id: "msg_1", attempts: 1),
            ])
    }

    @Test func `GitLab's word that it stands so already is no failure`() async throws {
        let (fake, world) = (ForgeFake(.gitlab), WebhooksWorld())
        let statuses = [Self.status(.pending, "3 to create"), Self.status(.pending, "a delete waits")]
        let notices = try await Self.deliver(fake, world, statuses)
        #expect(notices.count { if case .delivered = $0 { true } else { false } } == 2)
        #expect(fake.statuses.count == 1 && fake.posts == 2)
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `a test only reads`(kind: ForgeFake.Kind) async throws {
        let fake = ForgeFake(kind)
        try await withFakeServer(fake.answer) { url in
            let (world, client) = (WebhooksWorld(), try HTTPClient())
            let delivery = world.delivery([try Self.forge(fake, url)]) { request throws(HTTPError) in
                try await client.send(request)
            }
            let message = Outbox.Message(id: "m", target: "forge/infra", body: [], created: 0)
            #expect(
                await delivery.test(message)
                    == Sending(.taken, "answered 200, so the token reads shop/infra"))
            #expect(fake.complaints == [] && fake.posts == 0)
            #expect(
                !"\(try Self.forge(fake, url)) \(String(reflecting: try Self.forge(fake, url)))".contains(
                    "canary"))
        }
    }
}
