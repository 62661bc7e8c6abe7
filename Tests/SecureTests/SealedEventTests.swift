import Foundation
import Glibc
import Model
import Testing

@testable import Secure

@Suite(.timeLimit(.minutes(1)))
struct SealedEventTests {
    let shop: Shop
    let engine: SealedEngine
    init() throws {
        shop = try Shop()
        engine = SealedEngine(shop.store)
    }

    private func id(_ name: String) -> ResourceID { ResourceID("secret", "shop", name) }
    private func observe(_ paths: [String: String]) async {
        var grants = Grants(projects: ["shop"])
        grants.secrets = ["**"]
        _ = await engine.observe(
            paths.map { name, path in
                Target(id(name), desired: .map(["path": .string(path)]), recorded: nil, grants: grants)
            })
    }

    @Test func `what a preview looks at elsewhere is still heard of where it is`() async throws {
        try shop.store.put("shop/db", ["value": "v1"])
        try shop.store.put("shop/other", ["value": "o1"])
        var events = engine.events().makeAsyncIterator()
        await observe(["db": "shop/db"])
        guard case .other(let preview) = engine.forPreviews else {
            Issue.record("the engine itself is asked")
            return
        }
        var grants = Grants(projects: ["shop"])
        grants.secrets = ["**"]
        let moved = Target(
            id("db"), desired: .map(["path": .string("shop/other")]), recorded: nil, grants: grants)
        #expect(try await preview.observe([moved])[id("db")]?.get().presence == .ours)
        try shop.store.put("shop/db", ["value": "v2"])
        #expect(await events.next() == .changed([id("db")]))
    }

    /// One write may be told twice.
    private func next(_ events: inout AsyncStream<Event>.Iterator, after last: Event) async -> Event? {
        while let event = await events.next() { if event != last { return event } }
        return nil
    }

    @Test func `a put, a rotation and a removal name exactly the references to the path`() async throws {
        try shop.store.put("shop/db", ["value": "v1"])
        try shop.store.put("shop/web", ["value": "w1"])
        var events = engine.events().makeAsyncIterator()
        await observe(["one": "shop/db", "two": "shop/db", "web": "shop/web", "later": "shop/later"])
        try shop.store.put("shop/db", ["value": "v2"])
        #expect(await events.next() == .changed([id("one"), id("two")]))
        try shop.store.generate(SecretPath("shop/web"))
        #expect(await next(&events, after: .changed([id("one"), id("two")])) == .changed([id("web")]))
        try shop.store.remove(SecretPath("shop/web"))
        #expect(await events.next() == .changed([id("web")]))
        try shop.store.purge(SecretPath("shop/db"))
        #expect(await next(&events, after: .changed([id("web")])) == .changed([id("one"), id("two")]))
        try shop.store.put("shop/unused", ["value": "u"])
        try shop.store.put("shop/later", ["value": "l"])
        #expect(await next(&events, after: .changed([id("one"), id("two")])) == .changed([id("later")]))
    }

    @Test func `a file that is edited, damaged or put back by hand is seen`() async throws {
        try shop.store.put("shop/db", ["value": "v1"])
        var events = engine.events().makeAsyncIterator()
        await observe(["db": "shop/db"])
        let file = try shop.file("shop/db")
        try FileHandle(forWritingTo: URL(filePath: file)).truncate(atOffset: 5)
        #expect(await events.next() == .changed([id("db")]))
        unlink(file)
        #expect(await events.next() == .changed([id("db")]))
    }

    @Test func `looking and reading is no event`() async throws {
        try shop.store.put("shop/db", ["value": "v1"])
        var events = engine.events().makeAsyncIterator()
        await observe(["db": "shop/db", "last": "shop/last"])
        for _ in 1...3 { await observe(["db": "shop/db"]) }
        _ = try shop.store.text("shop/db", "value")
        _ = try shop.store.list()
        try shop.store.put("shop/last", ["value": "l"])
        #expect(await events.next() == .changed([id("last")]))
    }

    @Test func `another key means that everything is looked at again`() async throws {
        var events = engine.events().makeAsyncIterator()
        chmod(shop.keyFile, 0o644)
        #expect(await events.next() == .resync)
    }

    @Test func `a store that comes back is seen`() async throws {
        try shop.store.put("shop/db", ["value": "v1"])
        var events = engine.events().makeAsyncIterator()
        await observe(["db": "shop/db"])
        rename(shop.folder, shop.folder + ".away")
        // What a watch had still to say may come first, here and below.
        while let event = await events.next(), event != .resync {}
        rename(shop.folder + ".away", shop.folder)
        while let event = await events.next(), event != .resync {}
        try shop.store.put("shop/db", ["value": "v2"])
        while let event = await events.next(), event != .changed([id("db")]) {}
    }

    @Test func `a stream that begins after something was observed says so`() async throws {
        await observe(["db": "shop/db"])
        var events = engine.events().makeAsyncIterator()
        #expect(await events.next() == .resync)
    }

    @Test func `events of the kernel are read as it writes them`() {
        func bytes(_ watch: Int32, _ mask: UInt32, _ name: String, padded length: Int) -> [UInt8] {
            let name = Array(name.utf8) + [UInt8](repeating: 0, count: length - name.utf8.count)
            return withUnsafeBytes(of: watch) { Array($0) } + withUnsafeBytes(of: mask) { Array($0) }
                + [0, 0, 0, 0] + withUnsafeBytes(of: UInt32(length)) { Array($0) } + name
        }
        let all = bytes(1, 8, "shop+db.sealed", padded: 16) + bytes(-1, UInt32(IN_Q_OVERFLOW), "", padded: 0)
        #expect(
            FolderEvent.parse(all[...])
                == [
                    FolderEvent(watch: 1, mask: 8, name: "shop+db.sealed"),
                    FolderEvent(watch: -1, mask: UInt32(IN_Q_OVERFLOW), name: ""),
                ])
        for length in 0..<all.count { #expect(FolderEvent.parse(all[..<length]).count < 2 + length / 48) }
    }
}
