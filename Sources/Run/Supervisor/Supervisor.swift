import ChildProcess
import Foundation
import Glibc
import Model
import Probe
import Synchronization

/// Keeps the instances of all jobs as their files ask: it starts, rolls over, restarts and stops them by itself,
/// and tells who follows. Everything that must outlive it stands in the run folders and in the shims.
///
/// It works on what has changed: jobs that something happened to, and those whose time has come.
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
    /// What keeps it from working as well as it could, each thing once.
    nonisolated var warned: [String] { warnings.withLock { $0 } }
    private nonisolated let warnings = Mutex<[String]>([])

    var jobs: [ResourceID: SupervisedJob] = [:]
    var dirty: Set<ResourceID> = []
    /// When to look at a job again, though nothing has happened.
    var agenda = Agenda<ResourceID>()
    /// Instances that are to be started, in turn.
    var queue = LaunchQueue()
    var launching = 0
    /// Who has each port.
    var ports: [Int: InstanceKey] = [:]
    /// Adopted, and not yet watched.
    var unwatched: [InstanceKey] = []
    /// Ended without a word: what they left behind is looked for once for all of them.
    var unsettled: Set<InstanceKey> = []
    /// Not before then is that looked for again.
    var settleAt = 0
    /// Jobs whose files are being written, and who waits for that.
    var saving: [ResourceID: [CheckedContinuation<Void, Never>]] = [:]
    /// Jobs, by their folders' names, that are left alone because something of them can't be read.
    var unreadable: [String: EngineError] = [:]
    /// Whether it has taken over what an earlier controller left; before that it only reads.
    var isKeeper = false
    /// Why it could not.
    var takeoverProblem: EngineError?
    /// Not before then is anything tried again that could not be read.
    var readAgainAt = 0
    private nonisolated let probed = Mutex<Set<InstanceKey>>([])
    private nonisolated let (wakeups, waker) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let alarm: Alarm
    private nonisolated let thread = BlockingQueue(label: "martlet.supervisor")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// More than this many programs are not started at the same time.
    private static let launches = 16
    /// Milliseconds until something is tried again that the machine refused.
    static let patience = 2000

    init(
        _ configuration: SupervisorEngine.Configuration, now: @escaping @Sendable () -> Int, boot: String,
        ask: @escaping @Sendable (ProbeTarget) async -> ProbeAnswer
    ) {
        (self.configuration, self.now, self.boot) = (configuration, now, boot)
        folders = RunFolders(
            jobs: configuration.jobsFolder, instances: configuration.instancesFolder,
            logs: configuration.logsFolder)
        limiter = Limiter(at: configuration.cgroups, for: configuration.instancesFolder)
        launcher = Launcher(
            configuration: configuration, folders: folders, limiter: limiter,
            privileges: Privileges(configuration: configuration))
        prober = Prober(ask: ask)
        alarm = Alarm { [waker] in waker.yield() }
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
    nonisolated func warn(_ message: String) {
        warnings.withLock { if $0.count < 100, !$0.contains(message) { $0.append(message) } }
    }

    private enum Work: Sendable {
        case launch(InstanceKey)
        case watch(InstanceKey, Stranger)
        case save(ResourceID)
    }

    /// Works until the task is cancelled. Instances go on without it.
    func run() async {
        Self.raiseLimit()
        await withDiscardingTaskGroup { group in
            group.addTask { [prober] in await prober.run { self.note($0) } }
            wake()
            for await _ in wakeups {
                guard begin() else { continue }
                for work in takeTurn() { group.addTask { await self.perform(work) } }
            }
            group.cancelAll()
        }
    }

    /// Where it can't be told what there is, nothing is done until it can.
    private func begin() -> Bool {
        guard !isKeeper else { return true }
        do throws(EngineError) {
            try takeOver()
            return true
        } catch {
            takeoverProblem = error
            warn("jobs are left alone: \(error)")
            alarm.set(in: Self.patience)
            return false
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
        case .save(let id): await save(id)
        }
    }

    private func takeTurn() -> [Work] {
        let time = now()
        let probed = probed.withLock { keys in
            defer { keys = [] }
            return keys
        }
        readAgain(at: time)
        settle(at: time)
        for key in probed { judgeHealth(of: key, at: time) }
        dirty.formUnion(agenda.takeDue(at: time))
        let turned = dirty
        dirty = []
        for id in turned { turn(id, at: time) }
        var work = turned.filter { isUnsaved($0, at: time) }.map(Work.save)
        work += unwatched.compactMap { key in
            jobs[key.id]?.instances[key.serial]?.shim.map { .watch(key, $0) }
        }
        unwatched = []
        while launching < Self.launches, let key = queue.next() {
            launching += 1
            work.append(.launch(key))
        }
        let retries = [unreadable.isEmpty ? nil : readAgainAt, unsettled.isEmpty ? nil : settleAt]
        if let next = ([agenda.next] + retries).compactMap(\.self).min() { alarm.set(in: next - time) }
        return work
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
