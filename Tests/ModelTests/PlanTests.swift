import Fixtures
import Testing

@testable import Model

struct PlanTests {
    private static let id = ResourceID("job", "shop", "web")
    private static func target(_ desired: Value?, recorded: Value? = nil, base: Value? = nil) -> Target {
        Target(
            id, desired: desired,
            recorded: recorded.map {
                Recorded(
                    source: "shop", layer: .run, engine: "e", type: nil, manifest: .literal($0), spec: $0,
                    dependencies: [],
                    observation: Observation(.ours, fields: base ?? $0), intent: 1, onRemove: .delete)
            }, grants: Grants(projects: []))
    }
    private static func entry(
        _ desired: Value?, recorded: Value? = nil, observed: Value? = nil, replacing: Set<String> = [],
        id: ResourceID = id
    ) -> Plan.Entry? {
        let observation = (observed ?? recorded).map { Observation(.ours, fields: $0) } ?? .absent
        return Change.byField(target(desired, recorded: recorded), over: observation, replacing: replacing)
            .map {
                Plan.Entry(id: id, layer: .run, change: $0)
            }
    }
    private static func digest(_ entries: Plan.Entry?...) -> String {
        Plan(entries.compactMap { $0 }).digestInput
    }

    private let update = entry(
        .map(["a": .int(2), "b": .int(2)]), recorded: .map(["a": .int(1), "b": .int(1)]))
    private let create = entry(.map(["a": .int(1)]), id: ResourceID("job", "shop", "new"))
    private let delete = entry(nil, recorded: .map(["a": .int(1)]), id: ResourceID("job", "shop", "old"))
    private let drift = entry(
        .map(["a": .int(1)]), recorded: .map(["a": .int(1)]), observed: .map(["a": .int(5)]),
        id: ResourceID("job", "shop", "moved"))

    @Test func `the digest is taken of this`() {
        #expect(
            Self.digest(update, create, delete, drift) == """
                create "job/shop/new"
                  "/a" null -> 1
                delete "job/shop/old"
                update "job/shop/web"
                  "/a" 1 -> 2
                  "/b" 1 -> 2
                """)
        #expect(Self.digest() == "")
    }

    @Test func `order, drift, engine's bytes and outputs do not count`() throws {
        let digest = Self.digest(update, create, delete)
        #expect(Self.digest(delete, update, create) == digest)
        #expect(Self.digest(update, drift, create, delete) == digest)
        var other = try #require(update)
        other.change.fields.reverse()
        other.change.payload = [1, 2]
        other.change.outputs = .string("x")
        other.layer = .secure
        #expect(Self.digest(other, create, delete) == digest)
    }

    @Test func `drift beside what git asks for does not count`() {
        let recorded: Value = .map(["a": .int(1), "b": .int(1)])
        let desired: Value = .map(["a": .int(2), "b": .int(1)])
        let quiet = Self.entry(desired, recorded: recorded)
        let drifting = Self.entry(desired, recorded: recorded, observed: .map(["a": .int(1), "b": .int(7)]))
        #expect(Self.digest(quiet) == Self.digest(drifting))
        // The world has already what git asks for; the rest is drift.
        let done = Self.entry(desired, recorded: recorded, observed: .map(["a": .int(2), "b": .int(7)]))
        #expect(done?.change.isDriftOnly == true)
        #expect(Self.digest(done) == "")
    }

    @Test func `whatever a reviewer sees counts`() throws {
        let recorded: Value = .map(["a": .int(1), "b": .int(1)])
        let digests = [
            Self.digest(update),
            Self.digest(Self.entry(.map(["a": .int(3), "b": .int(2)]), recorded: recorded)),
            Self.digest(Self.entry(.map(["a": .int(2), "b": .int(1)]), recorded: recorded)),
            Self.digest(Self.entry(.map(["a": .string("2"), "b": .int(2)]), recorded: recorded)),
            Self.digest(
                Self.entry(.map(["a": .int(2), "b": .int(2)]), recorded: recorded, replacing: ["a"])),
            Self.digest(
                Self.entry(
                    .map(["a": .int(2), "b": .int(2)]), recorded: recorded,
                    id: ResourceID("job", "shop", "web", key: "x"))),
            Self.digest(
                Self.entry(.map(["a": .int(2), "b": .int(2)]), recorded: .map(["a": .int(0), "b": .int(1)]))),
            Self.digest(create), Self.digest(delete), Self.digest(create, delete), "",
        ]
        #expect(Set(digests).count == digests.count)
        var deletes = try #require(create)
        deletes.change.action = .delete
        #expect(Self.digest(deletes) != Self.digest(create))
    }

    @Test func `which secret is used counts, though people see its version alone`() {
        func digest(_ name: String, _ output: String) -> String {
            let handle = SecretHandle(ResourceID("secret", "shop", name), output, version: "1")
            return Self.digest(Self.entry(.map(["env": .map(["P": .secret(handle)])])))
        }
        #expect(Set([digest("db", "a"), digest("root", "a"), digest("db", "b")]).count == 3)
    }

    @Test func `no text can pass for another change`() {
        let digests = [
            Self.digest(Self.entry(.map(["a": .map(["x: 1, y": .int(2)])]))),
            Self.digest(Self.entry(.map(["a": .map(["x": .int(1), "y": .int(2)])]))),
            Self.digest(Self.entry(.map(["a": .int(1), "b": .int(2)]))),
            Self.digest(Self.entry(.map(["a\" null -> 1\n  \"/b": .int(2)]))),
            Self.digest(Self.entry(.map(["a null -> 1\n  /b": .int(2)]))),
            Self.digest(Self.entry(.map(["a": .string("${port.x}")]))),
            Self.digest(Self.entry(.map(["a": .text([.local("port.x")])]))),
        ]
        #expect(Set(digests).count == digests.count)
        let one = ResourceID("job", "shop", "web", key: "a]\ncreate job/shop/b[c")
        let both = [ResourceID("job", "shop", "web", key: "a"), ResourceID("job", "shop", "b", key: "c")]
        #expect(
            Self.digest(Self.entry(.map([:]), id: one))
                != Self.digest(Self.entry(.map([:]), id: both[0]), Self.entry(.map([:]), id: both[1])))
    }

    @Test func `an id finds its change`() {
        let plan = Plan([update, create].compactMap { $0 })
        #expect(plan[Self.id]?.action == .update)
        #expect(plan[ResourceID("job", "shop", "none")] == nil)
    }
}
