import Fakes
import Foundation
import ProviderPlugin
import Testing

/// As much of msgpack as a test's values need.
private indirect enum Packed {
    case null
    case text(String)
    case list([Packed])
    case map([String: Packed])

    var bytes: [UInt8] {
        switch self {
        case .null: [0xc0]
        case .text(let text): [0xd9, UInt8(text.utf8.count)] + Array(text.utf8)
        case .list(let items): [0x90 | UInt8(items.count)] + items.flatMap(\.bytes)
        case .map(let fields):
            [0x80 | UInt8(fields.count)]
                + fields.sorted { $0.key < $1.key }.flatMap { Packed.text($0.key).bytes + $0.value.bytes }
        }
    }
    var value: DynamicValue { DynamicValue(msgpack: bytes) }
}

extension DynamicValue {
    fileprivate func holds(_ text: String) -> Bool { Data(msgpack).range(of: Data(text.utf8)) != nil }
}

/// Our provider's messages are generated from the protocol's definition: what it makes of ours, and ours of its own.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct DefinitionTests {
    private func process(_ peer: PeerProvider, _ world: PeerWorld) -> ProviderProcess {
        let launch = ProviderLaunch(name: "peer", executable: peer.executable)
        return ProviderProcess(launch) { client throws(PluginError) in
            let config = Packed.map([
                "world": .text(world.path), "token": .null, "log": .null, "endpoints": .list([]),
            ]).value
            let checked = try await client.validateProviderConfig(config)
            let configured = try await client.configureProvider(ConfigureProviderRequest(config: config))
            for error in (checked.diagnostics + configured.diagnostics).errors {
                throw PluginError(.configuration, provider: "peer", error.summary)
            }
        }
    }
    private func regional(_ fields: [String: Packed]) -> DynamicValue {
        let all: [String: Packed] = [
            "id": .null, "name": .null, "mood": .null, "region": .null, "size": .null,
        ]
        return Packed.map(all.merging(fields) { $1 }).value
    }

    @Test(arguments: PeerProvider.allCases)
    func `an object is planned, made, read, imported and changed with all that goes along`(peer: PeerProvider)
        async throws
    {
        let world = try PeerWorld()
        let process = process(peer, world)
        let client = process.client
        let config = regional(["name": .text("r"), "region": .text("eu")])
        let checked = try await client.validateResourceConfig(typeName: "peer_regional", config: config)
        #expect(checked.diagnostics.isEmpty)
        let plan = try await client.planResourceChange(
            PlanResourceChangeRequest(
                typeName: "peer_regional", priorState: Packed.null.value, proposedNewState: config,
                config: config))
        #expect(plan.diagnostics.isEmpty && !plan.plannedPrivate.isEmpty)
        var change = ApplyResourceChangeRequest(
            typeName: "peer_regional", priorState: Packed.null.value, plannedState: plan.plannedState,
            config: config)
        change.plannedPrivate = plan.plannedPrivate
        let made = try await client.applyResourceChange(change)
        #expect(
            made.diagnostics.isEmpty && made.newState.holds("eu") && made.privateBytes == plan.plannedPrivate)
        #expect(try #require(made.newIdentity).holds("region"))
        #expect(world.names("peer_regional") == ["r"])

        var read = ReadResourceRequest(typeName: "peer_regional", currentState: made.newState)
        (read.privateBytes, read.currentIdentity) = (made.privateBytes, made.newIdentity)
        let found = try await client.readResource(read)
        #expect(found.newState == made.newState && found.newIdentity == made.newIdentity)
        let imported = try await client.importResourceState(
            ImportResourceStateRequest(typeName: "peer_regional", identity: made.newIdentity))
        #expect(imported.imported.map(\.typeName) == ["peer_regional"])
        #expect(imported.imported.first?.privateBytes == made.privateBytes)

        let elsewhere = regional(["id": .text("r"), "name": .text("r"), "region": .text("us")])
        var moving = PlanResourceChangeRequest(
            typeName: "peer_regional", priorState: made.newState, proposedNewState: elsewhere,
            config: regional(["name": .text("r"), "region": .text("us")]))
        (moving.priorPrivate, moving.priorIdentity) = (made.privateBytes, made.newIdentity)
        let moved = try await client.planResourceChange(moving)
        #expect(moved.requiresReplace.map(\.description) == ["region"])
        await process.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `states and identities of old are upgraded and moved`(peer: PeerProvider) async throws {
        let world = try PeerWorld()
        let process = process(peer, world)
        let client = process.client
        let schemas = try await client.getResourceIdentitySchemas().schemas
        let identity = try #require(schemas["peer_regional"])
        #expect(identity.version == 1)
        #expect(identity.attributes.map(\.name).sorted() == ["name", "region"])
        #expect(identity.attributes.first { $0.name == "name" }?.requiredForImport == true)
        #expect(identity.attributes.first { $0.name == "region" }?.requiredForImport == false)
        #expect(identity.attributes.first?.type == Array("\"string\"".utf8))

        let raw = RawState(json: Array(#"{"id":"r","name":"r","mood":null,"region":"eu","size":null}"#.utf8))
        let upgraded = try await client.upgradeResourceState(
            UpgradeResourceStateRequest(typeName: "peer_regional", version: 0, rawState: raw))
        #expect(upgraded.upgradedState.holds("eu"))
        let known = try await client.upgradeResourceIdentity(
            UpgradeResourceIdentityRequest(
                typeName: "peer_regional", version: 0,
                rawIdentity: RawState(json: Array(#"{"name":"r"}"#.utf8))))
        #expect(try #require(known.upgradedIdentity).holds("nowhere"))

        let moved = try await client.moveResourceState(
            MoveResourceStateRequest(
                from: PeerProvider.source, "peer_thing", version: 0, state: raw, to: "peer_regional"))
        #expect(moved.targetState.holds("eu") && !moved.targetPrivate.isEmpty)
        await process.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `data sources are read, and what the provider has is listed`(peer: PeerProvider) async throws {
        let world = try PeerWorld()
        let process = process(peer, world)
        let client = process.client
        let names = try await client.getMetadata()
        #expect(names.resources.contains("peer_regional") && names.dataSources.contains("peer_things"))
        #expect(names.capabilities.planDestroy && names.capabilities.moveResourceState)
        let schema = try await client.getProviderSchema()
        #expect(Data(schema.bytes).range(of: Data("peer_regional".utf8)) != nil)
        let filter = Packed.map(["id": .null, "names": .null, "filter": .list([])]).value
        #expect(
            try await client.validateDataResourceConfig(typeName: "peer_things", config: filter).diagnostics
                .isEmpty)
        let things = try await client.readDataSource(
            ReadDataSourceRequest(typeName: "peer_things", config: filter))
        #expect(things.diagnostics.isEmpty && things.state.holds("things"))
        try world.fault([["call": "data", "do": "slow"]])
        let slow = Task {
            try await client.readDataSource(ReadDataSourceRequest(typeName: "peer_things", config: filter))
        }
        while world.count("data") < 2 { try await Task.sleep(for: .milliseconds(10)) }
        await process.close()
        #expect(try await slow.value.diagnostics.errors.map(\.summary) == ["it was stopped"])
        #expect(world.calls.last == "stop provider -")
    }
}
