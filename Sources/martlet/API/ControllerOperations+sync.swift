import Model
import Reconcile
import Review
import Store
import Synchronization

extension ControllerOperations {
    func sync(
        _ source: String, saying: [Saying], timeout: Span?
    ) async throws -> AsyncThrowingStream<SyncMoment, any Error> {
        let started = currentMilliseconds()
        let (passes, pass) = AsyncStream.makeStream(of: SyncPass.self)
        let following = SyncFollowing(source, started: started)
        let watch = controller.pulse.watch(
            Pulse.Watch(
                happened: following.note, ended: { picture in pass.yield(following.look(at: picture)) }))
        do {
            for saying in saying { _ = try await say(saying) }
            _ = try await sync(source)
        } catch {
            controller.pulse.unwatch(watch)
            throw error
        }
        return AsyncThrowingStream { moments in
            let task = Task {
                defer { controller.pulse.unwatch(watch) }
                do {
                    let end = await follow(passes, timeout: timeout) {
                        moments.yield(SyncMoment(progress: $0))
                    }
                    moments.yield(try await last(source, following.happenings, started: started, end: end))
                    moments.finish()
                } catch {
                    moments.finish(throwing: error)
                }
            }
            moments.onTermination = { _ in task.cancel() }
        }
    }

    /// How it ended.
    private func follow(
        _ passes: AsyncStream<SyncPass>, timeout: Span?, _ show: @escaping @Sendable (ApplyProgress) -> Void
    ) async -> ApplyReport.End {
        await withTaskGroup(of: ApplyReport.End.self) { group in
            group.addTask {
                for await pass in passes {
                    if let progress = pass.progress { show(progress) }
                    if let end = pass.end { return end }
                }
                return .interrupted
            }
            if let timeout {
                group.addTask {
                    do { try await Task.sleep(for: timeout.duration) } catch { return .interrupted }
                    return .timedOut
                }
            }
            defer { group.cancelAll() }
            return await group.next() ?? .interrupted
        }
    }

    private func last(
        _ source: String, _ happenings: [Happening], started: Int, end: ApplyReport.End
    ) async throws -> SyncMoment {
        try await report { picture, now, place in
            SyncMoment(
                picture, source, happenings: happenings, started: started, end: end, now: now, place: place)
        }
    }
}

extension SyncMoment {
    /// The last one.
    init(
        _ picture: Picture, _ source: String, happenings: [Happening], started: Int, end: ApplyReport.End,
        now: Int,
        place: @escaping (Manifest) -> ManifestLocation?
    ) {
        var report = ApplyReport(
            source, picture: picture, happenings: happenings, started: started, end: end, now: now,
            place: place)
        report.controller = nil
        if let problem = picture.sources[source]?.fetchError {
            report.warnings.insert(Notice(problem), at: 0)
        }
        self.init(report: report)
        if picture.sources[source]?.record?.refusedCommit != nil {
            refusal = StatusReport(
                picture, sources: [source], controller: nil, nextSweep: nil, now: now, place: place)
        }
    }
}

/// What a pass left of a sync that is followed.
struct SyncPass: Sendable {
    /// Nil where nothing that is shown has changed.
    var progress: ApplyProgress?
    var end: ApplyReport.End?
}

/// Gathers what happens in one source from a moment on. Called by the loop.
final class SyncFollowing: Sendable {
    private struct State {
        var happenings: [Happening] = []
        var last: ApplyProgress?
        /// Not looked at in full before, in milliseconds since 1970.
        var next = 0
    }
    private let source: String
    private let started: Int
    private let now: @Sendable () -> Int
    private let state = Mutex(State())

    /// A look at all that waits takes the loop this part of its time at most: it is over after each step.
    private static let share = 20

    init(_ source: String, started: Int, now: @escaping @Sendable () -> Int = currentMilliseconds) {
        (self.source, self.started, self.now) = (source, started, now)
    }

    var happenings: [Happening] { state.withLock(\.happenings) }

    @Sendable func note(_ happenings: [Happening]) { state.withLock { $0.happenings += happenings } }

    /// - Parameter isLast: no look comes after this one, so that it must not be left out.
    func look(at picture: Picture, isLast: Bool = false) -> SyncPass {
        let now = now()
        return state.withLock { state in
            var pass = SyncPass(end: picture.end(of: source, since: started, now: now))
            guard now >= state.next || isLast || pass.end != nil else { return pass }
            var progress = ApplyProgress(
                picture, source: source, started: started, now: now, after: state.last)
            state.next = now + (self.now() - now) * Self.share
            let last = state.last
            state.last = progress
            progress.now = last?.now ?? progress.now
            if progress != last { pass.progress = state.last }
            return pass
        }
    }
}

extension Picture {
    /// How what a sync has set going ended; nil while it goes on.
    fileprivate func end(of source: String, since started: Int, now: Int) -> ApplyReport.End? {
        guard let state = sources[source], state.lastTried.map({ $0 >= started }) ?? false else { return nil }
        if state.fetchError != nil { return .failed }
        return end(of: source, now: now)
    }

    /// Whether a job of the source has still to become ready or failed, or something else where nothing has failed
    /// that it may wait for.
    func isMoving(_ source: String) -> Bool {
        guard let state = sources[source] else { return false }
        func isProgressing(_ tally: [ResourceState: Int]?) -> Bool { (tally?[.progressing] ?? 0) > 0 }
        return isProgressing(state.tally[.run])
            || state.failed.isEmpty && state.tally.values.contains(where: isProgressing)
    }

    /// Where a source has come to; nil while something still moves by itself.
    func end(of source: String, now: Int) -> ApplyReport.End? {
        guard let state = sources[source] else { return nil }
        if let focused { return end(of: focused) }
        if state.tally.values.contains(where: { ($0[.progressing] ?? 0) > 0 }) { return nil }
        switch SourceStatus(self, source, now: now).sync {
        case .inSync: return .converged
        case .inProgress: return nil
        case .notInSync:
            return state.failed.isEmpty && state.record?.refusedCommit == nil ? .waiting : .failed
        }
    }

    /// The same of some resources alone.
    private func end(of focused: Set<ResourceID>) -> ApplyReport.End? {
        let states = focused.compactMap { nodes[$0]?.state }
        if states.contains(where: { $0 == .progressing || $0 == .unknown }) { return nil }
        if states.contains(where: { $0 == .failed || $0 == .uncertain }) { return .failed }
        return states.contains(.waiting) ? .waiting : .converged
    }
}
