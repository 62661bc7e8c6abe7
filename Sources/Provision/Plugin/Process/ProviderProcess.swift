import ChildProcess

/// One warm process of one configured provider, for whoever calls. It is started by the first call, gets its
/// configuration from `prepare`, is started again after a crash, and is stopped when nobody calls for a while.
package actor ProviderProcess {
    package typealias Preparation = @Sendable (ProviderClient) async throws(PluginError) -> Void

    package nonisolated let launch: ProviderLaunch
    nonisolated let concealed: Concealed
    nonisolated let reports: ProviderReports
    private let prepare: Preparation
    var state = State.stopped
    /// Nothing is started any more.
    var isClosed = false
    var inFlight = 0
    var lastUse = ContinuousClock.now
    /// Crashes, and refusals, that followed each other soon.
    var failures = 0
    /// Ended when nothing is under way.
    var drained: AsyncStream<Void>.Continuation?

    enum State {
        case stopped
        case starting(Task<Result<PluginProcess, PluginError>, Never>)
        case running(PluginProcess)
        case resting(PluginError, until: ContinuousClock.Instant)
        case stopping(Task<Void, Never>)
    }

    /// `prepare` gets each new process before any call does: it validates and configures. A `PluginError` of its kind
    /// `configuration` says that the provider does not take what it is given. `secrets` are the values that nothing
    /// which the provider says may show.
    package init(
        _ launch: ProviderLaunch, secrets: [String] = [], reports: ProviderReports = ProviderReports(),
        prepare: @escaping Preparation
    ) {
        (self.launch, self.reports, self.prepare) = (launch, reports, prepare)
        concealed = Concealed(secrets)
    }

    /// The calls of the provider, on whichever process there is.
    package nonisolated var client: ProviderClient { ProviderClient(self) }

    /// Adds values that the provider is given later, or, where they pass, that its objects are seen with.
    package nonisolated func conceal(_ values: [String], isPassing: Bool = false) {
        concealed.add(values, isPassing: isPassing)
    }
    /// The same without what was added since they were said.
    package nonisolated func conceal(_ diagnostics: [PluginDiagnostic]) -> [PluginDiagnostic] {
        concealed.hide(in: diagnostics)
    }

    /// Of the process that runs; nil where none does.
    package var vitals: ProviderVitals? {
        guard case .running(let process) = state else { return nil }
        let memory = ProcessMemory(of: process.pid)
        return ProviderVitals(
            pid: process.pid, protocolVersion: process.version, startedIn: process.startedIn,
            residentBytes: memory?.resident, peakBytes: memory?.peak, inFlight: inFlight)
    }
}

extension ProviderProcess: ProviderSession {
    nonisolated var provider: String { launch.name }

    func exchange(
        _ call: ProviderCall, _ body: [UInt8], subject: String, within limit: Duration?
    ) async throws(PluginError) -> [UInt8] {
        while true {
            let process: PluginProcess
            do throws(PluginError) { process = try await self.process() } catch {
                throw error.named(call, subject)
            }
            inFlight += 1
            let watch = limit.map { stop(process, after: $0) }
            defer {
                watch?.cancel()
                finishCall()
            }
            do throws(PluginError) { return try await process.exchange(call, body, subject: subject) } catch {
                let failure = error.endsProcess ? lost(process, error) : error
                // It had gone before it saw the call, so that another one may be asked.
                if failure.kind == .crashed, !failure.mayHaveActed { continue }
                throw failure.named(call, subject)
            }
        }
    }

    private func finishCall() {
        inFlight -= 1
        lastUse = .now
        guard inFlight == 0 else { return }
        drained?.finish()
        drained = nil
    }

    /// A call's process is gone. Where we have stopped it ourselves, that is why.
    private func lost(_ process: PluginProcess, _ error: PluginError) -> PluginError {
        guard process.isShuttingDown else {
            ended(process, error)
            return error
        }
        var stopped = PluginError(.stopped, provider: provider, "it was stopped before it answered")
        stopped.mayHaveActed = error.mayHaveActed
        return stopped
    }
}

extension ProviderProcess {
    /// The process that runs; starts one where none does.
    private func process() async throws(PluginError) -> PluginProcess {
        while true {
            guard !isClosed else {
                throw PluginError(.stopped, provider: provider, "it was stopped, and is not started again")
            }
            switch state {
            case .running(let process): return process
            // It may be stopping again by the time that we go on.
            case .starting(let task): _ = try await task.value.get()
            case .stopped: state = .starting(Task { await start() })
            case .stopping(let task): await task.value
            case .resting(let error, let until):
                let left = until - .now
                if left <= .zero {
                    state = .starting(Task { await start() })
                } else if error.kind == .crashed, left <= launch.limits.patience {
                    do { try await Task.sleep(for: left) } catch {
                        throw PluginError(.cancelled, provider: provider, "the call was cancelled")
                    }
                } else {
                    throw resting(error)
                }
            }
        }
    }

    private func resting(_ error: PluginError) -> PluginError {
        var resting = error
        if error.kind == .crashed { resting.kind = .resting }
        resting.mayHaveActed = false
        return resting
    }

    private func start() async -> Result<PluginProcess, PluginError> {
        do throws(PluginError) {
            let launch = try await launch.renew?(launch) ?? launch
            concealed.add(launch.secrets)
            let process = try await PluginProcess.start(launch, concealed: concealed, log: reports.log)
            let began = ContinuousClock.now
            do { try await prepare(ProviderClient(PreparingSession(process: process))) } catch {
                await process.shutDown()
                throw error
            }
            guard case .starting = state else {
                await process.shutDown()
                throw PluginError(.stopped, provider: provider, "it was stopped while it started")
            }
            (state, lastUse) = (.running(process), .now)
            reports.event(
                .ready(
                    pid: process.pid, protocolVersion: process.version, start: process.startedIn,
                    preparation: lastUse - began))
            watch(process)
            return .success(process)
        } catch {
            // Of the call that it was started for, it saw nothing.
            var error = error
            error.mayHaveActed = false
            if case .starting = state {
                let pause = pause(isCrash: false)
                state = .resting(error, until: .now + pause)
                reports.event(.refused(error, retryAfter: pause))
            }
            return .failure(error)
        }
    }

    /// Sees a process through to its end, or ends it when nobody has called for a while.
    private func watch(_ process: PluginProcess) {
        Task {
            let end = await process.waitForEnd()
            ended(process, PluginError(.crashed, provider: provider, "it crashed with \(end)"))
        }
        Task {
            while let left = timeToIdle(process) {
                guard left > .zero else { return await stop(process) }
                try? await Task.sleep(for: left)
            }
        }
    }

    /// Nil once it runs no more.
    private func timeToIdle(_ process: PluginProcess) -> Duration? {
        guard case .running(let running) = state, running === process else { return nil }
        return inFlight > 0 ? launch.limits.idle : lastUse + launch.limits.idle - .now
    }

    /// A process that runs is one no more, and nobody has asked for that.
    private func ended(_ process: PluginProcess, _ error: PluginError) {
        guard case .running(let running) = state, running === process else { return }
        if process.startedAt + launch.limits.stable < .now { failures = 0 }
        let pause = pause(isCrash: true)
        state = .resting(error, until: .now + pause)
        reports.event(.crashed(error, restartAfter: pause))
    }

    /// What crashed for the first time is started again at once.
    private func pause(isCrash: Bool) -> Duration {
        failures += 1
        let doublings = failures - (isCrash ? 2 : 1)
        guard doublings >= 0 else { return .zero }
        return min(launch.limits.longestBackoff, launch.limits.backoff * (1 << min(20, doublings)))
    }
}

/// The one that configures a process calls that process, not whichever there is.
private struct PreparingSession: ProviderSession {
    let process: PluginProcess
    var provider: String { process.launch.name }
    var concealed: Concealed { process.concealed }

    func exchange(
        _ call: ProviderCall, _ body: [UInt8], subject: String, within limit: Duration?
    ) async throws(PluginError) -> [UInt8] {
        try await process.exchange(call, body, subject: subject)
    }
}
