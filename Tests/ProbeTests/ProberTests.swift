import Fixtures
import Foundation
import Model
import Synchronization
import Testing

@testable import Probe

/// What is asked when, by a clock that is turned here.
@Suite(.timeLimit(.minutes(1))) struct ProberTests {
    /// Sleeps as long as it is told to, and keeps for how long that was to be.
    private final class Sleeper: Sendable {
        private let pauses = Mutex<[Int]>([])
        private let (told, tell) = AsyncStream.makeStream(of: Void.self)
        private let mayWake: Bool
        init(mayWake: Bool) { self.mayWake = mayWake }

        func sleep(_ milliseconds: Int) async throws {
            pauses.withLock { $0.append(milliseconds) }
            tell.yield()
            if mayWake { return await Task.yield() }
            try await Task.sleep(for: .seconds(3600))
        }
        /// The first so many.
        func pauses(_ count: Int) async -> [Int] {
            for await _ in told where pauses.withLock(\.count) >= count { break }
            return Array(pauses.withLock { $0 }.prefix(count))
        }
    }
    private static func target(_ port: Int, interval: Int, failures: Int = 1) throws -> ProbeTarget {
        let probe = try Probe([
            "tcp": .bool(true), "interval": .string("\(interval)ms"), "failures": .int(failures),
        ])
        return ProbeTarget(probe, host: "127.0.0.1", port: port)
    }

    @Test func `many that begin at once are asked soon, and then spread over the whole interval`()
        async throws
    {
        let sleeper = Sleeper(mayWake: false)
        let prober = Prober<Int>(sleep: sleeper.sleep) { _ in .healthy }
        let targets = try (1...1000).map { try Self.target($0, interval: 60_000) }
        prober.follow(Set(targets), for: 0)
        let asking = Task { await prober.run { _ in } }
        let first = await sleeper.pauses(1000)
        asking.cancel()
        #expect(first.allSatisfy { (1...500).contains($0) })
        // A tenth of the time holds a tenth of the questions, more or less.
        for tenth in 0..<10 {
            let count = first.count { ($0 - 1) / 50 == tenth }
            #expect((50...170).contains(count), "\(tenth): \(count)")
        }
    }

    @Test func `the second question is what spreads them, and each further one comes after the interval`()
        async throws
    {
        var pauses: [Int] = []
        for step in 0...10 {
            let sleeper = Sleeper(mayWake: true)
            let prober = Prober<Int>(
                random: { Double(step) / 10 }, sleep: sleeper.sleep, ask: { _ in .healthy })
            prober.follow([try Self.target(1, interval: 60_000)], for: 0)
            let asking = Task { await prober.run { _ in } }
            let some = await sleeper.pauses(4)
            asking.cancel()
            await asking.value
            #expect(some[0] == max(1, step * 50))
            pauses.append(some[1])
            #expect(some[2...] == [60_000, 60_000])
        }
        #expect(pauses == [1] + (1...10).map { $0 * 6000 })
    }

    @Test func `who asks for the same shares the answers, and nobody is asked for nobody`() async throws {
        let asked = Told<Int>()
        let prober = Prober<String> { target in
            asked.tell(target.port)
            return target.port == 1 ? .healthy : .unhealthy("refused")
        }
        let (one, two) = (try Self.target(1, interval: 5), try Self.target(2, interval: 5))
        prober.follow([one, two], for: "a")
        prober.follow([one], for: "b")
        let changes = Told<Set<String>>()
        let asking = Task { await prober.run(changes.tell) }
        defer { asking.cancel() }
        var seen: [Set<String>] = []
        while seen.count < 2, let next = await changes.next() { seen.append(next) }
        #expect(seen.contains(["a", "b"]) && seen.contains(["a"]))
        #expect(prober.verdict(of: one) == .healthy)
        #expect(prober.verdict(of: two) == .unhealthy("refused"))
        prober.follow([], for: "a")
        #expect(prober.verdict(of: two) == .unknown)
        // Whatever was on its way has ended after a few of the others.
        var ports: [Int] = []
        while ports.suffix(20) != Array(repeating: 1, count: 20)[...], let port = await asked.next() {
            ports.append(port)
        }
        #expect(prober.verdict(of: one) == .healthy)
    }

    @Test func `an answer that flaps below its threshold changes nothing`() async throws {
        let count = Mutex(0)
        let isOver = Told<Void>()
        let prober = Prober<Int> { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 100 { isOver.tell(()) }
            return number.isMultiple(of: 3) ? .healthy : .unhealthy("flap")
        }
        // Two in a row, where it takes three.
        prober.follow([try Self.target(1, interval: 1, failures: 3)], for: 7)
        let changes = Mutex<[Int]>([])
        let asking = Task { await prober.run { owners in changes.withLock { $0 += owners } } }
        await isOver.next()
        asking.cancel()
        await asking.value
        #expect(changes.withLock { $0 } == [7])
        #expect(prober.verdict(of: try Self.target(1, interval: 1, failures: 3)) == .healthy)
    }
}
