import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Provision

@Suite struct HostCrashTests {
    private let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "1")

    /// Applies a step as if its answer had been lost.
    private func lose(_ loop: HostLoop, _ step: Step) async {
        let values = await loop.secrets
        _ = await loop.engine.apply(
            step,
            secrets: SecretSource { handle throws(EngineError) in
                SecretValue((values[handle] ?? "").utf8)
            })
    }

    @Test("a lost create is found by its intent", arguments: HostKind.allCases)
    func lostCreate(kind: HostKind) async throws {
        let loop = try HostLoop()
        await loop.give(handle, "canary")
        let path = loop.path("it")
        let desired =
            switch kind {
            case .file: file(path, .secret(handle))
            case .directory: directory(path)
            case .symlink: symlink(path, to: "x")
            }
        let step = await loop.step(.create, .motd, desired, over: .absent)
        #expect(try await loop.observe(.motd, desired, unanswered: step) == .absent)
        await lose(loop, step)
        let found = try await loop.observe(.motd, desired, unanswered: step)
        #expect(found.presence == .ours)
        #expect(found.intent == step.intent)
        await loop.record(.motd, desired, found)
        #expect(try await loop.plan(.motd, desired) == nil)
        // Once more is the same as once.
        guard
            case .done(let again) = await loop.engine.apply(
                step, secrets: SecretSource { _ in SecretValue("canary".utf8) })
        else {
            Issue.record("a step that is done was refused")
            return
        }
        #expect(again == found)
    }

    @Test func `a foreign object is not taken for a lost create`() async throws {
        let loop = try HostLoop()
        let desired = file(try loop.folder.write("same", to: "it"), "same")
        let step = await loop.step(.create, .motd, desired, over: .absent)
        #expect(try await loop.observe(.motd, desired, unanswered: step).presence == .foreign)
        // Nor is what another of our own resources made.
        let other = ResourceID("infrastructure", "shop", "other")
        let taken = file(loop.path("other"), "same")
        try await loop.converge(other, taken)
        let second = await loop.step(.create, .motd, taken, over: .absent)
        #expect(try await loop.observe(.motd, taken, unanswered: second).presence == .foreign)
    }

    @Test func `a lost update is known by its intent`() async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        try await loop.converge(.motd, file(path, "one"))
        let seen = try await loop.observe(.motd, file(path, "one"))
        let step = await loop.step(.update, .motd, file(path, "two"), over: seen)
        #expect(try await loop.observe(.motd, file(path, "two"), unanswered: step).intent == seen.intent)
        await lose(loop, step)
        let found = try await loop.observe(.motd, file(path, "two"), unanswered: step)
        #expect(found.intent == step.intent)
        #expect(found.content == .string("two"))
    }

    @Test func `a repeated delete takes nothing of who has the place by now, also where nothing is watched`()
        async throws
    {
        let loop = try HostLoop()
        let (path, other) = (loop.path("it"), ResourceID("infrastructure", "shop", "other"))
        try await loop.converge(.motd, file(path, "one"))
        let seen = try await loop.observe(.motd, file(path, "one"))
        let step = await loop.step(.delete, .motd, nil, over: seen)
        // It happened, its answer was lost, and the place went to another.
        unlink(path)
        #expect(try await loop.observe(.motd, nil).presence == .absent)
        try await loop.converge(other, file(path, "two"))
        await lose(loop, step)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "two")
    }

    @Test func `what changed after a lost step is drift`() async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        let step = await loop.step(.create, .motd, file(path, "one"), over: .absent)
        await lose(loop, step)
        try "edited".write(toFile: path, atomically: false, encoding: .utf8)
        let found = try await loop.observe(.motd, file(path, "one"), unanswered: step)
        #expect(found.content == .string("one"))
        await loop.record(.motd, file(path, "one"), found)
        #expect(
            try await loop.converge(.motd, file(path, "one"))?.summary
                == "update; config.content \"edited\" -> \"one\" (drift)")
    }

    @Test func `what a crashed step left is removed`() async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        let step = await loop.step(.create, .motd, file(path, "x"), over: .absent)
        let leftover = FingerprintKey(Array("a key".utf8)).temporaryName(step.intent, step.id)
        try loop.folder.write("half", to: leftover)
        try loop.folder.write("theirs", to: ".martlet-notes")
        #expect(try await loop.observe(.motd, file(path, "x"), unanswered: step) == .absent)
        #expect(names(in: loop.folder.path) == [".martlet-notes"])
        try loop.folder.write("half", to: leftover)
        await lose(loop, step)
        #expect(names(in: loop.folder.path) == [".martlet-notes", "it"])
        #expect(text(path) == "x")
    }

    @Test(.enabled(if: isRoot, "needs a mount"))
    func `without extended attributes the content decides, and a secret can't`() async throws {
        let folder = try TemporaryFolder()
        try #require(mount("martlet", folder.path, "ramfs", 0, nil) == 0)
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        let loop = try HostLoop(root: folder.path)
        let path = folder.url.appending(path: "it").path
        let step = await loop.step(.create, .motd, file(path, "one"), over: .absent)
        await lose(loop, step)
        #expect(try await loop.observe(.motd, file(path, "one"), unanswered: step).intent == step.intent)
        try "two".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try await loop.observe(.motd, file(path, "one"), unanswered: step).presence == .foreign)
        let secret = await loop.step(.create, .motd, file(path, .secret(handle)), over: .absent)
        await #expect {
            try await loop.observe(.motd, secret.desired, unanswered: secret)
        } throws: {
            ($0 as? EngineError)?.message
                == "'\(path)' exists, and its file system can't say whether a step that was cut off made it"
        }
    }
}
