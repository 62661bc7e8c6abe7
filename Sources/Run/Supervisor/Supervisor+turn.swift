import ChildProcess
import Model
import Probe

extension Supervisor {
    /// Does what is due for one job, and tells if that can be seen.
    func turn(_ id: ResourceID, at time: Int) {
        guard let job = jobs[id] else { return }
        saveAgain(id, at: time)
        for (serial, instance) in job.instances where instance.file.dueAt.map({ $0 <= time }) ?? false {
            passTime(InstanceKey(id: id, serial: serial), at: time)
        }
        decide(id, at: time)
        forgetVersions(of: id)
        guard let job = jobs[id] else { return }
        if job.hasForgotten, !job.file.isRemoved {
            jobs[id]?.hasForgotten = false
            folders.pruneLogs(id, keeping: Set(job.instances.keys))
        }
        if job.file.isRemoved, job.instances.isEmpty, saving[id] == nil { return vanish(id, at: time) }
        tell(id)
    }

    /// The last that is left of a job.
    private func vanish(_ id: ResourceID, at time: Int) {
        guard (try? folders.remove(id)) != nil else { return agenda.set(time + Self.patience, for: id) }
        jobs[id] = nil
        agenda.set(nil, for: id)
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
        change(key) { $0.dueAt = time + 1000 }
        // It does not do its part: what it keeps goes with it.
        if let shim = instance.shim { return shim.kill() }
        do throws(EngineError) {
            guard let shim = try launcher.shim(of: instance.file) else { return ended(key) }
            jobs[key.id]?.instances[key.serial]?.shim = shim
            unwatched.append(key)
            stopNow(key, at: time)
        } catch { change(key) { $0.problem = error.message } }
    }

    private func decide(_ id: ResourceID, at time: Int) {
        guard let supervised = jobs[id], let rollout = supervised.rollout else { return setDue(id, nil) }
        let decision = rollout.decide(at: time)
        for serial in decision.proved { change(InstanceKey(id: id, serial: serial)) { $0.hasProved = true } }
        jobs[id]?.file.deployment = decision.deployment
        jobs[id]?.file.stable = decision.stable
        jobs[id]?.lacksSecrets = false
        // A version that has failed, or is the one to go back to, is so on the disk before anything is done about it.
        let known = supervised.attempted
        guard known.deployment.outcome == decision.deployment.outcome, known.stable == decision.stable else {
            return setDue(id, decision.due)
        }
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
        // What was done may allow more.
        if hasActed { return decide(id, at: time) }
        setDue(id, decision.due)
    }

    private func setDue(_ id: ResourceID, _ decided: Int?) {
        let moments = jobs[id]?.instances.values.compactMap(\.file.dueAt) ?? []
        let again = [saving[id] == nil ? jobs[id]?.saveAgainAt : nil, jobs[id]?.saveInstancesAgainAt]
        agenda.set((moments + ([decided] + again).compactMap(\.self)).min(), for: id)
    }

    /// Whether one more instance is on its way.
    private func start(_ id: ResourceID, _ version: String, at time: Int) -> Bool {
        guard let file = jobs[id]?.file, let spec = file.versions[version]?.value else { return false }
        if !spec.secrets.isEmpty, !folders.hasSecrets(id, version) {
            jobs[id]?.lacksSecrets = true
            return false
        }
        let instance = InstanceFile(id, serial: file.nextSerial, version: version, boot: boot, at: time)
        jobs[id]?.file.nextSerial += 1
        jobs[id]?.instances[instance.serial] = SupervisedJob.Instance(file: instance)
        queue.append(InstanceKey(id: id, serial: instance.serial))
        wake()
        return true
    }

    /// Leaves the job's instances at once, and is told to stop `shutdownDelay` later.
    private func stop(_ key: InstanceKey, at time: Int) {
        guard let instance = jobs[key.id]?.instances[key.serial] else { return }
        let hasProcess =
            instance.shim != nil || unsettled.contains(key)
            || instance.file.phase == .starting && !queue.remove(key)
        guard hasProcess else { return forget(key) }
        let delay =
            instance.file.healthySince == nil
            ? 0 : settings(of: instance.file)?.shutdownDelay.milliseconds ?? 0
        change(key) { ($0.phase, $0.dueAt, $0.healthySince) = (.draining, time + delay, nil) }
        prober.follow([], for: key)
        if delay == 0 { stopNow(key, at: time) }
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
        guard let job = jobs[id], job.file.versions.count > 1 else { return }
        let used = Set(job.instances.values.map(\.file.version)).union(
            [job.file.target, job.file.stable].compactMap(\.self))
        for version in Set(job.file.versions.keys).subtracting(used) {
            jobs[id]?.file.versions[version] = nil
            folders.removeSecrets(id, version)
        }
    }

    func forget(_ key: InstanceKey) {
        guard let instance = jobs[key.id]?.instances[key.serial] else { return }
        prober.follow([], for: key)
        guard launcher.forget(instance.file) else {
            let time = now()
            let isFirst = instance.file.phase != .stopping
            return change(key) { ($0.phase, $0.dueAt) = (.stopping, time + (isFirst ? 50 : 1000)) }
        }
        releasePorts(of: key)
        jobs[key.id]?.instances[key.serial] = nil
        jobs[key.id]?.file.completed.remove(key.serial)
        jobs[key.id]?.hasForgotten = true
    }
}

extension Span {
    /// The time from SIGTERM to SIGKILL where no spec can be read any more.
    static let usual = Span(milliseconds: 5000)
}
