import Foundation
import Model
import Testing

@testable import Secure

struct SealedStoreTests {
    @Test func `a value comes back as it was put`() throws {
        let shop = try Shop()
        let bytes = (0...255).map(UInt8.init)
        let path = try SecretPath("shop/db")
        #expect(try shop.store.put(path, ["value": bytes, "empty": []]) == 1)
        #expect(try shop.store.read(path, key: "value").withBytes { $0 } == bytes)
        #expect(try shop.store.read(path, key: "empty").withBytes { $0 } == [])
    }

    @Test func `each put makes a version, and older ones stay readable`() throws {
        let shop = try Shop()
        for number in 1...3 {
            #expect(try shop.store.put("shop/db", ["password": "p\(number)"]) == number)
            shop.pass(60)
        }
        #expect(try shop.store.text("shop/db", "password") == "p3")
        #expect(try shop.store.text("shop/db", "password", version: 1) == "p1")
        let metadata = try shop.store.metadata(SecretPath("shop/db"))
        #expect(metadata.versions.map(\.number) == [1, 2, 3])
        #expect(metadata.versions.map(\.created) == [1_767_225_600, 1_767_225_660, 1_767_225_720])
        #expect(metadata.current?.keys == ["password"])
    }

    @Test func `merging keeps the other keys, and putting does not`() throws {
        let shop = try Shop()
        try shop.store.put("shop/db", ["username": "web", "password": "p1"])
        try shop.store.put("shop/db", ["password": "p2"], merging: true)
        #expect(try shop.store.text("shop/db", "username") == "web")
        try shop.store.put("shop/db", ["password": "p3"])
        #expect(try shop.store.metadata(SecretPath("shop/db")).current?.keys == ["password"])
    }

    @Test func `a generated value is new each time and leaves the other keys`() throws {
        let shop = try Shop()
        let path = try SecretPath("shop/db")
        try shop.store.put("shop/db", ["username": "web"])
        try shop.store.generate(path, key: "password", length: 40)
        let first = try shop.store.text("shop/db", "password")
        #expect(try shop.store.generate(path, key: "password", length: 40) == 3)
        let second = try shop.store.text("shop/db", "password")
        #expect(first != second && first.count == 40 && first.allSatisfy { $0.isLetter || $0.isNumber })
        #expect(try shop.store.text("shop/db", "username") == "web")
    }

    @Test func `the notes of a secret last over versions until they are changed`() throws {
        let shop = try Shop()
        let path = try SecretPath("shop/db")
        try shop.store.put(path, ["value": [1]], note: "asked for by web")
        try shop.store.put(path, ["value": [2]])
        #expect(try shop.store.metadata(path).note == "asked for by web")
        try shop.store.put(path, ["value": [2]], note: "")
        #expect(try shop.store.metadata(path).note == nil)
    }

    @Test func `what expects another version writes nothing`() throws {
        let shop = try Shop()
        let path = try SecretPath("shop/db")
        try shop.store.put(path, ["value": [1]], expecting: 0)
        let before = shop.files
        let error = #expect(throws: SealedError.self) {
            try shop.store.put(path, ["value": [2]], expecting: 0)
        }
        #expect(error?.reason == .conflict)
        #expect(error?.message == "secret 'shop/db' is at version 1, and not at 0")
        #expect(shop.files == before)
        #expect(try shop.store.put(path, ["value": [2]], expecting: 1) == 2)
    }

    @Test func `a removed version leaves its date and keys, and nothing sealed`() throws {
        let shop = try Shop()
        let path = try SecretPath("shop/db")
        try shop.store.put("shop/db", ["password": "p1"])
        try shop.store.put("shop/db", ["password": "p2"])
        shop.pass(5)
        try shop.store.remove(path, version: 1)
        let versions = try shop.store.metadata(path).versions
        #expect(versions.map(\.removed) == [1_767_225_605, nil])
        #expect(versions.map(\.keys) == [["password"], ["password"]])
        let error = #expect(throws: SealedError.self) {
            try shop.store.text("shop/db", "password", version: 1)
        }
        #expect(error?.message == "version 1 of secret 'shop/db' was removed")
        #expect(error?.reason == .missing)
        #expect(try shop.store.text("shop/db", "password") == "p2")
        try shop.store.remove(path)
        #expect(try shop.store.metadata(path).current == nil)
        let gone = #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
        #expect(gone?.message == "version 2 of secret 'shop/db' was removed")
        #expect(try shop.store.put("shop/db", ["password": "p3"]) == 3)
    }

    @Test func `a removed newest version is never replaced by an older one`() throws {
        let shop = try Shop()
        try shop.store.put("shop/db", ["password": "leaked"])
        try shop.store.put("shop/db", ["password": "p2"])
        try shop.store.remove(SecretPath("shop/db"), version: 2)
        #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
    }

    @Test func `a purged secret is gone with its file`() throws {
        let shop = try Shop()
        try shop.store.put("shop/db", ["value": "v"])
        try shop.store.purge(SecretPath("shop/db"))
        #expect(try shop.store.list().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: try shop.file("shop/db")))
        #expect(throws: SealedError.self) { try shop.store.purge(SecretPath("shop/db")) }
    }

    @Test func `older versions than are kept become tombstones`() throws {
        let shop = try Shop(keeps: 2)
        for number in 1...4 { try shop.store.put("shop/db", ["value": "v\(number)"]) }
        let versions = try shop.store.metadata(SecretPath("shop/db")).versions
        #expect(versions.map { $0.removed == nil } == [false, false, true, true])
        #expect(try shop.store.text("shop/db", "value", version: 3) == "v3")
        #expect(throws: SealedError.self) { try shop.store.text("shop/db", "value", version: 2) }
    }

    @Test func `what is missing says so, and what there is instead`() throws {
        let shop = try Shop()
        func error(_ path: String, _ key: String, _ version: Int? = nil) -> SealedError? {
            #expect(throws: SealedError.self) { try shop.store.text(path, key, version: version) }
        }
        #expect(error("shop/db", "a")?.message == "no secret 'shop/db' in the sealed store")
        try shop.store.put("shop/db", ["username": "u", "password": "p"])
        #expect(error("shop/db", "a")?.message == "secret 'shop/db' has no key 'a' in version 1")
        #expect(error("shop/db", "a")?.hint == "it has password, username")
        #expect(error("shop/db", "password", 7)?.message == "secret 'shop/db' has no version 7")
        #expect(error("shop/db", "password", 7)?.hint == "its newest version is 1")
        #expect(throws: SealedError.self) { try shop.store.remove(SecretPath("shop/db"), version: 7) }
    }

    @Test(arguments: [
        ([:], "secret 'shop/db' needs 1 to 256 keys, not 0"),
        (["a b": 1], "key 'a b' is no name"), (["": 1], "key '' is no name"),
        (["../x": 1], "key '../x' is no name"),
        (["big": (1 << 20) + 1], "key 'big' of secret 'shop/db' has 1048577 bytes, and 1048576 are the most"),
    ])
    func `what can't be put is refused and nothing is written`(sizes: [String: Int], message: String) throws {
        let shop = try Shop()
        let before = shop.files
        let values = sizes.mapValues { [UInt8](repeating: 65, count: $0) }
        let error = #expect(throws: SealedError.self) {
            try shop.store.put(SecretPath("shop/db"), values)
        }
        #expect(error?.message == message)
        #expect(shop.files == before)
    }

    @Test func `the largest value fits`() throws {
        let shop = try Shop()
        let path = try SecretPath("big")
        let bytes = [UInt8](repeating: 7, count: SealedStore.largestValue)
        try shop.store.put(path, ["value": bytes])
        #expect(try shop.store.read(path, key: "value").withBytes { $0 } == bytes)
    }

    @Test func `the list is sorted, and a damaged file hides no other`() throws {
        let shop = try Shop()
        for path in ["shop/web", "edge", "shop/db"] { try shop.store.put(path, ["value": "v"]) }
        try Data("{".utf8).write(to: URL(filePath: shop.file("shop/db")))
        let list = try shop.store.list()
        #expect(list.map(\.path.description) == ["edge", "shop/db", "shop/web"])
        #expect(list.map { (try? $0.metadata.get()) != nil } == [true, false, true])
    }

    @Test func `a fingerprint follows the value and nothing else`() throws {
        let shop = try Shop()
        let path = try SecretPath("shop/db")
        try shop.store.put("shop/db", ["a": "one", "b": "one"])
        let first = try shop.store.fingerprints(path)
        try shop.store.put("shop/db", ["a": "one", "b": "two"])
        let second = try shop.store.fingerprints(path)
        #expect(first["a"] == second["a"] && first["b"] != second["b"] && first["a"] != first["b"])
        #expect(try shop.store.fingerprints(path, version: 1) == first)
        try shop.store.put("shop/other", ["a": "one"])
        #expect(try shop.store.fingerprints(SecretPath("shop/other"))["a"] != first["a"])
        #expect(first["a"]?.count == 32)
        let other = try Shop()
        try other.store.put("shop/db", ["a": "one", "b": "one"])
        #expect(try other.store.fingerprints(path) != first)
    }

    @Test func `folders and files are private`() throws {
        let shop = try Shop()
        try shop.store.put("shop/db", ["value": "v"])
        #expect(shop.folder.mode == 0o700)
        #expect(shop.keyFile.mode == 0o600)
        #expect(try shop.file("shop/db").mode == 0o600)
    }
}
