import Fixtures
import Testing

/// After any history nothing is lost, nothing doubled, nothing foreign touched, and no lease outlives its user.
@Suite struct Crashes {
    @Test(arguments: Seeded.seeds(60))
    func `a random history converges without crashes`(seed: UInt64) async throws {
        var scenario = try Scenario(seed: seed)
        try await scenario.run(steps: 12)
        let faults = try await scenario.faults()
        #expect(faults == [])
    }

    @Test(arguments: Seeded.seeds(60))
    func `a random history with up to four crashes converges`(seed: UInt64) async throws {
        var random = Seeded(seed ^ 0xc0ffee)
        let limits = (0..<4).map { _ in Int.random(in: 1...90, using: &random) }
        var scenario = try Scenario(seed: seed)
        try await scenario.run(steps: 12, crashingAfter: limits)
        let faults = try await scenario.faults()
        #expect(faults == [], "crashing after \(limits)")
    }

    @Test(arguments: Seeded.seeds(40).filter { $0.isMultiple(of: 20) })
    func `a crash at every single append and engine call is survived`(seed: UInt64) async throws {
        var limit = 1
        var crashes = 1
        while crashes > 0 {
            var scenario = try Scenario(seed: 1000 + seed)
            try await scenario.run(steps: 6, crashingAfter: [limit])
            let faults = try await scenario.faults()
            #expect(faults == [], "crashing after \(limit)")
            (limit, crashes) = (limit + 1, scenario.crashes)
        }
    }
}
