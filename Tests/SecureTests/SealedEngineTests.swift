import Fixtures
import Foundation
import Model
import Testing

@testable import Secure

struct SealedEngineTests {
    let shop: Shop
    let engine: any SecretEngine
    let id = ResourceID("secret", "shop", "db")
    init() throws {
        shop = try Shop()
        engine = SealedEngine(shop.store)
        try shop.store.put("shop/db", ["username": "u1", "password": "p1"])
    }

    private func target(_ spec: [String: Value], granted: [String] = ["shop/**"]) -> Target {
        var grants = Grants(projects: ["shop"])
        grants.secrets = granted
        return Target(id, desired: .map(spec), recorded: nil, grants: grants)
    }
    private func spec(_ more: [String: Value] = [:]) -> [String: Value] {
        ["store": .string("sealed"), "path": .string("shop/db"), "keys": .list([.string("password")])]
            .merging(more) { $1 }
    }
    private func observe(_ target: Target) async throws -> Observation {
        try #require(await engine.observe([target])[target.id]).get()
    }
    private func error(_ target: Target) async -> EngineError? {
        await #expect(throws: EngineError.self) { try await observe(target) }
    }
    private func text(_ handle: SecretHandle, of observation: Observation) async throws -> String {
        try await engine.read(handle, of: observation, lease: nil).withBytes {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func `a healthy reference gives one handle per key and its own fields`() async throws {
        let spec = spec([
            "keys": .list([.string("username"), .string("password")]), "maxAge": .string("30d"),
        ])
        let target = target(spec)
        let observation = try await observe(target)
        #expect(observation.presence == .ours && observation.health == .ready && observation.warning == nil)
        #expect(observation.fields == .map(spec))
        #expect(
            observation.outputs
                == .map([
                    "username": .secret(SecretHandle(id, "username", version: "1", place: "shop/db")),
                    "password": .secret(SecretHandle(id, "password", version: "1", place: "shop/db")),
                ]))
        #expect(try await engine.plan(target, over: observation, secrets: .none) == nil)
        #expect(try await text(SecretHandle(id, "password", version: "1"), of: observation) == "p1")
    }

    @Test func `another secret of the same version is another one`() async throws {
        try shop.store.put("shop/other", ["password": "p9"])
        let (before, after) = (
            try await observe(target(spec())),
            try await observe(target(spec(["path": .string("shop/other")])))
        )
        #expect(before.outputs != after.outputs)
        let (old, new) = (before.outputs["password"] ?? .null, after.outputs["password"] ?? .null)
        #expect(old.canonical != new.canonical && old.description == new.description)
    }

    @Test func `without keys the key is value`() async throws {
        try shop.store.put("shop/token", ["value": "t"])
        let observation = try await observe(target(["path": .string("shop/token")]))
        #expect(
            observation.outputs
                == .map(["value": .secret(SecretHandle(id, "value", version: "1", place: "shop/token"))]))
    }

    @Test func `a new version changes the handle, and an old handle still gives the old value`() async throws
    {
        let before = try await observe(target(spec()))
        try shop.store.put("shop/db", ["password": "p2"])
        let after = try await observe(target(spec()))
        #expect(before != after)
        #expect(
            after.outputs["password"] == .secret(SecretHandle(id, "password", version: "2", place: "shop/db"))
        )
        #expect(try await text(SecretHandle(id, "password", version: "1"), of: after) == "p1")
        #expect(try await text(SecretHandle(id, "password", version: "2"), of: after) == "p2")
    }

    @Test func `looking twice is equal byte for byte`() async throws {
        let first = try await observe(target(spec()))
        shop.pass(3600)
        try shop.store.rotateKey()
        #expect(try await observe(target(spec())) == first)
    }

    @Test func `a pinned version is honoured`() async throws {
        try shop.store.put("shop/db", ["password": "p2"])
        let observation = try await observe(target(spec(["version": .int(1)])))
        #expect(
            observation.outputs["password"]
                == .secret(SecretHandle(id, "password", version: "1", place: "shop/db")))
    }

    @Test(arguments: [
        ("30d", 0, nil), ("30d", 30 * 86400, nil),
        ("30d", 30 * 86400 + 1, "secret is 30d old, over its maxAge of 30d"),
        ("30d", 41 * 86400 + 7000, "secret is 41d old, over its maxAge of 30d"),
        ("1h30m", 5399, nil), ("1h30m", 3 * 3600 + 1, "secret is 3h old, over its maxAge of 1h30m"),
        ("10s", 59, "secret is 59s old, over its maxAge of 10s"),
        ("10s", 600, "secret is 10m old, over its maxAge of 10s"), ("1d", -500, nil),
    ])
    func `a stale secret is ready, and warns`(maxAge: String, age: Int, warning: String?) async throws {
        shop.pass(age)
        let observation = try await observe(target(spec(["maxAge": .string(maxAge)])))
        #expect(observation.health == .ready && observation.presence == .ours)
        #expect(observation.warning == warning)
    }

    @Test(
        arguments: [
            (
                ["path": .string("shop/none")],
                "missing: no secret 'shop/none' in the sealed store; 'martlet secret put shop/none' makes it"
            ),
            (
                ["keys": .list([.string("password"), .string("pin")])],
                "missing: secret 'shop/db' has no key 'pin' in version 2; it has password"
            ),
            (["version": .int(9)], "missing: secret 'shop/db' has no version 9; its newest version is 2"),
            (["version": .int(1)], "missing: version 1 of secret 'shop/db' was removed"),
        ] as [([String: Value], String)])
    func `a missing one says what is missing, and is not planned`(
        more: [String: Value], cause: String
    ) async throws {
        try shop.store.put("shop/db", ["password": "p2"])
        try shop.store.remove(SecretPath("shop/db"), version: 1)
        let target = target(spec(more))
        let observation = try await observe(target)
        #expect(observation == Observation(.absent, .failed(cause)))
        let error = await #expect(throws: EngineError.self) {
            try await engine.plan(target, over: observation, secrets: .none)
        }
        #expect(error == EngineError(.waitForChange, cause))
    }

    @Test func `a wrong key makes it unreadable, and the right one heals it`() async throws {
        let right = try Data(contentsOf: URL(filePath: shop.keyFile))
        try KeySource.write(KeyRing(MasterKey()), to: shop.keyFile)
        let error = await error(target(spec()))
        #expect(error?.recovery == .waitForChange)
        #expect(
            error?.message.hasPrefix(
                "unreadable: '\(shop.folder)/shop+db.sealed' is sealed with another master key") == true)
        try right.write(to: URL(filePath: shop.keyFile))
        #expect(try await observe(target(spec())).health == .ready)
    }

    @Test func `one damaged secret does not touch the others`() async throws {
        try shop.store.put("shop/web", ["value": "v"])
        try Data("no".utf8).write(to: URL(filePath: shop.file("shop/db")))
        var web = target(["path": .string("shop/web")])
        web.id = ResourceID("secret", "shop", "web")
        let answers = await engine.observe([target(spec()), web])
        #expect(answers.count == 2)
        #expect(try answers[web.id]?.get().health == .ready)
        #expect(throws: EngineError.self) { try answers[id]?.get() }
    }

    @Test(arguments: [[], ["shop"], ["shop/*/x"], ["other/**"]])
    func `what is not granted is not looked at`(granted: [String]) async throws {
        let error = await error(target(spec(), granted: granted))
        #expect(error?.message == "secret path 'shop/db' is not granted to this source")
        #expect(
            error?.hint
                == "name 'shop/db', or a pattern of it, under the source's secrets in the controller's configuration, for a local folder with --secrets"
        )
        #expect(error?.recovery == .waitForChange)
    }

    @Test func `a grant that was taken back stops reads too`() async throws {
        let observation = try await observe(target(spec()))
        let handle = SecretHandle(id, "password", version: "1")
        #expect(try await text(handle, of: observation) == "p1")
        _ = await engine.observe([target(spec(), granted: [])])
        let error = await #expect(throws: EngineError.self) { _ = try await text(handle, of: observation) }
        #expect(error?.message == "secret path 'shop/db' is not granted to this source")
    }

    @Test func `a forged observation does not widen what is granted`() async throws {
        try shop.store.put("bank/key", ["password": "b"])
        var observation = try await observe(target(spec()))
        observation.state = Array("bank/key".utf8)
        let error = await #expect(throws: EngineError.self) {
            _ = try await text(SecretHandle(id, "password", version: "1"), of: observation)
        }
        #expect(error?.message == "secret path 'bank/key' is not granted to this source")
    }

    @Test func `a version that is gone is read again later`() async throws {
        let observation = try await observe(target(spec()))
        try shop.store.remove(SecretPath("shop/db"))
        for version in ["1", "2", "x"] {
            let error = await #expect(throws: EngineError.self) {
                _ = try await text(SecretHandle(id, "password", version: version), of: observation)
            }
            #expect(error?.recovery == .retry)
        }
    }

    @Test func `nothing is read before it was observed`() async throws {
        let error = await #expect(throws: EngineError.self) {
            _ = try await text(SecretHandle(id, "password", version: "1"), of: Observation(.ours))
        }
        #expect(error == EngineError(.retry, "secret/shop/db has not been observed yet"))
    }

    @Test func `a reference that is removed deletes nothing, readable or not`() async throws {
        let desired = target(spec())
        let observation = try await observe(desired)
        let manifest = Manifest(
            id, source: "shop", layer: .secure, engine: "sealed", spec: .literal(.map(spec())))
        var removed = desired
        removed.desired = nil
        removed.recorded = Recorded(
            source: "shop", layer: .secure, engine: "sealed", type: nil, manifest: manifest.spec,
            spec: .map(spec()), dependencies: [], observation: observation, intent: 1, onRemove: .delete)
        let files = shop.files
        // Its value may still be needed by a dependant that goes with it.
        let last = try await observe(removed)
        #expect(last.outputs == observation.outputs)
        #expect(try await engine.plan(removed, over: last, secrets: .none) == nil)
        let step = Step(
            intent: 2, id: id, engine: "sealed", type: nil, verb: .delete, desired: nil, over: last,
            payload: [],
            grants: desired.grants, manifest: nil)
        guard case .done(.absent) = await engine.apply(step, secrets: .none) else {
            Issue.record("the reference is not gone")
            return
        }
        #expect(shop.files == files)
        try Data("no".utf8).write(to: URL(filePath: shop.file("shop/db")))
        #expect(try await observe(removed) == .absent)
    }

    @Test func `a path that is not known yet waits`() async {
        let error = await error(target(["path": .unknown]))
        #expect(error == EngineError(.waitForChange, "what it refers to is not known yet"))
    }
}
