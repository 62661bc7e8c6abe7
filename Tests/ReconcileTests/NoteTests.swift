import Synchronization
import Testing

@testable import Reconcile

/// What is to be known, and asks for nothing.
@Suite struct NoteTests {
    @Test func `a note makes no pass, and is there for whoever reads next`() async throws {
        let inbox = Inbox()
        inbox.note(.woken(source: "shop", at: 5))
        #expect(inbox.isEmpty)
        let woken = Mutex(false)
        let waiter = Task {
            await inbox.wait()
            woken.withLock { $0 = true }
        }
        for number in 0..<1000 { inbox.note(.woken(source: "shop", at: number)) }
        for _ in 0..<100 { await Task.yield() }
        let isWoken = woken.withLock(\.self)
        #expect(!isWoken)
        inbox.post(.timer)
        await waiter.value
        #expect(inbox.drain().count == 1002)
        #expect(inbox.drain().isEmpty)
    }

    @Test func `a webhook is known to the next question`() async throws {
        let site = try Site()
        try await site.run()
        #expect(site.loop.picture.sources["shop"]?.lastWoken == nil)
        site.inbox.note(.woken(source: "shop", at: 5))
        try await site.run()
        #expect(site.loop.picture.sources["shop"]?.lastWoken == 5)
    }

    @Test func `nobody waits for what is noted once the loop has ended`() {
        let inbox = Inbox()
        inbox.note(.woken(source: "shop", at: 5))
        inbox.close()
        inbox.note(.woken(source: "shop", at: 6))
        #expect(inbox.drain().isEmpty)
    }
}
