import ChildProcess
import Model
import Probe

extension Supervisor {
    /// Does what is due for one job, and tells if that can be seen.
    func turn(_ id: ResourceID, at time: Int) {
        guard let job = jobs[id] else { return }
        for serial in job.instances.keys.sorted() { passTime(InstanceKey(id: id, serial: serial), at: time) }
        decide(id, at: time)
        forgetVersions(of: id)
        guard let job = jobs[id] else { return }
        if job.file.isRemoved, job.instances.isEmpty {
            jobs[id] = nil
            folders.remove(id)
            return
        }
        tell(id)
    }

    func tell(_ id: ResourceID) {
        guard let seen = jobs[id]?.observation(address: configuration.address), seen != jobs[id]?.told else {
            return
        }
        jobs[id]?.told = seen
        if jobs[id]?.file.isRemoved == false { announced.announce(id) }
    }

    /// What an instance's own time brings.
    private func passTime(_ key: InstanceKey, at time: Int) {
        guard let instance = jobs[key.id]?.instances[key.serial], let due = instance.file.dueAt, due <= time
        else {
            return
        }
        switch instance.file.phase {
        case .waiting:
            change(key) { ($0.phase, $0.dueAt) = (.starting, nil) }
            queue.append(key)
            wake()
        case .draining: stopNow(key, at: time)
        case .stopping: insist(key, instance, at: time)
        case .starting, .running, .completed, .failed: break
        }
    }

    /// An instance that should have ended by now.
    private func insist(_ key: InstanceKey, _ instance: SupervisedJob.Instance, at time: Int) {
        if let shim = instance.shim {
            // It does not do its part: what it keeps goes with it.
            change(key) { $0.dueAt = time + 1000 }
            shim.kill()
            launcher.killRemains(of: instance.file)
        } else if let shim = launcher.shim(of: instance.file) {
            jobs[key.id]?.instances[key.serial]?.shim = shim
            unwatched.append(key)
            stopNow(key, at: time)
        } else {
            ended(key)
        }
    }

    private func decide(_ id: ResourceID, at time: Int) {
        guard let supervised = jobs[id], let job = supervised.job(supervised.file.target) else { return }
        let rollout = supervised.rollout(job)
        let decision = rollout.decide(at: time)
        for serial in decision.proved { change(InstanceKey(id: id, serial: serial)) { $0.hasProved = true } }
        var file = supervised.file
        (file.deployment, file.stable) = (decision.deployment, decision.stable)
        if file != supervised.file { save(file) }
        jobs[id]?.lacksSecrets = false
        var hasActed = false
        for action in decision.actions {
            switch action {
            case .start(let version): hasActed = start(id, version, at: time) || hasActed
            case .stop(let serial):
                stop(InstanceKey(id: id, serial: serial), at: time)
                hasActed = true
            case .discard(let serial):
                forget(InstanceKey(id: id, serial: serial))
                hasActed = true
            }
        }
        // What was done may allow more, or have ended the deployment.
        if hasActed || decision.deployment.outcome != supervised.file.deployment.outcome {
            return decide(id, at: time)
        }
        let moments = jobs[id]?.instances.values.compactMap(\.file.dueAt) ?? []
        jobs[id]?.due = (moments + [decision.due].compactMap(\.self)).min()
    }

    /// Whether one more instance is on its way.
    private func start(_ id: ResourceID, _ version: String, at time: Int) -> Bool {
        guard var file = jobs[id]?.file, let spec = file.versions[version]?.value else { return false }
        if !spec.secrets.isEmpty, !folders.hasSecrets(id, version) {
            jobs[id]?.lacksSecrets = true
            return false
        }
        let instance = InstanceFile(id, serial: file.nextSerial, version: version, boot: boot, at: time)
        file.nextSerial += 1
        save(file)
        jobs[id]?.instances[instance.serial] = SupervisedJob.Instance(file: instance)
        try? folders.makeFolder(id, instance.serial)
        try? folders.save(instance)
        queue.append(InstanceKey(id: id, serial: instance.serial))
        wake()
        return true
    }

    /// Leaves the job's instances at once, and is told to stop `shutdownDelay` later.
    private func stop(_ key: InstanceKey, at time: Int) {
        guard let instance = jobs[key.id]?.instances[key.serial] else { return }
        let hasProcess = instance.shim != nil || instance.file.phase == .starting && !dropFromQueue(key)
        guard hasProcess else { return forget(key) }
        let delay =
            instance.file.healthySince == nil
            ? 0 : settings(of: instance.file)?.shutdownDelay.milliseconds ?? 0
        change(key) { ($0.phase, $0.dueAt, $0.healthySince) = (.draining, time + delay, nil) }
        prober.follow([], for: key)
        if delay == 0 { stopNow(key, at: time) }
    }

    /// Whether it had not begun.
    private func dropFromQueue(_ key: InstanceKey) -> Bool {
        guard let index = queue.firstIndex(of: key) else { return false }
        queue.remove(at: index)
        return true
    }

    func stopNow(_ key: InstanceKey, at time: Int) {
        guard let instance = jobs[key.id]?.instances[key.serial] else { return }
        let timeout = settings(of: instance.file)?.killTimeout ?? .usual
        change(key) { ($0.phase, $0.dueAt) = (.stopping, time + timeout.milliseconds + 5000) }
        if let shim = instance.shim { launcher.stop(instance.file, shim, timeout: timeout) }
    }

    /// The spec that an instance runs by; one of the target has what was only timed otherwise since.
    func settings(of instance: InstanceFile) -> Job? { jobs[instance.id]?.job(instance.version) }

    private func forgetVersions(of id: ResourceID) {
        guard let job = jobs[id] else { return }
        let used = Set(job.instances.values.map(\.file.version)).union(
            [job.file.target, job.file.stable].compactMap(\.self))
        let unused = Set(job.file.versions.keys).subtracting(used)
        guard !unused.isEmpty else { return }
        var file = job.file
        for version in unused {
            file.versions[version] = nil
            folders.removeSecrets(id, version)
        }
        save(file)
    }

    /// What can't be written is known until the controller ends, and said again with the next change.
    func save(_ file: JobFile) {
        jobs[file.id]?.file = file
        try? folders.save(file)
    }

    func change(_ key: InstanceKey, _ body: (inout InstanceFile) -> Void) {
        guard var file = jobs[key.id]?.instances[key.serial]?.file else { return }
        body(&file)
        guard file != jobs[key.id]?.instances[key.serial]?.file else { return }
        jobs[key.id]?.instances[key.serial]?.file = file
        try? folders.save(file)
    }

    func forget(_ key: InstanceKey) {
        guard let instance = jobs[key.id]?.instances[key.serial] else { return }
        prober.follow([], for: key)
        guard launcher.forget(instance.file) else {
            let soon = now() + 50
            return change(key) { ($0.phase, $0.dueAt) = (.stopping, soon) }
        }
        jobs[key.id]?.instances[key.serial] = nil
        folders.pruneLogs(key.id, keeping: Set(jobs[key.id]?.instances.keys ?? [:].keys))
        if jobs[key.id]?.file.completed.contains(key.serial) == true, var file = jobs[key.id]?.file {
            file.completed.remove(key.serial)
            save(file)
        }
    }
}

extension Span {
    /// The time from SIGTERM to SIGKILL where no spec can be read any more.
    static let usual = Span(milliseconds: 5000)
}
