import Fakes
import Foundation
import Model
import Review
import Store
import Synchronization
import Testing

@testable import martlet

/// What becomes of requests at a forge, while pushes, merges, people and the forge itself get in the way.
@Suite(.timeLimit(.minutes(5))) struct RequestWatchTests {
    @Test(arguments: ForgeFake.Kind.allCases)
    func `opened, pushed, closed: one comment, one status each head, and nothing left`(
        kind: ForgeFake.Kind
    ) async throws {
        let room = try RequestRoom(kind)
        let (first, second) = (room.head("a1"), room.head("b2"))
        room.fake.open(ForgeFake.Request(7, head: first))
        try await room.running { watch in
            try await eventually("the comment") { room.comment()?.contains("at a1a1") == true }
            try await eventually("the status") {
                room.status(first)?.lowercased().hasPrefix("success") == true
            }
            room.fake.change(7) { $0.head = second }
            watch.look(at: 7)
            try await eventually("the edited comment") { room.comment()?.contains("at b2b2") == true }
            try await eventually("its status") {
                room.status(second)?.hasSuffix("1 to create at b2b2") == true
            }
            #expect(room.fake.writes.count == 2 && room.fake.writes.first == "POST")
            room.fake.change(7) { $0.state = "merged" }
            watch.look(at: 7)
            try await eventually("its end") { room.preview() == nil }
        }
        #expect(room.state.withLock { $0.closed.map(\.isMerged) } == [true])
        let status = try #require(room.fake.statuses.last { $0.commit == first })
        #expect(status.url == "https://martlet.example/previews/infra/7" && room.fake.complaints == [])
        #expect(kind == .bitbucket || status.context == "martlet/shop-prod/preview:infra")
        // Bitbucket's list tells no whole id before the commit was fetched.
        #expect(room.fake.statuses.contains { $0.state == "pending" } == (kind != .bitbucket))
    }

    @Test func `what a webhook did not tell is found by the poll, a closed one too`() async throws {
        let room = try RequestRoom()
        try await room.running(interval: .milliseconds(300)) { _ in
            room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
            try await eventually("the comment") { room.comment()?.contains("at a1a1") == true }
            room.fake.change(7) { $0.head = room.head("b2") }
            try await eventually("the edited comment") { room.comment()?.contains("at b2b2") == true }
            room.fake.write("/martlet help", on: 7, by: "grace")
            try await eventually("the help") { room.comment()?.contains("| `/martlet plan` |") == true }
            room.fake.change(7) { $0.state = "closed" }
            try await eventually("its end") { room.preview() == nil }
        }
        #expect(room.state.withLock { $0.closed.map(\.isMerged) } == [false] && room.fake.complaints == [])
    }

    @Test func `a newer push ends the preview that is being made`() async throws {
        let room = try RequestRoom()
        let (first, second) = (room.head("a1"), room.head("b2"))
        let isEnded = Mutex(false)
        room.state.withLock { state in
            state.make = { request throws(PreviewProblem) in
                guard request.head == first else { return room.outcome(request) }
                try? await Task.sleep(for: .seconds(600))
                isEnded.withLock { $0 = Task.isCancelled }
                throw PreviewProblem.refused("cancelled")
            }
        }
        room.fake.open(ForgeFake.Request(7, head: first))
        try await room.running { watch in
            try await eventually("its beginning") { room.made == ["7 a1a1"] }
            room.fake.change(7) { $0.head = second }
            watch.look(at: 7)
            try await eventually("the second") { room.comment()?.contains("at b2b2") == true }
            #expect(isEnded.withLock(\.self) && room.made == ["7 a1a1", "7 b2b2"])
        }
        #expect(room.fake.writes == ["POST"] && room.status(first) == "pending preview is being made")
    }

    @Test func `a preview that takes too long is told, and holds up no other`() async throws {
        let room = try RequestRoom()
        room.state.withLock { state in
            state.make = { request throws(PreviewProblem) in
                if request.number == 7 { try? await Task.sleep(for: .seconds(600)) }
                return room.outcome(request)
            }
        }
        for number in [7, 8] { room.fake.open(ForgeFake.Request(number, head: room.head("a\(number)"))) }
        var settings = Configuration.PreviewSettings()
        settings.timeout = Span(milliseconds: 1000)
        try await room.running(settings: settings) { _ in
            try await eventually("both") { room.comment(7) != nil && room.comment(8) != nil }
            #expect(
                room.comment(7) == "### Martlet: not previewed\n\nThere is no preview: it took more than 1s.")
            try await eventually("the status") {
                room.status(room.head("a7")) == "failure not previewed: it took more than 1s"
            }
        }
    }

    @Test func `a base that moves while a preview is made has it made again, once`() async throws {
        let room = try RequestRoom()
        let bases = Mutex("b1")
        let gate = AsyncStream.makeStream(of: Void.self)
        room.state.withLock { state in
            state.make = { request throws(PreviewProblem) in
                let base = bases.withLock(\.self)
                if base == "b1" { for await _ in gate.stream { break } }
                return room.outcome(request, base: base)
            }
        }
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        try await room.running { watch in
            try await eventually("its beginning") { room.made.count == 1 }
            bases.withLock { $0 = "b9" }
            for commit in ["b2", "b3", "b9"] { watch.follow(["main": .init(commit: commit)]) }
            try await Task.sleep(for: .milliseconds(200))
            gate.continuation.yield()
            try await eventually("the second") { room.preview()?.baseCommit == "b9" }
            watch.follow(["main": .init(commit: "b9"), "release": .init(commit: "c1")])
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(room.made.count == 2, "\(room.made)")
        #expect(room.fake.writes == ["POST"], "what says the same is not written again")
    }

    @Test func `a head that vanishes by a force push is asked for again, and then given up`() async throws {
        let room = try RequestRoom()
        let second = room.head("b2")
        room.state.withLock { state in
            state.make = { request throws(PreviewProblem) in
                guard request.head == second else { throw .headMoved }
                return room.outcome(request)
            }
        }
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        try await room.running { _ in
            try await eventually("two tries") { room.made.count == 2 }
            // No webhook tells of it.
            room.fake.change(7) { $0.head = second }
            try await eventually("the comment") { room.comment()?.contains("at b2b2") == true }
        }
        #expect(room.fake.ownComments(on: 7).count == 1)
    }

    @Test(arguments: [
        FakeAnswer(500), FakeAnswer(404, "{}"), FakeAnswer(429, headers: ["Retry-After": "1"]),
        FakeAnswer(403, #"{"message": "API rate limit exceeded"}"#, headers: ["Retry-After": "1"]),
        FakeAnswer(200, "no JSON"), FakeAnswer(502),
        FakeAnswer(403, "{}", headers: ["x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"]),
    ])
    func `a forge that does not answer as it should is asked again, and nothing is lost`(
        answer: FakeAnswer
    ) async throws {
        let room = try RequestRoom()
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        let isBroken = Mutex(true)
        let answers: @Sendable (FakeRequest) async -> FakeAnswer = { request in
            guard isBroken.withLock(\.self) else { return await room.fake.answer(request) }
            var answer = answer
            if answer.headers["x-ratelimit-reset"] != nil {
                answer.headers["x-ratelimit-reset"] =
                    "\(Int(Date(timeIntervalSinceNow: 2).timeIntervalSince1970))"
            }
            return answer
        }
        try await room.running(answer: answers) { _ in
            try await Task.sleep(for: .milliseconds(300))
            #expect(room.made.isEmpty)
            isBroken.withLock { $0 = false }
            try await eventually("the comment") { room.comment()?.contains("at a1a1") == true }
        }
        #expect(room.fake.writes == ["POST"])
    }

    @Test func `a forge that takes half a minute for its answers is left waiting, and asked again`()
        async throws
    {
        let room = try RequestRoom()
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        let slow = Mutex(3)
        let answers: @Sendable (FakeRequest) async -> FakeAnswer = { request in
            let isSlow = slow.withLock { left in
                left -= 1
                return left >= 0
            }
            if isSlow { try? await Task.sleep(for: .seconds(30)) }
            return await room.fake.answer(request)
        }
        try await room.running(patience: .milliseconds(300), answer: answers) { _ in
            try await eventually("the comment") { room.comment()?.contains("at a1a1") == true }
        }
        #expect(room.fake.ownComments(on: 7).count == 1)
    }

    @Test func `a request that is not there any more is no reason to forget one`() async throws {
        let room = try RequestRoom()
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        try await room.running { watch in
            try await eventually("the comment") { room.comment() != nil }
            watch.look(at: 4711)
            room.fake.change(7) { $0.head = room.head("b2") }
            watch.look(at: 7)
            try await eventually("the second") { room.comment()?.contains("at b2b2") == true }
        }
        #expect(room.preview() != nil)
    }

    @Test
    func `a request that the list does not name was merged, or is still open: the forge is asked which`()
        async throws
    {
        let room = try RequestRoom()
        for number in [7, 8] { room.fake.open(ForgeFake.Request(number, head: room.head("a\(number)"))) }
        let isBroken = Mutex(false)
        let answers: @Sendable (FakeRequest) async -> FakeAnswer = { request in
            isBroken.withLock(\.self) && request.path.hasSuffix("/pulls/7")
                ? FakeAnswer(500) : await room.fake.answer(request)
        }
        try await room.running(interval: .milliseconds(200), answer: answers) { _ in
            try await eventually("both") { room.comment(7) != nil && room.comment(8) != nil }
            isBroken.withLock { $0 = true }
            room.fake.change(7) { $0.state = "merged" }
            room.fake.change(8) { $0.isUnlisted = true }
            try await Task.sleep(for: .milliseconds(1000))
            #expect(room.state.withLock(\.closed).isEmpty && room.preview(8)?.state == .ready)
            isBroken.withLock { $0 = false }
            try await eventually("its end") { room.preview(7) == nil }
        }
        #expect(room.state.withLock { $0.closed.map(\.isMerged) } == [true])
        #expect(room.fake.ownComments(on: 8).count == 1 && room.made.count == 2)
    }

    @Test func `a request whose comments can't be read holds up no other`() async throws {
        let room = try RequestRoom()
        for number in 7...9 { room.fake.open(ForgeFake.Request(number, head: room.head("a\(number)"))) }
        let isBroken = Mutex(false)
        let answers: @Sendable (FakeRequest) async -> FakeAnswer = { request in
            isBroken.withLock(\.self) && request.path.contains("/issues/7/")
                ? FakeAnswer(500) : await room.fake.answer(request)
        }
        try await room.running(interval: .milliseconds(200), answer: answers) { watch in
            try await eventually("all") { (7...9).allSatisfy { room.comment($0) != nil } }
            isBroken.withLock { $0 = true }
            let words = (7...9).map { room.fake.write("/martlet help", on: $0, by: "grace") }
            try await eventually("the other words") {
                Set(room.fake.reactions.map(\.comment)) == Set(words.dropFirst())
            }
            room.fake.change(9) { $0.head = room.head("b9") }
            watch.look(at: 9)
            try await eventually("its comment") { room.comment(9)?.contains("at b9b9") == true }
            isBroken.withLock { $0 = false }
            try await eventually("the first word") {
                room.fake.reactions.contains { $0.comment == words.first }
            }
        }
    }

    @Test func `requests from forks are off unless allowed, and say so in one status`() async throws {
        let room = try RequestRoom()
        var request = ForgeFake.Request(7, head: room.head("a1"))
        (request.isFork, request.author) = (true, "mallory")
        room.fake.open(request)
        try await room.running(interval: .milliseconds(200)) { watch in
            try await eventually("the status") { room.fake.statuses.count == 1 }
            room.fake.write("/martlet plan", on: 7, by: "mallory")
            watch.look(at: 7)
            try await Task.sleep(for: .milliseconds(700))
            #expect(
                room.status(room.head("a1")) == "pending not previewed: requests from forks are not, here")
            #expect(room.fake.statuses.count == 1 && room.made.isEmpty && room.comment() == nil)
            #expect(room.fake.reactions.isEmpty)
        }
        var settings = Configuration.PreviewSettings()
        settings.takesForks = true
        try await room.running(settings: settings) { _ in
            try await eventually("the comment") { room.comment()?.contains("at a1a1") == true }
        }
    }

    @Test
    func `a request to a branch that no source follows is none of ours, also after its base was edited`()
        async throws
    {
        let room = try RequestRoom()
        var request = ForgeFake.Request(7, head: room.head("a1"))
        request.base = "docs"
        room.fake.open(request)
        try await room.running { watch in
            watch.look(at: 7)
            try await Task.sleep(for: .milliseconds(300))
            #expect(room.made.isEmpty && room.fake.statuses.isEmpty)
            room.fake.change(7) { $0.base = "main" }
            watch.look(at: 7)
            try await eventually("the comment") { room.comment() != nil }
            room.fake.change(7) { $0.base = "docs" }
            watch.look(at: 7)
            try await eventually("its end") { room.preview() == nil }
        }
    }

    @Test func `a start goes on where the one before ended, and makes again only what has changed`()
        async throws
    {
        let room = try RequestRoom()
        for number in [7, 8] { room.fake.open(ForgeFake.Request(number, head: room.head("a\(number)"))) }
        try await room.running { _ in
            try await eventually("both") { room.comment(7) != nil && room.comment(8) != nil }
            try await eventually("both statuses") { room.fake.statuses.count == 4 }
        }
        room.fake.change(8) { $0.head = room.head("b8") }
        room.fake.open(ForgeFake.Request(9, head: room.head("a9")))
        let before = room.made.count
        try await room.running { watch in
            watch.follow(["main": .init(commit: "b1")])
            try await eventually("the two") {
                room.comment(9) != nil && room.comment(8)?.contains("b8b8") == true
            }
        }
        #expect(room.made.dropFirst(before).sorted() == ["8 b8b8", "9 a9a9"])
    }
}
