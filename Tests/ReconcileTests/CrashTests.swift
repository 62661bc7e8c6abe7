import Fixtures
import Foundation
import Testing

/// `SEEDS=1000` runs more histories.
private let histories = UInt64(ProcessInfo.processInfo.environment["SEEDS"] ?? "") ?? 60
private let sweeps = max(2, histories / 20)

/// After any history nothing is lost, nothing doubled, nothing foreign touched, and no lease outlives its user.
@Suite struct Crashes {
    @Test(arguments: 0..<histories)
    func `a random history converges without crashes`(seed: UInt64) async throws {
        var scenario = try Scenario(seed: seed)
        try await scenario.run(steps: 12)
        #expect(try await scenario.faults() == [])
    }

    @Test(arguments: 0..<histories)
    func `a random history with up to four crashes converges`(seed: UInt64) async throws {
        var random = Seeded(seed ^ 0xc0ffee)
        let limits = (0..<4).map { _ in Int.random(in: 1...90, using: &random) }
        var scenario = try Scenario(seed: seed)
        try await scenario.run(steps: 12, crashingAfter: limits)
        #expect(try await scenario.faults() == [], "crashing after \(limits)")
    }

    @Test(arguments: 1000..<(1000 + sweeps))
    func `a crash at every single append and engine call is survived`(seed: UInt64) async throws {
        var limit = 1
        var crashes = 1
        while crashes > 0 {
            var scenario = try Scenario(seed: seed)
            try await scenario.run(steps: 6, crashingAfter: [limit])
            #expect(try await scenario.faults() == [], "crashing after \(limit)")
            (limit, crashes) = (limit + 1, scenario.crashes)
        }
    }
}
