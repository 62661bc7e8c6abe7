import ChildProcess
import Fixtures
import Foundation
import Glibc
import Model
import Probe
import Synchronization
import Testing

@testable import Run

/// What a supervisor finds in its folders, and what it makes of what it can't find.
@Suite(.serialized) struct FolderTests {
    private func isAlive(_ pids: some Sequence<Int32>) -> Bool {
        pids.allSatisfy { Stranger.start(of: $0) != nil }
    }

    @Test(
        "a folder that can't be listed stops nothing, is said, and is tried again",
        arguments: ["jobs", "instances/shop.web"], [true, false])
    func unlistable(name: String, isThere: Bool) async throws {
        guard name == "jobs" || isThere else { return }
        let machine = try Machine()
        let spec = job("exec sleep 1000", count: 2)
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let before = machine.tasks()
        await machine.down()
        let (path, away) = (machine.folder.path + "/" + name, machine.folder.path + "/away")
        #expect(rename(path, away) == 0)
        if isThere { try "".write(toFile: path, atomically: true, encoding: .utf8) }
        await machine.up()
        await #expect(throws: EngineError.self) { try await machine.observe(web, spec) }
        try await Task.sleep(for: .milliseconds(300))
        await #expect(throws: EngineError.self) { try await machine.observe(web, spec) }
        #expect(isAlive(before.values))
        if isThere { unlink(path) }
        #expect(rename(away, path) == 0)
        await machine.moveClock(by: Span(milliseconds: 60_000))
        #expect(await machine.becomes(.ready, web))
        #expect(machine.tasks() == before)
        await machine.clear()
    }

    @Test func `who only looks takes nothing over, stops nothing and makes nothing`() async throws {
        let machine = try Machine()
        let spec = job("exec sleep 1000")
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        await machine.down()
        let before = machine.tasks()
        let file = machine.configuration.jobsFolder + "/shop.web.json"
        #expect(rename(file, machine.folder.path + "/away") == 0)
        func look() async -> Observation? {
            let engine = SupervisorEngine(machine.configuration, now: machine.clock.now, boot: "boot 1") {
                _ in .healthy
            }
            let target = Target(
                web, desired: spec, recorded: await machine.records[web], grants: await machine.grants)
            return try? await engine.observe([target])[web]?.get()
        }
        #expect(await look()?.presence == .absent)
        try await Task.sleep(for: .milliseconds(200))
        #expect(machine.tasks() == before && isAlive(before.values))
        #expect(rename(machine.folder.path + "/away", file) == 0)
        #expect(await look()?.health == .ready)
        let away = machine.folder.path + "/away"
        #expect(rename(machine.configuration.instancesFolder, away) == 0)
        #expect(await look()?.presence == .ours)
        #expect(access(machine.configuration.instancesFolder, F_OK) != 0)
        #expect(rename(away, machine.configuration.instancesFolder) == 0)
        await machine.clear()
    }

    @Test func `a batch job is run once, though the controller was killed before all of its files said so`()
        async throws
    {
        let machine = try Machine()
        let (ran, gate) = (machine.folder.path + "/ran", machine.folder.path + "/gate")
        let script = """
            echo $MARTLET_NAME >> \(ran)
            test $MARTLET_NAME = web-1 || until test -e \(gate); do sleep 0.05; done
            """
        func lines() -> [Substring] {
            ((try? String(contentsOfFile: ran, encoding: .utf8)) ?? "").split(separator: "\n")
        }
        try await machine.converge(web, job(script, type: "batch", count: 2))
        #expect(await eventually { lines().count == 2 && machine.tasks().count == 1 })
        try await Task.sleep(for: .milliseconds(300))
        await machine.down()
        try edit(machine.configuration.jobsFolder + "/shop.web.json") { $0["completed"] = [] }
        await machine.up()
        #expect(await eventually { await machine.instances(web).count == 1 })
        try await Task.sleep(for: .milliseconds(300))
        try await machine.reboot()
        #expect(await eventually { lines().count == 3 })
        try machine.folder.write("", to: "gate")
        #expect(await machine.becomes(.ready, web))
        #expect(lines().count { $0 == "web-1" } == 1)
        await machine.clear()
    }

    @Test func `an instance whose lock can't be opened is not free`() async throws {
        let machine = try Machine()
        try await machine.converge(web, job("exec sleep 1000"))
        #expect(await machine.becomes(.ready, web))
        await machine.down()
        let lock = machine.configuration.instancesFolder + "/shop.web/1/lock"
        unlink(lock)
        #expect(mkdir(lock, 0o700) == 0)
        let file = InstanceFile(web, serial: 1, version: "1", boot: "boot 1", at: 0)
        #expect(await !machine.engine.supervisor.launcher.forget(file))
        #expect(machine.tasks().count == 1)
        let gone = InstanceFile(web, serial: 9, version: "1", boot: "boot 1", at: 0)
        #expect(await machine.engine.supervisor.launcher.forget(gone))
        await machine.clear()
    }

    @Test func `a job that was taken away goes, though its spec can't be read`() async throws {
        let machine = try Machine()
        try await machine.converge(web, job("exec sleep 1000", count: 2))
        #expect(await machine.becomes(.ready, web))
        await machine.down()
        try edit(machine.configuration.jobsFolder + "/shop.web.json") { file in
            file["isRemoved"] = true
            file["spec"] = ["map": [String: Any]()]
            file["versions"] = (file["versions"] as? [String: Any])?.mapValues { _ in
                ["map": [String: Any]()]
            }
        }
        await machine.up()
        #expect(await eventually(.seconds(30)) { machine.shims().isEmpty && machine.tasks().isEmpty })
        #expect(
            await eventually(.seconds(30)) {
                access(machine.configuration.jobsFolder + "/shop.web.json", F_OK) != 0
            })
        await machine.clear()
    }

    /// What an instance's folder holds is its user's, who may change it while it is taken away.
    @Test func `what is removed is never followed out of the instance's folder`() async throws {
        let machine = try Machine()
        await machine.down()
        let victim = machine.folder.path + "/victim"
        for number in 0..<40 { try machine.folder.write("kept", to: "victim/\(number)/file") }
        let folders = RunFolders(
            jobs: machine.configuration.jobsFolder, instances: machine.configuration.instancesFolder,
            logs: machine.configuration.logsFolder)
        let home = machine.configuration.instancesFolder + "/shop.web/1/home"
        for _ in 0..<15 {
            for number in 0..<40 {
                try FileManager.default.createDirectory(
                    atPath: "\(home)/a/\(number)", withIntermediateDirectories: true)
                try "x".write(toFile: "\(home)/a/\(number)/file", atomically: false, encoding: .utf8)
            }
            let racing = Racing(home + "/a", with: victim)
            try folders.remove(web, 1)
            racing.stop()
        }
        let instances = machine.configuration.instancesFolder
        #expect(await eventually { (FileManager.default.subpaths(atPath: instances) ?? []) == ["shop.web"] })
        let left = FileManager.default.subpaths(atPath: victim) ?? []
        #expect(left.count { $0.hasSuffix("file") } == 40)
    }

    private func edit(_ path: String, _ change: (inout [String: Any]) -> Void) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        var file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        change(&file)
        try JSONSerialization.data(withJSONObject: file).write(to: URL(filePath: path))
    }
}

/// Puts a link in a folder's place and takes it away again, as fast as it can.
private final class Racing: Sendable {
    private let done = DispatchSemaphore(value: 0)
    private let isStopped = Flag()

    init(_ path: String, with target: String) {
        Thread { [done, isStopped] in
            while !isStopped.isSet {
                rename(path, path + ".away")
                symlink(target, path)
                unlink(path)
                rename(path + ".away", path)
            }
            done.signal()
        }.start()
    }
    func stop() {
        isStopped.set()
        done.wait()
    }
}

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}
