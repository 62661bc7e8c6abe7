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
        let (shim, limitProblem): (Stranger, String?)
        switch launched {
        case .running(let running, let problem): (shim, limitProblem) = (running, problem)
        case .ended(let ending?): return conclude(key, ending)
        case .ended(nil): return ended(key)
        }
        jobs[key.id]?.instances[key.serial]?.shim = shim
        change(key) { $0.limitProblem = limitProblem }
        if let limitProblem { warn("an instance of \(key.id) runs without its limits: \(limitProblem)") }
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
            conclude(key, nil)
            return nil
        }
        try folders.makeFolder(key.id, key.serial)
        let needsSecrets = jobs[key.id]?.file.versions[file.version]?.value.secrets.isEmpty == false
        guard let secrets = needsSecrets ? try folders.loadSecrets(key.id, file.version) : SecretValues()
        else {
            throw EngineError(.retry, "its secrets are not at hand")
        }
        let chosen = try Ports.choose(for: job.task.ports, before: file.ports, from: configuration.ports) {
            ports[$0].map { $0 != key } ?? false
        }
        releasePorts(of: key)
        for port in chosen.values { ports[port] = key }
        guard var instance = jobs[key.id]?.instances[key.serial]?.file else { return nil }
        (instance.ports, instance.limitProblem) = (chosen, nil)
        jobs[key.id]?.instances[key.serial]?.file = instance
        try folders.save(instance)
        jobs[key.id]?.instances[key.serial]?.saveProblem = nil
        return (instance, job, secrets)
    }

    func releasePorts(of key: InstanceKey) {
        let own = jobs[key.id]?.instances[key.serial]?.file.ports.values
        for port in own ?? [:].values where ports[port] == key { ports[port] = nil }
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

    /// An attempt is over: its shim is gone, or it was never begun.
    func ended(_ key: InstanceKey, problem: String? = nil) {
        guard let instance = jobs[key.id]?.instances[key.serial] else { return }
        if let problem { return conclude(key, nil, problem) }
        // Without a word, or one that can't be read now, it is not known what is left of it.
        guard let ending = try? launcher.ending(of: instance.file) else {
            unsettled.insert(key)
            return wake()
        }
        conclude(key, ending)
    }

    /// Looks for what is left of all that ended without a word, before any of it is started again.
    func settle(at time: Int) {
        guard !unsettled.isEmpty, time >= settleAt else { return }
        let files = unsettled.compactMap { jobs[$0.id]?.instances[$0.serial]?.file }
        settleAt = launcher.killRemains(of: files) ? 0 : time + Self.patience
        guard settleAt == 0 else { return }
        for key in unsettled {
            guard let file = jobs[key.id]?.instances[key.serial]?.file else {
                unsettled.remove(key)
                continue
            }
            do throws(EngineError) {
                let ending = try launcher.ending(of: file)
                unsettled.remove(key)
                conclude(key, ending, ending == nil ? "its shim was killed" : nil)
            } catch { settleAt = time + Self.patience }
        }
    }

    /// An attempt is over, and nothing is left of it.
    private func conclude(_ key: InstanceKey, _ ending: InstanceEnding?, _ problem: String? = nil) {
        defer { wake() }
        dirty.insert(key.id)
        prober.follow([], for: key)
        guard let instance = jobs[key.id]?.instances[key.serial] else { return }
        switch instance.file.phase {
        case .draining, .stopping: return forget(key)
        case .waiting, .completed, .failed: return
        case .starting, .running: break
        }
        let job = settings(of: instance.file)
        if job?.type == .batch, ending?.isSuccess == true { return complete(key) }
        restart(key, problem ?? ending?.description ?? "it ended", job?.restart)
    }

    /// The job's file is told, and its instance's own is left: that it has ended well stands beside it already.
    private func complete(_ key: InstanceKey) {
        jobs[key.id]?.instances[key.serial]?.file.phase = .completed
        jobs[key.id]?.instances[key.serial]?.file.problem = nil
        guard let job = jobs[key.id], job.instances[key.serial]?.file.version == job.file.target else {
            return
        }
        jobs[key.id]?.file.completed.insert(key.serial)
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
