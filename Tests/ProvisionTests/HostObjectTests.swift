import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Provision

@Suite struct HostObjectTests {
    @Test func `a file is made, changed, removed by hand and made again, and then pruned`() async throws {
        let loop = try HostLoop()
        let path = loop.path("motd")
        let created = try await loop.converge(.motd, file(path, "hello\n"))
        #expect(
            created?.summary == """
                create; type null -> "file" (commit); config.content null -> "hello\\n" (commit); \
                config.mode null -> "0644" (commit); config.path null -> "\(path)" (commit)
                """)
        #expect(text(path) == "hello\n")
        #expect(mode(path) == 0o644)
        #expect(try await loop.plan(.motd, file(path, "hello\n")) == nil)

        let updated = try await loop.converge(.motd, file(path, "good day\n", mode: "0600"))
        #expect(
            updated?.summary == """
                update; config.content "hello\\n" -> "good day\\n" (commit); config.mode "0644" -> "0600" (commit)
                """)
        #expect(text(path) == "good day\n")
        #expect(mode(path) == 0o600)

        unlink(path)
        let again = try await loop.converge(.motd, file(path, "good day\n", mode: "0600"))
        #expect(again?.cause == .drift)
        #expect(text(path) == "good day\n")

        #expect(try await loop.converge(.motd, nil)?.action == .delete)
        #expect(names(in: loop.folder.path) == [])
        #expect(try await loop.plan(.motd, nil) == nil)
    }

    @Test func `drift of each field is shown and mended`() async throws {
        let loop = try HostLoop()
        let path = loop.path("motd")
        let desired = file(path, "hello\n")
        try await loop.converge(.motd, desired)
        let before = try await loop.observe(.motd, desired)

        try "bye\n".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(
            try await loop.converge(.motd, desired)?.summary
                == "update; config.content \"bye\\n\" -> \"hello\\n\" (drift)")
        chmod(path, 0o666)
        #expect(
            try await loop.converge(.motd, desired)?.summary
                == "update; config.mode \"0666\" -> \"0644\" (drift)")
        #expect(text(path) == "hello\n")
        var after = try await loop.observe(.motd, desired)
        after.intent = before.intent
        #expect(after == before)
    }

    @Test func `a commit and a drift of one field are both named`() async throws {
        let loop = try HostLoop()
        let path = loop.path("motd")
        try await loop.converge(.motd, file(path, "one"))
        try "other".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(
            try await loop.plan(.motd, file(path, "two"))?.summary
                == "update; config.content \"other\" -> \"two\" (both)")
    }

    @Test func `what exists and is not ours is left alone, and is adopted only where that is allowed`()
        async throws
    {
        let loop = try HostLoop()
        let path = try loop.folder.write("theirs", to: "motd")
        let desired = file(path, "ours")
        let foreign = try await loop.observe(.motd, desired, adoption: .inPlace)
        #expect(foreign == Observation(.foreign))
        await #expect(throws: EngineError.self) { try await loop.converge(.motd, desired) }
        await #expect {
            try await loop.carryOut(.create, .motd, desired, over: .absent)
        } throws: { error in
            (error as? EngineError)?.message == "'\(path)' exists, and Martlet did not make it"
                && (error as? EngineError)?.hint
                    == "take it over with 'reconcile: {adopt: true}', or move it away"
        }
        #expect(text(path) == "theirs")

        await loop.allowAdoption()
        #expect(try await loop.observe(.motd, desired).presence == .foreign)
        let change = try await loop.converge(.motd, desired, adoption: .inPlace)
        #expect(change?.summary == "update; config.content \"theirs\" -> \"ours\" (commit)")
        #expect(text(path) == "ours")
        #expect(try await loop.plan(.motd, desired) == nil)
    }

    @Test func `what is of another kind, or has another name, is not adopted`() async throws {
        let loop = try HostLoop(mayAdopt: true)
        let path = loop.path("motd")
        mkdir(path, 0o755)
        await #expect {
            try await loop.plan(.motd, file(path, ""), adoption: .inPlace)
        } throws: {
            ($0 as? EngineError)?.message == "'\(path)' can't be adopted: it is a directory, not a file"
        }
        let other = try loop.folder.write("shadow", to: "other")
        link(other, loop.path("linked"))
        await #expect {
            try await loop.plan(.motd, file(loop.path("linked"), ""), adoption: .inPlace)
        } throws: {
            ($0 as? EngineError)?.message == "'\(loop.path("linked"))' can't be adopted: it has other names"
        }
    }

    @Test func `what another project made is not adopted`() async throws {
        let loop = try HostLoop(mayAdopt: true)
        let path = loop.path("motd")
        let other = ResourceID("infrastructure", "bank", "motd")
        try await loop.converge(other, file(path, "theirs"))
        await #expect {
            try await loop.plan(.motd, file(path, "ours"), adoption: .inPlace)
        } throws: {
            ($0 as? EngineError)?.message == "'\(path)' can't be adopted: another project made it"
        }
    }

    @Test func `what a replacement left is in nobody's way who comes back to it`() async throws {
        let loop = try HostLoop()
        let (one, two) = (loop.path("one"), loop.path("two"))
        try await loop.converge(.motd, file(one, "hello"))
        let left = try await loop.observe(.motd, nil)
        try await loop.carryOut(.create, .motd, file(two, "hello"), over: .absent)
        await loop.leave(left, of: .motd)
        let change = try await loop.plan(.motd, file(one, "hello"))
        #expect(change?.summary == "replace; config.path \"\(two)\" -> \"\(one)\" (commit) !")
    }

    @Test func `a path that another resource has is said to be its own`() async throws {
        let loop = try HostLoop()
        let (one, two) = (loop.path("one"), loop.path("two"))
        let other = ResourceID("infrastructure", "shop", "other")
        try await loop.converge(.motd, file(one, "hello"))
        try await loop.converge(other, file(two, "hello"))
        await #expect {
            try await loop.plan(.motd, file(two, "hello"))
        } throws: {
            let error = $0 as? EngineError
            return error?.message
                == "'\(two)' is in use by \(other), and free once that has gone elsewhere"
                && error?.occupant == other && error?.recovery == .retry
        }
        try await loop.converge(other, file(loop.path("three"), "hello"))
        #expect(try await loop.plan(.motd, file(two, "hello"))?.action == .replace)
    }

    @Test func `files that swap their paths give up their own first, directories never`() async throws {
        let loop = try HostLoop()
        let other = ResourceID("infrastructure", "shop", "other")
        for (kind, make) in [("file", { file($0, "hello") }), ("directory", { directory($0) })] {
            let (one, two) = (loop.path("one-\(kind)"), loop.path("two-\(kind)"))
            try await loop.converge(.motd, make(one))
            try await loop.converge(other, make(two))
            let seen = try await loop.observe(.motd, make(two))
            var target = await loop.target(.motd, make(two))
            target.yields = true
            let change = try? await loop.engine.plan(target, over: seen, secrets: .none)
            #expect(change?.action == (kind == "file" ? .replace : nil))
            #expect(change?.createsFirst != true)
        }
    }

    @Test func `what a replacement left is said to be its resource's own`() async throws {
        let loop = try HostLoop()
        let (one, two) = (loop.path("one"), loop.path("two"))
        let other = ResourceID("infrastructure", "shop", "other")
        try await loop.converge(other, file(one, "hello"))
        let left = try await loop.observe(other, nil)
        try await loop.carryOut(.create, other, file(two, "hello"), over: .absent)
        await loop.leave(left, of: other)
        _ = try await loop.observe(other, file(two, "hello"))
        await #expect {
            try await loop.plan(.motd, file(one, "mine"))
        } throws: {
            ($0 as? EngineError)?.occupant == other
        }
    }

    @Test func `another path is another object, made first`() async throws {
        let loop = try HostLoop()
        let (one, two) = (loop.path("one"), loop.path("two"))
        try await loop.converge(.motd, file(one, "hello"))
        let change = try await loop.converge(.motd, file(two, "hello"))
        #expect(change?.summary == "replace; config.path \"\(one)\" -> \"\(two)\" (commit) !")
        #expect(change?.createsFirst == true)
        #expect(names(in: loop.folder.path) == ["two"])
        #expect(try await loop.plan(.motd, file(two, "hello")) == nil)

        try loop.folder.write("theirs", to: "three")
        await #expect {
            try await loop.plan(.motd, file(loop.path("three"), "hello"))
        } throws: {
            ($0 as? EngineError)?.message == "'\(loop.path("three"))' exists, and Martlet did not make it"
        }
    }

    @Test func `another type at the same path replaces, the old one first`() async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        let all = [file(path, "x"), directory(path), symlink(path, to: "elsewhere"), file(path, "y")]
        for desired in all {
            let change = try await loop.converge(.motd, desired)
            #expect(change?.action == .create || change?.action == .replace && change?.createsFirst == false)
            #expect(try await loop.plan(.motd, desired) == nil)
        }
        #expect(text(path) == "y")
    }

    @Test func `a directory's mode is kept, and it is removed only when empty`() async throws {
        let loop = try HostLoop()
        let path = loop.path("folder")
        try await loop.converge(.motd, directory(path, mode: "0750"))
        #expect(mode(path) == 0o750)
        try loop.folder.write("theirs", to: "folder/file")
        #expect(try await loop.plan(.motd, directory(path, mode: "0750")) == nil)
        chmod(path, 0o700)
        #expect(
            try await loop.converge(.motd, directory(path, mode: "0750"))?.summary
                == "update; config.mode \"0700\" -> \"0750\" (drift)")
        await #expect {
            try await loop.converge(.motd, nil)
        } throws: {
            ($0 as? EngineError)?.message == "'\(path)' is not empty"
        }
        unlink(loop.path("folder/file"))
        try await loop.converge(.motd, nil)
        #expect(mode(path) == nil)
    }

    @Test func `a symlink's target is kept, and never followed`() async throws {
        let loop = try HostLoop()
        let path = loop.path("current")
        let victim = try loop.folder.write("victim", to: "victim")
        try await loop.converge(.motd, symlink(path, to: "releases/1"))
        unlink(path)
        symlink(victim, path)
        #expect(
            try await loop.converge(.motd, symlink(path, to: "releases/1"))?.summary
                == "update; config.target \"\(victim)\" -> \"releases/1\" (drift)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "releases/1")
        try await loop.converge(.motd, nil)
        #expect(text(victim) == "victim")
    }

    @Test func `what took our object's place and is of another kind is not deleted`() async throws {
        let loop = try HostLoop()
        let path = loop.path("motd")
        try await loop.converge(.motd, file(path, "ours"))
        let seen = try await loop.observe(.motd, nil)
        unlink(path)
        mkdir(path, 0o755)
        #expect(try await loop.observe(.motd, nil) == Observation(.foreign))
        await #expect {
            try await loop.carryOut(.delete, .motd, nil, over: seen)
        } throws: {
            ($0 as? EngineError)?.message == "'\(path)' is a directory by now, and a file was recorded"
        }
        #expect(mode(path) == 0o755)
    }

    @Test(
        "whatever the form of a value, nothing is left to plan",
        arguments: [
            .int(8080), .scalar("1.10"), .bool(true), .string(String(repeating: "long ", count: 20_000)),
        ]
            as [Value])
    func forms(content: Value) async throws {
        let loop = try HostLoop()
        let desired = file(loop.path("it"), content, mode: "644", owner: "\(geteuid())")
        try await loop.converge(.motd, desired)
        let record = await loop.records[.motd]
        let seen = try await loop.observe(.motd, desired)
        #expect(seen == record?.observation)
        #expect(try await loop.plan(.motd, desired) == nil)
        #expect(text(loop.path("it")) == content.string)
        try "x".write(toFile: loop.path("it"), atomically: false, encoding: .utf8)
        #expect(try await loop.converge(.motd, desired)?.action == .update)
        #expect(try await loop.plan(.motd, desired) == nil)
    }

    @Test func `content that is no text is shown as a fingerprint`() async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        try await loop.converge(.motd, file(path, "text"))
        try Data([0xff, 0xfe, 0]).write(to: URL(filePath: path))
        let change = try await loop.plan(.motd, file(path, "text"))
        #expect(change?.summary == "update; config.content (hidden) -> \"text\" (drift)")
    }

    @Test func `outputs are known before, and say what was made after`() async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        let change = try await loop.converge(.motd, file(path, "abc"))
        let outputs = Value.map([
            "path": .string(path),
            "sha256": .string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
        #expect(change?.outputs == outputs)
        #expect(try await loop.observe(.motd, nil).outputs == outputs)
    }

    @Test func `what is not known yet is planned and not applied`() async throws {
        let loop = try HostLoop()
        let desired = file(loop.path("it"), .text([.literal("port "), .unknown]))
        let change = try await loop.plan(.motd, desired)
        #expect(change?.action == .create)
        #expect(change?.outputs["sha256"] == .unknown)
        await #expect(throws: EngineError(.retry, "infrastructure/shop/motd is not wholly known yet")) {
            try await loop.carryOut(.create, .motd, desired, over: .absent)
        }
    }

    @Test func `a missing folder is an error with the way out`() async throws {
        let loop = try HostLoop()
        let path = loop.path("missing/it")
        await #expect {
            try await loop.converge(.motd, file(path, ""))
        } throws: { error in
            (error as? EngineError)?.message == "cannot make '\(path)': its folder is missing"
                && (error as? EngineError)?.hint
                    == "declare '\(loop.path("missing"))' as a directory, and build the path from its output 'path'"
        }
    }

    @Test func `the bytes that are recorded stay as they are`() {
        let state = HostState(
            .file, mode: 0o640, user: 1000, group: 33, Fingerprint(high: 1, low: 2), at: "/srv/ä")
        let bytes: [UInt8] =
            [1, 0, 1, 0xa0, 0, 0, 3, 0xe8, 0, 0, 0, 33] + [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
            + Array("/srv/ä".utf8)
        #expect(state.bytes == bytes)
        #expect(HostState(bytes) == state)
        #expect(HostState(Array(bytes.prefix(20))) == nil)
        #expect(HostState([2] + bytes.dropFirst()) == nil)
    }
}
