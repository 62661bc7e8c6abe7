import Crypto
import Foundation
import Model

/// What a job is asked to be and how far it has come, as it stands in the jobs' folder: a new controller goes on from
/// it, and so does one after a reboot. It holds where secrets come from, never their values.
struct JobFile: RunFile, Hashable, Sendable {
    static let latest = 1
    private(set) var format = latest
    var id: ResourceID
    /// The last step that was accepted.
    var intent: Int
    var spec: Coded
    /// The version that `spec` asks for.
    var target: String
    /// The specs that instances run by, or may have to again.
    var versions: [String: Coded]
    var stable: String?
    var deployment: Rollout.Deployment
    var nextSerial = 1
    /// Batch instances of the target that ended well: they do not run again, also after a reboot.
    var completed: Set<Int> = []
    /// A person stopped it.
    var isStopped = false
    /// Taken away; gone with its last instance.
    var isRemoved = false
    /// The times in it are of this boot.
    var boot: String

    init(_ id: ResourceID, _ spec: Value, intent: Int, boot: String, at now: Int) {
        (self.id, self.intent, self.spec, self.boot) = (id, intent, Coded(spec), boot)
        target = Self.version(of: spec)
        versions = [target: Coded(spec)]
        deployment = Rollout.Deployment(of: target, at: now)
    }

    /// Asks for something else from now on. What is only counted, timed or probed otherwise is no new version.
    mutating func ask(for spec: Value, intent: Int, at now: Int) {
        let version = Self.version(of: spec)
        let isNew = isRemoved || version != target
        (self.spec, self.intent, isRemoved) = (Coded(spec), intent, false)
        versions[version] = Coded(spec)
        guard isNew else { return }
        (target, completed) = (version, [])
        deployment = Rollout.Deployment(of: version, at: now)
    }

    /// The machine was started anew: what ran is gone, and what was timed begins again.
    mutating func begin(boot: String, at now: Int) {
        guard boot != self.boot else { return }
        (self.boot, deployment.progressAt, deployment.proved) = (boot, now, 0)
    }

    /// What a job is known by of which only instances are left.
    static func lost(_ id: ResourceID, boot: String, at now: Int) -> Self {
        var file = Self(id, .null, intent: 0, boot: boot, at: now)
        file.isRemoved = true
        return file
    }

    /// Names what a process of the job would see of its spec.
    static func version(of spec: Value) -> String {
        var task = spec["task"]?.fields ?? [:]
        task["health"] = nil
        let text = Value.map(["type": spec["type"] ?? .null, "task": .map(task)]).canonical
        return SHA256.hash(data: Array(text.utf8)).prefix(6).hex
    }
}

/// One instance, as its folder says. Times are milliseconds since the machine was started.
struct InstanceFile: RunFile, Hashable, Sendable {
    static let latest = 1
    enum Phase: String, Codable, Sendable {
        /// Being started, and then alive.
        case starting, running
        /// It ended, and is started again at `dueAt`.
        case waiting
        /// Out of the job's instances until `dueAt`, and told to stop then.
        case draining
        /// Told to stop; at `dueAt` its shim is killed as well.
        case stopping
        case completed, failed
    }
    private(set) var format = latest
    var id: ResourceID
    var serial: Int
    var version: String
    var boot: String
    var phase = Phase.starting
    var ports: [String: Int] = [:]
    var startedAt: Int
    var dueAt: Int?
    var healthySince: Int?
    var hasProved = false
    var restarts: [Int] = []
    /// All attempts of its interval are used up.
    var isLooping = false
    /// A person asked for another start: its end is no failure.
    var isRestarting = false
    var problem: String?
    /// Why limits that its task asks for do not hold.
    var limitProblem: String?

    init(_ id: ResourceID, serial: Int, version: String, boot: String, at now: Int) {
        (self.id, self.serial, self.version, self.boot, startedAt) = (id, serial, version, boot, now)
    }

    var name: String { "\(id.name)-\(serial)" }

    var rolled: Rollout.Instance {
        let phase: Rollout.Instance.Phase =
            switch self.phase {
            case .starting, .running, .waiting: .live
            case .draining, .stopping: .leaving
            case .completed: .completed
            case .failed: .failed(problem ?? "it ended")
            }
        return Rollout.Instance(
            serial: serial, version: version, phase: phase, startedAt: startedAt, healthySince: healthySince,
            hasProved: hasProved, problem: problem)
    }
}
