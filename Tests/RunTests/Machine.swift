import ChildProcess
import Fixtures
import Foundation
import Glibc
import Model
import Probe
import Synchronization

@testable import Run

let ownName = Account.own?.name ?? ""

/// The clock of a machine, which a test may move: deadlines pass without being waited for.
final class MovableClock: Sendable {
    private let ahead = Mutex(0)
    var now: @Sendable () -> Int { { [self] in Supervisor.milliseconds() + ahead.withLock { $0 } } }
    func move(by span: Span) { ahead.withLock { $0 += span.milliseconds } }
}

final class Sick: Sendable {
    let ports = Mutex<Set<Int>>([])
}

/// One machine with its run folders, and the loop's part played for one engine: observe, plan, apply, record.
actor Machine {
    nonisolated let folder: TemporaryFolder
    nonisolated let configuration: SupervisorEngine.Configuration
    /// Ports whose probes fail.
    nonisolated let sick = Sick()
    nonisolated let clock = MovableClock()
    private(set) var engine: SupervisorEngine
    private var running: Task<Void, Never>?
    var records: [ResourceID: Recorded] = [:]
    var grants = Grants(projects: ["shop"])
    var secrets: [SecretHandle: String] = [:]
    private var lastIntent = 100

    init(change: (inout SupervisorEngine.Configuration) -> Void = { _ in }) throws {
        folder = try TemporaryFolder()
        var configuration = SupervisorEngine.Configuration(
            users: [ownName, "nobody"], jobsFolder: folder.path + "/jobs",
            instancesFolder: folder.path + "/instances",
            logsFolder: folder.path + "/logs", shim: shimPath)
        configuration.cgroups = nil
        change(&configuration)
        self.configuration = configuration
        grants.users = [ownName, "nobody"]
        grants.ports = [1...65535]
        let engine = Self.makeEngine(configuration, "boot 1", sick, clock)
        self.engine = engine
        running = Task { await engine.run() }
    }
    deinit { running?.cancel() }

    private static func makeEngine(
        _ configuration: SupervisorEngine.Configuration, _ boot: String, _ sick: Sick, _ clock: MovableClock
    ) -> SupervisorEngine {
        SupervisorEngine(configuration, now: clock.now, boot: boot) { target in
            sick.ports.withLock { $0.contains(target.port) } ? .unhealthy("it is sick") : .healthy
        }
    }

    /// Another controller over the same folders; the one before is gone.
    func restart(boot: String = "boot 1") async {
        await down()
        up(boot: boot)
    }
    func down() async {
        running?.cancel()
        await running?.value
        running = nil
    }
    func up(boot: String = "boot 1", _ change: (inout SupervisorEngine.Configuration) -> Void = { _ in }) {
        var configuration = configuration
        change(&configuration)
        let engine = Self.makeEngine(configuration, boot, sick, clock)
        self.engine = engine
        running = Task { await engine.run() }
    }
    /// The machine is switched off and on: what is in memory is gone, every process too.
    func reboot() async throws {
        await down()
        for pid in tasks().values { kill(pid, SIGKILL) }
        _ = await eventually { shims().isEmpty }
        try FileManager.default.removeItem(atPath: configuration.instancesFolder)
        up(boot: "boot 2")
    }

    private func target(_ id: ResourceID, _ desired: Value?) -> Target {
        Target(id, desired: desired, recorded: records[id], grants: grants)
    }
    func observe(_ id: ResourceID, _ desired: Value? = nil) async throws(EngineError) -> Observation {
        guard let answer = await engine.observe([target(id, desired)])[id] else {
            throw EngineError(.retry, "no answer")
        }
        return try answer.get()
    }
    func plan(_ id: ResourceID, _ desired: Value?) async throws(EngineError) -> Change? {
        let seen = try await observe(id, desired)
        return try await engine.plan(target(id, desired), over: seen, secrets: .none)
    }
    /// One whole turn; what was changed.
    @discardableResult
    func converge(_ id: ResourceID, _ desired: Value?) async throws(EngineError) -> Change? {
        let seen = try await observe(id, desired)
        guard let change = try await engine.plan(target(id, desired), over: seen, secrets: source) else {
            if let desired { record(id, desired, seen) }
            return nil
        }
        lastIntent += 1
        let verb: Step.Verb = desired == nil ? .delete : change.action == .create ? .create : .update
        let step = Step(
            intent: lastIntent, id: id, engine: "supervisor", type: nil, verb: verb, desired: desired,
            over: seen,
            payload: change.payload, grants: grants, manifest: nil)
        switch await engine.apply(step, secrets: source) {
        case .done(let made): if let desired { record(id, desired, made) } else { records[id] = nil }
        case .failed(let error), .partly(_, let error), .unanswered(let error): throw error
        }
        return change
    }
    private func record(_ id: ResourceID, _ desired: Value, _ seen: Observation) {
        records[id] = Recorded(
            source: "shop", layer: .run, engine: "supervisor", type: nil, manifest: .literal(desired),
            spec: desired,
            dependencies: [], observation: seen, intent: lastIntent, onRemove: .delete)
    }
    func forgetRecord(_ id: ResourceID) { records[id] = nil }
    func setSecret(_ handle: SecretHandle, _ text: String) { secrets[handle] = text }
    private var source: SecretSource {
        let secrets = secrets
        return SecretSource { handle throws(EngineError) in secrets[handle].map { SecretValue($0.utf8) } }
    }

    func health(_ id: ResourceID) async -> Observation.Health? { try? await observe(id).health }
    func becomes(_ health: Observation.Health, _ id: ResourceID) async -> Bool {
        await eventually { await self.health(id) == health }
    }
    /// The clock jumps; what is due by then is due.
    func moveClock(by span: Span) {
        clock.move(by: span)
        engine.supervisor.wake()
    }
    func instances(_ id: ResourceID) async -> [Value] {
        (try? await observe(id).outputs["instances"]?.items) ?? []
    }

    /// The programs that run, by their instances' folders.
    nonisolated func tasks() -> [String: Int32] { pids("task") }
    nonisolated func shims() -> [String: Int32] { pids("shim") }
    private nonisolated func pids(_ name: String) -> [String: Int32] {
        found(name, in: configuration.instancesFolder)
    }
    /// Every process that works in an instance's folder, be it gone or not: programs and shims.
    nonisolated func processes() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            var bytes = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/\(pid)/cwd", &bytes, bytes.count)
            return count > 0
                && String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self).hasPrefix(
                    configuration.instancesFolder)
        }
    }
    /// So that a test leaves no process behind.
    func clear() async {
        await down()
        _ = await eventually {
            for pid in processes() { kill(pid, SIGKILL) }
            return processes().isEmpty
        }
    }
}

let web = ResourceID("job", "shop", "web")

/// A spec as the loader writes it, its defaults filled in.
func job(
    _ script: String, type: String = "service", count: Int = 1, ports: [String: Value] = [:],
    user: String = ownName,
    update: [String: Value] = [:], restart: [String: Value] = [:], fields: [String: Value] = [:],
    task: [String: Value] = [:]
) -> Value {
    let updates: [String: Value] = [
        "maxParallel": .int(1), "minHealthyTime": .string("100ms"), "healthyDeadline": .string("10m"),
        "progressDeadline": .string("20m"), "autoRevert": .bool(false),
    ]
    let restarts: [String: Value] = [
        "attempts": .int(3), "interval": .string("1h"), "delay": .string("0s"), "maxDelay": .string("1s"),
        "mode": .string("delay"),
    ]
    let tasks: [String: Value] = [
        "driver": .string("exec"), "command": .string("/bin/sh"),
        "args": .list([.string("-c"), .string(script)]),
        "user": .string(user), "ports": .map(ports),
    ]
    let spec: [String: Value] = [
        "type": .string(type), "count": .int(count), "killTimeout": .string("2s"),
        "shutdownDelay": .string("0s"),
        "update": .map(updates.merging(update) { $1 }), "restart": .map(restarts.merging(restart) { $1 }),
        "task": .map(tasks.merging(task) { $1 }),
    ]
    return .map(spec.merging(fields) { $1 })
}

/// The processes that files of this name tell of, by their instances' folders. What is being removed meanwhile is passed
/// over.
func found(_ name: String, in root: String) -> [String: Int32] {
    func names(_ folder: String) -> [String] { (try? Files.names(in: folder)) ?? [] }
    var found: [String: Int32] = [:]
    for job in names(root) {
        for serial in names("\(root)/\(job)") {
            let path = "\(job)/\(serial)"
            let words = ((try? String(contentsOfFile: "\(root)/\(path)/\(name)", encoding: .utf8)) ?? "")
                .split(whereSeparator: \.isWhitespace)
            guard words.count == 3, let pid = Int32(words[1]), let start = UInt64(words[2]),
                Stranger.start(of: pid) == start
            else { continue }
            found[path] = pid
        }
    }
    return found
}
