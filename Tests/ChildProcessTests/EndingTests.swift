import ChildProcess
import Fixtures
import Glibc
import Testing

/// Each child would run for longer than any test may: only being ended ends it.
struct EndingTests {
    private func endless(_ script: String, _ limits: Command.Limits = Command.Limits()) -> Command {
        Command("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"], limits: limits)
    }

    /// The first line names a process, which is gone when this returns.
    private func expectGone(_ pid: Int32) async throws {
        // Its parent is gone, so whoever adopted it reaps it: its end is waited for, its reaping is not.
        while let state = try? String(contentsOfFile: "/proc/\(pid)/stat"), !state.contains(") Z ") {
            await Task.yield()
        }
    }

    private func firstNumber(of child: RunningChild) async -> Int32 {
        for await line in child.output.lines() { return Int32(String(decoding: line, as: UTF8.self)) ?? 0 }
        return 0
    }

    @Test func `the whole limit ends it`() async throws {
        let limits = Command.Limits(whole: .milliseconds(100))
        let ended = try await endless("while :; do echo x; sleep 0.01; done", limits).run { child in
            await child.output.collect(atMost: 1).count
        }
        #expect(ended.overran == .whole(.milliseconds(100)))
        #expect(ended.status == .killed(signal: SIGTERM))
    }

    @Test func `silence ends it, and output doesn't`() async throws {
        let limits = Command.Limits(idle: .milliseconds(300))
        let ended = try await endless(
            "for i in 1 2 3 4 5 6 7 8; do echo x; sleep 0.1; done; sleep 1000", limits
        ).run { child in
            await child.output.collect(atMost: 100).count
        }
        #expect(ended.overran == .idle(.milliseconds(300)))
        #expect(ended.result == 16)
    }

    @Test func `what ignores SIGTERM gets SIGKILL after the grace time`() async throws {
        let limits = Command.Limits(grace: .milliseconds(50))
        let ended = try await endless("trap '' TERM; echo ready; while :; do sleep 1000; done", limits).run {
            child in
            for await _ in child.output.lines() { break }
        }
        #expect(ended.status == .killed(signal: SIGKILL))
        #expect(ended.overran == nil)
    }

    @Test func `grandchildren end with it`() async throws {
        let ended = try await endless("sleep 1000 & echo $!; wait").run { child in
            await firstNumber(of: child)
        }
        #expect(ended.result > 0)
        try await expectGone(ended.result)
    }

    @Test func `grandchildren of one that has ended by itself end too`() async throws {
        let ended = try await endless("sleep 1000 & echo $!").run { child in
            let number = await firstNumber(of: child)
            _ = await child.waitForExit()
            return number
        }
        #expect(ended.status == .exited(0))
        try await expectGone(ended.result)
    }

    @Test func `cancelling ends it, and its output ends`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Int32.self)
        let task = Task {
            try await endless("echo $$; sleep 1000").run { child in
                for await line in child.output.lines() {
                    start.yield(Int32(String(decoding: line, as: UTF8.self)) ?? 0)
                }
                return await child.waitForExit()
            }
        }
        var pids = started.makeAsyncIterator()
        let pid = try #require(await pids.next())
        task.cancel()
        let ended = try await task.value
        #expect(ended.status == .killed(signal: SIGTERM))
        #expect(kill(pid, 0) == -1)
    }

    @Test func `it is not killed because a thread ended`() async throws {
        // Many starts from many tasks, whose threads come and go; PDEATHSIG would kill with SIGKILL.
        await withTaskGroup(of: Ending?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try? await endless("sleep 0.05; exit 3").run { child in await child.waitForExit() }.status
                }
            }
            for await status in group { #expect(status == .exited(3)) }
        }
    }
}

extension String {
    fileprivate init(contentsOfFile path: String) throws {
        guard let file = fopen(path, "r") else { throw Missing() }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = fread(&buffer, 1, buffer.count, file)
        self = String(decoding: buffer[..<count], as: UTF8.self)
    }
    private struct Missing: Error {}
}
