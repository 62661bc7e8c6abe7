import Fixtures
import Model
import Probe
import Synchronization
import Testing

@testable import Connect

/// Who waits for services is told what concerns them, all of it, and nothing else.
@Suite(.timeLimit(.minutes(1))) struct WatchTests {
    private let registry = RegistryEngine(start: 1000) { _ in .healthy }.registry
    private static func id(_ number: Int) -> ResourceID { ResourceID("service", "shop", "s\(number)") }
    private func register(_ number: Int, _ ports: Int...) throws {
        let addresses = ports.map { Value.string("127.0.0.1:\($0)") }
        try registry.register(Self.id(number), .map(["addresses": .list(addresses)]), intent: 1)
    }

    @Test func `a service that went while nobody looked is told at once`() async throws {
        try register(1, 80)
        try register(2, 80)
        let seen = try #require(registry.listing(Self.id(1))?.index)
        registry.deregister(Self.id(1))
        await registry.wait(beyond: seen, of: Self.id(1))
        // And one that is gone with the controller that listed it.
        await registry.wait(beyond: 999, of: Self.id(3))
        // From there on it waits for the service to come back, whatever others do.
        let isTold = Mutex(false)
        let waiting = Task { [index = registry.index] in
            await registry.wait(beyond: index, of: Self.id(1))
            isTold.withLock { $0 = true }
        }
        while registry.waiting == 0 { await Task.yield() }
        try register(2, 81)
        #expect(registry.waiting == 1)
        #expect(!isTold.withLock { $0 })
        try register(1, 80)
        await waiting.value
    }

    @Test func `of thousands who wait, those of one service are told, and those of all`() async throws {
        for number in 0..<10 { try register(number, 80) }
        let index = registry.index
        await withTaskGroup(of: Int?.self) { group in
            for number in 0..<2000 {
                let one = number.isMultiple(of: 2) ? number / 2 % 10 : nil
                group.addTask {
                    await registry.wait(beyond: index, of: one.map(Self.id))
                    return one
                }
            }
            while registry.waiting < 2000 { await Task.yield() }
            try? register(3, 81)
            // 100 of that service, and 1,000 of any.
            var told: [Int?: Int] = [:]
            for _ in 0..<1100 { told[await group.next() ?? -1, default: 0] += 1 }
            #expect(told == [3: 100, nil: 1000])
            #expect(registry.waiting == 900)
            registry.close()
            for await one in group { told[one, default: 0] += 1 }
            #expect(told.values.reduce(0, +) == 2000)
        }
        #expect(registry.waiting == 0)
    }

    @Test func `who is cancelled waits no longer, and leaves nothing behind`() async throws {
        let waiting = Task { await registry.wait(beyond: 1000) }
        while registry.waiting == 0 { await Task.yield() }
        waiting.cancel()
        await waiting.value
        #expect(registry.waiting == 0)
    }

    @Test func `what was recorded is listed before anybody looks, and waits for its checks`() async throws {
        let check: [String: Value] = [
            "tcp": .bool(true), "interval": .string("1h"), "timeout": .string("1s"), "passes": .int(1),
            "failures": .int(1),
        ]
        let spec = Value.map([
            "addresses": .list([.string("127.0.0.1:80")]), "checks": .list([.map(check)]),
        ])
        let answers = AsyncStream.makeStream(of: ProbeAnswer.self)
        let engine = RegistryEngine(start: 1000) { _ in
            await answers.stream.first { _ in true } ?? .unhealthy("no answer")
        }
        let record = Recorded(
            source: "shop", layer: .connect, engine: "registry", type: nil, manifest: .literal(spec),
            spec: spec, dependencies: [], observation: Observation(.ours, .ready, fields: spec), intent: 7,
            onRemove: .delete)
        try engine.restore(Self.id(1), record)
        let asking = Task { await engine.run() }
        defer { asking.cancel() }
        #expect(engine.registry.listing(Self.id(1))?.endpoints.map(\.health) == [.unknown])
        #expect(!engine.registry.isSettled)
        let index = engine.registry.index
        answers.continuation.yield(.healthy)
        await engine.registry.wait(beyond: index)
        #expect(engine.registry.listing(Self.id(1))?.endpoints.map(\.health) == [.healthy])
        #expect(engine.registry.isSettled)
    }

    @Test func `a service of many endpoints is judged as a whole`() async throws {
        let engine = RegistryEngine(start: 1000) { target in
            target.port.isMultiple(of: 100) ? .unhealthy("tcp: connection refused") : .healthy
        }
        let check: [String: Value] = [
            "tcp": .bool(true), "interval": .string("1s"), "timeout": .string("1s"), "passes": .int(1),
            "failures": .int(1),
        ]
        let spec = Value.map([
            "addresses": .list((1...1000).map { .string("127.0.0.1:\($0)") }),
            "checks": .list([.map(check)]),
        ])
        let asking = Task { await engine.run() }
        defer { asking.cancel() }
        try engine.registry.register(Self.id(1), spec, intent: 1)
        var endpoints: [Endpoint] = []
        while endpoints.isEmpty || endpoints.contains(where: { $0.health == .unknown }) {
            let index = engine.registry.index
            endpoints = engine.registry.listing(Self.id(1))?.endpoints ?? []
            if endpoints.contains(where: { $0.health == .unknown }) {
                await engine.registry.wait(beyond: index)
            }
        }
        #expect(endpoints.count { $0.health == .healthy } == 990)
    }
}
