import ChildProcess
import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Run

/// What is known by boot, process id and start time survives the controller; what is not is nobody's.
@Suite(.serialized) struct AdoptionTests {
    @Test func `a new controller takes over what runs, and doubles nothing`() async throws {
        let machine = try Machine()
        let spec = job("exec sleep 1000", count: 3, ports: ["http": .map([:])])
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let (before, outputs) = (machine.tasks(), await machine.instances(web))
        await machine.restart()
        #expect(await machine.becomes(.ready, web))
        #expect(try await machine.plan(web, spec) == nil)
        try await Task.sleep(for: .milliseconds(200))
        #expect(machine.tasks() == before)
        #expect(await machine.instances(web) == outputs)
        await machine.clear()
    }

    @Test func `what ended while no controller was there is started again`() async throws {
        let machine = try Machine()
        try await machine.converge(web, job("exec sleep 1000", count: 2))
        #expect(await machine.becomes(.ready, web))
        await machine.down()
        let before = machine.tasks()
        let (folder, pid) = try #require(before.sorted { $0.key < $1.key }.first)
        kill(pid, SIGKILL)
        #expect(await eventually { machine.tasks()[folder] == nil })
        await machine.up()
        #expect(await eventually { machine.tasks().count == 2 })
        #expect(machine.tasks()[folder] != pid)
        #expect(await machine.becomes(.ready, web))
        await machine.clear()
    }

    @Test func `a controller killed in the middle of a rollout is followed by one that ends it`() async throws
    {
        let machine = try Machine()
        try await machine.converge(web, job("exec sleep 1000", count: 3, ports: ["http": .map([:])]))
        #expect(await machine.becomes(.ready, web))
        let next = job("exec sleep 2000", count: 3, ports: ["http": .map([:])])
        try await machine.converge(web, next)
        for _ in 0..<6 {
            try await Task.sleep(for: .milliseconds(60))
            await machine.restart()
        }
        #expect(await machine.becomes(.ready, web))
        #expect(await eventually { machine.shims().count == 3 && machine.tasks().count == 3 })
        #expect(
            await machine.instances(web).allSatisfy { $0["version"]?.string == JobFile.version(of: next) })
        await machine.clear()
    }

    /// Versions come, instances are killed and controllers go at random moments; the last one finds all it needs.
    @Test("whatever happened, the end is what was asked for, once", arguments: Seeded.seeds(4))
    func histories(seed: UInt64) async throws {
        var random = Seeded(seed)
        let machine = try Machine()
        var (last, count) = (Value.null, 1)
        for step in 0..<14 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: await machine.restart()
            case 1:
                if let task = machine.tasks().sorted(by: { $0.key < $1.key }).last {
                    kill(task.value, SIGKILL)
                }
            case 2:
                if let shim = machine.shims().sorted(by: { $0.key < $1.key }).first {
                    kill(shim.value, SIGKILL)
                }
            default:
                count = Int.random(in: 1...4, using: &random)
                last = job(
                    "exec sleep \(1000 + step)", count: count, ports: ["http": .map([:])],
                    restart: ["attempts": .int(100), "maxDelay": .string("20ms")])
                try await machine.converge(web, last)
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...120, using: &random)))
        }
        last = job("exec sleep 5000", count: count, ports: ["http": .map([:])])
        try await machine.converge(web, last)
        #expect(await machine.becomes(.ready, web))
        #expect(await eventually { machine.tasks().count == count && machine.shims().count == count })
        #expect(await eventually { machine.processes().count == 2 * count }, "no process is orphaned")
        let instances = await machine.instances(web)
        #expect(instances.allSatisfy { $0["version"]?.string == JobFile.version(of: last) })
        #expect(Set(instances.compactMap { $0["ports"]?["http"]?.int }).count == count)
        let folder = machine.configuration.instancesFolder + "/shop.web"
        let isClean = await eventually {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).count == count
        }
        let left = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
        #expect(isClean, "\(left)")
        #expect(try await machine.plan(web, last) == nil)
        await machine.clear()
    }

    @Test func `a recorded process id that belongs to another now is left alone`() async throws {
        let machine = try Machine()
        try await machine.converge(web, job("exec sleep 1000"))
        #expect(await machine.becomes(.ready, web))
        await machine.down()
        let folder = try #require(machine.shims().keys.first)
        for pid in machine.shims().values { kill(pid, SIGKILL) }
        #expect(await eventually { machine.tasks().isEmpty })
        // Ours, and alive: but it did not start when the file says.
        let path = machine.configuration.instancesFolder + "/" + folder
        for name in ["shim", "task"] {
            try "1 \(getpid()) 17\n".write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
        }
        await machine.up()
        #expect(await eventually { machine.tasks().count == 1 })
        #expect(await machine.becomes(.ready, web))
        await machine.clear()
    }

    @Test func `what a killed shim left behind is killed before it is started again`() async throws {
        let machine = try Machine()
        let pids = machine.folder.path + "/pids"
        try await machine.converge(
            web, job("(setsid sh -c 'echo $$ >> \(pids); exec sleep 1000' &); exec sleep 1000"))
        #expect(await machine.becomes(.ready, web))
        func first() -> Int32? {
            let text = try? String(contentsOfFile: pids, encoding: .utf8)
            return text.flatMap { $0.hasSuffix("\n") ? Int32($0.prefix { $0 != "\n" }) : nil }
        }
        #expect(await eventually { first() != nil })
        let far = try #require(first())
        let shim = try #require(machine.shims().values.first)
        kill(shim, SIGKILL)
        #expect(await eventually { Stranger.start(of: far) == nil })
        #expect(await eventually { machine.shims().values.first.map { $0 != shim } ?? false })
        await machine.clear()
    }

    @Test func `an instance whose job is gone is stopped`() async throws {
        let machine = try Machine()
        try await machine.converge(web, job("exec sleep 1000"))
        #expect(await machine.becomes(.ready, web))
        await machine.down()
        try FileManager.default.removeItem(atPath: machine.configuration.jobsFolder + "/shop.web.json")
        await machine.up()
        #expect(try await machine.observe(web).presence == .absent)
        #expect(await eventually { machine.shims().isEmpty && machine.tasks().isEmpty })
        await machine.clear()
    }

    @Test(
        "a job of which something can't be read is left alone whole",
        arguments: [("jobs/shop.web.json", "{"), ("instances/shop.web/1/instance.json", "{\"format\": 9}")])
    func unreadable(name: String, text: String) async throws {
        let machine = try Machine()
        let spec = job("exec sleep 1000", count: 2)
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let before = machine.tasks()
        await machine.down()
        let path = machine.folder.path + "/" + name
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        await machine.up()
        await #expect(throws: EngineError.self) { try await machine.observe(web, spec) }
        try await Task.sleep(for: .milliseconds(200))
        #expect(machine.tasks() == before)
        await machine.down()
        try whole.write(toFile: path, atomically: true, encoding: .utf8)
        await machine.up()
        #expect(await machine.becomes(.ready, web))
        #expect(machine.tasks() == before)
        await machine.clear()
    }

    @Test func `after a reboot jobs come back`() async throws {
        let machine = try Machine()
        let spec = job("exec sleep 1000", count: 2)
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        try await machine.reboot()
        #expect(await eventually { machine.tasks().count == 2 })
        #expect(await machine.becomes(.ready, web))
        #expect(try await machine.plan(web, spec) == nil)
        await machine.clear()
    }

    @Test func `secrets are files in memory only, and are asked for again after a reboot`() async throws {
        let machine = try Machine()
        let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "1")
        await machine.setSecret(handle, "canary-7c1")
        let path = machine.folder.path + "/seen"
        let file: [String: Value] = [
            "path": .string("secrets/db"), "content": .text([.literal("pw="), .secret(handle)]),
            "mode": .string("0400"),
        ]
        let spec = job(
            "cat secrets/db > \(path); stat -c %a secrets/db >> \(path); echo $PW >> \(path); exec sleep 1000",
            task: ["files": .list([.map(file)]), "env": .map(["PW": .secret(handle)])])
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        #expect(
            await eventually {
                (try? String(contentsOfFile: path, encoding: .utf8)) == "pw=canary-7c1400\ncanary-7c1\n"
            })
        for name in FileManager.default.subpaths(atPath: machine.configuration.jobsFolder) ?? [] {
            let text = try String(
                contentsOfFile: machine.configuration.jobsFolder + "/" + name, encoding: .utf8)
            #expect(!text.contains("canary") && !text.contains(Data("canary-7c1".utf8).base64EncodedString()))
        }
        try await machine.reboot()
        #expect(
            await machine.becomes(.progressing("its secrets went with a reboot, and are read again"), web))
        #expect(machine.shims().isEmpty)
        let change = try await machine.converge(web, spec)
        #expect(change?.cause == .engine && change?.fields == [])
        #expect(await machine.becomes(.ready, web))
        #expect(try await machine.plan(web, spec) == nil)
        try await machine.converge(web, nil)
        #expect(
            await eventually {
                (FileManager.default.subpaths(atPath: machine.configuration.instancesFolder) ?? []).isEmpty
            })
        await machine.clear()
    }

    @Test func `a job that no record knows is foreign, but for the lost step that made it`() async throws {
        let machine = try Machine()
        let spec = job("exec sleep 1000")
        try await machine.converge(web, spec)
        let made = try #require(await machine.records[web]?.observation.intent)
        await machine.forgetRecord(web)
        #expect(try await machine.observe(web, spec).presence == .foreign)
        var target = Target(web, desired: spec, recorded: nil, grants: await machine.grants)
        target.unanswered = Step(
            intent: made, id: web, engine: "supervisor", type: nil, verb: .create, desired: spec,
            over: .absent,
            payload: [], grants: await machine.grants, manifest: nil)
        let seen = try await machine.engine.observe([target])[web]?.get()
        #expect(seen?.presence == .ours && seen?.intent == made)
        await machine.clear()
    }

    @Test(.enabled(if: geteuid() == 0)) func `instances run as their user, who owns their files`()
        async throws
    {
        let machine = try Machine()
        chmod(machine.folder.path, 0o755)
        let file: [String: Value] = [
            "path": .string("a/b"), "content": .string("x"), "mode": .string("0400"),
        ]
        let spec = job(
            "id -un; id -G; stat -c '%U %a' . a a/b; pwd | grep -o 'home$'; exec sleep 1000", user: "nobody",
            task: ["files": .list([.map(file)])])
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let log = machine.configuration.logsFolder + "/shop.web/1.log"
        #expect(await eventually { lines(log).count == 6 })
        let group = Account("nobody").map { String($0.group) } ?? ""
        #expect(lines(log) == ["nobody", group, "nobody 700", "nobody 700", "nobody 400", "home"])
        await machine.clear()
    }

    @Test(
        "no text of a manifest becomes an order of its own",
        arguments: [["cwd": "/\0exec=/bin/false"], ["user": "x\0uid=0"]])
    func injection(task: [String: String]) async throws {
        let machine = try Machine { $0.users.formUnion(task.values) }
        let spec = job(
            "exit 0", type: "batch", restart: ["attempts": .int(0), "mode": .string("fail")],
            task: task.mapValues(Value.string))
        guard task["user"] == nil else {
            await #expect(throws: EngineError.self) { try await machine.converge(web, spec) }
            return await machine.clear()
        }
        try await machine.converge(web, spec)
        let version = JobFile.version(of: spec)
        #expect(
            await machine.becomes(
                .failed("version \(version) failed: instance 1: a text of the task holds a NUL byte"), web))
        await machine.clear()
    }

    private func lines(_ path: String) -> [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map {
            String($0.dropFirst(27))
        }
    }
}
