import Testing

@testable import Run

/// One letter an instance: `h` healthy and proved, `y` healthy but not for long enough, `u` not healthy, `l` leaving,
/// `f` failed, `c` completed; capitals are of the new version. Serials count from 1.
private func instances(_ text: String, at now: Int = 0) -> [Rollout.Instance] {
    text.enumerated().map { index, letter in
        let version = letter.isUppercase ? "new" : "old"
        var instance = Rollout.Instance(serial: index + 1, version: version, startedAt: now)
        switch letter.lowercased() {
        case "h": (instance.healthySince, instance.hasProved) = (now - 10_000, true)
        case "y": instance.healthySince = now
        case "l": instance.phase = .leaving
        case "f": instance.phase = .failed("exit code 1")
        case "c": instance.phase = .completed
        default: break
        }
        return instance
    }
}

extension Rollout.Decision {
    /// `start new, stop 1`.
    fileprivate var summary: String {
        actions.map { action in
            switch action {
            case .start(let version): "start \(version)"
            case .stop(let serial): "stop \(serial)"
            case .discard(let serial): "discard \(serial)"
            }
        }.joined(separator: ", ")
    }
}

@Suite struct RolloutTests {
    private static func rollout(
        _ text: String, count: Int = 3, stable: String? = "old",
        change: (inout Rollout.Goal) -> Void = { _ in }
    ) -> Rollout {
        var goal = Rollout.Goal(version: "new", count: count)
        goal.minHealthyTime = 10_000
        change(&goal)
        return Rollout(
            goal: goal, deployment: Rollout.Deployment(of: "new", at: 0), stable: stable,
            instances: instances(text))
    }

    @Test(
        "the new one starts first, and an old one goes once it has proved healthy",
        arguments: [
            ("", "start new, start new, start new"),
            ("hhh", "start new"),
            ("hhhU", ""),
            ("hhhY", ""),
            ("hhhH", "stop 1"),
            ("lhhH", ""),
            ("hhH", "start new"),
            ("uhhH", "stop 1"),
            ("huhH", "stop 2"),
            ("hhHU", ""),
            ("hHH", "start new"),
            ("lHHH", ""),
            ("HHH", ""),
            ("hhhf", "discard 4, start new"),
            ("HHHHH", "stop 5, stop 4"),
            ("HHUHH", "stop 3, stop 5"),
            ("hhhhhhh", "stop 1, stop 2, stop 3, stop 4"),
            ("hh", "start new, start new"),
        ])
    func startFirst(now text: String, expected: String) {
        #expect(Self.rollout(text).decide(at: 0).summary == expected)
    }

    @Test(
        "with a fixed port the old one stops first",
        arguments: [
            ("hhh", "stop 1"), ("lhh", ""), ("hh", "start new"), ("hhU", ""), ("hhY", ""), ("hhH", "stop 1"),
            ("uhh", "stop 1"), ("HHH", ""),
        ])
    func stopFirst(now text: String, expected: String) {
        #expect(Self.rollout(text) { $0.startsFirst = false }.decide(at: 0).summary == expected)
    }

    @Test(
        "as many at once as maxParallel says",
        arguments: [
            ("hhhh", "start new, start new"), ("hhhhHU", "stop 1"), ("hhhhHH", "stop 1, stop 2"),
            ("hhhhU", "start new"),
        ])
    func parallel(now text: String, expected: String) {
        #expect(Self.rollout(text, count: 4) { $0.maxParallel = 2 }.decide(at: 0).summary == expected)
    }

    @Test(
        "two versions of a batch job are never there at once",
        arguments: [
            ("", "start new"), ("u", "stop 1"), ("l", ""), ("c", "discard 1, start new"), ("U", ""),
            ("C", ""),
            ("F", ""), ("f", "discard 1, start new"),
        ])
    func batch(now text: String, expected: String) {
        #expect(Self.rollout(text, count: 1) { $0.isBatch = true }.decide(at: 0).summary == expected)
    }

    @Test func `an instance proves itself when it was healthy for long enough`() {
        var rollout = Self.rollout("U", count: 1)
        rollout.instances[0].healthySince = 2000
        let early = rollout.decide(at: 11_999)
        #expect(early.proved.isEmpty)
        #expect(early.due == 12_000)
        let late = rollout.decide(at: 12_000)
        #expect(late.proved == [1])
        #expect(late.deployment.outcome == .succeeded)
        #expect(late.stable == "new")
    }

    @Test func `a version fails with its first instance that is not healthy in time, and says why`() {
        var rollout = Self.rollout("hhhU")
        rollout.instances[3].problem = "exit code 1"
        #expect(rollout.decide(at: 299_999).deployment.outcome == .running)
        #expect(rollout.decide(at: 299_999).due == 300_000)
        let decision = rollout.decide(at: 300_000)
        #expect(decision.deployment.outcome == .failed("instance 4 was not healthy within 5m: exit code 1"))
        #expect(decision.stable == "old")
        #expect(decision.summary == "stop 4")
    }

    @Test func `a version fails where no more instances become healthy`() {
        let rollout = Self.rollout("hhhU") { ($0.progressDeadline, $0.healthyDeadline) = (1000, 5000) }
        #expect(
            rollout.decide(at: 1000).deployment.outcome == .failed("no instance became healthy within 1s"))
    }

    @Test func `every instance that proves itself gives the others more time`() {
        var rollout = Self.rollout("hhH") { $0.progressDeadline = 20_000 }
        rollout.instances[2].startedAt = 19_000
        #expect(rollout.decide(at: 19_500).deployment.progressAt == 19_500)
    }

    @Test(
        "a failed version goes back to the last healthy one",
        arguments: [
            ("hhhU", "stop 4"), ("hhH", "start old"), ("hhHU", "stop 4"), ("hhhH", "stop 4"),
            ("HHH", "start old"),
            ("hhF", "discard 3, start old"), ("hhh", ""),
        ])
    func reverts(now text: String, expected: String) {
        var rollout = Self.rollout(text) { $0.autoRevert = true }
        rollout.deployment.outcome = .failed("x")
        #expect(rollout.isReverted)
        #expect(rollout.decide(at: 0).summary == expected)
    }

    @Test(
        "a failed version that goes back to nothing is left as it is",
        arguments: [("hhhU", "stop 4"), ("hhU", ""), ("UUU", ""), ("hh", "")])
    func held(now text: String, expected: String) {
        var rollout = Self.rollout(text, stable: "new") { $0.autoRevert = true }
        rollout.deployment.outcome = .failed("x")
        #expect(!rollout.isReverted)
        #expect(rollout.decide(at: 0).summary == expected)
    }

    @Test func `another version is another deployment`() {
        var rollout = Self.rollout("hhh")
        rollout.deployment = Rollout.Deployment(of: "bad", at: 0)
        rollout.deployment.outcome = .failed("x")
        let decision = rollout.decide(at: 7)
        #expect(decision.deployment == Rollout.Deployment(of: "new", at: 7))
        #expect(decision.summary == "start new")
    }

    @Test func `what is stopped judges nothing, and stops all there is`() {
        let decision = Self.rollout("hUlfC") { $0.isStopped = true }.decide(at: 9_999_999)
        #expect(decision.summary == "stop 1, stop 2")
        #expect(decision.deployment.outcome == .running)
        #expect(decision.due == nil)
        let removed = Self.rollout("hfC", count: 0) { $0.isStopped = true }.decide(at: 0)
        #expect(removed.summary == "stop 1, discard 2, discard 3")
    }
}
