import Fixtures
import Model
import Probe
import Testing

@Suite struct StandingTests {
    private static func verdicts(_ answers: String, passes: Int, failures: Int) throws -> String {
        let probe = try Probe(["tcp": .bool(true), "passes": .int(passes), "failures": .int(failures)])
        var standing = Standing()
        return String(
            answers.map { answer in
                _ = standing.take(answer == "+" ? .healthy : .unhealthy("no"), probe)
                switch standing.verdict {
                case .unknown: return "?" as Character
                case .healthy: return "+"
                case .unhealthy: return "-"
                }
            })
    }

    @Test(arguments: [
        (1, 1, "+-+-", "+-+-"), (1, 3, "+--+--+---+", "+++++++++-+"), (2, 1, "+++-+-++", "?++----+"),
        (2, 2, "+-+-++", "?????+"), (1, 3, "---+", "??-+"), (3, 2, "--+++--", "?---++-"),
    ])
    func `it takes answers in a row to change a verdict`(
        passes: Int, failures: Int, answers: String, expected: String
    ) throws {
        #expect(try Self.verdicts(answers, passes: passes, failures: failures) == expected)
    }

    @Test(arguments: Seeded.seeds(200))
    func `it tells of a change exactly when there is one`(seed: UInt64) throws {
        var random = Seeded(seed)
        let probe = try Probe([
            "tcp": .bool(true), "passes": .int(.random(in: 1...4, using: &random)),
            "failures": .int(.random(in: 1...4, using: &random)),
        ])
        var standing = Standing()
        for number in 0..<100 {
            let before = standing.verdict
            let answer: ProbeAnswer = Bool.random(using: &random) ? .healthy : .unhealthy("answer \(number)")
            #expect(standing.take(answer, probe) == (standing.verdict != before))
        }
    }
}
