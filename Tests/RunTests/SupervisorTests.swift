import ChildProcess
import Fixtures
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import Run

@Suite(.serialized) struct SupervisorTests {
    @Test func `a service becomes ready, its instances are outputs, and planning again is empty`()
        async throws
    {
        let machine = try Machine()
        let spec = job("exec sleep 1000", count: 2, ports: ["http": .map([:])])
        let change = try await machine.converge(web, spec)
        #expect(change?.action == .create)
        #expect(await machine.becomes(.ready, web))
        #expect(try await machine.plan(web, spec) == nil)
        let instances = await machine.instances(web)
        #expect(instances.map { $0["name"]?.string } == ["web-1", "web-2"])
        #expect(
            instances.allSatisfy { $0["healthy"] == .bool(true) && $0["address"] == .string("127.0.0.1") })
        let ports = instances.compactMap { $0["ports"]?["http"]?.int }
        #expect(Set(ports).count == 2 && ports.allSatisfy { (20000...31999).contains($0) })
        #expect(machine.tasks().count == 2)
        await machine.clear()
    }

    @Test func `an instance that is killed is said, started again, and no drift`() async throws {
        let machine = try Machine()
        let spec = job("exec sleep 1000")
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let before = try #require(machine.tasks().values.first)
        let events = await machine.engine.events()
        kill(before, SIGKILL)
        #expect(await events.contains(.changed([web])))
        #expect(await eventually { machine.tasks().values.first.map { $0 != before } ?? false })
        #expect(try await machine.plan(web, spec) == nil, "a dead instance is health, never drift")
        await machine.clear()
    }

    @Test func `a new version rolls over with never fewer than all healthy, and the old is gone`()
        async throws
    {
        let machine = try Machine()
        let count = 3
        try await machine.converge(web, job("exec sleep 1000", count: count, ports: ["http": .map([:])]))
        #expect(await machine.becomes(.ready, web))
        let watch = Task {
            var least = count
            while !Task.isCancelled {
                least = min(least, await machine.instances(web).count { $0["healthy"] == .bool(true) })
                try? await Task.sleep(for: .milliseconds(20))
            }
            return least
        }
        let next = job("exec sleep 2000", count: count, ports: ["http": .map([:])])
        #expect(try await machine.converge(web, next)?.action == .update)
        #expect(await machine.becomes(.ready, web))
        #expect(await eventually { machine.tasks().count == count })
        watch.cancel()
        #expect(await watch.value == count)
        #expect(
            await machine.instances(web).allSatisfy { $0["version"]?.string == JobFile.version(of: next) })
        #expect(await machine.instances(web).map { $0["name"]?.string } == ["web-4", "web-5", "web-6"])
        await machine.clear()
    }

    @Test func `a bad version goes back by itself and is held, also by another controller`() async throws {
        let machine = try Machine()
        let good = job("exec sleep 1000", count: 2)
        try await machine.converge(web, good)
        #expect(await machine.becomes(.ready, web))
        // Never healthy for long enough, however slowly it ends.
        let update: [String: Value] = ["autoRevert": .bool(true), "minHealthyTime": .string("1h")]
        let restart: [String: Value] = ["delay": .string("100ms"), "attempts": .int(1000)]
        let bad = job("exit 7", count: 2, update: update, restart: restart)
        try await machine.converge(web, bad)
        let (old, new) = (JobFile.version(of: good), JobFile.version(of: bad))
        let said = Observation.Health.failed(
            "version \(new) failed: instance 3 was not healthy within 10m: exit code 7; reverted to version \(old)"
        )
        let trying = "0 of 2 instances of version \(new) are healthy; web-3: exit code 7"
        #expect(await machine.becomes(.progressing(trying), web))
        await machine.moveClock(by: Span(milliseconds: 600_000))
        #expect(await machine.becomes(said, web))
        #expect(await eventually { machine.tasks().count == 2 })
        #expect(try await machine.plan(web, bad) == nil, "the failed version is not fought over")
        await machine.restart()
        #expect(await machine.becomes(said, web))
        #expect(await machine.instances(web).map { $0["name"]?.string } == ["web-1", "web-2"])
        let better = job("exec sleep 3000", count: 2)
        try await machine.converge(web, better)
        #expect(await machine.becomes(.ready, web))
        await machine.clear()
    }

    @Test func `a batch job is ready once it has ended with 0, and is not run again`() async throws {
        let machine = try Machine()
        let spec = job(
            "echo ran >> $HOME_FOLDER/ran; exit 0", type: "batch",
            task: [
                "env": .map(["HOME_FOLDER": .string(machine.folder.path)])
            ])
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        await machine.restart()
        #expect(await machine.becomes(.ready, web))
        try await machine.reboot()
        #expect(await machine.becomes(.ready, web))
        try await Task.sleep(for: .milliseconds(200))
        #expect(try String(contentsOfFile: machine.folder.path + "/ran", encoding: .utf8) == "ran\n")
        await machine.clear()
    }

    @Test func `a batch job that fails is tried again, then said to have failed`() async throws {
        let machine = try Machine()
        let spec = job("exit 3", type: "batch", restart: ["attempts": .int(2), "mode": .string("fail")])
        try await machine.converge(web, spec)
        let version = JobFile.version(of: spec)
        #expect(await machine.becomes(.failed("version \(version) failed: instance 1: exit code 3"), web))
        #expect(try await machine.plan(web, spec) == nil)
        await machine.clear()
    }

    @Test func `a job that is removed takes all with it`() async throws {
        let machine = try Machine()
        let spec = job(
            "trap '' TERM; while :; do sleep 0.05; done", count: 2, fields: ["killTimeout": .string("200ms")])
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let change = try await machine.converge(web, nil)
        #expect(change?.action == .delete)
        #expect(try await machine.observe(web).presence == .absent)
        #expect(await eventually { machine.shims().isEmpty })
        #expect(
            await eventually {
                (FileManager.default.subpaths(atPath: machine.configuration.jobsFolder) ?? []).isEmpty
                    && (FileManager.default.subpaths(atPath: machine.configuration.instancesFolder) ?? [])
                        .isEmpty
            })
        await machine.clear()
    }

    @Test(
        "what can't be started is said",
        arguments: [
            ("/bin/nonexistent", "its command can't be run: no such file or directory"),
            ("/usr/lib/os-release", "its command can't be run: permission denied"),
        ])
    func unstartable(command: String, problem: String) async throws {
        let machine = try Machine()
        let spec = job(
            "", restart: ["attempts": .int(1), "mode": .string("fail")], task: ["command": .string(command)])
        try await machine.converge(web, spec)
        let said = Observation.Health.failed(
            "version \(JobFile.version(of: spec)) failed: instance 1: \(problem)")
        #expect(await machine.becomes(said, web))
        await machine.clear()
    }

    @Test func `a fixed port that is taken is said, and taken once it is free`() async throws {
        let machine = try Machine()
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        (address.sin_family, address.sin_addr.s_addr) = (sa_family_t(AF_INET), inet_addr("127.0.0.1"))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(
                    bind(number, $0, length) == 0 && listen(number, 1) == 0
                        && getsockname(number, $0, &length) == 0)
            }
        }
        let port = Int(in_port_t(bigEndian: address.sin_port))
        let spec = job(
            "exec sleep 1000", ports: ["http": .map(["static": .int(port)])],
            restart: ["delay": .string("50ms"), "attempts": .int(1000)])
        try await machine.converge(web, spec)
        let said =
            "0 of 1 instances of version \(JobFile.version(of: spec)) are healthy; web-1: port \(port) is taken"
        #expect(await machine.becomes(.progressing(said), web))
        close(number)
        #expect(await machine.becomes(.ready, web))
        #expect(await machine.instances(web).first?["ports"]?["http"] == .int(port))
        await machine.clear()
    }

    @Test func `a crash loop is said, not hidden`() async throws {
        let machine = try Machine()
        let spec = job("exit 9", restart: ["attempts": .int(2)])
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.failed("web-1 is in a crash loop: exit code 9"), web))
        await machine.clear()
    }

    @Test func `a probe that fails takes an instance out, and its job's readiness`() async throws {
        let machine = try Machine()
        let probe: Value = .map([
            "tcp": .bool(true), "interval": .string("20ms"), "timeout": .string("1s"), "passes": .int(1),
            "failures": .int(2),
        ])
        let spec = job("exec sleep 1000", ports: ["http": .map([:])], task: ["health": .list([probe])])
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let port = try #require(await machine.instances(web).first?["ports"]?["http"]?.int)
        machine.sick.ports.withLock { _ = $0.insert(port) }
        #expect(await machine.becomes(.progressing("0 of 1 instances are healthy; web-1: it is sick"), web))
        #expect(await machine.instances(web).map { $0["healthy"] } == [.bool(false)])
        machine.sick.ports.withLock { $0 = [] }
        #expect(await machine.becomes(.ready, web))
        await machine.clear()
    }

    @Test func `a job that a person stopped stays stopped until it is started`() async throws {
        let machine = try Machine()
        let spec = job("exec sleep 1000", count: 2)
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        try await machine.engine.supervisor.obey(.stop, web)
        #expect(await eventually { machine.shims().isEmpty })
        await machine.restart()
        #expect(await machine.becomes(.progressing("stopped by hand"), web))
        #expect(machine.shims().isEmpty)
        #expect(try await machine.plan(web, spec) == nil)
        try await machine.engine.supervisor.obey(.start, web)
        #expect(await machine.becomes(.ready, web))
        await machine.clear()
    }

    @Test func `the time that a job was stopped does not count against its rollout`() async throws {
        let machine = try Machine()
        let update: [String: Value] = [
            "minHealthyTime": .string("300ms"), "progressDeadline": .string("1s"),
        ]
        try await machine.converge(web, job("exec sleep 1000", update: update))
        try await machine.engine.obey(.stop, web)
        try await Task.sleep(for: .milliseconds(1200))
        try await machine.engine.obey(.start, web)
        #expect(await machine.becomes(.ready, web))
        await machine.clear()
    }

    @Test func `a restart by a person starts the same instances again, and is no failure`() async throws {
        let machine = try Machine()
        try await machine.converge(
            web, job("exec sleep 1000", count: 2, restart: ["attempts": .int(0), "mode": .string("fail")]))
        #expect(await machine.becomes(.ready, web))
        let before = machine.tasks()
        try await machine.engine.supervisor.obey(.restart, web)
        #expect(
            await eventually {
                machine.tasks().count == 2 && Set(machine.tasks().values).isDisjoint(with: before.values)
            })
        #expect(machine.tasks().keys.sorted() == before.keys.sorted())
        #expect(await machine.becomes(.ready, web))
        await machine.clear()
    }

    @Test func `a failed version is tried again when a person asks`() async throws {
        let machine = try Machine()
        let gate = machine.folder.path + "/gate"
        let spec = job(
            "test -e \(gate) || exit 2; exec sleep 1000",
            restart: ["attempts": .int(0), "mode": .string("fail")])
        try await machine.converge(web, spec)
        let said = "version \(JobFile.version(of: spec)) failed: instance 1: exit code 2"
        #expect(await machine.becomes(.failed(said), web))
        try "".write(toFile: gate, atomically: true, encoding: .utf8)
        try await machine.engine.supervisor.obey(.retry, web)
        #expect(await machine.becomes(.ready, web))
        await #expect(throws: EngineError(.waitForChange, "job/shop/none is not here")) {
            try await machine.engine.supervisor.obey(.retry, ResourceID("job", "shop", "none"))
        }
        await machine.clear()
    }

    @Test func `an instance leaves the outputs before it is told to stop`() async throws {
        let machine = try Machine()
        let fields: [String: Value] = ["shutdownDelay": .string("10m")]
        try await machine.converge(web, job("exec sleep 1000", count: 2, fields: fields))
        #expect(await machine.becomes(.ready, web))
        try await machine.converge(web, job("exec sleep 1000", count: 1, fields: fields))
        #expect(await eventually { await machine.instances(web).count == 1 })
        #expect(machine.tasks().count == 2)
        await machine.moveClock(by: Span(milliseconds: 600_000))
        #expect(await eventually { machine.tasks().count == 1 })
        await machine.clear()
    }

    @Test func `a clock that jumps stops nothing that runs, and what comes later goes on`() async throws {
        let machine = try Machine()
        let spec = job("exec sleep 1000", count: 2)
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let before = machine.tasks()
        for day in [1, -2] {
            await machine.moveClock(by: Span(milliseconds: day * 86_400_000))
            try await Task.sleep(for: .milliseconds(200))
            #expect(await machine.health(web) == .ready)
            #expect(try await machine.plan(web, spec) == nil)
            #expect(machine.tasks() == before)
        }
        try await machine.converge(web, job("exec sleep 2000", count: 2))
        #expect(await machine.becomes(.ready, web))
        #expect(await eventually { Set(machine.tasks().keys) == ["shop.web/3", "shop.web/4"] })
        await machine.clear()
    }
}
