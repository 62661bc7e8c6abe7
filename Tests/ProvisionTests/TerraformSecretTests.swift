import Cty
import Fakes
import Foundation
import Model
import ProviderPlugin
import Testing

@testable import Provision

/// Secrets that go into an object, and those that come out of it.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformSecretTests {
    private static let canary = "canary-7f3a"
    private let id = ResourceID.thing("s")
    private let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "3")

    private func spec(_ config: [String: Value]) -> Value {
        .map([
            "provider": .string("peer"), "type": .string("peer_secret"),
            "config": .map(config.merging(["name": .string("s")]) { $1 }),
        ])
    }
    private func source(_ value: String?) -> SecretSource {
        SecretSource { _ throws(EngineError) in value.map { SecretValue($0.utf8) } }
    }

    private func made(_ site: TerraformSite, _ spec: Value, _ value: String) async throws -> Observation {
        let target = Target(id, desired: spec, recorded: nil, grants: Grants(projects: ["shop"]))
        let change = try #require(
            try await site.engine.plan(target, over: .absent, secrets: source(value)))
        #expect(!String(describing: change.fields).contains(value))
        let step = Step(
            intent: 1, id: id, engine: "peer", type: nil, verb: .create, desired: spec, over: .absent,
            payload: change.payload, grants: target.grants, manifest: nil)
        guard case .done(let made) = await site.engine.apply(step, secrets: source(value)) else {
            throw EngineError(.retry, "it was not made")
        }
        return made
    }
    private func recorded(_ spec: Value, _ made: Observation) -> Recorded {
        Recorded(
            source: "shop", layer: .provision, engine: "peer", type: nil, manifest: .literal(spec),
            spec: spec,
            dependencies: [], observation: made, intent: 1, onRemove: .delete)
    }

    @Test(arguments: PeerProvider.allCases)
    func `no secret is shown, whichever way it came in`(version: PeerProvider) async throws {
        let site = try TerraformSite(version)
        let spec = spec([
            "username": .secret(handle), "pin": .string(Self.canary + "-pin"), "password": .secret(handle),
            "labels": .map(["a": .string(Self.canary)]),
            "login": .list([.map(["user": .string("u"), "phrase": .secret(handle)])]),
        ])
        let made = try await made(site, spec, Self.canary)
        #expect(site.world.object("peer_secret", "s")?["username"] as? String == Self.canary)
        #expect(!"\(made.fields) \(made.outputs)".contains("canary"))
        #expect(made.fields["config"]?["username"] == .secret(handle))
        guard case .secret(let output)? = made.outputs["generated"] else {
            Issue.record("no handle: \(made.outputs)")
            return
        }
        let value = try await site.engine.read(output, of: made, lease: nil)
        let text = value.withBytes { String(decoding: $0, as: UTF8.self) }
        #expect(text == site.world.object("peer_secret", "s")?["generated"] as? String)
        await site.close()
    }

    @Test(arguments: PeerProvider.allCases)
    func `a plan that may read no secret finds no change where nothing has changed`(version: PeerProvider)
        async throws
    {
        let site = try TerraformSite(version)
        let spec = spec(["username": .secret(handle), "labels": .map(["a": .secret(handle)])])
        let made = try await made(site, spec, Self.canary)
        var target = Target(
            id, desired: spec, recorded: recorded(spec, made), grants: Grants(projects: ["shop"]))
        #expect(try await site.engine.plan(target, over: made, secrets: source(nil)) == nil)

        var other = handle
        other.version = "4"
        target.desired = self.spec(["username": .secret(other), "labels": .map(["a": .secret(handle)])])
        let change = try #require(try await site.engine.plan(target, over: made, secrets: source(nil)))
        #expect(change.fields.map(\.path.description) == ["config.username"])
        #expect(change.fields.map(\.before) == [.secret(handle)])
        #expect(change.fields.map(\.cause) == [.commit])
        await site.close()
    }

    @Test func `a secret is shown nowhere else either, where the provider repeats it`() async throws {
        let site = try TerraformSite()
        // The object's id is its name.
        let spec: Value = .map([
            "provider": .string("peer"), "type": .string("peer_secret"),
            "config": .map(["name": .secret(handle)]),
        ])
        let made = try await made(site, spec, Self.canary)
        #expect(!"\(made.fields) \(made.outputs)".contains("canary"))
        guard case .secret(let output)? = made.outputs["id"] else {
            Issue.record("no handle: \(made.outputs)")
            return
        }
        let value = try await site.engine.read(output, of: made, lease: nil)
        #expect(value.withBytes { String(decoding: $0, as: UTF8.self) } == Self.canary)
        let target = Target(
            id, desired: spec, recorded: recorded(spec, made), grants: Grants(projects: ["shop"]))
        try site.world.change("peer_secret", Self.canary) { $0["pin"] = "other" }
        let seen = try #require(try await site.engine.observe([target])[id]?.get())
        let change = try #require(
            try await site.engine.plan(target, over: seen, secrets: source(Self.canary)))
        #expect(!"\(seen.fields) \(seen.outputs) \(change)".contains("canary"))
        await site.close()
    }

    @Test func `an upgrade that fails quotes no secret of the state that it was given`() async throws {
        let site = try TerraformSite()
        let spec = spec([
            "username": .secret(handle), "pin": .string("canary-pin"),
            "login": .map(["user": .string("user"), "phrase": .secret(handle)]),
        ])
        var made = try await made(site, spec, Self.canary)
        // What the schema of today has no more may have been a secret.
        var state = try #require(TerraformState(made.state))
        guard case .object(var fields) = state.attributes else {
            Issue.record("no object: \(state)")
            return
        }
        fields["old_pin"] = .string("canary-old")
        state.attributes = .object(fields)
        made.state = state.bytes
        await site.engine.process.stop()
        try site.world.fault([
            ["call": "upgrade", "do": "fail", "argument": "canary-7f3a, canary-pin, canary-old of s are bad"]
        ])
        let target = Target(
            id, desired: spec, recorded: recorded(spec, made), grants: Grants(projects: ["shop"]))
        let answer = try #require(await site.engine.observe([target])[id])
        guard case .failure(let error) = answer else {
            Issue.record("no error: \(answer)")
            return
        }
        #expect(error.message.contains("of s are bad") && !error.message.contains("canary"), "\(error)")
        await site.close()
    }

    @Test func `what is adopted shows no secret where the manifest has one`() async throws {
        let site = try TerraformSite()
        _ = try await made(site, spec(["username": .secret(handle)]), Self.canary)
        var target = Target(
            id, desired: spec(["username": .secret(handle)]), recorded: nil,
            grants: Grants(projects: ["shop"]))
        target.adoption = .importing("s")
        let seen = try #require(try await site.engine.observe([target])[id]?.get())
        guard case .hidden? = seen.fields["config"]?["username"] else {
            Issue.record("not hidden: \(seen.fields)")
            return
        }
        #expect(!"\(seen.fields) \(seen.outputs)".contains("canary"))
        await site.close()
    }

    @Test func `a secret that somebody has changed out there is drift, by its fingerprint`() async throws {
        let site = try TerraformSite()
        let spec = spec(["username": .secret(handle)])
        let made = try await made(site, spec, Self.canary)
        try site.world.change("peer_secret", "s") { $0["username"] = "canary-other" }
        let target = Target(
            id, desired: spec, recorded: recorded(spec, made), grants: Grants(projects: ["shop"]))
        let seen = try #require(try await site.engine.observe([target])[id]?.get())
        guard case .hidden? = seen.fields["config"]?["username"] else {
            Issue.record("not hidden: \(seen.fields)")
            return
        }
        let change = try #require(
            try await site.engine.plan(target, over: seen, secrets: source(Self.canary)))
        #expect(change.fields.map(\.cause) == [.drift])
        #expect(change.fields.map(\.after) == [.secret(handle)])
        #expect(!"\(change.fields)".contains("canary"))
        await site.close()
    }
}
