import ChildProcess
import Foundation
import Glibc
import Model

/// Starts one instance: its files, its order to the shim, the shim.
struct Launcher: Sendable {
    let configuration: SupervisorEngine.Configuration
    let folders: RunFolders
    let limiter: Limiter
    let privileges: Privileges

    enum Launched: Sendable {
        /// Its shim, and why it runs without limits that it asks for.
        case running(Stranger, limitProblem: String?)
        /// The program could not be started, or has ended already: then its `status` says how.
        case ended(InstanceEnding?)
    }

    func launch(_ instance: InstanceFile, _ job: Job, _ secrets: SecretValues) async throws(EngineError)
        -> Launched
    {
        if let shim = try shim(of: instance) {
            return .running(shim, limitProblem: instance.limitProblem)
        }
        guard try isFree(instance) else { throw Self.isHeld }
        let account = try privileges.account(of: job.task)
        let place = limiter.place(cgroup(of: instance), cpu: job.task.cpu, memory: job.task.memory)
        let order = try prepare(instance, job, secrets, account, place)
        let command = Command(configuration.shim, input: order, limits: .init(whole: .seconds(30)))
        let ended: Ended<(String, String)>
        do throws(StartError) {
            ended = try await command.run { child in
                let said = await child.output.collect(atMost: 256)
                let why = await child.errors.collect(atMost: 1024)
                return (String(decoding: said, as: UTF8.self), String(decoding: why, as: UTF8.self))
            }
        } catch {
            throw EngineError(.retry, "\(error)", hint: "martlet-shim is installed beside martlet")
        }
        let said = ended.result.0.split(whereSeparator: \.isWhitespace)
        switch said.first {
        case "started":
            guard let shim = try shim(of: instance) else { return .ended(nil) }
            return .running(shim, limitProblem: place.problem)
        // Another shim holds the instance already: a controller that died in between started it.
        case "failed" where said.dropFirst().first == "l":
            guard let shim = try shim(of: instance) else { throw Self.isHeld }
            return .running(shim, limitProblem: place.problem)
        case "failed": return .ended(InstanceEnding(ended.result.0))
        default:
            let why = ended.result.1
            throw EngineError(
                .retry, "the shim said nothing\(why.isEmpty ? "" : ": \(why.escapedForDisplay)")")
        }
    }
    private static let isHeld = EngineError(.retry, "an earlier shim of the instance is about to end")

    /// The process that keeps an instance, where it still is the one that its folder names; nil only where there is
    /// surely none.
    func shim(of instance: InstanceFile) throws(EngineError) -> Stranger? {
        try process(of: instance, "shim")
    }
    private func process(of instance: InstanceFile, _ name: String) throws(EngineError) -> Stranger? {
        let path = "\(folders.folder(instance.id, instance.serial))/\(name)"
        guard let bytes = try Files.read(path) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count >= 3, let pid = Int32(words[1]), let start = UInt64(words[2]) else {
            throw EngineError(.waitForChange, "'\(path.escapedForDisplay)' names no process")
        }
        return Stranger(pid: pid, startedAt: start)
    }

    /// Whether a shim was ever begun for its present attempt.
    func hasBegun(_ instance: InstanceFile) throws(EngineError) -> Bool {
        try Files.isThere("\(folders.folder(instance.id, instance.serial))/shim")
    }

    /// How the last attempt ended; nil where its shim could not say.
    func ending(of instance: InstanceFile) throws(EngineError) -> InstanceEnding? {
        try Files.read("\(folders.folder(instance.id, instance.serial))/status").flatMap {
            InstanceEnding(String(decoding: $0, as: UTF8.self))
        }
    }

    /// SIGTERM to the program's group, and SIGKILL to what is left of it after `timeout`.
    func stop(_ instance: InstanceFile, _ shim: Stranger, timeout: Span) {
        let path = "\(folders.folder(instance.id, instance.serial))/stop"
        // Where it can't be written, the shim goes by the time of its order.
        try? Files.replace(path, with: Array("\(timeout.milliseconds)\n".utf8))
        shim.terminate()
    }

    /// Kills what instances left behind whose shims can't: what is in their cgroups, and what inherited their variable.
    /// False where it can't be told whether all of it is gone.
    func killRemains(of instances: [InstanceFile]) -> Bool {
        var isSure = true
        for instance in instances {
            do throws(EngineError) { try process(of: instance, "task")?.kill() } catch { isSure = false }
            limiter.kill(cgroup(of: instance))
        }
        let marks = instances.map { folders.folder($0.id, $0.serial) }
        return Stranger.killAll(with: Self.marker, Set(marks)) && isSure
    }
    static let marker = "MARTLET_INSTANCE"

    /// Removes an instance that has ended; false where a shim holds it, be it one that was just started and has not
    /// said who it is, or where that can't be told. None can begin meanwhile.
    func forget(_ instance: InstanceFile) -> Bool {
        do throws(EngineError) {
            let isFree = try withLock(of: instance) { () throws(EngineError) in
                try folders.remove(instance.id, instance.serial)
            }
            guard isFree else { return false }
        } catch { return false }
        limiter.remove(cgroup(of: instance))
        return true
    }
    private func isFree(_ instance: InstanceFile) throws(EngineError) -> Bool {
        try withLock(of: instance) {}
    }

    /// False where a shim holds it. Only where its folder is gone is there nothing to hold.
    private func withLock(
        of instance: InstanceFile, _ body: () throws(EngineError) -> Void
    ) throws(EngineError) -> Bool {
        let path = "\(folders.folder(instance.id, instance.serial))/lock"
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else {
            if errno == ENOENT { return true }
            throw EngineError(cannot: "lock", path, errno)
        }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { return false }
            throw EngineError(cannot: "lock", path, errno)
        }
        try body()
        return true
    }
    private func cgroup(of instance: InstanceFile) -> String {
        "\(RunFolders.name(instance.id)).\(instance.serial)"
    }

    private func prepare(
        _ instance: InstanceFile, _ job: Job, _ secrets: SecretValues, _ account: Account,
        _ place: Limiter.Place
    ) throws(EngineError) -> [UInt8] {
        let task = job.task
        let command = try privileges.executable(task.command ?? "")
        let folder = folders.folder(instance.id, instance.serial)
        for name in ["status", "stop", "task", "shim"] { unlink("\(folder)/\(name)") }
        let home = try TaskFolder(path: "\(folder)/home", account: account, discard: folders.discard).make(
            task.files
        ) {
            value throws(EngineError) in
            try secrets.text(value, ports: instance.ports)
        }
        var order = ShimOrder()
        try order.add("folder", folder)
        try order.add("exec", command)
        try order.add("arg", command)
        for argument in task.args { try order.add("arg", secrets.text(argument, ports: instance.ports)) }
        for (name, value) in try environment(instance, task, secrets, account).sorted(by: { $0.key < $1.key })
        {
            try order.add("env", Array("\(name)=".utf8) + value)
        }
        try order.add("cwd", task.cwd ?? home)
        if !account.isOwn {
            try order.add("uid", String(account.user))
            try order.add("gid", String(account.group))
            for group in account.groups { try order.add("group", String(group)) }
        }
        try order.add("log", folders.log(instance.id, instance.serial))
        try order.add("log-size", String(configuration.logSize.bytes))
        try order.add("log-files", String(configuration.logFiles))
        try order.add("kill-timeout", String(job.killTimeout.milliseconds))
        for entry in place.entries { try order.add("cgroup", entry) }
        if let events = place.memoryEvents { try order.add("memory-events", events) }
        return order.bytes
    }

    private func environment(
        _ instance: InstanceFile, _ task: JobTask, _ secrets: SecretValues, _ account: Account
    )
        throws(EngineError) -> [String: [UInt8]]
    {
        var environment: [String: [UInt8]] = [
            "PATH": Array("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".utf8),
            "HOME": Array(account.home.utf8), "USER": Array(account.name.utf8), "LANG": Array("C.UTF-8".utf8),
        ]
        for (name, port) in instance.ports {
            let suffix = String(
                name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
            environment["PORT_\(suffix)"] = Array(String(port).utf8)
        }
        if instance.ports.count == 1, let port = instance.ports.values.first {
            environment["PORT"] = Array(String(port).utf8)
        }
        for (name, value) in task.env {
            guard !name.isEmpty, !name.contains("="), !name.utf8.contains(0) else {
                throw EngineError(
                    .waitForChange, "task.env: '\(name.escapedForDisplay)' is no name of a variable")
            }
            environment[name] = try secrets.text(value, ports: instance.ports)
        }
        environment["MARTLET_JOB"] = Array(instance.id.description.utf8)
        environment["MARTLET_NAME"] = Array(instance.name.utf8)
        environment[Self.marker] = Array(folders.folder(instance.id, instance.serial).utf8)
        return environment
    }
}
