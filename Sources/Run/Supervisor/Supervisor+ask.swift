import Model

/// What the engine, and people, ask of the supervisor.
extension Supervisor {
    /// Nil where there is none.
    func observation(of id: ResourceID) throws(EngineError) -> Observation? {
        try prepare(id)
        guard let job = jobs[id], !job.file.isRemoved else { return nil }
        return job.observation(address: configuration.address)
    }
    func observations(of ids: [ResourceID]) -> [Result<Observation?, EngineError>] {
        ids.map { id in
            do throws(EngineError) { return .success(try observation(of: id)) } catch {
                return .failure(error)
            }
        }
    }
    private func prepare(_ id: ResourceID) throws(EngineError) {
        load()
        if let error = unreadable[RunFolders.name(id)] { throw error }
    }

    /// Whether a version's secrets have to be read, again or for the first time.
    func needsSecrets(_ id: ResourceID, _ spec: Value) -> Bool {
        !spec.secrets.isEmpty && !folders.hasSecrets(id, JobFile.version(of: spec))
    }
    func lacksSecrets(_ id: ResourceID) -> Bool { jobs[id]?.lacksSecrets ?? false }

    /// Takes what a step asks for: once this returns it outlives the controller.
    func accept(_ id: ResourceID, _ spec: Value, intent: Int, secrets: SecretValues?) throws(EngineError)
        -> Observation
    {
        try prepare(id)
        try folders.create()
        if let secrets { try folders.saveSecrets(secrets, id, JobFile.version(of: spec)) }
        let time = now()
        var job = jobs[id] ?? SupervisedJob(JobFile(id, spec, intent: intent, boot: boot, at: time))
        job.file.ask(for: spec, intent: intent, at: time)
        try folders.save(job.file)
        job.lacksSecrets = false
        let seen = job.observation(address: configuration.address)
        job.told = seen
        jobs[id] = job
        for serial in job.instances.keys { followProbes(of: InstanceKey(id: id, serial: serial)) }
        look(at: id)
        return seen
    }

    /// Takes a job away; its instances stop in their own time.
    func remove(_ id: ResourceID) throws(EngineError) {
        try prepare(id)
        guard var file = jobs[id]?.file, !file.isRemoved else { return }
        (file.isRemoved, file.isStopped) = (true, false)
        try folders.save(file)
        jobs[id]?.file = file
        look(at: id)
    }

    func obey(_ order: SupervisorEngine.Order, _ id: ResourceID) throws(EngineError) {
        try prepare(id)
        guard var job = jobs[id], !job.file.isRemoved else {
            throw EngineError(.waitForChange, "\(id) is not here")
        }
        let time = now()
        switch order {
        case .stop: job.file.isStopped = true
        case .start:
            job.file.isStopped = false
            // While it was stopped, nothing could become healthy.
            if job.file.deployment.outcome == .running { job.file.deployment.progressAt = time }
        case .retry: job.file.deployment = Rollout.Deployment(of: job.file.target, at: time)
        case .restart: break
        }
        try folders.save(job.file)
        jobs[id] = job
        if order == .retry || order == .start { forgetFailed(of: job) }
        if order == .restart { restart(job, at: time) }
        look(at: id)
    }

    /// Whether instances were told to go, and are not gone yet.
    var isStopping: Bool {
        jobs.values.contains { job in
            job.file.isRemoved
                || job.instances.values.contains { $0.file.phase == .draining || $0.file.phase == .stopping }
        }
    }

    private func forgetFailed(of job: SupervisedJob) {
        for (serial, instance) in job.instances where instance.file.phase == .failed {
            forget(InstanceKey(id: job.file.id, serial: serial))
        }
    }

    /// Stops the programs in place: each is started again as the same instance.
    private func restart(_ job: SupervisedJob, at time: Int) {
        for instance in job.instances.values where instance.file.phase == .running {
            guard let shim = instance.shim else { continue }
            change(InstanceKey(id: job.file.id, serial: instance.file.serial)) { $0.isRestarting = true }
            let timeout = settings(of: instance.file)?.killTimeout ?? .usual
            launcher.stop(instance.file, shim, timeout: timeout)
        }
    }

    private func look(at id: ResourceID) {
        dirty.insert(id)
        wake()
    }
}
