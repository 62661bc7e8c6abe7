import Fixtures
import Foundation
import Model
import Testing

@testable import Provision

@Suite struct HostSecretTests {
    private let canary = "canary-7f3a91"
    private let source = ResourceID("secret", "shop", "db")
    private func handle(_ version: Int) -> SecretHandle {
        SecretHandle(source, "password", version: "\(version)")
    }
    private func desired(_ loop: HostLoop, _ version: Int) -> Value {
        file(
            loop.path("db.conf"), .text([.literal("password="), .secret(handle(version)), .literal("\n")]),
            mode: "0600")
    }

    @Test func `a secret reaches the file and nothing else`() async throws {
        let loop = try HostLoop(mayAdopt: true)
        let path = loop.path("db.conf")
        await loop.give(handle(3), canary)
        let change = try await loop.converge(.motd, desired(loop, 3))
        #expect(change?.outputs == .map(["path": .string(path)]))
        #expect(text(path) == "password=\(canary)\n")
        #expect(try await loop.plan(.motd, desired(loop, 3)) == nil)

        try "password=\(canary)\nmore".write(toFile: path, atomically: false, encoding: .utf8)
        let drift = try await loop.converge(.motd, desired(loop, 3))
        #expect(
            drift?.summary
                == "update; config.content (hidden) -> \"password=(secret, version 3)\\n\" (drift)")
        #expect(text(path) == "password=\(canary)\n")

        // Taken over from someone else, by a manifest that holds the secret.
        let other = ResourceID("infrastructure", "shop", "other")
        try "\(canary)".write(toFile: loop.path("other"), atomically: false, encoding: .utf8)
        let adopted = file(loop.path("other"), .secret(handle(3)))
        #expect(try await loop.plan(other, adopted, adoption: .inPlace)?.action == .update)
        try await loop.converge(other, adopted, adoption: .inPlace)

        // It does not get away by a manifest that names it no more.
        try await loop.converge(.motd, file(path, "public"))
        for said in await loop.said { #expect(!said.contains(canary)) }
        for record in await loop.records.values {
            #expect(!String(decoding: record.observation.state, as: UTF8.self).contains(canary))
            #expect(!String(describing: record).contains(canary))
        }
        #expect(!String(describing: loop.engine).contains(canary))
    }

    @Test func `a rotated secret is an update that shows versions only`() async throws {
        let loop = try HostLoop()
        await loop.give(handle(3), canary)
        await loop.give(handle(4), "\(canary)-new")
        try await loop.converge(.motd, desired(loop, 3))
        let change = try await loop.plan(.motd, desired(loop, 4), follows: true)
        #expect(
            change?.summary == """
                update; config.content "password=(secret, version 3)\\n" -> \
                "password=(secret, version 4)\\n" (dependency)
                """)
        try await loop.converge(.motd, desired(loop, 4))
        #expect(text(loop.path("db.conf")) == "password=\(canary)-new\n")
        #expect(try await loop.plan(.motd, desired(loop, 4)) == nil)
    }

    @Test func `a secret that can't be read changes nothing`() async throws {
        let loop = try HostLoop()
        await #expect(throws: EngineError(.retry, "no such secret")) {
            try await loop.converge(.motd, desired(loop, 9))
        }
        #expect(names(in: loop.folder.path) == [])
    }

    @Test func `a name in the file system holds no secret`() async throws {
        let loop = try HostLoop()
        await loop.give(handle(3), canary)
        let spec = Value.map([
            "provider": .string("host"), "type": .string("symlink"),
            "config": .map(["path": .string(loop.path("it")), "target": .secret(handle(3))]),
        ])
        await #expect(
            throws: EngineError(.waitForChange, "target holds a secret, which everybody could read")
        ) {
            try await loop.converge(.motd, spec)
        }
    }
}
