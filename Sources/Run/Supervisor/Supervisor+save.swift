import Model

/// Job files outlast a power cut, which takes its time: nobody but who asked waits for it, and one file is written once at
/// a time.
extension Supervisor {
    /// Changes a job's file once the change is on the disk; where it can't be put there, nothing has changed.
    ///
    /// - Parameter new: the job, where there is none yet.
    func commit(
        _ id: ResourceID, or new: JobFile? = nil, _ change: (inout JobFile) -> Void
    ) async throws(EngineError) {
        await waitForSave(of: id)
        guard var file = jobs[id]?.file ?? new else {
            throw EngineError(.waitForChange, "\(id) is not here")
        }
        change(&file)
        try await write(file)
        var job = jobs[id] ?? SupervisedJob(file)
        // What has come of it meanwhile stays.
        change(&job.file)
        (job.written, job.attempted) = (file, file)
        jobs[id] = job
    }

    /// Puts what a turn has changed on the disk; what can't be put there is said, kept, and tried again.
    func save(_ id: ResourceID) async {
        guard saving[id] == nil, let file = jobs[id]?.file else { return }
        do throws(EngineError) {
            try await write(file)
            jobs[id]?.written = file
            forgetSaveProblem(of: id)
        } catch {
            jobs[id]?.saveProblem = error
            jobs[id]?.saveAgainAt = now() + Self.patience
        }
        jobs[id]?.attempted = file
    }

    private func forgetSaveProblem(of id: ResourceID) {
        jobs[id]?.saveProblem = nil
        jobs[id]?.saveAgainAt = nil
    }

    func isUnsaved(_ id: ResourceID, at time: Int) -> Bool {
        guard let job = jobs[id], job.file != job.written, saving[id] == nil else { return false }
        return job.saveAgainAt.map { $0 <= time } ?? true
    }

    private func waitForSave(of id: ResourceID) async {
        while saving[id] != nil { await withCheckedContinuation { saving[id]?.append($0) } }
    }

    private func write(_ file: JobFile) async throws(EngineError) {
        saving[file.id] = []
        defer {
            for waiter in saving.removeValue(forKey: file.id) ?? [] { waiter.resume() }
            dirty.insert(file.id)
            wake()
        }
        try await folders.save(file)
    }

    /// Changes an instance's file; what can't be written is said, kept, and tried again.
    func change(_ key: InstanceKey, _ body: (inout InstanceFile) -> Void) {
        guard var file = jobs[key.id]?.instances[key.serial]?.file else { return }
        body(&file)
        guard file != jobs[key.id]?.instances[key.serial]?.file else { return }
        jobs[key.id]?.instances[key.serial]?.file = file
        save(key)
    }
    func save(_ key: InstanceKey) {
        guard let file = jobs[key.id]?.instances[key.serial]?.file else { return }
        do throws(EngineError) {
            try folders.save(file)
            jobs[key.id]?.instances[key.serial]?.saveProblem = nil
        } catch {
            jobs[key.id]?.instances[key.serial]?.saveProblem = error
            jobs[key.id]?.saveInstancesAgainAt = now() + Self.patience
        }
    }

    /// Instances' files that could not be written, once their time has come.
    func saveAgain(_ id: ResourceID, at time: Int) {
        if jobs[id].map({ $0.file == $0.written }) ?? false { forgetSaveProblem(of: id) }
        guard let again = jobs[id]?.saveInstancesAgainAt, again <= time else { return }
        jobs[id]?.saveInstancesAgainAt = nil
        for (serial, instance) in jobs[id]?.instances ?? [:] where instance.saveProblem != nil {
            save(InstanceKey(id: id, serial: serial))
        }
    }
}
