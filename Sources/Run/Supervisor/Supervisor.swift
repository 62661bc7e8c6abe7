import ChildProcess
import Foundation
import Glibc
import Model
import Probe
import Synchronization

/// Keeps the instances of all jobs as their files ask: it starts, rolls over, restarts and stops them by itself,
/// and tells who follows. Everything that must outlive it stands in the run folders and in the shims.
actor Supervisor {
    let configuration: SupervisorEngine.Configuration
    let folders: RunFolders
    let launcher: Launcher
    nonisolated let limiter: Limiter
    nonisolated let prober: Prober<InstanceKey>
    /// Milliseconds since the machine was started, its sleep counted.
    let now: @Sendable () -> Int
    let boot: String
    nonisolated let announced = Announcer()

    var jobs: [ResourceID: SupervisedJob] = [:]
    var dirty: Set<ResourceID> = []
    /// Instances that are to be started, in turn.
    var queue: [InstanceKey] = []
    var launching = 0
    /// Adopted, and not yet watched.
    var unwatched: [InstanceKey] = []
    /// Jobs, by their folders' names, that are left alone because something of them can't be read.
    var unreadable: [String: EngineError] = [:]
    private var isLoaded = false
    private var alarmAt: Int?
    private nonisolated let probed = Mutex<Set<InstanceKey>>([])
    private nonisolated let (wakeups, waker) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private nonisolated let thread = BlockingQueue(label: "martlet.supervisor")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// More than this many programs are not started at the same time.
    private static let launches = 16

    init(
        _ configuration: SupervisorEngine.Configuration, now: @escaping @Sendable () -> Int, boot: String,
        ask: @escaping @Sendable (ProbeTarget) async -> ProbeAnswer
    ) {
        (self.configuration, self.now, self.boot) = (configuration, now, boot)
        folders = RunFolders(
            jobs: configuration.jobsFolder, instances: configuration.instancesFolder,
            logs: configuration.logsFolder)
        limiter = Limiter(isUsed: configuration.usesCgroups, for: configuration.instancesFolder)
        launcher = Launcher(
            configuration: configuration, folders: folders, limiter: limiter,
            privileges: Privileges(configuration: configuration))
        prober = Prober(ask: ask)
    }

    /// Each instance is held by two descriptors. Programs get the usual limit from their shims.
    private static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 65536))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
    static var bootID: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    nonisolated func wake() { waker.yield() }

    private enum Work: Sendable {
        case launch(InstanceKey)
        case watch(InstanceKey, Stranger)
        case alarm(at: Int)
    }

    /// Works until the task is cancelled. Instances go on without it.
    func run() async {
        Self.raiseLimit()
        load()
        dirty.formUnion(jobs.keys)
        await withDiscardingTaskGroup { group in
            group.addTask { [prober] in await prober.run { self.note($0) } }
            wake()
            for await _ in wakeups {
                for work in takeTurn() { group.addTask { await self.perform(work) } }
            }
            group.cancelAll()
        }
    }

    private nonisolated func note(_ keys: Set<InstanceKey>) {
        probed.withLock { $0.formUnion(keys) }
        wake()
    }

    private func perform(_ work: Work) async {
        switch work {
        case .launch(let key): await launch(key)
        case .watch(let key, let shim): await watch(key, shim)
        case .alarm(let time):
            let wait = time - now()
            guard (try? await Task.sleep(for: .milliseconds(max(0, wait)))) != nil else { return }
            if alarmAt == time { alarmAt = nil }
            wake()
        }
    }

    private func takeTurn() -> [Work] {
        let time = now()
        let probed = probed.withLock { keys in
            defer { keys = [] }
            return keys
        }
        for key in probed { judgeHealth(of: key, at: time) }
        for (id, job) in jobs where job.due.map({ $0 <= time }) ?? false { dirty.insert(id) }
        for id in dirty { turn(id, at: time) }
        dirty = []
        var work: [Work] = unwatched.compactMap { key in
            jobs[key.id]?.instances[key.serial]?.shim.map { .watch(key, $0) }
        }
        unwatched = []
        let count = min(queue.count, Self.launches - launching)
        work += queue.prefix(max(0, count)).map(Work.launch)
        queue.removeFirst(max(0, count))
        launching += max(0, count)
        if let next = jobs.values.compactMap(\.due).min(), alarmAt.map({ next < $0 }) ?? true {
            alarmAt = next
            work.append(.alarm(at: next))
        }
        return work
    }

    /// Takes over what an earlier controller left; does nothing the second time.
    func load() {
        guard !isLoaded else { return }
        isLoaded = true
        let contents = folders.load()
        unreadable = contents.unreadable
        // A reboot took the folder of the instances; what can't be made again each of them says.
        if !contents.jobs.isEmpty { try? folders.create() }
        for var file in contents.jobs where unreadable[RunFolders.name(file.id)] == nil {
            if file.boot != boot {
                (file.boot, file.deployment.progressAt) = (boot, now())
                try? folders.save(file)
            }
            var job = SupervisedJob(file)
            for serial in file.completed {
                var done = InstanceFile(file.id, serial: serial, version: file.target, boot: boot, at: now())
                done.phase = .completed
                job.instances[serial] = SupervisedJob.Instance(file: done)
            }
            jobs[file.id] = job
        }
        for file in contents.instances where unreadable[RunFolders.name(file.id)] == nil { adopt(file) }
        for (id, job) in jobs { jobs[id]?.told = job.observation(address: configuration.address) }
    }

    /// An instance of no job. What does not go at once is found again by the next controller.
    private func clear(_ file: InstanceFile, _ shim: Stranger?) {
        shim?.kill()
        launcher.killRemains(of: file)
        for _ in 0..<100 {
            if launcher.forget(file) { return }
            usleep(10_000)
        }
    }

    private func adopt(_ file: InstanceFile) {
        guard file.boot == boot else {
            _ = launcher.forget(file)
            return
        }
        let shim = launcher.shim(of: file)
        guard jobs[file.id] != nil else { return clear(file, shim) }
        let key = InstanceKey(id: file.id, serial: file.serial)
        jobs[file.id]?.instances[file.serial] = SupervisedJob.Instance(file: file, shim: shim)
        // Should the disk have been full when it was counted.
        let next = max(jobs[file.id]?.file.nextSerial ?? 1, file.serial + 1)
        jobs[file.id]?.file.nextSerial = next
        switch file.phase {
        case .waiting, .completed, .failed: break
        case .starting where shim == nil && launcher.ending(of: file) == nil: queue.append(key)
        case .starting, .running, .draining, .stopping:
            guard let shim else { return ended(key) }
            if file.phase == .starting { hasStarted(key) }
            if file.phase == .stopping {
                launcher.stop(file, shim, timeout: settings(of: file)?.killTimeout ?? .usual)
            }
            unwatched.append(key)
            followProbes(of: key)
        }
    }
}

/// Who follows what the supervisor says has changed.
final class Announcer: Sendable {
    private let continuation = Mutex<AsyncStream<Event>.Continuation?>(nil)

    func events() -> AsyncStream<Event> {
        AsyncStream { continuation in
            continuation.yield(.resync)
            self.continuation.withLock { $0 = continuation }
        }
    }
    func announce(_ id: ResourceID) { _ = continuation.withLock { $0?.yield(.changed([id])) } }
}
