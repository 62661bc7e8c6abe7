import ChildProcess
import Model

/// What an earlier controller left: read by whoever asks, taken over by the one that runs jobs.
extension Supervisor {
    /// Takes over all there is; does nothing the second time. Throws, and has touched nothing, where that can't be told.
    func takeOver() throws(EngineError) {
        guard !isKeeper else { return }
        let names = try folders.jobNames().sorted()
        isKeeper = true
        limiter.prepare()
        folders.emptyTrash()
        for (name, contents) in zip(names, folders.contents(of: names)) { takeOver(name, contents) }
        if takeoverProblem != nil { for id in jobs.keys { announced.announce(id) } }
        takeoverProblem = nil
        // A reboot took the folder of the instances. What can't be made again each of them says.
        if !jobs.isEmpty { try? folders.create() }
    }

    /// What could not be read before.
    func readAgain(at time: Int) {
        guard !unreadable.isEmpty, time >= readAgainAt else { return }
        readAgainAt = time + Self.patience
        for name in unreadable.keys.sorted() {
            takeOver(name, Result { () throws(EngineError) in try folders.contents(of: name) })
            guard unreadable[name] == nil else { continue }
            for id in jobs.keys where RunFolders.name(id) == name { announced.announce(id) }
        }
    }

    private func takeOver(_ name: String, _ contents: Result<JobContents, EngineError>) {
        do throws(EngineError) {
            try adopt(name, try contents.get())
            unreadable[name] = nil
        } catch {
            unreadable[name] = error
            warn("a job is left alone: \(error)")
        }
    }

    /// All of a job or nothing.
    private func adopt(_ name: String, _ contents: JobContents) throws(EngineError) {
        // What is of an earlier boot has no process any more.
        for file in contents.instances where file.boot != boot { _ = launcher.forget(file) }
        let current = contents.instances.filter { $0.boot == boot }
        guard let id = contents.job?.id ?? current.first?.id else {
            if contents.instances.isEmpty { try folders.removeFolder(name) }
            return
        }
        var job = SupervisedJob(contents.job ?? .lost(id, boot: boot, at: now()))
        for file in current {
            job.instances[file.serial] = SupervisedJob.Instance(file: file, shim: try launcher.shim(of: file))
        }
        for serial in contents.blanks { try folders.remove(id, serial) }
        job.file.begin(boot: boot, at: now())
        recall(&job)
        jobs[id] = job
        dirty.insert(id)
        for (serial, instance) in job.instances {
            for port in instance.file.ports.values { ports[port] = InstanceKey(id: id, serial: serial) }
            resume(InstanceKey(id: id, serial: serial), instance)
        }
        let seen = jobs[id]?.observation(address: configuration.address)
        jobs[id]?.told = seen
    }

    /// The job's file is the truth about what has ended well; an instance's own may be older, or gone with a reboot.
    private func recall(_ job: inout SupervisedJob) {
        for instance in job.instances.values {
            // Should the disk have been full when it was counted.
            job.file.nextSerial = max(job.file.nextSerial, instance.file.serial + 1)
            let file = instance.file
            if file.phase == .completed, file.version == job.file.target {
                job.file.completed.insert(file.serial)
            }
        }
        for serial in job.file.completed {
            var done = InstanceFile(
                job.file.id, serial: serial, version: job.file.target, boot: boot, at: now())
            done.phase = .completed
            if job.instances[serial]?.shim == nil {
                job.instances[serial] = SupervisedJob.Instance(file: done)
            }
        }
    }

    private func resume(_ key: InstanceKey, _ instance: SupervisedJob.Instance) {
        switch instance.file.phase {
        case .waiting, .completed, .failed: return
        case .starting, .running, .draining, .stopping: break
        }
        guard let shim = instance.shim else {
            let isBegun = (try? launcher.hasBegun(instance.file)) ?? true
            return instance.file.phase == .starting && !isBegun ? queue.append(key) : ended(key)
        }
        if instance.file.phase == .starting { hasStarted(key) }
        if instance.file.phase == .stopping {
            launcher.stop(instance.file, shim, timeout: settings(of: instance.file)?.killTimeout ?? .usual)
        }
        unwatched.append(key)
        followProbes(of: key)
    }

    /// As the files say, for who only looks: nothing is taken over.
    func glance(at id: ResourceID) throws(EngineError) -> Observation? {
        let contents = try folders.contents(of: RunFolders.name(id))
        guard let file = contents.job, !file.isRemoved else { return nil }
        var job = SupervisedJob(file)
        for file in contents.instances where file.boot == boot {
            var instance = SupervisedJob.Instance(file: file)
            if file.phase == .running, try launcher.shim(of: file) == nil {
                (instance.file.phase, instance.file.healthySince) = (.waiting, nil)
            }
            job.instances[file.serial] = instance
        }
        recall(&job)
        return job.observation(address: configuration.address)
    }
}
