import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Secure

struct SealedTamperTests {
    let shop: Shop
    let path: SecretPath
    init() throws {
        (shop, path) = (try Shop(), try SecretPath("shop/db"))
        try shop.store.put("shop/db", ["password": "p1", "username": "u1"])
        shop.pass(1)
        try shop.store.put("shop/db", ["password": "p2", "username": "u2"])
        try shop.store.put("shop/other", ["password": "o1", "username": "o2"])
    }

    /// Changes the file's record, and gives what reading it then says.
    private func error(after change: (inout SealedRecord) throws -> Void) throws -> SealedError? {
        var record = try #require(try shop.store.folder.read(path))
        try change(&record)
        try shop.store.folder.write(record, of: path)
        return #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
    }

    typealias Change = @Sendable (inout SealedRecord) -> Void
    static let changes: [(String, Change)] = [
        ("ciphertext", { $0.versions[1].values["password"]?[20] ^= 1 }),
        ("nonce", { $0.versions[1].values["password"]?[0] ^= 1 }),
        ("tag", { $0.versions[1].values["password"]?[29] ^= 1 }),
        ("shorter value", { $0.versions[1].values["password"]?.removeLast() }),
        ("empty value", { $0.versions[1].values["password"] = Data() }),
        ("other key's value", { $0.versions[1].values["password"] = $0.versions[1].values["username"] }),
        (
            "older version's value",
            { $0.versions[1].values["password"] = $0.versions[0].values["password"] }
        ),
        ("swapped versions", { $0.versions.swapAt(0, 1) }),
        ("swapped numbers", { ($0.versions[0].number, $0.versions[1].number) = (2, 1) }),
        ("newest version left out", { $0.versions.removeLast() }),
        ("version marked as removed", { $0.versions[1].removed = 1 }),
        ("time of another version", { $0.versions[1].created += 86400 }),
        ("key left out", { $0.versions[1].values["username"] = nil }),
        ("key renamed", { $0.versions[1].values["admin"] = $0.versions[1].values["username"] }),
        ("note", { $0.note = "trust me" }),
        ("path", { $0.path = "shop/x" }),
        ("wrapped key", { $0.dataKey.sealed[20] ^= 1 }),
        ("no wrapped key", { $0.dataKey.sealed = Data() }),
        ("seal", { $0.seal[0] ^= 1 }),
        ("no seal", { $0.seal = Data() }),
    ]

    @Test(arguments: changes)
    func `every part is authenticated`(part: String, change: Change) throws {
        let error = try error(after: change)
        #expect(error?.reason == .unreadable, "\(part)")
        #expect(
            error?.message
                == "'\(shop.folder)/shop+db.sealed' is damaged or was tampered with: its seal does not fit",
            "\(part)")
    }

    @Test func `another secret's file does not pass under this name`() throws {
        let other = try #require(try shop.store.folder.read(SecretPath("shop/other")))
        #expect(try error { $0 = other }?.reason == .unreadable)
        #expect(
            try error {
                $0 = other
                $0.path = "shop/db"
            }?.reason == .unreadable)
    }

    @Test func `another secret's data key does not open this one`() throws {
        let other = try #require(try shop.store.folder.read(SecretPath("shop/other")))
        #expect(try error { $0.dataKey = other.dataKey }?.reason == .unreadable)
    }

    @Test func `an unknown master key's id is another master key`() throws {
        let error = try error { $0.dataKey.master = "0000000000000000" }
        #expect(error?.message.contains("is sealed with another master key") == true)
    }

    @Test func `whichever byte is changed, no other value comes out`() throws {
        let file = try shop.file("shop/db")
        let good = try Data(contentsOf: URL(filePath: file))
        var random = Seeded(7)
        for position in good.indices where position % 3 == 0 {
            var bad = good
            bad[position] ^= UInt8.random(in: 1...255, using: &random)
            try bad.write(to: URL(filePath: file))
            let value = try? shop.store.text("shop/db", "password")
            #expect(value == nil || value == "p2", "byte \(position)")
        }
    }

    @Test(arguments: [0, 1, 10, 200])
    func `a truncated file is named and stays as it is`(length: Int) throws {
        let file = try shop.file("shop/db")
        truncate(file, length)
        let before = shop.files
        let error = #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
        #expect(
            error?.message == "'\(file)' is damaged: it is \(length == 0 ? "empty" : "no sealed secret")")
        #expect(throws: SealedError.self) { try shop.store.put("shop/db", ["password": "p3"]) }
        #expect(throws: SealedError.self) { try shop.store.remove(path) }
        #expect(shop.files == before)
    }

    @Test func `a newer format is named and stays as it is`() throws {
        let file = try shop.file("shop/db")
        try Data(#"{"format": 2, "cells": []}"#.utf8).write(to: URL(filePath: file))
        let before = shop.files
        let error = #expect(throws: SealedError.self) { try shop.store.put("shop/db", ["password": "p3"]) }
        #expect(error?.message == "'\(file)' has format 2, and this martlet reads up to 1")
        #expect(error?.hint == "use the martlet that wrote it, or a newer one")
        #expect(shop.files == before)
    }

    @Test func `a symbolic link is not followed`() throws {
        let file = try shop.file("shop/db")
        rename(file, shop.temporary.path + "/elsewhere")
        symlink(shop.temporary.path + "/elsewhere", file)
        let error = #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
        #expect(error?.message == "'\(file)' is a symbolic link, and is not followed")
    }

    @Test func `a pipe or a folder in a file's place is an error and does not hang`() throws {
        let file = try shop.file("shop/db")
        unlink(file)
        mkfifo(file, 0o600)
        let error = #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
        #expect(error?.message == "'\(file)' is no regular file")
        unlink(file)
        mkdir(file, 0o700)
        #expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") }
    }

    @Test func `whitespace and the order of keys may change`() throws {
        let file = try shop.file("shop/db")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file)))
        try JSONSerialization.data(withJSONObject: object, options: .prettyPrinted).write(
            to: URL(filePath: file))
        #expect(try shop.store.text("shop/db", "password") == "p2")
    }

    @Test func `a sealed value opens in its own place only`() throws {
        let key = DataKey()
        let other = try SecretPath("shop/other")
        let sealed = try key.seal([1, 2], path: path, version: 1, key: "a")
        #expect(key.open(sealed, path: path, version: 1, key: "a") == [1, 2])
        #expect(key.open(sealed, path: path, version: 2, key: "a") == nil)
        #expect(key.open(sealed, path: path, version: 1, key: "b") == nil)
        #expect(key.open(sealed, path: other, version: 1, key: "a") == nil)
        #expect(DataKey().open(sealed, path: path, version: 1, key: "a") == nil)
        #expect(try key.seal([1, 2], path: path, version: 1, key: "a") != sealed)
        let master = MasterKey()
        let wrapped = try master.wrap(key, of: path)
        #expect(master.unwrap(wrapped, of: path) != nil)
        #expect(master.unwrap(wrapped, of: other) == nil)
        #expect(MasterKey().unwrap(wrapped, of: path) == nil)
    }

    @Test func `parts of what is authenticated can't be moved into their neighbours`() {
        func bytes(_ parts: String...) -> Data {
            var transcript = Transcript("test")
            for part in parts { transcript.append(part) }
            return transcript.bytes
        }
        let all = [
            bytes("ab", "c"), bytes("a", "bc"), bytes("abc"), bytes("abc", ""), bytes("", "abc"), bytes(),
        ]
        #expect(Set(all).count == all.count)
    }
}
