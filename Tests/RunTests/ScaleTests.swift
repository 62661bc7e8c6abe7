import ChildProcess
import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Run

/// Many instances, and many ends. Figures are printed and nothing is asserted of them but that it ends.
@Suite(.serialized) struct ScaleTests {
    private static let isLong = ProcessInfo.processInfo.environment["SEEDS"] != nil
    private func report(_ words: String, since start: ContinuousClock.Instant) {
        print("figure: \(words): \(ContinuousClock.now - start)")
    }
    private func id(_ number: Int) -> ResourceID { ResourceID("job", "shop", "job-\(number)") }

    @Test func `many jobs are started at once, and taken over at once`() async throws {
        let count = Self.isLong ? 1000 : 60
        let machine = try Machine()
        let spec = job("exec sleep 1000")
        var start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for number in 0..<count {
                group.addTask { _ = try? await machine.converge(id(number), spec) }
            }
        }
        report("\(count) jobs accepted", since: start)
        #expect(await eventually(.seconds(300)) { await machine.engine.supervisor.runningCount == count })
        report("\(count) jobs of one process running", since: start)
        #expect(machine.tasks().count == count)
        let before = machine.tasks()
        await machine.down()
        start = .now
        await machine.up()
        #expect(await eventually(.seconds(300)) { await machine.engine.supervisor.runningCount == count })
        report("\(count) taken over", since: start)
        #expect(machine.tasks() == before)
        start = .now
        for number in 0..<count { try await machine.converge(id(number), nil) }
        #expect(await eventually(.seconds(300)) { await machine.engine.supervisor.jobs.isEmpty })
        report("\(count) taken away", since: start)
        #expect(machine.processes().isEmpty)
        await machine.clear()
    }

    @Test func `one job of many instances is started, rolled over and stopped`() async throws {
        let count = Self.isLong ? 1000 : 40
        let machine = try Machine()
        let update: [String: Value] = ["maxParallel": .int(count), "minHealthyTime": .string("1ms")]
        var start = ContinuousClock.now
        try await machine.converge(web, job("exec sleep 1000", count: count, update: update))
        #expect(await machine.becomes(.ready, web))
        report("one job of \(count) processes ready", since: start)
        start = .now
        try await machine.converge(web, job("exec sleep 2000", count: count, update: update))
        #expect(
            await eventually(.seconds(300)) {
                machine.shims().count == count && machine.tasks().count == count
            })
        #expect(await machine.becomes(.ready, web))
        report("rolled over", since: start)
        try await machine.converge(web, nil)
        #expect(await eventually(.seconds(300)) { await machine.engine.supervisor.jobs.isEmpty })
        await machine.clear()
    }

    @Test func `a dead process is told of, and replaced`() async throws {
        let machine = try Machine()
        try await machine.converge(web, job("exec sleep 1000", restart: ["attempts": .int(1000)]))
        #expect(await machine.becomes(.ready, web))
        let events = await machine.engine.events()
        var iterator = events.makeAsyncIterator()
        _ = await iterator.next()
        for _ in 0..<5 {
            let before = try #require(machine.tasks().values.first)
            let start = ContinuousClock.now
            kill(before, SIGKILL)
            // What was told of before came before.
            while await iterator.next() != nil, await machine.engine.supervisor.has(before) { continue }
            report("an event after an exit", since: start)
            #expect(await eventually { machine.tasks().values.first.map { $0 != before } ?? false })
            report("its replacement", since: start)
            #expect(await machine.becomes(.ready, web))
        }
        await machine.clear()
    }

    /// Ten thousand a minute is 167 a second.
    @Test("programs that end at once cost no more than their starts", arguments: Seeded.seeds(1))
    func churn(seed: UInt64) async throws {
        var random = Seeded(seed)
        let machine = try Machine()
        let (jobs, ran) = (12, machine.folder.path + "/ran")
        let restart: [String: Value] = [
            "attempts": .int(1000), "interval": .string("1s"), "maxDelay": .string("10ms"),
        ]
        for number in 0..<jobs {
            let code = Int.random(in: 0...3, using: &random)
            try await machine.converge(
                id(number), job("echo >> \(ran); exit \(code)", restart: restart))
        }
        func count() -> Int {
            var status = stat()
            return stat(ran, &status) == 0 ? Int(status.st_size) : 0
        }
        // Those of processes: other tests have some, but not many.
        func descriptors() -> Int {
            let folder = "/proc/self/fd"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.count { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"))?.contains(
                    "pidfd")
                    ?? false
            }
        }
        #expect(await eventually { count() > 100 })
        let (open, start, first) = (descriptors(), ContinuousClock.now, count())
        #expect(await eventually { count() > first + (Self.isLong ? 5000 : 500) })
        report("\(count() - first) exits", since: start)
        #expect(descriptors() < open + 200)
        let folders = machine.configuration.instancesFolder
        for number in 0..<jobs {
            #expect((try Files.names(in: "\(folders)/shop.job-\(number)"))?.count == 1)
            try await machine.converge(id(number), job("exec sleep 1000"))
        }
        for number in 0..<jobs { #expect(await machine.becomes(.ready, id(number))) }
        #expect(await eventually { machine.processes().count == 2 * jobs })
        await machine.clear()
    }
}

extension Supervisor {
    fileprivate var runningCount: Int {
        jobs.values.reduce(0) {
            $0 + $1.instances.values.count { $0.file.phase == .running && $0.shim != nil }
        }
    }
    fileprivate func has(_ task: Int32) -> Bool {
        Stranger.start(of: task) != nil && jobs[web]?.instances[1]?.shim != nil
    }
}
