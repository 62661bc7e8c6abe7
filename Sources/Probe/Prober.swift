import Model
import Synchronization

/// Asks many probes again and again, each at its own pace, the first time soon and then spread over their intervals.
package final class Prober<Owner: Hashable & Sendable>: Sendable {
    private struct Entry {
        var standing = Standing()
        var owners: Set<Owner>
        /// Told apart from an earlier one of the same target.
        var number: Int
    }
    private struct State {
        var entries: [ProbeTarget: Entry] = [:]
        var targets: [Owner: Set<ProbeTarget>] = [:]
        var nextNumber = 0
    }
    private struct Begun: Sendable {
        var target: ProbeTarget
        var number: Int
    }
    private let state = Mutex(State())
    private let ask: @Sendable (ProbeTarget) async -> ProbeAnswer
    private let random: @Sendable () -> Double
    private let sleep: @Sendable (Int) async throws -> Void
    private let begun: AsyncStream<Begun>
    private let begin: AsyncStream<Begun>.Continuation

    /// - Parameters:
    ///   - random: from 0 to 1, to spread what is asked.
    ///   - sleep: for so many milliseconds, or a little longer, so that several wake up together; throws once the task
    ///     is cancelled.
    package init(
        random: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        sleep: @escaping @Sendable (Int) async throws -> Void = {
            try await Task.sleep(for: .milliseconds($0), tolerance: .milliseconds(min(50, $0 / 10)))
        },
        ask: @escaping @Sendable (ProbeTarget) async -> ProbeAnswer
    ) {
        (self.ask, self.random, self.sleep) = (ask, random, sleep)
        (begun, begin) = AsyncStream.makeStream(of: Begun.self)
    }

    /// From now on the owner wants to know of these targets, and of no others.
    package func follow(_ targets: Set<ProbeTarget>, for owner: Owner) {
        state.withLock { state in
            let before = state.targets[owner] ?? []
            state.targets[owner] = targets.isEmpty ? nil : targets
            for target in before.subtracting(targets) {
                state.entries[target]?.owners.remove(owner)
                if state.entries[target]?.owners.isEmpty ?? false { state.entries[target] = nil }
            }
            for target in targets.subtracting(before) {
                guard state.entries[target] == nil else {
                    state.entries[target]?.owners.insert(owner)
                    continue
                }
                state.entries[target] = Entry(owners: [owner], number: state.nextNumber)
                begin.yield(Begun(target: target, number: state.nextNumber))
                state.nextNumber += 1
            }
        }
    }

    package func verdict(of target: ProbeTarget) -> Standing.Verdict {
        state.withLock { $0.entries[target]?.standing.verdict ?? .unknown }
    }

    /// Asks until the task is cancelled, and never again after that. `changed` is told whose verdicts have changed.
    package func run(_ changed: @escaping @Sendable (Set<Owner>) -> Void) async {
        await withDiscardingTaskGroup { group in
            for await begun in begun { group.addTask { await self.follow(begun, changed) } }
        }
    }

    private func follow(_ begun: Begun, _ changed: @Sendable (Set<Owner>) -> Void) async {
        let interval = Double(begun.target.probe.interval.milliseconds)
        var pause = min(interval, 500) * random()
        // The second pause is what spreads them: the first ones may all have begun at once.
        var next = interval * random()
        while (try? await sleep(max(1, Int(pause)))) != nil {
            guard isFollowed(begun) else { return }
            let answer = await ask(begun.target)
            guard !Task.isCancelled else { return }
            let owners = state.withLock { state -> Set<Owner> in
                guard state.entries[begun.target]?.number == begun.number,
                    state.entries[begun.target]?.standing.take(answer, begun.target.probe) ?? false
                else { return [] }
                return state.entries[begun.target]?.owners ?? []
            }
            if !owners.isEmpty { changed(owners) }
            (pause, next) = (next, interval)
        }
    }

    private func isFollowed(_ begun: Begun) -> Bool {
        state.withLock { $0.entries[begun.target]?.number == begun.number }
    }
}
