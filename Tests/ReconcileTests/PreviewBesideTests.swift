import Model
import Reconcile
import Store
import Synchronization
import Testing

/// A preview is made beside the loop: neither waits for the other.
@Suite(.timeLimit(.minutes(1))) struct PreviewsBeside {
    @Test func `a commit converges while an engine keeps a preview waiting for what it reads`() async throws {
        let site = try Site()
        site.commit([entry("a"), entry("b")])
        try await site.settle(2)
        let (inbox, gate) = (site.inbox, Gate())
        let running = Task { [loop = site.loop!] in
            var loop = loop
            try await loop.run()
            return loop.picture
        }
        let picture = try #require(await inbox.read { $0 })
        let previewer = site.previewer(access: [
            "consul": .other(Gated(engine: RegistryEngine(site.registry), gate: gate))
        ])
        let load = site.merged([entry("a", port: 2), entry("c")])
        let previewing = Task {
            try await previewer.preview(
                [load], base: Revision(id: "base"), head: Revision(id: "head"), over: picture)
        }
        await gate.someoneWaits()
        site.commit([entry("a", port: 7), entry("d")])
        let head = site.heads["shop"]
        var record = await inbox.read { $0.sources["shop"]?.record } ?? nil
        while record?.commit != head || record?.state != .converged {
            try await Task.sleep(for: .milliseconds(5))
            record = await inbox.read { $0.sources["shop"]?.record } ?? nil
        }
        #expect(site["a", "port"] == .int(7) && site["d", "port"] == .int(1))
        #expect(gate.isWaitedAt, "it is not over yet")
        gate.open()
        let plan = try #require(try await previewing.value["shop"]).plan
        #expect(plan.entries.map(\.id.name) == ["a", "c"])
        #expect(plan[service("a")]?.fields.map(\.before) == [.int(1)], "as the loop knew it when it began")
        inbox.post(.stop)
        #expect(try await running.value.nodes[service("d")] != nil)
    }
}

/// Keeps whoever comes until it is opened.
private final class Gate: Sendable {
    private let state = Mutex((isOpen: false, waiting: [CheckedContinuation<Void, Never>]()))
    private let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)

    var isWaitedAt: Bool { state.withLock { !$0.waiting.isEmpty } }
    func someoneWaits() async { for await _ in arrivals { return } }
    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
            arrival.yield()
        }
    }
    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Looks, and plans, once the gate is open.
private struct Gated: Engine {
    let engine: any Engine
    let gate: Gate

    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        await gate.pass()
        return await engine.observe(targets)
    }
    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        await gate.pass()
        return try await engine.plan(target, over: observation, secrets: secrets)
    }
    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        .failed(EngineError(.waitForChange, "nobody asks for that"))
    }
}
