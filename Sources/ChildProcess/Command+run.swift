/// How a child ended, and what was made of it meanwhile.
package struct Ended<Result: Sendable>: Sendable {
    package var result: Result
    package var status: Ending
    /// The limit for which it was killed.
    package var overran: Command.Limit?
}

extension Command {
    private enum Event<Result: Sendable>: Sendable {
        case result(Result)
        case overran(Limit)
        case undisturbed
    }

    /// Starts the child and gives it to `body`. When that returns, and when a limit or the task's cancellation
    /// ends the child early, whatever is left of its group is killed; nothing outlives this call.
    package func run<Result: Sendable>(
        _ body: @escaping @Sendable (RunningChild) async -> Result
    ) async throws(StartError) -> Ended<Result> {
        let child = try await Spawner.shared.start(self)
        return await withTaskCancellationHandler {
            await supervise(child, body)
        } onCancel: {
            child.signal(.terminate)
        }
    }

    private func supervise<Result: Sendable>(
        _ child: RunningChild, _ body: @escaping @Sendable (RunningChild) async -> Result
    ) async -> Ended<Result> {
        let (result, overran) = await withTaskGroup(of: Event<Result>.self) { group in
            group.addTask { .result(await body(child)) }
            group.addTask { await wait(for: limits.whole).map(Event.overran) ?? .undisturbed }
            group.addTask { await waitForSilence(of: child).map(Event.overran) ?? .undisturbed }
            var (result, overran) = (Result?.none, Limit?.none)
            while result == nil, let event = await group.next() {
                switch event {
                case .result(let value): result = value
                case .overran(let limit) where overran == nil:
                    overran = limit
                    await child.terminate(grace: limits.grace)
                    group.cancelAll()
                case .overran, .undisturbed: break
                }
            }
            group.cancelAll()
            return (result, overran)
        }
        let status = await child.finish(grace: limits.grace)
        guard let result else { preconditionFailure("the group ended before its body") }
        return Ended(result: result, status: status, overran: overran)
    }

    private func wait(for limit: Duration?) async -> Limit? {
        guard let limit else { return nil }
        do { try await Task.sleep(for: limit) } catch { return nil }
        return .whole(limit)
    }

    private func waitForSilence(of child: RunningChild) async -> Limit? {
        guard let limit = limits.idle else { return nil }
        while true {
            let left = limit - child.silence
            guard left > .zero else { return .idle(limit) }
            do { try await Task.sleep(for: left) } catch { return nil }
        }
    }
}
