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
        case running(Stranger)
        /// The program itself could not be started: its `status` says so.
        case ended
    }

    func launch(_ instance: InstanceFile, _ job: Job, _ secrets: SecretValues) async throws(EngineError)
        -> Launched
    {
        if let shim = shim(of: instance) { return .running(shim) }
        let account = try privileges.account(of: job.task)
        let order = try prepare(instance, job, secrets, account)
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
        return try read(ended.result.0, errors: ended.result.1, instance)
    }

    private func read(_ said: String, errors: String, _ instance: InstanceFile) throws(EngineError)
        -> Launched
    {
        let words = said.split(whereSeparator: \.isWhitespace)
        switch words.first {
        case "started":
            guard let shim = shim(of: instance) else { return .ended }
            return .running(shim)
        // Another shim holds the instance already: a controller that died in between started it.
        case "failed" where words.dropFirst().first == "l":
            guard let shim = shim(of: instance) else {
                throw EngineError(.retry, "an earlier shim of the instance is about to end")
            }
            return .running(shim)
        case "failed": return .ended
        default:
            throw EngineError(
                .retry, "the shim said nothing\(errors.isEmpty ? "" : ": \(errors.escapedForDisplay)")")
        }
    }

    /// The process that keeps an instance, where it still is the one that its folder names.
    func shim(of instance: InstanceFile) -> Stranger? { process(of: instance, "shim") }
    func task(of instance: InstanceFile) -> Stranger? { process(of: instance, "task") }
    private func process(of instance: InstanceFile, _ name: String) -> Stranger? {
        let path = "\(folders.folder(instance.id, instance.serial))/\(name)"
        let words = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }?
            .split(
                whereSeparator: \.isWhitespace)
        guard let words, words.count >= 3, let pid = Int32(words[1]), let start = UInt64(words[2]) else {
            return nil
        }
        return Stranger(pid: pid, startedAt: start)
    }

    /// How the last attempt ended; nil where its shim could not say.
    func ending(of instance: InstanceFile) -> InstanceEnding? {
        let path = "\(folders.folder(instance.id, instance.serial))/status"
        return FileManager.default.contents(atPath: path).flatMap {
            InstanceEnding(String(decoding: $0, as: UTF8.self))
        }
    }

    /// SIGTERM to the program's group, and SIGKILL to what is left of it after `timeout`.
    func stop(_ instance: InstanceFile, _ shim: Stranger, timeout: Span) {
        let path = "\(folders.folder(instance.id, instance.serial))/stop"
        try? folders.replace(path, with: Array("\(timeout.milliseconds)\n".utf8), mode: 0o600)
        shim.terminate()
    }

    /// Kills what an instance left behind whose shim can't: by the variable that all its processes inherited.
    func killRemains(of instance: InstanceFile) {
        task(of: instance)?.kill()
        Stranger.killAll(with: Self.marker, folders.folder(instance.id, instance.serial))
    }
    static let marker = "MARTLET_INSTANCE"

    /// Removes an instance that has ended; false where a shim holds it, be it one that was just started and has not
    /// said who it is. None can begin meanwhile.
    func forget(_ instance: InstanceFile) -> Bool {
        let path = "\(folders.folder(instance.id, instance.serial))/lock"
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { if lock >= 0 { close(lock) } }
        guard lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0 else { return false }
        folders.remove(instance.id, instance.serial)
        limiter.remove(cgroup(of: instance))
        return true
    }
    private func cgroup(of instance: InstanceFile) -> String {
        "\(RunFolders.name(instance.id)).\(instance.serial)"
    }

    private func prepare(_ instance: InstanceFile, _ job: Job, _ secrets: SecretValues, _ account: Account)
        throws(EngineError) -> [UInt8]
    {
        let task = job.task
        let command = try privileges.executable(task.command ?? "")
        let folder = folders.folder(instance.id, instance.serial)
        for name in ["status", "stop", "task"] { unlink("\(folder)/\(name)") }
        let home = try TaskFolder(path: "\(folder)/home", account: account).make(task.files) {
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
        let place = limiter.place(cgroup(of: instance), cpu: task.cpu, memory: task.memory)
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

/// What the shim reads from its standard input.
struct ShimOrder {
    private(set) var bytes = Array("martlet-shim 1\0".utf8)

    mutating func add(_ key: String, _ text: String) throws(EngineError) { try add(key, Array(text.utf8)) }
    /// A NUL would end the text, and begin another entry.
    mutating func add(_ key: String, _ text: [UInt8]) throws(EngineError) {
        guard !text.contains(0) else {
            throw EngineError(.waitForChange, "a text of the task holds a NUL byte")
        }
        bytes += Array("\(key)=".utf8) + text + [0]
    }
}

/// How an instance's program ended, as its shim wrote it.
enum InstanceEnding: Hashable, Sendable {
    case exited(Int, outOfMemory: Bool)
    case killed(signal: Int, outOfMemory: Bool)
    /// It never ran.
    case failed(String)

    init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2 else { return nil }
        switch words[0] {
        case "exited":
            guard let code = Int(words[1]) else { return nil }
            self = .exited(code, outOfMemory: words.last == "oom")
        case "signal":
            guard let signal = Int(words[1]) else { return nil }
            self = .killed(signal: signal, outOfMemory: words.last == "oom")
        case "failed":
            guard words.count == 3, let code = Int32(words[2]) else { return nil }
            self = .failed(Self.failure(at: words[1], code))
        default: return nil
        }
    }
    private static func failure(at stage: Substring, _ code: Int32) -> String {
        let reason = String(cString: strerror(code))
        let cause = reason.prefix(1).lowercased() + reason.dropFirst()
        return switch stage {
        case "x": "its command can't be run: \(cause)"
        case "d": "its folder can't be entered: \(cause)"
        case "u": "its user can't be taken: \(cause)"
        case "c": "its cgroup can't be entered: \(cause)"
        default: "it can't be started: \(cause)"
        }
    }

    var isSuccess: Bool { self == .exited(0, outOfMemory: false) }
    var description: String {
        switch self {
        case .exited(let code, let outOfMemory): "exit code \(code)\(outOfMemory ? ", out of memory" : "")"
        case .killed(let signal, let outOfMemory):
            outOfMemory ? "killed: out of memory" : "killed by signal \(signal)"
        case .failed(let why): why
        }
    }
}
