import Model
import Testing

@testable import Run

@Suite struct RestartTests {
    private static func policy(_ mode: Job.Restart.Mode = .delay, attempts: Int = 3) -> Job.Restart {
        Job.Restart(
            attempts: attempts, interval: Span(milliseconds: 60_000), delay: Span(milliseconds: 1000),
            maxDelay: Span(milliseconds: 3000), mode: mode)
    }

    @Test(
        "each wait is twice the one before, up to the longest",
        arguments: [([], 1000), ([99_000], 2000), ([98_000, 99_000], 3000), ([10_000, 99_000], 2000)])
    func backoff(restarts: [Int], wait: Int) {
        #expect(
            Self.policy().verdict(after: restarts, at: 100_000, random: 0)
                == .restart(at: 100_000 + wait, isLooping: false))
    }

    @Test func `a wait is up to a quarter shorter, so that not all come back at once`() {
        let verdict = Self.policy().verdict(after: [], at: 0, random: 1)
        #expect(verdict == .restart(at: 750, isLooping: false))
    }

    @Test func `after all attempts it waits for the next interval`() {
        let verdict = Self.policy().verdict(after: [90_000, 95_000, 99_000], at: 100_000, random: 0)
        #expect(verdict == .restart(at: 150_000, isLooping: true))
    }

    @Test func `or gives up`() {
        #expect(
            Self.policy(.fail).verdict(after: [90_000, 95_000, 99_000], at: 100_000, random: 0) == .giveUp)
        #expect(Self.policy(.fail, attempts: 0).verdict(after: [], at: 0, random: 0) == .giveUp)
    }

    @Test func `no attempts at all wait a whole interval`() {
        #expect(
            Self.policy(attempts: 0).verdict(after: [], at: 5, random: 0)
                == .restart(at: 60_005, isLooping: true))
    }
}
