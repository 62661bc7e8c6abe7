import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Provision

@Suite struct HostSafetyTests {
    @Test("a symlink at any component is not followed", arguments: ["a", "a/b", "a/b/c"])
    func planted(component: String) async throws {
        let loop = try HostLoop()
        let outside = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: outside.path + "/b/c", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: loop.path("a/b/c"), withIntermediateDirectories: true)
        let desired = file(loop.path("a/b/c/it"), "ours")
        try await loop.converge(.motd, desired)
        let seen = try await loop.observe(.motd, desired)
        try FileManager.default.moveItem(atPath: loop.path(component), toPath: loop.path("away"))
        symlink(outside.path, loop.path(component))
        let refusal = "'\(loop.path(component))' is a symlink, and none is followed"
        for attempt in 0..<5 {
            await #expect {
                switch attempt {
                case 0: _ = try await loop.observe(.motd, desired)
                case 1: _ = try await loop.plan(.motd, desired)
                case 2: try await loop.carryOut(.create, .motd, desired, over: .absent)
                case 3: try await loop.carryOut(.update, .motd, desired, over: seen)
                default: try await loop.carryOut(.delete, .motd, nil, over: seen)
                }
            } throws: { error in
                (error as? EngineError)?.message == refusal
            }
        }
        #expect(try FileManager.default.subpathsOfDirectory(atPath: outside.path).sorted() == ["b", "b/c"])
    }

    @Test func `a symlink at the place itself is foreign, and its target untouched`() async throws {
        let loop = try HostLoop()
        let victim = try loop.folder.write("victim", to: "victim")
        let path = loop.path("it")
        symlink(victim, path)
        #expect(try await loop.observe(.motd, file(path, "ours")).presence == .foreign)
        await #expect(throws: EngineError.notOurs(path)) {
            try await loop.carryOut(.create, .motd, file(path, "ours"), over: .absent)
        }
        unlink(path)
        try await loop.converge(.motd, file(path, "ours"))
        let seen = try await loop.observe(.motd, nil)
        unlink(path)
        symlink(victim, path)
        for verb in [Step.Verb.update, .delete] {
            await #expect(throws: EngineError.self) {
                try await loop.carryOut(verb, .motd, verb == .delete ? nil : file(path, "ours"), over: seen)
            }
        }
        #expect(text(victim) == "victim")
        #expect(names(in: loop.folder.path) == ["it", "victim"])
    }

    @Test(
        "paths that lead elsewhere are refused when they are known, however late",
        arguments: [
            ("/etc/passwd", "'/etc/passwd' is outside of the roots that the source may write in"),
            ("ROOT/../x", "'ROOT/../x' holds '..'"),
            ("ROOT/a/./x", "'ROOT/a/./x' holds an empty part or '.'"),
            ("ROOT//x", "'ROOT//x' holds an empty part or '.'"),
            ("ROOT/x/", "'ROOT/x/' holds an empty part or '.'"),
            ("ROOT", "'ROOT' is outside of the roots that the source may write in"),
            ("ROOTx/y", "'ROOTx/y' is outside of the roots that the source may write in"),
            ("x/y", "'x/y' is no absolute path"), ("", "the path is empty"),
            ("ROOT/a\0b", "'ROOT/a\\u{0}b' holds a NUL"),
            ("ROOT/.martlet-1", "'ROOT/.martlet-1' is a name that Martlet keeps for itself"),
            ("ROOT/state/x", "'ROOT/state/x' belongs to the controller itself"),
            ("ROOT/state", "'ROOT/state' belongs to the controller itself"),
            ("ROOT/deep", "'ROOT/deep' holds folders of the controller itself"),
            (
                "ROOT/" + String(repeating: "n", count: 256),
                "a part of the path has 256 bytes, and 255 is the most"
            ),
            (
                "ROOT" + String(repeating: "/nnnnnnnn", count: 500),
                "the path has LENGTH bytes, and 4095 is the most"
            ),
        ])
    func outside(path: String, message: String) async throws {
        let root = try TemporaryFolder()
        let loop = try HostLoop(
            root: root.path.droppingLastSlash,
            forbidden: [root.url.appending(path: "state").path, root.url.appending(path: "deep/state").path])
        let real = path.replacingOccurrences(of: "ROOT", with: root.path.droppingLastSlash)
        let expected = message.replacingOccurrences(of: "ROOT", with: root.path.droppingLastSlash)
            .replacingOccurrences(of: "LENGTH", with: "\(real.utf8.count)")
        let desired = file(real, "x")
        // Not known when it is observed, and then only when it is applied.
        #expect(try await loop.observe(.motd, file("", .unknown).settingPath(.unknown)) == .absent)
        for attempt in 0..<3 {
            await #expect {
                switch attempt {
                case 0: _ = try await loop.observe(.motd, desired)
                case 1:
                    let target = await loop.target(.motd, desired)
                    _ = try await loop.engine.plan(target, over: .absent, secrets: .none)
                default: try await loop.carryOut(.create, .motd, desired, over: .absent)
                }
            } throws: { error in
                (error as? EngineError)?.message == expected
            }
        }
        let problems = await problems(loop, desired)
        #expect(problems.map(\.message) == [expected])
    }

    private func problems(_ loop: HostLoop, _ spec: Value) async -> [FieldProblem] {
        let grants = await loop.grants
        let root = URL(filePath: grants.roots[0])
        let description = HostEngine.description(
            name: "host",
            .init(
                roots: [.init(grants.roots[0])],
                forbidden: [root.appending(path: "state").path, root.appending(path: "deep/state").path]))
        let manifest = Manifest(
            .motd, source: "shop", layer: .provision, engine: "host", type: spec["type"]?.string,
            spec: .literal(spec))
        return description.check(manifest, grants)
    }

    @Test func `a source without roots may write nowhere`() async throws {
        let loop = try HostLoop()
        let path = loop.path("it")
        var target = await loop.target(.motd, file(path, "x"))
        target.grants.roots = []
        let answer = await loop.engine.observe([target])[.motd]
        #expect(
            answer
                == .failure(
                    EngineError(
                        .waitForChange, "'\(path)' is outside of the roots that the source may write in",
                        hint: "the controller's configuration names its roots, for a local folder --root does"
                    )))
    }

    @Test func `names that Swift holds for equal are two paths`() async throws {
        let loop = try HostLoop()
        let (composed, decomposed) = (loop.path("\u{e9}"), loop.path("e\u{301}"))
        mkdir(composed, 0o755)
        var target = await loop.target(.motd, file(decomposed + "/it", "x"))
        target.grants.roots = [composed]
        guard case .failure? = await loop.engine.observe([target])[.motd] else {
            Issue.record("the other folder's grant was taken")
            return
        }
        let found = await loop.engine.observe([loop.target(.motd, file(decomposed + "/it", "x"))])
        #expect(found[.motd] == .success(.absent))
        try await loop.converge(.motd, file(composed + "/it", "e\u{301}"))
        try "\u{e9}".write(toFile: composed + "/it", atomically: false, encoding: .utf8)
        #expect(try await loop.plan(.motd, file(composed + "/it", "e\u{301}"))?.action == .update)
    }

    @Test func `a root that is a symlink is not followed`() async throws {
        let folder = try TemporaryFolder()
        mkdir(folder.path + "/real", 0o755)
        symlink(folder.path + "/real", folder.path + "/root")
        let root = folder.url.appending(path: "root").path
        let strict = try HostLoop(root: root)
        await #expect {
            try await strict.converge(.motd, file(root + "/it", "x"))
        } throws: {
            ($0 as? EngineError)?.message == "'\(root)' is a symlink, and none is followed"
        }
        #expect(text(folder.path + "/real/it") == nil)
    }

    @Test("special modes are refused", arguments: ["4755", "2755", "1777"])
    func modes(mode: String) async throws {
        let loop = try HostLoop()
        let desired = file(loop.path("it"), "x", mode: mode)
        let message = "mode '\(mode)' sets setuid, setgid or the sticky bit, which is refused"
        await #expect(throws: EngineError(.waitForChange, message)) {
            try await loop.carryOut(.create, .motd, desired, over: .absent)
        }
        #expect(await problems(loop, desired).map(\.message) == [message])
    }

    @Test func `owners that are not granted are refused`() async throws {
        let loop = try HostLoop()
        let desired = file(loop.path("it"), .string("x"), owner: "54321:54322")
        await #expect {
            try await loop.carryOut(.create, .motd, desired, over: .absent)
        } throws: {
            ($0 as? EngineError)?.message == "the source may not give files to '54321'"
        }
        #expect(
            await problems(loop, desired) == [
                FieldProblem(
                    FieldPath("config").appending("owner"), "the source may not give files to '54321'",
                    hint: "the controller's configuration lists a source's owners; groups as ':group'")
            ])
    }

    @Test(.enabled(if: isRoot, "only root may give files away"))
    func `an owner is given, kept, and not compared where none is named`() async throws {
        let loop = try HostLoop(owners: ["54321", ":54322"])
        let path = loop.path("it")
        let desired = file(path, .string("x"), owner: "54321:54322")
        try await loop.converge(.motd, desired)
        #expect(try await loop.plan(.motd, desired) == nil)
        chown(path, 1, 1)
        let change = try await loop.converge(.motd, desired)
        #expect(change?.summary == "update; config.owner \"daemon:daemon\" -> \"54321:54322\" (drift)")
        #expect(try await loop.plan(.motd, file(path, .string("x"), owner: ":54322"))?.summary == nil)
        try await loop.converge(.motd, file(path, "x"))
        chown(path, 1, 1)
        #expect(try await loop.converge(.motd, file(path, "x")) == nil)
    }

    @Test(.enabled(if: isRoot, "needs a mount"))
    func `a full disk leaves the old file whole`() async throws {
        let folder = try TemporaryFolder()
        try #require(mount("martlet", folder.path, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        let loop = try HostLoop(root: folder.path)
        let path = folder.url.appending(path: "it").path
        try await loop.converge(.motd, file(path, "small"))
        let large = file(path, String(repeating: "large", count: 40_000))
        await #expect(throws: EngineError(.retry, "cannot write '\(path)': no space left on device")) {
            try await loop.converge(.motd, large)
        }
        #expect(text(path) == "small")
        #expect(names(in: folder.path) == ["it"])
        #expect(mount("martlet", folder.path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
        await #expect(throws: EngineError(.retry, "cannot write '\(path)': read-only file system")) {
            try await loop.converge(.motd, file(path, "other"))
        }
        #expect(try await loop.plan(.motd, file(path, "small")) == nil)
    }
}

extension Value {
    fileprivate func settingPath(_ path: Value) -> Value {
        guard case .map(var fields) = self, case .map(var config)? = fields["config"] else { return self }
        config["path"] = path
        fields["config"] = .map(config)
        return .map(fields)
    }
}
