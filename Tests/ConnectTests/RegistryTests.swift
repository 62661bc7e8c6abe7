import Fixtures
import Foundation
import HTTPClient
import Model
import Probe
import Synchronization
import Testing

@testable import Connect

@Suite struct RegistryTests {
    private static let web = ResourceID("service", "shop", "web")
    /// What checks are answered, by port.
    private final class Answers: Sendable {
        let byPort = Mutex<[Int: ProbeAnswer]>([:])
        func ask(_ target: ProbeTarget) async -> ProbeAnswer {
            byPort.withLock { $0[target.port] ?? .unhealthy("connection refused") }
        }
    }
    private let answers = Answers()
    private let engine: RegistryEngine
    init() { engine = RegistryEngine(start: 1000, ask: answers.ask) }

    private static func instance(_ name: String, _ port: Int, isHealthy: Bool = true) -> Value {
        .map([
            "name": .string(name), "address": .string("127.0.0.1"), "ports": .map(["http": .int(port)]),
            "healthy": .bool(isHealthy),
        ])
    }
    private static func spec(_ instances: [Value], isChecked: Bool = false) -> Value {
        let check: [String: Value] = [
            "tcp": .bool(true), "interval": .string("10ms"), "timeout": .string("1s"), "passes": .int(1),
            "failures": .int(2),
        ]
        return .map([
            "job": .string("web"), "port": .string("http"), "instances": .list(instances),
            "checks": .list(isChecked ? [.map(check)] : []),
        ])
    }
    private static func step(_ verb: Step.Verb, _ spec: Value?, intent: Int = 7) -> Step {
        Step(
            intent: intent, id: web, engine: "registry", type: nil, verb: verb, desired: spec, over: .absent,
            payload: [], grants: Grants(projects: ["shop"]), manifest: nil)
    }
    private func register(_ spec: Value, intent: Int = 7) async throws -> Observation {
        guard
            case .done(let observation) = await engine.apply(
                Self.step(.create, spec, intent: intent), secrets: .none)
        else {
            throw CocoaError(.featureUnsupported)
        }
        return observation
    }
    private func observe(_ spec: Value?, recorded: Recorded? = nil) async throws -> Observation {
        let target = Target(Self.web, desired: spec, recorded: recorded, grants: Grants(projects: ["shop"]))
        return try #require(await engine.observe([target])[Self.web]).get()
    }

    @Test func `a preview looks, and lists nothing anew under another name`() async throws {
        let spec = Self.spec([Self.instance("web-0", 8080)])
        let observation = try await register(spec)
        let recorded = Recorded(
            source: "shop", layer: .connect, engine: "registry", type: nil, manifest: .literal(.null),
            spec: spec,
            dependencies: [], observation: observation, intent: 7, onRemove: .delete)
        let renamed = ResourceID("service", "shop", "front")
        let target = Target(renamed, desired: spec, recorded: recorded, grants: Grants(projects: ["shop"]))
        guard case .other(let preview) = engine.forPreviews else {
            Issue.record("the registry itself is asked")
            return
        }
        #expect(try await preview.observe([target])[renamed]?.get().presence == .ours)
        #expect(
            engine.registry.observation(of: renamed) == nil
                && engine.registry.observation(of: Self.web) != nil)
        // The loop's own look does list it by its new name.
        _ = await engine.observe([target])
        #expect(
            engine.registry.observation(of: renamed) != nil
                && engine.registry.observation(of: Self.web) == nil)
    }

    @Test func `the healthy instances of a job stand behind it`() async throws {
        let spec = Self.spec([
            Self.instance("web-0", 4000), Self.instance("web-1", 4001, isHealthy: false),
            Self.instance("web-2", 4002),
        ])
        #expect(try await observe(spec) == .absent)
        let made = try await register(spec)
        #expect(made.health == .ready)
        #expect(made.intent == 7)
        #expect(made.fields == spec)
        #expect(
            made.outputs.description
                == #"{address: "127.0.0.1", endpoints: [{address: "127.0.0.1", port: 4000}, {address: "127.0.0.1", port: 4002}], port: 4000}"#
        )
        #expect(
            made.warning
                == "1 of 3 endpoints is not healthy: 127.0.0.1:4001: the job says that the instance is not healthy"
        )
        #expect(try await observe(spec) == made)
    }

    @Test func `a job without instances makes no endpoint, and nobody is pointed at nothing`() async throws {
        let made = try await register(Self.spec([]))
        #expect(made.health == .progressing("no instance of job 'web' runs yet"))
        #expect(made.outputs["endpoints"] == .unknown)
        #expect(made.outputs["address"] == .unknown)
    }

    @Test func `instances that their job does not call healthy yet are no failure of the service`()
        async throws
    {
        let made = try await register(
            Self.spec([
                Self.instance("web-0", 4000, isHealthy: false),
                Self.instance("web-1", 4001, isHealthy: false),
            ]))
        #expect(
            made.health
                == .progressing(
                    "none of its 2 endpoints is healthy: 127.0.0.1:4000: the job says that the instance is not healthy"
                ))
    }

    @Test func `a port that the job does not have is an error that names those it has`() async throws {
        let fields = Self.spec([Self.instance("web-0", 4000)]).fields
        let spec = Value.map(fields.merging(["port": .string("admin")]) { $1 })
        guard case .failed(let error) = await engine.apply(Self.step(.create, spec), secrets: .none) else {
            Issue.record("it was registered")
            return
        }
        #expect(error.message == "job 'web' has no port 'admin'")
        #expect(error.hint == "its ports are http")
        #expect(engine.registry.listing(Self.web) == nil)
    }

    @Test func `what was registered is listed again from its record after a restart`() async throws {
        let spec = Self.spec([Self.instance("web-0", 4000)])
        let before = try await register(spec)
        let record = Recorded(
            source: "shop", layer: .connect, engine: "registry", type: nil, manifest: .literal(spec),
            spec: spec,
            dependencies: [], observation: before, intent: 7, onRemove: .delete)
        let next = RegistryEngine(start: 5000, ask: answers.ask)
        let target = Target(Self.web, desired: spec, recorded: record, grants: Grants(projects: ["shop"]))
        #expect(try await next.observe([target])[Self.web]?.get() == before)
        #expect(next.registry.listings.index > engine.registry.listings.index)
    }

    @Test func `a service that is renamed is listed by its new name alone`() async throws {
        let spec = Self.spec([Self.instance("web-0", 4000)])
        let record = Recorded(
            source: "shop", layer: .connect, engine: "registry", type: nil, manifest: .literal(spec),
            spec: spec,
            dependencies: [], observation: try await register(spec), intent: 7, onRemove: .delete)
        let shop = ResourceID("service", "shop", "front")
        let target = Target(shop, desired: spec, recorded: record, grants: Grants(projects: ["shop"]))
        #expect(try await engine.observe([target])[shop]?.get().presence == .ours)
        #expect(engine.registry.listings.services.map(\.id) == [shop])
    }

    @Test func `a service that goes is listed no more`() async throws {
        _ = try await register(Self.spec([Self.instance("web-0", 4000)]))
        guard case .done(.absent) = await engine.apply(Self.step(.delete, nil), secrets: .none) else {
            Issue.record("it was not deleted")
            return
        }
        #expect(engine.registry.listings.services == [])
        #expect(try await observe(nil) == .absent)
    }

    @Test(.timeLimit(.minutes(1)))
    func `checks decide beside the job, and a verdict that changes is an event`() async throws {
        answers.byPort.withLock { $0[4000] = .healthy }
        let asking = Task { await engine.run() }
        defer { asking.cancel() }
        let events = engine.events()
        let spec = Self.spec([Self.instance("web-0", 4000), Self.instance("web-1", 4001)], isChecked: true)
        let first = try await register(spec)
        #expect(first.health == .progressing("its checks have not answered yet"))
        var iterator = events.makeAsyncIterator()
        var seen = first
        while seen.health != .ready || seen.warning == nil {
            #expect(await iterator.next() == .changed([Self.web]))
            seen = try await observe(spec)
        }
        #expect(seen.warning == "1 of 2 endpoints is not healthy: 127.0.0.1:4001: connection refused")
        #expect(seen.outputs["endpoints"]?.items.count == 1)
        answers.byPort.withLock { $0[4000] = .unhealthy("http / answered 500") }
        while seen.health == .ready {
            #expect(await iterator.next() == .changed([Self.web]))
            seen = try await observe(spec)
        }
        #expect(
            seen.health == .failed("none of its 2 endpoints is healthy: 127.0.0.1:4000: http / answered 500"))
        #expect(seen.outputs["endpoints"] == .unknown)
    }

    @Test(.timeLimit(.minutes(1))) func `who waits is told when its service changes, and not before`()
        async throws
    {
        let registry = engine.registry
        _ = try await register(Self.spec([Self.instance("web-0", 4000)]))
        let index = try #require(registry.listing(Self.web)?.index)
        // Behind, ahead (another controller's index), and of what nobody has registered.
        await registry.wait(beyond: index - 1, of: Self.web)
        await registry.wait(beyond: index + 100, of: Self.web)
        let isTold = Mutex(false)
        let waiting = Task {
            await registry.wait(beyond: index, of: Self.web)
            isTold.withLock { $0 = true }
        }
        try registry.register(ResourceID("service", "shop", "other"), Self.spec([]), intent: 8)
        // The same again is no change.
        _ = try await register(Self.spec([Self.instance("web-0", 4000)]))
        try await Task.sleep(for: .milliseconds(20))
        #expect(!isTold.withLock { $0 })
        _ = try await register(Self.spec([Self.instance("web-0", 4000), Self.instance("web-1", 4001)]))
        await waiting.value
        #expect(registry.listing(Self.web)?.endpoints.count == 2)
        let cancelled = Task { await registry.wait(beyond: registry.listings.index) }
        cancelled.cancel()
        await cancelled.value
    }

    @Test(arguments: [
        (["10.0.0.5:5432"], false, []),
        (
            ["10.0.0.5:5432", "127.0.0.1:1", "db.example:1"], true,
            ["addresses[0]: '10.0.0.5:5432' is in none of the networks that checks may reach"]
        ),
        (["[::1]:5432"], true, []),
        (
            ["[2001:db8::5]:1"], true,
            ["addresses[0]: '[2001:db8::5]:1' is in none of the networks that checks may reach"]
        ),
    ])
    func `checks reach only the networks that the configuration names`(
        addresses: [String], isChecked: Bool, expected: [String]
    ) {
        var fields: [String: Value] = ["addresses": .list(addresses.map(Value.string))]
        if isChecked { fields["checks"] = .list([.map(["tcp": .bool(true)])]) }
        let description = RegistryEngine.description(name: "registry", RegistryEngine.Configuration())
        let manifest = Manifest(
            Self.web, source: "shop", layer: .connect, engine: "registry", spec: .literal(.map(fields)))
        let problems = description.check(manifest, Grants(projects: ["shop"]))
        #expect(problems.map { "\($0.path): \($0.message)" } == expected)
    }

    @Test func `a check holds no secret`() {
        let password = Expression.reference(
            Reference(ResourceID("secret", "shop", "db"), FieldPath("password")))
        let check = Expression.map(["headers": .map(["Authorization": password])])
        let description = RegistryEngine.description(name: "registry", RegistryEngine.Configuration())
        let manifest = Manifest(
            Self.web, source: "shop", layer: .connect, engine: "registry",
            spec: .map(["checks": .list([check])]))
        let problems = description.check(manifest, Grants(projects: ["shop"]))
        #expect(
            problems.map { "\($0.path): \($0.message)" }
                == ["checks[0].headers: a header of a check holds a secret (secret.db.password)"])
    }
}
