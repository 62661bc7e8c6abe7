import Fixtures
import Testing

@testable import Run

/// Random histories: versions come and go, some of them bad; instances start, crash, recover, and leave late.
@Suite struct RolloutPropertyTests {
    private struct World {
        var random: Seeded
        var now = 0
        var rollout: Rollout
        var nextSerial = 1
        var bad: Set<String> = []
        var versions = 1
        var history: [String] = []

        init(seed: UInt64) {
            random = Seeded(seed)
            var goal = Rollout.Goal(version: "v1", count: Int.random(in: 1...6, using: &random))
            goal.maxParallel = Int.random(in: 1...3, using: &random)
            goal.minHealthyTime = 1000
            (goal.healthyDeadline, goal.progressDeadline) = (20_000, 60_000)
            goal.startsFirst = Bool.random(using: &random)
            goal.autoRevert = Bool.random(using: &random)
            rollout = Rollout(
                goal: goal, deployment: Rollout.Deployment(of: "v1", at: 0), stable: nil, instances: [])
        }

        var present: Int { rollout.instances.count { !$0.phase.isOver } }
        var healthy: Int { rollout.instances.count { $0.phase == .live && $0.healthySince != nil } }

        /// Until nothing more is to be done now; what breaks a promise is said.
        mutating func decide() -> String? {
            for _ in 0..<50 {
                let decision = rollout.decide(at: now)
                (rollout.deployment, rollout.stable) = (decision.deployment, decision.stable)
                for index in rollout.instances.indices
                where decision.proved.contains(rollout.instances[index].serial) {
                    rollout.instances[index].hasProved = true
                }
                for action in decision.actions {
                    if let broken = carryOut(action) { return broken }
                }
                if decision.actions.isEmpty { return nil }
            }
            return "it never comes to rest"
        }

        private mutating func carryOut(_ action: Rollout.Action) -> String? {
            history.append("\(now) \(action)")
            switch action {
            case .start(let version):
                rollout.instances.append(.init(serial: nextSerial, version: version, startedAt: now))
                nextSerial += 1
                return present > rollout.goal.count + rollout.goal.maxParallel ? "\(present) are there" : nil
            case .stop(let serial):
                guard let index = rollout.instances.firstIndex(where: { $0.serial == serial }) else {
                    return "nobody"
                }
                let wasHealthy = rollout.instances[index].healthySince != nil
                (rollout.instances[index].phase, rollout.instances[index].healthySince) = (.leaving, nil)
                let least = rollout.goal.count - rollout.goal.maxParallel
                return wasHealthy && healthy < least ? "\(healthy) healthy are left of \(least)" : nil
            case .discard(let serial):
                rollout.instances.removeAll { $0.serial == serial }
                return nil
            }
        }

        /// Something happens in the world.
        mutating func happen(isCalm: Bool) {
            now += Int.random(in: 1...3000, using: &random)
            for index in rollout.instances.indices.reversed() {
                let chance = Int.random(in: 0..<100, using: &random)
                let isBad = bad.contains(rollout.instances[index].version)
                switch rollout.instances[index].phase {
                case .leaving: if chance < 50 { rollout.instances.remove(at: index) }
                case .live where rollout.instances[index].healthySince == nil:
                    if chance < (isCalm ? 100 : 40), !isBad { rollout.instances[index].healthySince = now }
                case .live where !isCalm && chance < 5: rollout.instances[index].healthySince = nil
                case .live where !isCalm && chance < 6:
                    (rollout.instances[index].phase, rollout.instances[index].healthySince) = (
                        .failed("x"), nil
                    )
                case .live, .completed, .failed: break
                }
            }
            guard !isCalm else { return }
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                versions += 1
                rollout.goal.version = "v\(versions)"
                if Bool.random(using: &random) { bad.insert("v\(versions)") }
            case 1:
                rollout.goal.count = Int.random(in: 0...6, using: &random)
            // What is there beyond the new count was started under the old one.
            default: break
            }
        }
    }

    @Test("never too few healthy ones, never too many in all", arguments: Seeded.seeds(100))
    func bounds(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<200 {
            if let broken = world.decide() {
                Issue.record("seed \(seed): \(broken)\n\(world.history.suffix(12).joined(separator: "\n"))")
                return
            }
            world.happen(isCalm: false)
        }
    }

    @Test(
        "once the world is calm a good version runs whole, and a bad one has failed",
        arguments: Seeded.seeds(100))
    func convergence(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<60 {
            _ = world.decide()
            world.happen(isCalm: false)
        }
        world.rollout.goal.version = "last"
        if seed % 3 == 0 { world.bad.insert("last") }
        world.rollout.goal.count = 3
        for _ in 0..<300 {
            _ = world.decide()
            world.happen(isCalm: true)
        }
        _ = world.decide()
        let rollout = world.rollout
        let runs = rollout.instances.filter { $0.phase == .live && $0.healthySince != nil }.map(\.version)
        if seed % 3 != 0 {
            #expect(rollout.deployment.outcome == .succeeded)
            #expect(runs == ["last", "last", "last"] && rollout.instances.count == 3, "seed \(seed)")
        } else {
            #expect(rollout.deployment.outcome != .running)
            #expect(!runs.contains("last"))
            if rollout.isReverted, let stable = rollout.stable, !world.bad.contains(stable) {
                #expect(runs == [stable, stable, stable], "seed \(seed)")
            }
        }
    }
}
