import Fixtures
import Foundation
import Model
import Testing

@testable import Secure

/// What a store holds, without a key, a file or a lock.
private struct Remembered: Equatable {
    struct Version: Equatable { var number: Int, values: [String: String]?, keys: Set<String> }
    var secrets: [String: [Version]] = [:]

    mutating func put(_ path: String, _ values: [String: String], merging: Bool, keeping: Int) {
        var versions = secrets[path] ?? []
        let all = merging ? (versions.last?.values ?? [:]).merging(values) { $1 } : values
        versions.append(
            Version(number: (versions.last?.number ?? 0) + 1, values: all, keys: Set(all.keys)))
        for position in versions.indices.dropLast(keeping) { versions[position].values = nil }
        secrets[path] = versions
    }
    mutating func remove(_ path: String, _ number: Int?) {
        for position in secrets[path]?.indices ?? 0..<0 where number ?? position + 1 == position + 1 {
            secrets[path]?[position].values = nil
        }
    }
}

struct SealedHistoryTests {
    @Test(arguments: 1...12) func `random histories hold what a model of them holds`(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        let keeps = Int.random(in: 1...5, using: &random)
        let shop = try Shop(keeps: keeps)
        var model = Remembered()
        for _ in 0..<25 {
            try act(on: shop, &model, keeps: keeps, using: &random)
            #expect(try snapshot(shop.store, model) == model)
        }
    }

    private func act(
        on shop: Shop, _ model: inout Remembered, keeps: Int, using random: inout Seeded
    ) throws {
        let path = ["shop/db", "shop/web", "edge"].randomElement(using: &random) ?? "edge"
        let versions = model.secrets[path]?.count
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
            let keys = ["a", "b", "c"].shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
            let values = Dictionary(uniqueKeysWithValues: keys.map { ($0, "\($0)\(random.next())") })
            let merging = Bool.random(using: &random)
            try shop.store.put(path, values, merging: merging)
            model.put(path, values, merging: merging, keeping: keeps)
        case 5, 6:
            let number = versions.map { Int.random(in: 1...$0, using: &random) }
            guard let number else {
                #expect(throws: SealedError.self) { try shop.store.remove(SecretPath(path)) }
                return
            }
            let all = Bool.random(using: &random)
            try shop.store.remove(SecretPath(path), version: all ? nil : number)
            model.remove(path, all ? nil : number)
        case 7:
            guard versions != nil else { return }
            try shop.store.purge(SecretPath(path))
            model.secrets[path] = nil
        default: try shop.store.rotateKey()
        }
    }

    private func snapshot(_ store: SealedStore, _ model: Remembered) throws -> Remembered {
        var found = Remembered()
        for listing in try store.list() {
            let path = listing.path.description
            found.secrets[path] = try listing.metadata.get().versions.map { version in
                var values: [String: String]?
                if version.removed == nil {
                    values = [:]
                    for key in version.keys {
                        values?[key] = try store.text(path, key, version: version.number)
                    }
                }
                return .init(number: version.number, values: values, keys: Set(version.keys))
            }
        }
        return found
    }
}
