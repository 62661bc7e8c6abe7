import Fakes
import Foundation
import Model
import Review
import Store
import Synchronization
import Testing

@testable import martlet

/// When a request is previewed, and what the gate is told of it.
@Suite(.timeLimit(.minutes(5))) struct RequestTurnTests {
    @Test func `what was told to end and has not yet keeps its turn`() async throws {
        let room = try RequestRoom()
        let isEnding = Mutex(false)
        let most = Mutex((now: 0, most: 0))
        room.state.withLock { state in
            state.make = { request throws(PreviewProblem) in
                most.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                // As a library's call that can't be broken off.
                while request.head == room.head("a1"), !isEnding.withLock(\.self) {
                    await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
                }
                most.withLock { $0.now -= 1 }
                return room.outcome(request)
            }
        }
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        try await room.running { watch in
            try await eventually("its beginning") { room.made.count == 1 }
            room.fake.change(7) { $0.head = room.head("b2") }
            watch.look(at: 7)
            try await eventually("the push is known") { room.preview()?.head == room.head("b2") }
            try await Task.sleep(for: .milliseconds(200))
            #expect(room.made.count == 1)
            isEnding.withLock { $0 = true }
            try await eventually("the second") { room.comment()?.contains("at b2b2") == true }
        }
        #expect(most.withLock(\.most) == 1 && room.fake.ownComments(on: 7).count == 1)
    }

    @Test func `the gate is told what people are told, and of a refusal nothing`() async throws {
        let room = try RequestRoom()
        let head = room.head("a1")
        let shown = ShownPreview(
            source: "shop", request: "", author: "ada", tree: "tree", delta: "delta",
            plan: ReviewedPlan(digest: RequestRoom.digest, changes: []), shownAt: 1)
        room.state.withLock { state in
            state.make = { request throws(PreviewProblem) in
                guard request.head == head else { throw .refused("it is too large") }
                var outcome = room.outcome(request)
                outcome.shown = [shown]
                return outcome
            }
            state.isRecording = false
        }
        room.fake.open(ForgeFake.Request(7, head: head))
        try await room.running { watch in
            try await eventually("its beginning") { room.made.count == 1 }
            try await Task.sleep(for: .milliseconds(200))
            #expect(room.comment() == nil && room.preview()?.state == .waiting)
        }
        room.state.withLock { $0.isRecording = true }
        try await room.running { watch in
            try await eventually("the comment") { room.comment()?.contains("at a1a1") == true }
            room.fake.change(7) { $0.head = room.head("b2") }
            watch.look(at: 7)
            try await eventually("the refusal") { room.comment()?.contains("it is too large") == true }
        }
        #expect(room.state.withLock { $0.shown.map(\.trees) } == [["tree"], []])
        #expect(room.state.withLock { $0.shown.map(\.request) }.allSatisfy { $0.hasSuffix("/pull/7") })
    }

    @Test func `what is applied meanwhile no longer waits: what was shown before is shown anew`() async throws
    {
        let room = try RequestRoom()
        let isApplied = Mutex(false)
        room.state.withLock { state in
            state.make = { request throws(PreviewProblem) in
                var outcome = room.outcome(request)
                if isApplied.withLock(\.self) {
                    (outcome.summary, outcome.comment) = ("1 to delete", "### 1 to delete")
                }
                return outcome
            }
        }
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        try await room.running { watch in
            try await eventually("the comment") { room.comment()?.contains("1 to create") == true }
            watch.follow(["main": .init(commit: "b1")])
            isApplied.withLock { $0 = true }
            for _ in 0..<3 { watch.follow(["main": .init(commit: "b1", settledAt: currentMilliseconds())]) }
            try await eventually("the second") { room.comment()?.hasSuffix("### 1 to delete") == true }
            watch.follow(["main": .init(commit: "b1", settledAt: room.preview()?.ended ?? 0)])
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect((2...4).contains(room.made.count), "\(room.made)")
    }

    /// By them it may yet be found out what was merged: squashed, it names no head.
    @Test(arguments: [true, false])
    func `the head of a request that was merged is kept until the branch was fetched, another's is not`(
        isMerged: Bool
    ) async throws {
        let room = try RequestRoom()
        room.state.withLock { $0.kept = [7, 8] }
        for number in [7, 8] { room.fake.open(ForgeFake.Request(number, head: room.head("a1"))) }
        try await room.running { watch in
            try await eventually("both comments") { room.comment(7) != nil && room.comment(8) != nil }
            room.fake.change(7) { $0.state = isMerged ? "merged" : "closed" }
            watch.look(at: 7)
            try await eventually("its end") { room.preview(7) == nil }
            #expect(room.state.withLock(\.kept) == (isMerged ? [7, 8] : [8]))
            try await eventually("the end of its head") {
                watch.ask(.init(wantsAll: true))
                return room.state.withLock(\.kept) == [8]
            }
        }
    }
}
