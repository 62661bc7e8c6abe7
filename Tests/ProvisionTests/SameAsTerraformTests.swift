import Cty
import Fakes
import Fixtures
import Foundation
import Model
import ProviderPlugin
import Testing

@testable import Provision

/// The same objects in two worlds: one is kept by the real `terraform`, one by us, over the same provider.
@Suite(
    .enabled(if: RealTerraform.isPossible, "terraform is not installed, or our provider is not there"),
    .timeLimit(.minutes(10)))
struct SameAsTerraformTests {
    /// A batch of objects, made, changed, drifted, changed again and in part removed. One seed in two is of each protocol.
    @Test(arguments: Seeded.seeds(2, oneFor: 20))
    func `whatever is planned is what terraform plans, and what is made is what terraform makes`(seed: UInt64)
        async throws
    {
        let twins = try await Twins(seed: seed)
        try await twins.run { twins in
            try await twins.turn("create")
            try await twins.turn("again")
            twins.change()
            try await twins.turn("change")
            try twins.drift()
            try await twins.turn("drift")
            twins.change()
            try twins.drift()
            twins.remove()
            try await twins.turn("change of what has drifted, and removal")
        }
    }
}

/// Objects that are kept twice.
final class Twins {
    private let terraform: RealTerraform
    private let world: PeerWorld
    private let engine: TerraformEngine
    private let seed: UInt64
    private var random: RandomConfiguration
    private let schemas: [String: Schema]
    /// By type and name.
    private var configurations: [String: [String: JSON]] = [:]
    private var types: [String: String] = [:]
    private var records: [String: Recorded] = [:]
    private var intent = 0

    private static let objects = 3
    /// What `source` is known as once it has been made.
    private static let arn = "source.arn"

    init(seed: UInt64) async throws {
        let provider: PeerProvider = seed.isMultiple(of: 2) ? .protocol6 : .protocol5
        (terraform, world) = (try RealTerraform(provider), try PeerWorld())
        (self.seed, random) = (seed, RandomConfiguration(seed: seed))
        let path = world.path
        let configuration = TerraformEngine.Configuration(name: "peer", source: PeerProvider.source) {
            () throws(EngineError) in TerraformEngine.Settings(.map(["world": .string(path)]))
        }
        let launch = ProviderLaunch(name: "peer", executable: provider.executable)
        engine = TerraformEngine(configuration, launch: launch, key: Array("a key".utf8))
        let index = try SchemaIndex(try await engine.process.client.getProviderSchema().bytes)
        var schemas: [String: Schema] = [:]
        // The one waits for others; of the other each world numbers its own objects.
        for type in index.resourceNames where !["peer_waiting", "peer_numbered"].contains(type) {
            schemas[type] = try index.resource(type)
        }
        self.schemas = schemas
        add("peer_thing", "source", [:])
        for (type, schema) in schemas.inOrder {
            for number in 0..<Self.objects {
                let name = "\(type.dropFirst(5))\(number)"
                add(type, name, random.object(schema.block, name: name))
            }
        }
    }
    private func add(_ type: String, _ name: String, _ fields: [String: JSON]) {
        configurations[type, default: [:]][name] = .object(fields.merging(["name": .string(name)]) { $1 })
        types[name] = type
    }

    func run(_ body: (Twins) async throws -> Void) async throws {
        do { try await body(self) } catch {
            await engine.process.close()
            throw error
        }
        await engine.process.close()
    }

    // What happens to them.

    func change() {
        for (name, type) in types.inOrder where name != "source" {
            guard case .object(let fields)? = configurations[type]?[name], let block = schemas[type]?.block
            else { continue }
            configurations[type]?[name] = .object(random.mutated(fields, block))
        }
    }
    func remove() {
        for (name, type) in types.inOrder where name.hasSuffix("0") { configurations[type]?[name] = nil }
    }
    /// The same in both worlds, behind both backs: attributes of another object of the type are given to each.
    func drift() throws {
        for (name, type) in types.inOrder where name.hasSuffix("1") && world.object(type, name) != nil {
            let other = world.object(type, String(name.dropLast()) + "2")
            for world in [world, terraform.world] {
                try world.change(type, name) { fields in
                    for key in fields.keys where !["id", "name", "mood"].contains(key) {
                        if key.utf8.reduce(seed, { $0 &+ UInt64($1) }) % 3 == 0 {
                            fields[key] = other?[key] ?? NSNull()
                        }
                    }
                }
            }
        }
    }

    // What is made of them.

    /// Plans by both, compares, applies by both, and compares the worlds.
    func turn(_ what: String) async throws {
        let isFirst = records.isEmpty
        let theirs = try await terraform.plan(configurations)
        var ours: [String: (Observation, Change?)] = [:]
        for name in types.keys.sorted() where configuration(name) != nil || records[name] != nil {
            let (seen, change) = try await plan(name, source: isFirst ? nil : Self.arn)
            ours[name] = (seen, change)
            try compare(change, theirs[name], "\(what) of \(name), seed \(seed)", name)
        }
        try await terraform.apply()
        for name in ["source"] + types.keys.sorted().filter({ $0 != "source" }) {
            guard let (seen, change) = ours[name] else { continue }
            try await apply(name, change, over: seen)
            #expect(
                fields(world, name) == fields(terraform.world, name), "\(name), made by \(what), seed \(seed)"
            )
        }
    }

    private func compare(_ ours: Change?, _ theirs: RealTerraform.Change?, _ what: String, _ name: String)
        throws
    {
        let type = schemas[types[name] ?? ""]?.block.type ?? .dynamic
        #expect(
            ours.terraformActions == theirs?.actions ?? ["no-op"],
            "\(what): \(ours?.fields.description ?? "nothing")")
        guard let ours, ours.action != .delete, let planned = PlannedState(ours.payload),
            types[name] != "peer_legacy"
        else { return }
        let value = try CtyValue(msgpack: planned.planned, as: type)
        #expect(
            value.shown?.sorted(as: type).text == theirs?.after.sorted(as: type).text,
            "\(what): \(configuration(name)?.text ?? "")")
    }

    private func configuration(_ name: String) -> JSON? { types[name].flatMap { configurations[$0]?[name] } }
    private func desired(_ name: String, source: String?) -> Value? {
        configuration(name).map { json in
            .map([
                "provider": .string("peer"), "type": .string(types[name] ?? ""),
                "config": Value(json, source: source),
            ])
        }
    }
    private func fields(_ world: PeerWorld, _ name: String) -> NSDictionary? {
        world.object(types[name] ?? "", name).map { NSDictionary(dictionary: $0) }
    }

    private func plan(_ name: String, source: String?) async throws -> (Observation, Change?) {
        let id = ResourceID("infrastructure", "shop", name)
        let target = Target(
            id, desired: desired(name, source: source), type: types[name], recorded: records[name],
            grants: Grants(projects: ["shop"]))
        let seen = try #require(await engine.observe([target])[id]).get()
        return (seen, try await engine.plan(target, over: seen, secrets: .none))
    }

    private func apply(_ name: String, _ change: Change?, over seen: Observation) async throws {
        let made: Observation
        switch change?.action {
        case nil: made = seen
        case .create: made = try await carryOut(.create, name, change, over: seen)
        case .update: made = try await carryOut(.update, name, change, over: seen)
        case .delete: made = try await carryOut(.delete, name, change, over: seen)
        case .replace:
            _ = try await carryOut(.delete, name, nil, over: seen)
            made = try await carryOut(.create, name, change, over: .absent)
        }
        guard let desired = desired(name, source: Self.arn), made.presence == .ours else {
            records[name] = nil
            return
        }
        records[name] = Recorded(
            source: "shop", layer: .provision, engine: "peer", type: types[name], manifest: .literal(desired),
            spec: desired, dependencies: [], observation: made, intent: intent, onRemove: .delete)
    }

    private func carryOut(_ verb: Step.Verb, _ name: String, _ change: Change?, over seen: Observation)
        async throws -> Observation
    {
        intent += 1
        let step = Step(
            intent: intent, id: ResourceID("infrastructure", "shop", name), engine: "peer", type: types[name],
            verb: verb, desired: verb == .delete ? nil : desired(name, source: Self.arn), over: seen,
            payload: change?.payload ?? [], grants: Grants(projects: ["shop"]), manifest: nil)
        switch await engine.apply(step, secrets: .none) {
        case .done(let made): return made
        case .partly(_, let error), .failed(let error), .unanswered(let error): throw error
        }
    }
}

extension Change? {
    fileprivate var terraformActions: [String] {
        switch self?.action {
        case nil: ["no-op"]
        case .create: ["create"]
        case .update: ["update"]
        case .delete: ["delete"]
        case .replace: ["delete", "create"]
        }
    }
}
