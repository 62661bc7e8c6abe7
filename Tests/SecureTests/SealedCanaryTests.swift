import Foundation
import Model
import Testing

@testable import Secure

/// A secret's value, and the master key, show up in nothing but what `read` gives.
struct SealedCanaryTests {
    static let canary = "CANARY-7d1f0c"

    @Test func `no value is in any file`() throws {
        let shop = try Shop()
        try shop.store.put("shop/db", ["password": Self.canary, "\(Self.canary)-key": "x"])
        try shop.store.put("shop/db", ["password": Self.canary])
        try shop.store.rotateKey()
        let canary = Data(Self.canary.utf8)
        for (name, content) in shop.files where name.hasPrefix("sealed/shop") {
            // The first version's key is named for the canary: names may be seen, so the search can find something.
            let names = String(decoding: content, as: UTF8.self).components(separatedBy: "\(Self.canary)-key")
            #expect(names.count == 2)
            #expect(!names.joined().contains(Self.canary), "\(name)")
            #expect(content.range(of: Data(canary.base64EncodedString().prefix(16).utf8)) == nil, "\(name)")
        }
    }

    @Test func `no value is in what is said or shown`() async throws {
        let shop = try Shop()
        let path = try SecretPath("shop/db")
        try shop.store.put("shop/db", ["password": Self.canary])
        let keys = try shop.store.keys()
        let secret = try shop.store.existing(path, keys)
        var grants = Grants(projects: [])
        grants.secrets = ["**"]
        let target = Target(
            ResourceID("secret", "shop", "db"),
            desired: .map(["path": .string("shop/db"), "keys": .list([.string("password")])]), recorded: nil,
            grants: grants)
        let engine = SealedEngine(shop.store)
        let answers = await engine.observe([target])
        let things: [Any] = [
            shop.store, shop.store.configuration, keys, keys.first, secret, secret.record, secret.metadata,
            try shop.store.list(), try shop.store.fingerprints(path), answers, engine,
            try KeySource.environment("KEY", value: keys.first.base64),
        ]
        for thing in things {
            var dumped = ""
            dump(thing, to: &dumped)
            for text in [dumped, String(reflecting: thing), String(describing: thing)] {
                #expect(!text.contains(Self.canary))
                #expect(!text.contains(keys.first.base64))
            }
        }
        #expect("\(keys.first)" == "(master key \(keys.first.id))")
        #expect("\(DataKey())" == "(data key)")
    }

    @Test func `no value is in any error`() throws {
        let shop = try Shop()
        try shop.store.put("shop/db", ["password": Self.canary])
        let file = URL(filePath: try shop.file("shop/db"))
        let good = try Data(contentsOf: file)
        let large = Array(Self.canary.utf8) + [UInt8](repeating: 1, count: SealedStore.largestValue)
        var errors = [
            #expect(throws: SealedError.self) {
                try shop.store.put(SecretPath("shop/db"), ["password": large])
            },
            #expect(throws: SealedError.self) { try shop.store.text("shop/db", "pin") },
            #expect(throws: SealedError.self) { try KeySource.environment("KEY", value: Self.canary) },
        ]
        for broken in [
            Data(Self.canary.utf8), Data("{\"format\": \"\(Self.canary)\"}".utf8), good.dropLast(9),
        ] {
            try broken.write(to: file)
            errors.append(#expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") })
        }
        try Data(Self.canary.utf8).write(to: URL(filePath: shop.keyFile))
        errors.append(#expect(throws: SealedError.self) { try shop.store.text("shop/db", "password") })
        for error in errors {
            let error = try #require(error)
            #expect(!String(reflecting: error).contains(Self.canary), "\(error)")
            #expect(!"\(error) \(error.hint ?? "")".contains(Self.canary))
        }
    }
}
