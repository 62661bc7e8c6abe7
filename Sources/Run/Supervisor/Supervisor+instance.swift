import ChildProcess
import Model
import Probe

/// The life of one instance: started, watched, judged, ended.
extension Supervisor {
    func launch(_ key: InstanceKey) async {
        defer { wake() }
        let launched: Launcher.Launched
        do throws(EngineError) {
            guard let instance = try begin(key) else {
                launching -= 1
                return
            }
            launched = try await launcher.launch(instance.0, instance.1, instance.2)
            launching -= 1
            wake()
        } catch {
            launching -= 1
            // Cut off in the middle: the next controller finds what came of it.
            guard !Task.isCancelled else { return }
            return ended(key, problem: error.message)
        }
        guard case .running(let shim) = launched else { return ended(key) }
        jobs[key.id]?.instances[key.serial]?.shim = shim
        switch jobs[key.id]?.instances[key.serial]?.file.phase {
        case .starting: hasStarted(key)
        case .stopping: stopNow(key, at: now())
        case nil: return shim.kill()
        default: break
        }
        await watch(key, shim)
    }

    /// What the program needs now; nil where it was told to go meanwhile.
    private func begin(_ key: InstanceKey) throws(EngineError) -> (InstanceFile, Job, SecretValues)? {
        guard let file = jobs[key.id]?.instances[key.serial]?.file, let job = settings(of: file) else {
            return nil
        }
        guard file.phase == .starting else {
            ended(key)
            return nil
        }
        let needsSecrets = jobs[key.id]?.file.versions[file.version]?.value.secrets.isEmpty == false
        guard let secrets = needsSecrets ? folders.loadSecrets(key.id, file.version) : SecretValues() else {
            throw EngineError(.retry, "its secrets are not at hand")
        }
        let ports = try Ports.choose(
            for: job.task.ports, before: file.ports, from: configuration.ports, taken: portsTaken(but: key))
        change(key) { $0.ports = ports }
        try folders.makeFolder(key.id, key.serial)
        guard let instance = jobs[key.id]?.instances[key.serial]?.file else { return nil }
        try folders.save(instance)
        return (instance, job, secrets)
    }

    private func portsTaken(but key: InstanceKey) -> Set<Int> {
        var taken: Set<Int> = []
        for (id, job) in jobs {
            for (serial, instance) in job.instances where InstanceKey(id: id, serial: serial) != key {
                taken.formUnion(instance.file.ports.values)
            }
        }
        return taken
    }

    func hasStarted(_ key: InstanceKey) {
        let time = now()
        let isHealthy =
            jobs[key.id]?.instances[key.serial].flatMap { settings(of: $0.file) }?.update.health == .running
        change(key) {
            $0.phase = .running
            if isHealthy { $0.healthySince = time }
        }
        followProbes(of: key)
        dirty.insert(key.id)
    }

    /// Until its shim ends; returns early only where the supervisor's own task was cancelled.
    func watch(_ key: InstanceKey, _ shim: Stranger) async {
        guard await shim.waitForExit() else { return }
        guard jobs[key.id]?.instances[key.serial]?.shim === shim else { return }
        jobs[key.id]?.instances[key.serial]?.shim = nil
        ended(key)
    }

    /// An attempt is over, however it ended.
    func ended(_ key: InstanceKey, problem: String? = nil) {
        defer { wake() }
        dirty.insert(key.id)
        prober.follow([], for: key)
        guard let instance = jobs[key.id]?.instances[key.serial] else { return }
        let ending = problem == nil ? launcher.ending(of: instance.file) : nil
        if problem == nil, ending == nil { launcher.killRemains(of: instance.file) }
        switch instance.file.phase {
        case .draining, .stopping: return forget(key)
        case .waiting, .completed, .failed: return
        case .starting, .running: break
        }
        let job = settings(of: instance.file)
        if job?.type == .batch, ending?.isSuccess == true { return complete(key) }
        let why = problem ?? ending?.description ?? "its shim was killed"
        restart(key, why, job?.restart)
    }

    private func complete(_ key: InstanceKey) {
        change(key) { ($0.phase, $0.problem) = (.completed, nil) }
        guard var file = jobs[key.id]?.file, jobs[key.id]?.instances[key.serial]?.file.version == file.target
        else {
            return
        }
        file.completed.insert(key.serial)
        save(file)
    }

    private func restart(_ key: InstanceKey, _ why: String, _ policy: Job.Restart?) {
        guard let file = jobs[key.id]?.instances[key.serial]?.file else { return }
        let time = now()
        guard !file.isRestarting else {
            return change(key) {
                ($0.phase, $0.dueAt, $0.healthySince, $0.isRestarting) = (.waiting, time, nil, false)
            }
        }
        let verdict = policy?.verdict(after: file.restarts, at: time, random: .random(in: 0...1)) ?? .giveUp
        change(key) { file in
            (file.healthySince, file.problem, file.dueAt) = (nil, why, nil)
            switch verdict {
            case .giveUp: file.phase = .failed
            case .restart(let due, let isLooping):
                (file.phase, file.dueAt, file.isLooping) = (.waiting, due, isLooping)
                file.restarts = (file.restarts + [time]).suffix(policy?.attempts ?? 0)
            }
        }
    }

    /// Asks an instance's probes from now on, or no longer.
    func followProbes(of key: InstanceKey) {
        prober.follow(Set(targets(of: key)), for: key)
    }

    private func targets(of key: InstanceKey) -> [ProbeTarget] {
        guard let file = jobs[key.id]?.instances[key.serial]?.file, file.phase == .running,
            let job = settings(of: file), job.update.health == .probes
        else { return [] }
        return job.task.health.compactMap { probe in
            let port = probe.port.map { file.ports[$0] } ?? file.ports.values.first
            return port.map { ProbeTarget(probe, host: configuration.address, port: $0) }
        }
    }

    /// Healthy once every probe is; no longer with the first that isn't. What is not known changes nothing.
    func judgeHealth(of key: InstanceKey, at time: Int) {
        let verdicts = targets(of: key).map { prober.verdict(of: $0) }
        guard !verdicts.isEmpty else { return }
        dirty.insert(key.id)
        if case .unhealthy(let cause)? = verdicts.first(where: { $0.isUnhealthy }) {
            change(key) { ($0.healthySince, $0.problem) = (nil, cause) }
        } else if verdicts.allSatisfy({ $0 == .healthy }) {
            change(key) {
                ($0.healthySince, $0.problem, $0.isLooping) = ($0.healthySince ?? time, nil, false)
            }
        }
    }
}

extension Standing.Verdict {
    fileprivate var isUnhealthy: Bool { if case .unhealthy = self { true } else { false } }
}
