extension ProviderProcess {
    /// Stops the process; the next call starts another. What is under way first gets `patience` to end by itself, then
    /// the provider is asked to stop it, and only what has not ended some time after that fails, not knowing what it
    /// has done.
    package func stop(patience: Duration = .zero) async {
        switch state {
        case .stopping(let task): await task.value
        case .starting(let task):
            if case .success(let process) = await task.value { await stop(process, patience: patience) }
        case .running(let process): await stop(process, patience: patience)
        case .stopped, .resting: break
        }
    }

    /// Stops the process for good: later calls fail.
    package func close(patience: Duration = .zero) async {
        isClosed = true
        await stop(patience: patience)
    }

    /// Stops it once a call has taken too long, unless that is cancelled.
    func stop(_ process: PluginProcess, after limit: Duration) -> Task<Void, Never> {
        Task {
            do { try await Task.sleep(for: limit) } catch { return }
            // The call may have ended since the time was up.
            guard !Task.isCancelled else { return }
            await stop(process)
        }
    }

    /// Asks the provider to end early what is under way. Each call still answers for what it has done by then.
    private static func interrupt(_ process: PluginProcess) async throws(PluginError) {
        let answer = try await process.exchange(.stopProvider, [], subject: "")
        var words = ""
        do throws(WireError) {
            try WireReader.each(of: answer[...]) { field throws(WireError) in
                if field.number == 1 { words = try field.text() }
            }
        } catch {
            throw PluginError(
                .malformed, provider: process.launch.name, "its answer is no message: \(error.cause)")
        }
        guard words.isEmpty else {
            throw PluginError(.answered, provider: process.launch.name, process.concealed.hide(in: words))
        }
    }

    func stop(_ process: PluginProcess, patience: Duration = .zero) async {
        guard case .running(let running) = state, running === process else { return }
        let task = Task {
            if await !drain(within: patience) {
                try? await Self.interrupt(process)
                _ = await drain(within: launch.limits.stop)
            }
            await process.shutDown()
            (state, failures) = (.stopped, 0)
            reports.event(.stopped)
        }
        state = .stopping(task)
        await task.value
    }

    /// Whether nothing is under way any more.
    private func drain(within limit: Duration) async -> Bool {
        guard inFlight > 0, limit > .zero else { return inFlight == 0 }
        let (drained, end) = AsyncStream.makeStream(of: Void.self)
        self.drained = end
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in drained {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return inFlight == 0
    }
}
