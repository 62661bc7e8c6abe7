import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Secure

struct SealedCrashTests {
    @Test func `what a crash left behind is no secret, and goes with the next write`() throws {
        let shop = try Shop()
        try shop.store.put("shop/db", ["value": "v"])
        let leftover = "\(shop.folder)/.new-1f"
        try Data("half a fi".utf8).write(to: URL(filePath: leftover))
        #expect(try shop.store.list().map(\.path.description) == ["shop/db"])
        #expect(FileManager.default.fileExists(atPath: leftover))
        try shop.store.put("shop/db", ["value": "w"])
        #expect(!FileManager.default.fileExists(atPath: leftover))
        #expect(try shop.store.text("shop/db", "value") == "w")
    }

    @Test func `a lock that is held is waited for, and no longer than patience lasts`() throws {
        let shop = try Shop()
        try shop.store.put("shop/db", ["value": "v"])
        let descriptor = open("\(shop.folder)/.lock", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX) == 0)
        var store = shop.store
        store.folder.patience = .milliseconds(20)
        let error = #expect(throws: SealedError.self) { try store.text("shop/db", "value") }
        #expect(error?.reason == .unavailable)
        #expect(error?.message == "the sealed store '\(shop.folder)' is locked by another process")
        flock(descriptor, LOCK_UN)
        #expect(try store.text("shop/db", "value") == "v")
    }

    @Test func `writers side by side lose no version`() async throws {
        let shop = try Shop(keeps: 100)
        let (writers, puts) = (4, 10)
        let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for writer in 0..<writers {
                group.addTask {
                    try (0..<puts).map { try shop.store.put("shop/db", ["value": "\(writer)-\($0)"]) }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.sorted() == Array(1...writers * puts))
        let values = try Set(
            (1...writers * puts).map { try shop.store.text("shop/db", "value", version: $0) })
        #expect(values.count == writers * puts)
    }

    @Test func `of writers that expect the same version one wins`() async throws {
        let shop = try Shop()
        let path = try SecretPath("shop/db")
        let wins = await withTaskGroup(of: Bool.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    (try? shop.store.put(path, ["value": [UInt8(writer)]], expecting: 0)) != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(wins == 1)
        #expect(try shop.store.metadata(path).versions.count == 1)
    }

    @Test func `readers see whole secrets while keys are rotated and values are put`() async throws {
        let shop = try Shop(keeps: 100)
        try shop.store.put("shop/db", ["a": "0", "b": "0"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...10 { try shop.store.put("shop/db", ["a": "\(number)", "b": "\(number)"]) }
            }
            group.addTask { for _ in 1...5 { try shop.store.rotateKey() } }
            group.addTask {
                for _ in 1...20 {
                    let newest = try #require(try shop.store.metadata(SecretPath("shop/db")).current).number
                    #expect(
                        try shop.store.text("shop/db", "a", version: newest)
                            == shop.store.text("shop/db", "b", version: newest))
                }
            }
            try await group.waitForAll()
        }
        #expect(try shop.store.text("shop/db", "a") == "10")
    }
}
