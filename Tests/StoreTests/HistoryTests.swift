import Model
import Testing

@testable import Store

struct HistoryTests {
    @Test(arguments: 0..<10 as Range<UInt64>)
    func `events come back whole, newest first`(seed: UInt64) throws {
        var samples = Samples(seed)
        let store = try Store.inMemory()
        var events = (0..<10).map { _ in samples.event() }
        try store.addHistory(events)
        for index in events.indices { events[index].number = index + 1 }
        #expect(try store.history() == events.reversed())
    }

    @Test func `pages follow each other without a gap`() throws {
        let store = try Store.inMemory()
        try store.addHistory((1...25).map { HistoryEvent(.updated, time: $0, source: "shop") })
        var numbers: [Int] = []
        var before: Int?
        repeat {
            let page = try store.history(limit: 10, before: before)
            numbers += page.map(\.number)
            before = page.last?.number
        } while before != nil
        #expect(numbers == (1...25).reversed())
        #expect(try store.history(limit: -1).isEmpty)
    }

    @Test func `a resource and a source have their own`() throws {
        let store = try Store.inMemory()
        let web = ResourceID("job", "shop", "web", key: "eu")
        try store.addHistory([
            HistoryEvent(.created, time: 1, source: "shop", resource: web),
            HistoryEvent(.created, time: 2, source: "shop", resource: .file("a")),
            HistoryEvent(.commitConverged, time: 3, source: "blog"),
            HistoryEvent(.deleted, time: 4, source: "blog", resource: web),
        ])
        #expect(try store.history(resource: web).map(\.time) == [4, 1])
        #expect(try store.history(source: "shop").map(\.time) == [2, 1])
        #expect(try store.history(resource: web, source: "blog").map(\.time) == [4])
    }

    @Test func `a kind that a later version named is another`() throws {
        let packed = try Packer.packed(["kind": "teleported", "source": "shop"])
        #expect(
            try Unpacker.unpacked(HistoryEvent.self, packed) == HistoryEvent(.other, time: 0, source: "shop"))
    }

    @Test func `pruning forgets what is old or too much, and nothing that waits`() throws {
        let store = try Store.inMemory()
        try store.addHistory((1...20).map { HistoryEvent(.updated, time: $0, source: "shop") })
        try store.enqueue((1...9).map { .sample("msg_\($0)") })
        for number in 1...6 { try store.delivered("msg_\(number)", at: number) }
        try store.failed("msg_7", error: "no", now: 7, nextAttempt: 7, giveUpAfter: 1)
        try store.prune(before: 5)
        #expect(try store.history().map(\.time) == (5...20).reversed())
        #expect(try store.outboxDepth() == OutboxDepth(waiting: 2, dead: 1, oldest: 0))
        try store.prune(before: 0, history: 3, ended: 0)
        #expect(try store.history().map(\.time) == [20, 19, 18])
        #expect(try store.outboxDepth() == OutboxDepth(waiting: 2, dead: 0, oldest: 0))
        try store.addHistory([HistoryEvent(.held, time: 30, source: "shop")])
        #expect(try store.history(limit: 1).first?.number == 21)
    }
}
