import Model

/// What the engine, and people, ask of the supervisor.
extension Supervisor {
    func observations(of ids: [ResourceID]) -> [Result<Observation?, EngineError>] {
        // One listing for all: where that can't be had, nothing is told of any.
        let listing = Result { () throws(EngineError) in isKeeper ? [] : try folders.jobNames() }
        return ids.map { id in
            Result { () throws(EngineError) in
                _ = try listing.get()
                return try observation(of: id)
            }
        }
    }
    /// Nil where there is none.
    private func observation(of id: ResourceID) throws(EngineError) -> Observation? {
        guard isKeeper else { return try glance(at: id) }
        try checkReadable(id)
        guard let job = jobs[id], !job.file.isRemoved else { return nil }
        return job.observation(address: configuration.address)
    }
    private func checkReadable(_ id: ResourceID) throws(EngineError) {
        if let error = unreadable[RunFolders.name(id)] { throw error }
    }
    /// Who asks for something works on all there is.
    private func prepare(_ id: ResourceID) throws(EngineError) {
        try takeOver()
        try checkReadable(id)
    }

    /// Whether a version's secrets have to be read, again or for the first time.
    func needsSecrets(_ id: ResourceID, _ spec: Value) -> Bool {
        !spec.secrets.isEmpty && !folders.hasSecrets(id, JobFile.version(of: spec))
    }
    func lacksSecrets(_ id: ResourceID) -> Bool { jobs[id]?.lacksSecrets ?? false }

    /// The step that a job of this name was last made or changed by; nil where there is none.
    func intent(of id: ResourceID) throws(EngineError) -> Int? {
        try prepare(id)
        return jobs[id].flatMap { $0.file.isRemoved ? nil : $0.file.intent }
    }

    /// Takes what a step asks for: once this returns it outlives the controller, and the machine's power.
    func accept(
        _ id: ResourceID, _ spec: Value, intent: Int, secrets: SecretValues?
    ) async throws(EngineError) -> Observation {
        try prepare(id)
        try folders.create()
        if let secrets { try folders.saveSecrets(secrets, id, JobFile.version(of: spec)) }
        let time = now()
        try await commit(id, or: JobFile(id, spec, intent: intent, boot: boot, at: time)) {
            $0.ask(for: spec, intent: intent, at: time)
        }
        jobs[id]?.lacksSecrets = false
        let seen = jobs[id]?.observation(address: configuration.address)
        jobs[id]?.told = seen
        for serial in jobs[id]?.instances.keys ?? [:].keys {
            followProbes(of: InstanceKey(id: id, serial: serial))
        }
        look(at: id)
        return seen ?? .absent
    }

    /// Takes a job away; its instances stop in their own time.
    func remove(_ id: ResourceID) async throws(EngineError) {
        try prepare(id)
        guard jobs[id].map({ !$0.file.isRemoved }) ?? false else { return }
        try await commit(id) { ($0.isRemoved, $0.isStopped) = (true, false) }
        look(at: id)
    }

    func obey(_ order: SupervisorEngine.Order, _ id: ResourceID) async throws(EngineError) {
        try prepare(id)
        guard let job = jobs[id], !job.file.isRemoved else {
            throw EngineError(.waitForChange, "\(id) is not here")
        }
        let time = now()
        try await commit(id) { file in
            switch order {
            case .stop: file.isStopped = true
            case .start:
                file.isStopped = false
                // While it was stopped, nothing could become healthy.
                if file.deployment.outcome == .running { file.deployment.progressAt = time }
            case .retry: file.deployment = Rollout.Deployment(of: file.target, at: time)
            case .restart: break
            }
        }
        if order == .retry || order == .start { forgetFailed(of: id) }
        if order == .restart { restart(id) }
        look(at: id)
    }

    /// Whether instances were told to go, and are not gone yet.
    var isStopping: Bool {
        jobs.values.contains { job in
            job.file.isRemoved
                || job.instances.values.contains { $0.file.phase == .draining || $0.file.phase == .stopping }
        }
    }

    private func forgetFailed(of id: ResourceID) {
        for (serial, instance) in jobs[id]?.instances ?? [:] where instance.file.phase == .failed {
            forget(InstanceKey(id: id, serial: serial))
        }
    }

    /// Stops the programs in place: each is started again as the same instance.
    private func restart(_ id: ResourceID) {
        for (serial, instance) in jobs[id]?.instances ?? [:] where instance.file.phase == .running {
            guard let shim = instance.shim else { continue }
            change(InstanceKey(id: id, serial: serial)) { $0.isRestarting = true }
            let timeout = settings(of: instance.file)?.killTimeout ?? .usual
            launcher.stop(instance.file, shim, timeout: timeout)
        }
    }

    private func look(at id: ResourceID) {
        dirty.insert(id)
        wake()
    }
}
