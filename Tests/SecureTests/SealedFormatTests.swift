import Foundation
import Testing

@testable import Secure

/// A file as format 1 was first written: whatever changes, it stays readable.
struct SealedFormatTests {
    static let key = Data((0..<32).map { UInt8($0) }).base64EncodedString()
    static let file = """
        {"dataKey":{"master":"70be5e71ea132a61",\
        "sealed":"cmvTAt90QWOB74N3C72sgelKs25UwIJ2bu3+vYAqt7YNKgEptX1LjYq4HN+lfGFWTgZ88dy8mbN0HNHk"},\
        "format":1,"note":"for the shop","path":"shop/db","seal":"0CL21LM81Chur2OetXp/xQ9+uvG+Mq0+CxdMV2da8xM=",\
        "versions":[{"created":1767225600,"number":1,"removed":1767225660,"values":{"password":""}},\
        {"created":1767225660,"number":2,"values":\
        {"password":"X35489YMazSganfivjlLuK/nF+ppcZSjjijy1XzTIA==",\
        "username":"MqKULPj6hCyq0FFyHhL3ruZ20jm+RGkCFrLdxx8cdA=="}}]}

        """

    @Test func `a file of format 1 stays readable, and is written as it was`() throws {
        let shop = try Shop()
        let store = shop.store(key: try .environment("KEY", value: Self.key))
        let path = try SecretPath("shop/db")
        try Data(Self.file.utf8).write(to: URL(filePath: shop.file("shop/db")))
        #expect(try store.text("shop/db", "password") == "two")
        #expect(try store.text("shop/db", "username") == "web")
        let metadata = try store.metadata(path)
        #expect(metadata.note == "for the shop")
        #expect(metadata.versions.map(\.removed) == [1_767_225_660, nil])
        #expect(
            try store.fingerprints(path) == [
                "username": "d601068257a83a9c3363d3365705ae1e",
                "password": "240b7f3763a23e8c38c3e463270ef2ca",
            ])
        let record = try #require(try store.folder.read(path))
        #expect(try String(decoding: record.encoded(), as: UTF8.self) == Self.file)
    }
}
