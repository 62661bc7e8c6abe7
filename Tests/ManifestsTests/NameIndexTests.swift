import Fixtures
import Foundation
import Model
import Testing

@testable import Manifests

struct NameIndexTests {
    private static func index() -> NameIndex {
        let loader = Loader(kinds: kinds, settings: settings())
        let files = (0..<40).map { number in
            (
                path: "f\(number % 7)/\(number).yaml", blob: [UInt8](repeating: UInt8(number), count: 20),
                file: loader.parse(
                    """
                    apiVersion: martlet/v1
                    kind: SecretReference
                    metadata: {name: s\(number)}
                    dependsOn: [secret/s\((number + 1) % 40)]
                    spec: {path: shop/s, keys: [a]}
                    """)
            )
        }
        return NameIndex(files)
    }

    @Test func `who declares and who names an id is found`() throws {
        let index = try #require(NameIndex(Self.index().data))
        #expect(index.fileCount == 40)
        for number in 0..<40 {
            let id = ResourceID("secret", "shop", "s\(number)")
            let path = "f\(number % 7)/\(number).yaml"
            let own = try #require(index.number(of: path))
            #expect(index.declaring(id) == [own])
            #expect(index.file(own)?.path == path)
            #expect(index.file(own)?.blob == Array(repeating: UInt8(number), count: 20))
            let before = (number + 39) % 40
            #expect(index.naming(id) == [index.number(of: "f\(before % 7)/\(before).yaml")])
        }
        let missing = ResourceID("secret", "shop", "x12")
        #expect(index.declaring(missing) == [] && index.naming(missing) == [])
        #expect(index.number(of: "f/none.yaml") == nil && index.file(40) == nil && index.file(-1) == nil)
        #expect(index.nearest(to: missing).flatMap(index.file)?.path == "f5/12.yaml")
    }

    /// A file of somebody else's making may lie in its place.
    @Test func `no bytes make it fail`() {
        let data = Self.index().data
        let id = ResourceID("secret", "shop", "s3")
        func ask(_ bytes: Data) {
            guard let index = NameIndex(bytes) else { return }
            for number in index.declaring(id) + index.naming(id) + [index.nearest(to: id) ?? 0] {
                _ = index.file(number)
            }
            _ = index.number(of: "f3/3.yaml")
        }
        for count in data.indices { #expect(NameIndex(data.prefix(count)) == nil) }
        for seed in Seeded.seeds(200) {
            var generator = Seeded(seed)
            var bytes = data
            for _ in 0..<8 {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            ask(bytes)
        }
    }
}
