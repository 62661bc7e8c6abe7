import ChildProcess
import Fixtures
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import Run

/// Programs that don't do what is expected of them.
@Suite(.serialized) struct TaskTests {
    private let always: [String: Value] = ["attempts": .int(100_000), "maxDelay": .string("50ms")]

    @Test(
        "a program that can't be run says why",
        arguments: [
            ("/usr/bin/no-such-program", "its command can't be run: no such file or directory"),
            ("/usr/share/common-licenses/GPL-3", "its command can't be run: permission denied"),
        ])
    func notRunnable(command: String, why: String) async throws {
        let machine = try Machine()
        let spec = job(
            "", restart: ["attempts": .int(0), "mode": .string("fail")], task: ["command": .string(command)])
        try await machine.converge(web, spec)
        let version = JobFile.version(of: spec)
        #expect(await machine.becomes(.failed("version \(version) failed: instance 1: \(why)"), web))
        await machine.clear()
    }

    @Test func `one that ignores SIGTERM, forks twice and leaves its session goes when its time is up`()
        async throws
    {
        let machine = try Machine()
        let (near, far) = (machine.folder.path + "/near", machine.folder.path + "/far")
        let script = """
            trap '' TERM
            (setsid sh -c '(trap "" TERM; echo $$ > \(far); while :; do sleep 1; done) &' &)
            exec >&- 2>&-
            echo $$ > \(near); while :; do sleep 0.1; done
            """
        try await machine.converge(web, job(script, fields: ["killTimeout": .string("300ms")]))
        #expect(await eventually { Self.number(near) != nil && Self.number(far) != nil })
        try await machine.converge(web, nil)
        #expect(await eventually { machine.shims().isEmpty && machine.processes().isEmpty })
        for path in [near, far] {
            let pid = try #require(Self.number(path))
            #expect(await eventually { Stranger.start(of: pid) == nil })
        }
        await machine.clear()
    }
    private static func number(_ path: String) -> Int32? {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.hasSuffix("\n") ? Int32(text.dropLast()) : nil
    }

    /// Whoever has a recorded process id now is never signalled, whatever becomes of the instance.
    @Test(arguments: ["running", "draining", "stopping"])
    func `a process that has come by a recorded id is left alone`(phase: String) async throws {
        let machine = try Machine()
        let bystander = try await Bystander()
        try await machine.converge(web, job("exec sleep 1000"))
        #expect(await machine.becomes(.ready, web))
        await machine.down()
        for pid in machine.shims().values { kill(pid, SIGKILL) }
        #expect(await eventually { machine.tasks().isEmpty })
        let folder = machine.configuration.instancesFolder + "/shop.web/1"
        for name in ["shim", "task"] {
            try "1 \(bystander.pid) 17\n".write(
                toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        let text = try String(contentsOfFile: folder + "/instance.json", encoding: .utf8)
        try text.replacing("\"running\"", with: "\"\(phase)\"").write(
            toFile: folder + "/instance.json", atomically: true, encoding: .utf8)
        await machine.up()
        #expect(await eventually { machine.tasks().count == 1 })
        #expect(await machine.becomes(.ready, web))
        try await machine.converge(web, nil)
        #expect(await eventually { machine.shims().isEmpty })
        #expect(bystander.isAlive)
        await bystander.end()
        await machine.clear()
    }

    @Test func `a port of the range that somebody else has is not given, and none left is said`() async throws
    {
        let first = try RawServer.silent()
        let machine = try Machine { $0.ports = first.port...first.port }
        let spec = job("exec sleep 1000", ports: ["http": .map([:])], restart: always)
        try await machine.converge(web, spec)
        let said =
            "0 of 1 instances of version \(JobFile.version(of: spec)) are healthy; "
            + "web-1: no port from \(first.port) to \(first.port) is free"
        #expect(await machine.becomes(.progressing(said), web))
        await machine.clear()
    }

    @Test func `a controller takes over what another version's shim keeps`() async throws {
        let machine = try Machine()
        let old = machine.folder.path + "/martlet-shim"
        try FileManager.default.copyItem(atPath: shimPath, toPath: old)
        await machine.down()
        await machine.up { $0.shim = old }
        let spec = job("exec sleep 1000", count: 2)
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let before = machine.tasks()
        await machine.down()
        unlink(old)
        await machine.up()
        #expect(await machine.becomes(.ready, web))
        #expect(machine.tasks() == before)
        for pid in before.values { kill(pid, SIGKILL) }
        #expect(
            await eventually {
                machine.tasks().count == 2 && Set(machine.tasks().values).isDisjoint(with: before.values)
            })
        try await machine.converge(web, nil)
        #expect(await eventually { machine.shims().isEmpty })
        await machine.clear()
    }

    /// As fast as a pipe takes it: far more than a gigabyte a minute.
    @Test
    func `a program that never stops to talk costs a bounded disk, is not held up, and its log is followed`()
        async throws
    {
        let machine = try Machine { ($0.logSize, $0.logFiles) = (ByteSize(bytes: 1 << 20), 3) }
        let passed = machine.folder.path + "/passed"
        let script =
            "while :; do head -c 20000000 /dev/zero | tr '\\0' x | fold -w 100; echo >> \(passed); done"
        let task: [String: Value] = ["command": .string("/bin/sh")]
        try await machine.converge(web, job(script, task: task))
        var log = await machine.engine.log(of: web)
        var (most, seen, fullest) = (0, 0, 0)
        let logs = machine.configuration.logsFolder + "/shop.web"
        func size() -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: logs))?.reduce(0) { sum, name in
                var status = stat()
                return sum + (stat("\(logs)/\(name)", &status) == 0 ? Int(status.st_size) : 0)
            } ?? 0
        }
        #expect(
            await eventually {
                let lines = log.next()
                (most, seen) = (max(most, lines.count), seen + lines.count)
                fullest = max(fullest, size())
                return ((try? String(contentsOfFile: passed, encoding: .utf8)) ?? "").count >= 4
            })
        #expect(seen > 0)
        #expect(fullest <= 3 << 20)
        #expect(most < 100_000, "a look takes no more than a few MiB")
        try await machine.converge(web, nil)
        #expect(await eventually { machine.shims().isEmpty })
        await machine.clear()
    }
}

/// A process that has nothing to do with any job.
private final class Bystander: Sendable {
    let pid: Int32
    private let task: Task<Void, Never>

    init() async throws {
        let (pids, told) = AsyncStream.makeStream(of: Int32.self)
        task = Task {
            _ = try? await Command("/usr/bin/sleep", ["1000"]).run { child in
                told.yield(child.pid)
                _ = await child.waitForExit()
            }
        }
        pid = try #require(await pids.first { _ in true })
    }
    var isAlive: Bool { Stranger.start(of: pid) != nil }
    func end() async {
        task.cancel()
        await task.value
    }
}
