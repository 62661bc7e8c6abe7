import Fakes
import Foundation
import Model
import Review
import Store
import Synchronization
import Testing

@testable import martlet

/// What people ask for in comments, and who may.
@Suite(.timeLimit(.minutes(5))) struct RequestCommandTests {
    /// With a preview that stands for longer than a second: forges tell no shorter times.
    private static func previewed<Result: Sendable>(
        _ kind: ForgeFake.Kind = .github,
        _ body: @escaping @Sendable (RequestRoom, RequestWatch) async throws -> Result
    ) async throws -> Result {
        let room = try RequestRoom(kind)
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        return try await room.running { watch in
            try await eventually("the comment") { room.comment() != nil }
            try await Task.sleep(for: .milliseconds(1100))
            return try await body(room, watch)
        }
    }
    private static func say(
        _ text: String, by name: String, _ room: RequestRoom, _ watch: RequestWatch, _ reaction: String
    ) async throws {
        let id = room.fake.write(text, on: 7, by: name)
        watch.look(at: 7)
        let names = ["+1": "thumbsup", "-1": "thumbsdown"]
        let name = room.fake.kind == .gitlab ? names[reaction] ?? reaction : reaction
        try await eventually("the word about '\(text)'") {
            room.fake.kind == .bitbucket || room.fake.reactions.contains(.init(comment: id, name: name))
        }
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `somebody other than the author who may write approves what stands`(kind: ForgeFake.Kind)
        async throws
    {
        try await Self.previewed(kind) { room, watch in
            try await Self.say("/martlet approve", by: "grace", room, watch, "+1")
            try await eventually("the note") {
                room.comment()?.contains("`grace` approved plan `7d4fa1c07d4f`.") == true
            }
            #expect(room.state.withLock(\.approved) == [#"7 ["shop"] grace"#])
            #expect(
                room.comment()?.contains("plan \(RequestRoom.digest)") == true, "the whole digest, hidden")
            #expect(room.fake.asked == ["grace"] && room.fake.complaints == [])
        }
    }

    @Test(arguments: [
        ("ada", "/martlet approve", "it is the author's own request"),
        ("eve", "/martlet approve", "they may not write to the repository"),
        ("grace", "/martlet approve 0123456789ab", "the plan that stands here is another one"),
    ]) func `nobody else does`(name: String, text: String, cause: String) async throws {
        try await Self.previewed { room, watch in
            try await Self.say(text, by: name, room, watch, "-1")
            #expect(room.state.withLock(\.approved).isEmpty)
            guard name != "eve" else { return #expect(room.comment()?.contains("eve") == false) }
            try await eventually("the cause\n\(room.comment() ?? "")") {
                room.comment()?.contains(cause) == true
            }
        }
    }

    @Test func `what the controller itself objects to does not count`() async throws {
        try await Self.previewed { room, watch in
            room.state.withLock { $0.objection = "nothing waits for it" }
            try await Self.say("/martlet approve", by: "grace", room, watch, "-1")
            try await eventually("the cause") {
                room.comment()?.contains("because nothing waits for it.") == true
            }
        }
    }

    @Test func `a word that was written over another comment, or over an older plan, approves nothing`()
        async throws
    {
        try await Self.previewed { room, watch in
            let edited = room.fake.write("nice", on: 7, by: "grace")
            room.fake.rewrite(edited, "/martlet approve")
            watch.look(at: 7)
            try await eventually("no word") {
                room.fake.reactions.contains(.init(comment: edited, name: "-1"))
            }
            // The plan changes after it was written, and before it is read; of digits, another may begin so.
            for text in ["/martlet approve", "/martlet approve \(RequestRoom.digest.prefix(12))"] {
                let late = room.fake.write(text, on: 7, by: "grace")
                let own = try #require(room.fake.ownComments(on: 7).first)
                room.fake.rewrite(own.id, own.text)
                watch.look(at: 7)
                try await eventually("no word for '\(text)'") {
                    room.fake.reactions.contains(.init(comment: late, name: "-1"))
                }
                #expect(room.state.withLock(\.approved).isEmpty)
            }
            try await Self.say("/martlet approve \(RequestRoom.digest)", by: "grace", room, watch, "+1")
            #expect(room.state.withLock(\.approved).count == 1, "the whole digest says which it is")
        }
    }

    /// Who asks for a change can find two whose digests begin alike.
    @Test func `digits that another plan begins with as well approve nothing that was not seen`() async throws
    {
        try await Self.previewed { room, watch in
            let other = String(RequestRoom.digest.prefix(12)) + String(repeating: "0", count: 52)
            var preview = try #require(room.preview())
            preview.plans = ["shop": other]
            try room.store.keep(preview)
            try await room.running { watch in
                for text in ["/martlet approve", "/martlet approve \(other.prefix(12))"] {
                    try await Self.say(text, by: "grace", room, watch, "-1")
                }
            }
            #expect(room.state.withLock(\.approved).isEmpty)
        }
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `what waits of a merged request is let go by a word that names its digest, once`(
        kind: ForgeFake.Kind
    )
        async throws
    {
        try await Self.previewed(kind) { room, watch in
            room.fake.change(7) { $0.state = "merged" }
            watch.look(at: 7)
            try await eventually("its end") { room.preview() == nil }
            for (text, name, reaction) in [
                ("/martlet approve", "grace", "confused"), ("/martlet approve 0123456789ab", "ada", "-1"),
                ("/martlet approve 0123456789ab", "eve", "-1"),
                ("/martlet approve 0123456789ab", "grace", "+1"),
            ] {
                try await Self.say(text, by: name, room, watch, reaction)
            }
            for _ in 0..<3 {
                watch.look(at: 7)
                try await Task.sleep(for: .milliseconds(100))
            }
            try await eventually("the word") { !room.state.withLock(\.approved).isEmpty }
            #expect(room.state.withLock(\.approved) == ["merged 0123456789ab grace"])
            #expect(room.fake.complaints == [] && room.fake.ownComments(on: 7).count == 1)
        }
    }

    @Test(arguments: [ForgeFake.Kind.github, .gitlab, .bitbucket])
    func `a program that may write approves nothing`(kind: ForgeFake.Kind) async throws {
        try await Self.previewed(kind) { room, watch in
            try await Self.say("/martlet approve", by: "project_7_bot_3f2c9e1", room, watch, "-1")
            try await eventually("the cause") {
                room.comment()?.contains("because a program approves nothing.") == true
            }
            #expect(room.state.withLock(\.approved).isEmpty && room.fake.complaints == [])
        }
    }

    @Test
    func `what was written while nobody listened is heeded, and what is older than the request here is not`()
        async throws
    {
        let room = try RequestRoom()
        room.fake.open(ForgeFake.Request(7, head: room.head("a1")))
        try await room.running { _ in try await eventually("the comment") { room.comment() != nil } }
        var preview = try #require(room.preview())
        preview.seen -= 10 * 3_600_000
        try room.store.keep(preview)
        let (hour, now) = (3600.0, Date())
        let old = room.fake.write("/martlet help", on: 7, by: "grace", at: now - 12 * hour)
        let missed = room.fake.write("/martlet help", on: 7, by: "grace", at: now - 3 * hour)
        try await room.running { _ in
            try await eventually("the word") { room.fake.reactions == [.init(comment: missed, name: "+1")] }
        }
        #expect(!room.fake.reactions.contains { $0.comment == old })
    }

    @Test func `plan makes it anew, help says what there is, and a word is heeded once`() async throws {
        try await Self.previewed { room, watch in
            try await Self.say("/martlet plan", by: "ada", room, watch, "eyes")
            try await eventually("the second") { room.made.count == 2 }
            try await Self.say("/martlet help", by: "ada", room, watch, "+1")
            try await eventually("the help") { room.comment()?.contains("| `/martlet approve` |") == true }
            try await Self.say("/martlet deploy @all", by: "ada", room, watch, "confused")
            try await eventually("the answer") {
                room.comment()?.contains("`ada` asked for `deploy`") == true
            }
            try await Self.say("/martlet plan", by: "eve", room, watch, "-1")
            for _ in 0..<3 {
                watch.look(at: 7)
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(room.made.count == 2 && room.fake.reactions.count == 4)
            #expect(room.fake.ownComments(on: 7).count == 1 && room.fake.complaints == [])
        }
    }

    @Test func `a comment that somebody deleted is made again`() async throws {
        try await Self.previewed { room, watch in
            room.fake.remove(try #require(room.fake.ownComments(on: 7).first).id)
            watch.look(at: 7)
            try await eventually("the comment") { room.comment()?.contains("at a1a1") == true }
            #expect(room.made.count == 1)
        }
    }

    /// Who may write may change our comment, which then says in our name what they like.
    @Test(arguments: ForgeFake.Kind.allCases)
    func `our comment that somebody made something else of approves nothing, and is mended`(
        kind: ForgeFake.Kind
    ) async throws {
        try await Self.previewed(kind) { room, watch in
            let own = try #require(room.fake.ownComments(on: 7).first)
            let faked = own.text.replacing("1 to create", with: "no changes")
            #expect(faked != own.text && faked.contains(RequestRoom.digest))
            room.fake.rewrite(own.id, faked)
            let word = room.fake.write("/martlet approve", on: 7, by: "grace", at: Date() + 60)
            watch.look(at: 7)
            try await eventually("no word") {
                kind == .bitbucket
                    || room.fake.reactions.contains(
                        .init(comment: word, name: kind == .gitlab ? "thumbsdown" : "-1"))
            }
            try await eventually("the comment as it was") {
                room.comment()?.contains("1 to create at a1a1") == true
                    && room.comment()?.contains("look again, and say it again") == true
            }
            #expect(room.state.withLock(\.approved).isEmpty && room.fake.complaints == [])
        }
    }

    @Test func `what comes back after it was mended is let be, so that no forge is written to for ever`()
        async throws
    {
        try await Self.previewed { room, watch in
            let own = try #require(room.fake.ownComments(on: 7).first)
            let faked = own.text.replacing("1 to create", with: "no changes")
            room.fake.rewrite(own.id, faked)
            watch.look(at: 7)
            try await eventually("the comment as it was") { room.fake.writes.count == 2 }
            room.fake.rewrite(own.id, faked)
            try await Self.say("/martlet plan", by: "eve", room, watch, "-1")
            #expect(room.fake.writes.count == 2)
            try await Self.say("/martlet plan", by: "grace", room, watch, "eyes")
            try await eventually("the next preview") { room.comment()?.contains("1 to create") == true }
        }
    }

    @Test func `what somebody adds below our comment is taken away, each time that it stood right before`()
        async throws
    {
        try await Self.previewed { room, watch in
            let own = try #require(room.fake.ownComments(on: 7).first)
            for _ in 0..<2 {
                room.fake.rewrite(own.id, own.text + "\n\nLooked at by grace: all is well.")
                watch.look(at: 7)
                try await eventually("the comment as it was") {
                    room.fake.ownComments(on: 7).first?.text == own.text
                }
                try await Self.say("/martlet plan", by: "eve", room, watch, "-1")
            }
        }
    }

    @Test(arguments: [ForgeFake.Kind.github, .bitbucket])
    func `a digest that another controller shows is none of ours`(kind: ForgeFake.Kind) async throws {
        try await Self.previewed(kind) { room, watch in
            let other = String(repeating: "0123", count: 16)
            let mark = kind == .bitbucket ? ("[//]: # (", ")") : ("<!-- ", " -->")
            room.fake.write(
                "\(mark.0)martlet: preview of infra by another\(mark.1)\n\(mark.0)plan \(other)\(mark.1)\n",
                on: 7,
                by: "mallory")
            room.fake.write("/martlet approve \(other.prefix(12))", on: 7, by: "grace")
            room.fake.write("/martlet help", on: 7, by: "grace")
            watch.look(at: 7)
            try await eventually("the help") { room.comment()?.contains("| `/martlet approve` |") == true }
            #expect(room.fake.reactions.count == (kind == .bitbucket ? 0 : 1))
            #expect(room.state.withLock(\.approved).isEmpty && room.fake.asked == ["grace"])
        }
    }
}
