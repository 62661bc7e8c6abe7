import Crypto
import Dispatch
import Fixtures
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import Provision

@Suite struct HostPartsTests {
    private func status(size: Int, modified: Int, changed: Int, number: UInt = 1) -> stat {
        var status = stat()
        status.st_ino = number
        status.st_size = size
        status.st_mtim.tv_sec = modified
        status.st_ctim.tv_sec = changed
        return status
    }

    @Test func `a reading counts only while the status is the same, and not of what was just changed`() {
        let readings = Readings()
        let fingerprint = Fingerprint(high: 1, low: 2)
        let digest = SHA256.hash(data: Array("x".utf8))
        let old = status(size: 1, modified: 1000, changed: 1000)
        readings.remember(fingerprint, digest, old)
        #expect(readings.known(old)?.0 == fingerprint)
        for other in [
            status(size: 2, modified: 1000, changed: 1000), status(size: 1, modified: 1001, changed: 1000),
            status(size: 1, modified: 1000, changed: 1001),
            status(size: 1, modified: 1000, changed: 1000, number: 2),
        ] {
            #expect(readings.known(other) == nil)
        }
        let new = status(size: 1, modified: 1000, changed: time(nil), number: 3)
        readings.remember(fingerprint, digest, new)
        #expect(readings.known(new) == nil)
    }

    @Test func `what appears while an object is made is never overwritten`() async throws {
        let folder = try TemporaryFolder()
        let root = folder.path.droppingLastSlash
        var walk = Walk()
        let opened = try #require(try walk.open(root))
        for kind in HostKind.allCases {
            let path = root + "/" + kind.rawValue
            let place = Place(path: path, root: root, folder: root, name: kind.rawValue)
            let site = try Site(place: place, looking: opened)
            let value =
                switch kind {
                case .file: file(path, "ours")
                case .directory: directory(path)
                case .symlink: symlink(path, to: "ours")
                }
            try folder.write("theirs", to: kind.rawValue)
            let step = Step(
                intent: 1, id: .motd, engine: "host", type: nil, verb: .create, desired: value, over: .absent,
                payload: [], grants: Grants(projects: []), manifest: nil)
            let draft = Draft(
                key: FingerprintKey([1]), step: step, spec: try HostSpec(value), numbers: nil, site: site)
            let content = try await FileContent(.string("ours"), .none)
            #expect(throws: EngineError.notOurs(path)) { try draft.make(content, isNew: true) }
            #expect(text(path) == "theirs")
        }
        #expect(names(in: root) == ["directory", "file", "symlink"])
    }

    @Test func `a limit of inotify is said, and is no failure`() {
        let watcher = Watcher(queue: .global())
        _ = AsyncStream<Event> { continuation in
            _ = watcher.state.withLock { $0.start(-1, EMFILE, continuation) }
        }
        #expect(
            watcher.problem
                == Diagnostic(
                    .warning,
                    """
                    some folders are not watched, and only the sweep looks at them: the limit \
                    fs.inotify.max_user_instances is reached
                    """,
                    hint: """
                        raise it with 'sysctl fs.inotify.max_user_instances=NUMBER', then restart the controller
                        """))
    }

    @Test func `content that stays as it is lets the mode change`() async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        try await loop.converge(.motd, file(path, "ours"))
        try "\u{0}edited".write(toFile: path, atomically: false, encoding: .utf8)
        let seen = try await loop.observe(.motd, file(path, .secret(SecretHandle(.motd, "x", version: "1"))))
        let kept = file(path, try #require(seen.content), mode: "0600")
        #expect(
            try await loop.converge(.motd, kept)?.summary
                == "update; config.mode \"0644\" -> \"0600\" (commit)")
        #expect(text(path) == "\u{0}edited")
        #expect(mode(path) == 0o600)
    }

    @Test("drift that a step leaves goes on being drift", arguments: [true, false])
    func kept(holdsSecret: Bool) async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "1")
        await loop.give(handle, "canary")
        let content = holdsSecret ? Value.secret(handle) : .string("ours")
        try await loop.converge(.motd, file(path, content))
        try "edited".write(toFile: path, atomically: false, encoding: .utf8)
        let seen = try await loop.observe(.motd, file(path, content))
        var step = await loop.step(
            .update, .motd, file(path, seen.content ?? .null, mode: "0600"), over: seen)
        step.keeps = [
            Step.Kept(path: FieldPath("config").appending("content"), asked: content, base: content)
        ]
        guard case .done(var made) = await loop.engine.apply(step, secrets: .none) else {
            Issue.record("the step failed")
            return
        }
        #expect(text(path) == "edited")
        #expect(mode(path) == 0o600)
        // As the loop records it: what was asked for, and what was there before the drift.
        let asked = file(path, content, mode: "0600")
        made.fields = asked
        await loop.record(.motd, asked, made)
        let change = try await loop.plan(.motd, asked)
        #expect(change?.fields.map(\.path.description) == ["config.content"])
        #expect(change?.isDriftOnly == true)
    }

    @Test(
        "an owner is a user, a group or both",
        arguments: [
            ("web", "web", nil), ("web:www", "web", "www"), (":www", nil, "www"), ("1000:33", "1000", "33"),
        ] as [(String, String?, String?)])
    func owners(text: String, user: String?, group: String?) {
        #expect(HostOwner(text)?.user == user)
        #expect(HostOwner(text)?.group == group)
    }
    @Test("what is none is refused", arguments: ["", ":", "web:", "a:b:c"])
    func noOwners(text: String) { #expect(HostOwner(text) == nil) }

    @Test func `every field and output is documented`() throws {
        let variants = try #require(HostEngine.description(name: "host", .init()).variants)
        #expect(variants.keys.sorted() == ["directory", "file", "symlink"])
        for (name, variant) in variants {
            #expect(Set(variant.fields.map(\.name)) == HostKind(rawValue: name)?.fields)
            #expect(variant.fields.allSatisfy { $0.documentation.hasSuffix(".") && $0.example != nil })
            #expect(variant.outputs.allSatisfy { $0.documentation.hasSuffix(".") })
        }
    }
}
