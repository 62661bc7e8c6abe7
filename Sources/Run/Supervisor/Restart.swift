import Model

extension Job.Restart {
    enum Verdict: Hashable, Sendable {
        /// Start it again at this time; `isLooping` where all attempts of the interval are used up.
        case restart(at: Int, isLooping: Bool)
        case giveUp
    }

    /// What becomes of an instance that has ended by itself.
    ///
    /// The wait is `delay` doubled for each restart within `interval`, at most `maxDelay`, less up to a quarter of it.
    /// - Parameters:
    ///   - restarts: when it was started again before, in milliseconds of the same clock as `now`.
    ///   - random: from 0 to 1, so that many that ended at once don't come back at once.
    func verdict(after restarts: [Int], at now: Int, random: Double) -> Verdict {
        let recent = restarts.filter { $0 > now - interval.milliseconds }
        guard recent.count >= attempts else {
            return .restart(at: now + wait(recent.count, random), isLooping: false)
        }
        guard mode == .delay else { return .giveUp }
        let next = (recent.min() ?? now) + interval.milliseconds
        return .restart(at: max(next, now + wait(recent.count, random)), isLooping: true)
    }

    private func wait(_ doublings: Int, _ random: Double) -> Int {
        var wait = min(delay.milliseconds, maxDelay.milliseconds)
        for _ in 0..<doublings where wait < maxDelay.milliseconds {
            wait = min(wait * 2, maxDelay.milliseconds)
        }
        return wait - Int(Double(wait) * random / 4)
    }
}
