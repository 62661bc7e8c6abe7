import ChildProcess
import Fixtures
import Foundation
import Glibc
import Testing

@testable import Run

/// The program that keeps one instance, as it is built beside the tests.
let shimPath: String = {
    let folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    let beside = folder.appending(path: "martlet-shim").path(percentEncoded: false)
    if access(beside, X_OK) == 0 { return beside }
    return URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/debug/martlet-shim").path(percentEncoded: false)
}()

/// Waits for something that comes about by itself.
func eventually(
    _ limit: Duration = .seconds(120), isolation: isolated (any Actor)? = #isolation,
    _ isSo: () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await isSo() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try await isSo()
}

@Suite struct ShimTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func start(_ script: String, _ lines: [(String, String)] = []) async throws -> String {
        var order = ShimOrder()
        try order.add("folder", folder.path)
        try order.add("exec", "/bin/sh")
        for argument in ["sh", "-c", script] { try order.add("arg", argument) }
        try order.add("env", "PATH=/bin:/usr/bin")
        try order.add("log", folder.path + "/log")
        for (key, text) in lines { try order.add(key, text) }
        let ended = try await Command(shimPath, input: order.bytes).run {
            await $0.output.collect(atMost: 256)
        }
        return String(decoding: ended.result, as: UTF8.self)
    }
    private func text(_ name: String) -> String? {
        try? String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    }
    private func process(_ name: String) -> Stranger? {
        let words = (text(name) ?? "").split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let pid = Int32(words[1]), let start = UInt64(words[2]) else { return nil }
        return Stranger(pid: pid, startedAt: start)
    }
    private func status() async -> String? {
        _ = await eventually { text("status") != nil }
        return text("status")
    }

    @Test func `it tells how the program ended, and keeps what it said`() async throws {
        let began = Date.now
        let said = try await start("echo out; echo err >&2; printf unended; exit 3")
        #expect(said.hasPrefix("started "))
        #expect(await status() == "exited 3\n")
        let lines = (text("log") ?? "").split(separator: "\n").map { $0.dropFirst(25) }.sorted()
        #expect(lines == ["e err", "o out", "o unended"])
        let stamp = (text("log") ?? "").prefix(24)
        let told = try Date(
            String(stamp), strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
        #expect(began.addingTimeInterval(-1) < told && told <= .now)
    }

    @Test(
        "a program that can't be started says why",
        arguments: [
            ("/nonexistent/program", "/", "failed x 2"), ("/etc/passwd", "/", "failed x 13"),
            ("/bin/true", "/nonexistent", "failed d 2"),
        ])
    func failures(program: String, cwd: String, expected: String) async throws {
        var order = ShimOrder()
        for (key, text) in [("folder", folder.path), ("exec", program), ("arg", program), ("cwd", cwd)] {
            try order.add(key, text)
        }
        let ended = try await Command(shimPath, input: order.bytes).run {
            await $0.output.collect(atMost: 256)
        }
        #expect(String(decoding: ended.result, as: UTF8.self) == expected)
        #expect(text("status") == expected)
    }

    @Test func `SIGTERM stops the program, and SIGKILL what ignores it, wherever it forked to`() async throws
    {
        let script = """
            trap '' TERM
            (setsid sh -c 'trap "" TERM; echo $$ > \(folder.path)/far; exec sleep 1000' &)
            echo $$ > \(folder.path)/near; while :; do sleep 0.05; done
            """
        _ = try await start(script, [("kill-timeout", "300")])
        #expect(
            await eventually { text("far")?.hasSuffix("\n") == true && text("near")?.hasSuffix("\n") == true }
        )
        let far = try #require(Int32((text("far") ?? "").trimmingCharacters(in: .whitespacesAndNewlines)))
        let shim = try #require(process("shim"))
        shim.terminate()
        #expect(await status() == "signal 9\n")
        #expect(await shim.waitForExit())
        #expect(await eventually { Stranger.start(of: far) == nil })
    }

    @Test func `a program that forks away and ends takes what it left with it`() async throws {
        _ = try await start("(setsid sleep 1000 & echo $! > \(folder.path)/far); sleep 0.2; exit 0")
        #expect(await status() == "exited 0\n")
        let far = try #require(Int32((text("far") ?? "").trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(await eventually { Stranger.start(of: far) == nil })
    }

    @Test func `the program dies with a shim that is killed`() async throws {
        _ = try await start("exec sleep 1000")
        let (shim, task) = (try #require(process("shim")), try #require(process("task")))
        shim.kill()
        #expect(await task.waitForExit())
        #expect(text("status") == nil)
    }

    @Test func `a program that closes its output runs on, and one that floods it is not held up`()
        async throws
    {
        _ = try await start("exec >&- 2>&-; sleep 0.3; exit 4")
        #expect(await status() == "exited 4\n")
        unlink(folder.path + "/status")
        _ = try await start("head -c 50000000 /dev/zero | tr '\\0' x; exit 5", [("log-size", "100000")])
        #expect(await eventually { text("status") == "exited 5\n" })
    }

    @Test func `what was forked away is ended though it never stops to talk`() async throws {
        _ = try await start("(setsid sh -c 'exec yes' &); sleep 0.5; exit 7", [("log-size", "1000000")])
        #expect(await status() == "exited 7\n")
    }

    @Test func `a full disk costs lines of the log, and nothing else`() async throws {
        _ = try await start("echo a; exit 6", [("log", "/dev/full")])
        #expect(await status() == "exited 6\n")
    }

    /// As the kernel's files tell it: by cgroup v2 and by v1.
    @Test(
        "what was killed for lack of memory is told apart",
        arguments: ["low 0\noom 1\noom_kill 1\n", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"])
    func memory(after: String) async throws {
        let events = try folder.write(after.replacing("kill 1", with: "kill 0"), to: "events")
        let words = after.replacing("\n", with: "\\n")
        _ = try await start("printf '\(words)' > \(events); kill -9 $$", [("memory-events", events)])
        #expect(await status() == "signal 9 oom\n")
    }

    @Test func `one folder has one shim`() async throws {
        _ = try await start("exec sleep 1000")
        #expect(try await start("true") == "failed l 11")
        process("shim")?.terminate()
        #expect(await status() == "signal 15\n")
    }

    @Test func `no program gains privileges, and none sees the shim's descriptors or variables`()
        async throws
    {
        _ = try await start("grep NoNewPrivs /proc/self/status; ls /proc/self/fd; env | sort")
        #expect(await status() == "exited 0\n")
        let lines = (text("log") ?? "").split(separator: "\n").map { String($0.dropFirst(27)) }
        #expect(lines.contains("NoNewPrivs:\t1"))
        // Its three, and the one that `ls` reads the folder by.
        #expect(lines.filter { Int($0) != nil } == ["0", "1", "2", "3"])
        #expect(
            lines.filter {
                $0.contains("=") && !$0.hasPrefix("PWD=") && !$0.hasPrefix("_=") && !$0.hasPrefix("SHLVL=")
            } == ["PATH=/bin:/usr/bin"])
    }

    @Test func `logs are rotated and capped however much is said`() async throws {
        _ = try await start(
            "i=0; while [ $i -lt 400 ]; do echo $i $(printf '%0200d' 0); i=$((i+1)); done",
            [("log-size", "20000"), ("log-files", "3")])
        #expect(await status() == "exited 0\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasPrefix("log")
        }
        #expect(names.sorted() == ["log", "log.1", "log.2"])
        for name in names { #expect((text(name) ?? "").utf8.count <= 20_000) }
        #expect((text("log") ?? "").contains(" o 399 "))
    }

    @Test func `it needs less than a megabyte`() async throws {
        _ = try await start("exec sleep 1000")
        let shim = try #require(process("shim"))
        let status = try String(contentsOfFile: "/proc/\(shim.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        let kilobytes = try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
        shim.terminate()
        print("figure: resident memory of a shim: \(kilobytes) kB")
        #expect(kilobytes < 1000)
    }
}
