import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Provision

@Suite struct HostPropertyTests {
    @Test("after an apply nothing is left to plan, and what is foreign stays as it was", arguments: 0..<20)
    func random(seed: UInt64) async throws {
        var random = Seeded(seed)
        let loop = try HostLoop()
        let ids = (0..<4).map { ResourceID("infrastructure", "shop", "r\($0)") }
        let foreign = try loop.folder.write("theirs", to: "foreign")
        chmod(foreign, 0o640)
        for version in 1...3 { await loop.give(handle(version), "canary-\(version)") }
        for _ in 0..<40 {
            let id = ids.randomElement(using: &random) ?? ids[0]
            if Bool.random(using: &random) {
                edit(loop.path(id.name + (Bool.random(using: &random) ? "x" : "")), &random)
            }
            let desired = desired(loop, id, &random)
            do throws(EngineError) {
                try await loop.converge(id, desired)
                let left = try await loop.plan(id, desired)
                #expect(left == nil, "seed \(seed): \(left?.summary ?? "")")
                if let desired, let path = desired["config"]?["path"]?.string { check(path, desired) }
            } catch {
                // Only a foreign object, or one of another kind, is a reason not to.
                let isExpected = ["exists, and", "by now, and", "is not empty"].contains {
                    error.message.contains($0)
                }
                #expect(isExpected, "seed \(seed): \(error.message)")
            }
            #expect(text(foreign) == "theirs")
            #expect(mode(foreign) == 0o640)
            #expect(!names(in: loop.folder.path).contains { $0.hasPrefix(".martlet") })
        }
        for said in await loop.said { #expect(!said.contains("canary")) }
    }

    private func handle(_ version: Int) -> SecretHandle {
        SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "\(version)")
    }
    private func desired(_ loop: HostLoop, _ id: ResourceID, _ random: inout Seeded) -> Value? {
        let path = loop.path(id.name + (Int.random(in: 0..<4, using: &random) == 0 ? "x" : ""))
        let mode = ["0600", "0644", "0755"][Int.random(in: 0..<3, using: &random)]
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return nil
        case 1: return directory(path, mode: mode)
        case 2: return symlink(path, to: "target\(Int.random(in: 0..<2, using: &random))")
        case 3: return file(loop.path("foreign"), "ours")
        case 4, 5: return file(path, .secret(handle(Int.random(in: 1...3, using: &random))), mode: mode)
        default: return file(path, "content \(Int.random(in: 0..<3, using: &random))", mode: mode)
        }
    }
    /// What people do to files by hand.
    private func edit(_ path: String, _ random: inout Seeded) {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: unlink(path)
        case 1: chmod(path, 0o700)
        case 2: try? "edited".write(toFile: path, atomically: true, encoding: .utf8)
        case 3: try? "edited in place".write(toFile: path, atomically: false, encoding: .utf8)
        case 4: symlink("elsewhere", path)
        default: rmdir(path)
        }
    }
    private func check(_ path: String, _ desired: Value) {
        let config = desired["config"]
        if let wanted = config?["content"]?.string { #expect(text(path) == wanted) }
        if let target = config?["target"]?.string {
            #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == target)
        } else {
            #expect(mode(path).map { UInt16($0).octal } == config?["mode"]?.string)
        }
    }

    @Test func `a thousand files are made at once, and looked at again`() async throws {
        let loop = try HostLoop()
        for folder in 0..<20 { mkdir(loop.path("d\(folder)"), 0o755) }
        let all = (0..<1000).map { number in
            (
                ResourceID("infrastructure", "shop", "f\(number)"),
                file(loop.path("d\(number % 20)/f\(number)"), "content of \(number)\n")
            )
        }
        let clock = ContinuousClock()
        var steps: [Step] = []
        for (id, desired) in all { steps.append(await loop.step(.create, id, desired, over: .absent)) }
        let began = clock.now
        let made = await withTaskGroup(of: (ResourceID, Outcome).self) { group in
            var rest = steps.makeIterator()
            var made: [ResourceID: Observation] = [:]
            func next() {
                guard let step = rest.next() else { return }
                group.addTask { (step.id, await loop.engine.apply(step, secrets: .none)) }
            }
            for _ in 0..<16 { next() }
            for await (id, outcome) in group {
                if case .done(let observation) = outcome { made[id] = observation }
                next()
            }
            return made
        }
        let applied = clock.now - began
        #expect(made.count == 1000)
        for (id, desired) in all { await loop.record(id, desired, made[id]) }
        var targets: [Target] = []
        for (id, desired) in all { targets.append(await loop.target(id, desired)) }
        let looked = clock.now
        let seen = await loop.engine.observe(targets)
        print("1,000 files: applied in \(applied), observed in \(clock.now - looked)")
        for (id, _) in all { #expect(seen[id] == made[id].map(Result.success)) }
    }

    @Test func `one path that can't be looked at fails alone`() async throws {
        let loop = try HostLoop()
        var targets: [Target] = []
        for number in 0..<100 {
            let id = ResourceID("infrastructure", "shop", "f\(number)")
            let path = number == 50 ? "/etc/passwd" : loop.path("f\(number)")
            targets.append(await loop.target(id, file(path, "x")))
        }
        let seen = await loop.engine.observe(targets)
        #expect(seen.count == 100)
        #expect(seen.values.filter { $0 == .success(.absent) }.count == 99)
    }
}
