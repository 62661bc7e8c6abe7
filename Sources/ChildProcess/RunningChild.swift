import CChildProcess
import Glibc
import Synchronization

/// A child that runs, or has ended and keeps its id until its `Command.run` is over.
package final class RunningChild: Sendable {
    enum Signal: Sendable { case terminate, kill }

    package let pid: Int32
    package let output: Output
    package let errors: Output
    private let descriptor: Descriptor
    private let activity: Activity
    /// Set under its lock when the id is given back, so that no signal reaches a stranger.
    private let isReaped = Mutex(false)

    init(pid: Int32, descriptor: Descriptor, output: Descriptor, errors: Descriptor) {
        let activity = Activity()
        (self.pid, self.descriptor, self.activity) = (pid, descriptor, activity)
        self.output = Output(output, activity)
        self.errors = Output(errors, activity)
    }

    var silence: Duration { activity.silence }

    /// Returns early, with nil, only where the task is cancelled.
    package func waitForExit() async -> Ending? {
        while true {
            if let status = ended(reap: false) { return status }
            guard await descriptor.waitUntilReadable() else { return ended(reap: false) }
        }
    }

    func signal(_ signal: Signal) {
        isReaped.withLock { isReaped in
            guard !isReaped else { return }
            _ = kill(-pid, signal == .terminate ? SIGTERM : SIGKILL)
        }
    }

    /// SIGTERM to the group, SIGKILL to what is left of it. Goes on to its end in a cancelled task too.
    package func terminate(grace: Duration) async {
        await Task {
            signal(.terminate)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await self.waitForExit() }
                group.addTask { try? await Task.sleep(for: grace) }
                await group.next()
                group.cancelAll()
            }
            signal(.kill)
            _ = await waitForExit()
        }.value
    }

    func finish(grace: Duration) async -> Ending {
        if ended(reap: false) == nil { await terminate(grace: grace) }
        signal(.kill)
        return isReaped.withLock { isReaped in
            isReaped = true
            return ended(reap: true) ?? .killed(signal: SIGKILL)
        }
    }

    private func ended(reap: Bool) -> Ending? {
        var (kind, code) = (Int32(0), Int32(0))
        guard child_ended(descriptor.number, reap ? 1 : 0, &kind, &code) == 1 else { return nil }
        return kind == CLD_EXITED ? .exited(code) : .killed(signal: code)
    }
}

/// When output last came.
final class Activity: Sendable {
    private let last = Mutex(ContinuousClock.now)
    var silence: Duration { last.withLock { .now - $0 } }
    func note() { last.withLock { $0 = .now } }
}
