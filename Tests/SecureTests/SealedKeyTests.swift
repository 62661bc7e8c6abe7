import Foundation
import Glibc
import Model
import Testing

@testable import Secure

struct SealedKeyTests {
    let shop: Shop
    let path: SecretPath
    init() throws {
        (shop, path) = (try Shop(), try SecretPath("shop/db"))
        try shop.store.put("shop/db", ["password": "p1"])
    }

    private func environment(_ value: String) throws -> SealedStore {
        shop.store(key: try .environment("MARTLET_SEALED_KEY", value: value))
    }

    @Test func `another master key is an error that leaves the file as it is`() throws {
        let other = try environment(MasterKey().base64)
        let before = shop.files
        func error(_ body: (SealedStore) throws -> Void) -> SealedError? {
            #expect(throws: SealedError.self) { try body(other) }
        }
        for error in [
            error { _ = try $0.text("shop/db", "password") },
            error { try $0.put("shop/db", ["password": "p2"]) },
            error { try $0.remove(path) }, error { try $0.purge(path) }, error { _ = try $0.metadata(path) },
            error { try $0.generate(path) }, error { _ = try $0.fingerprints(path) },
        ] {
            #expect(error?.reason == .unreadable)
            #expect(
                error?.message.hasPrefix("'\(shop.folder)/shop+db.sealed' is sealed with another master key")
                    == true)
            #expect(error?.hint == "give martlet the key that it was sealed with; the file was left as it is")
        }
        #expect(shop.files == before)
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o666, 0o610])
    func `a key file that others may use is refused with a hint`(mode: mode_t) throws {
        chmod(shop.keyFile, mode)
        let error = #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
        #expect(
            error?.message
                == "key file '\(shop.keyFile)' has mode 0\(String(mode, radix: 8)): others may use it")
        #expect(
            error?.hint == "chmod 600 '\(shop.keyFile)', and rotate the key if others may have read it")
    }

    @Test(arguments: [0o600, 0o400]) func `a private key file is read`(mode: mode_t) throws {
        chmod(shop.keyFile, mode)
        #expect(try shop.store.text("shop/db", "password") == "p1")
    }

    @Test func `a missing key is never made anew beside secrets`() throws {
        unlink(shop.keyFile)
        let error = #expect(throws: SealedError.self) { try shop.store.create() }
        #expect(
            error?.message == "key file '\(shop.keyFile)' of the sealed store '\(shop.folder)' is missing")
        #expect(!FileManager.default.fileExists(atPath: shop.keyFile))
        #expect(throws: SealedError.self) { try shop.store.put("shop/new", ["value": "v"]) }
        #expect(
            error?.hint
                == "put it back from where you keep it; to begin anew, move the store's folder away, and "
                + "'martlet secret put' makes both")
        try FileManager.default.moveItem(atPath: shop.folder, toPath: shop.folder + ".away")
        try shop.store.create()
        try shop.store.put("shop/new", ["value": "v"])
        #expect(try shop.store.text("shop/new", "value") == "v")
    }

    @Test func `creating twice changes nothing`() throws {
        let before = shop.files
        try shop.store.create()
        #expect(shop.files == before)
    }

    @Test(arguments: [
        ("", "MARTLET_SEALED_KEY holds no key"),
        ("short", "MARTLET_SEALED_KEY: key 1 is no base64 of 32 bytes"),
        ("# only a comment", "MARTLET_SEALED_KEY holds no key"),
        (
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,x",
            "MARTLET_SEALED_KEY: key 2 is no base64 of 32 bytes"
        ),
    ])
    func `what is no key is refused and not repeated`(value: String, message: String) {
        let error = #expect(throws: SealedError.self) {
            try KeySource.environment("MARTLET_SEALED_KEY", value: value)
        }
        #expect(error?.message == message)
    }

    @Test func `the key file's content works as a variable`() throws {
        let text = try String(contentsOf: URL(filePath: shop.keyFile), encoding: .utf8)
        #expect(try environment(text).text("shop/db", "password") == "p1")
    }

    @Test func `a rotated key file opens everything, and the old key nothing`() throws {
        try shop.store.put("edge", ["value": "v"])
        let old = try String(contentsOf: URL(filePath: shop.keyFile), encoding: .utf8)
        #expect(try shop.store.rotateKey() == 2)
        #expect(try shop.store.text("shop/db", "password") == "p1")
        #expect(try shop.store.text("edge", "value") == "v")
        #expect(shop.keyFile.mode == 0o600)
        #expect(throws: SealedError.self) { try environment(old).text("shop/db", "password") }
        #expect(try shop.store.put("shop/db", ["password": "p2"]) == 2)
    }

    @Test func `a rotation that was cut short opens everything and goes on`() throws {
        try shop.store.put("edge", ["value": "v"])
        let old = try #require(try shop.store.configuration.key.load())
        // As a crash leaves it: both keys in the file, and one of two secrets done.
        let both = KeyRing(MasterKey(), others: [old.first])
        try KeySource.write(both, to: shop.keyFile)
        let secret = try shop.store.existing(path, both)
        try shop.store.folder.write(secret.rewrapped(under: both.first), of: path)
        #expect(try shop.store.text("shop/db", "password") == "p1")
        #expect(try shop.store.text("edge", "value") == "v")
        #expect(try shop.store.rotateKey() == 2)
        let rest = try #require(try shop.store.configuration.key.load())
        #expect(rest.first.id == both.first.id && rest.others.isEmpty)
        #expect(try shop.store.text("edge", "value") == "v")
    }

    @Test func `a secret that can't be opened keeps the old key in the file`() throws {
        try Data("{}".utf8).write(to: URL(filePath: shop.file("aaa")))
        let error = #expect(throws: SealedError.self) { try shop.store.rotateKey() }
        #expect(error?.message == "'\(shop.folder)/aaa.sealed' is damaged: it is no sealed secret")
        #expect(try shop.store.configuration.key.load()?.others.count == 1)
        #expect(try shop.store.text("shop/db", "password") == "p1")
    }

    @Test func `keys of the environment are rotated from the second to the first`() throws {
        let old = try #require(try shop.store.configuration.key.load()).first.base64
        let new = MasterKey().base64
        let refused = #expect(throws: SealedError.self) { try environment(old).rotateKey() }
        #expect(
            refused?.message
                == "environment variable 'MARTLET_SEALED_KEY' holds one key, and a rotation needs two")
        #expect(try environment("\(new),\(old)").rotateKey() == 1)
        #expect(try environment(new).text("shop/db", "password") == "p1")
        #expect(throws: SealedError.self) { try environment(old).text("shop/db", "password") }
    }

    @Test func `a folder that others may write to is refused`() throws {
        chmod(shop.folder, 0o777)
        let error = #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
        #expect(error?.message == "others may write to the folder '\(shop.folder)' of the sealed store")
    }

    @Test func `a store that was never made says who makes it`() throws {
        let store = SealedStore(.init(folder: shop.folder + "/none", key: .file(shop.keyFile)))
        let error = #expect(throws: SealedError.self) { try store.list() }
        #expect(error?.message == "the sealed store has no folder '\(shop.folder)/none'")
        #expect(error?.hint == "put it back; 'martlet secret put' makes an empty one")
    }
}
