import Foundation
import Model
import Testing

@testable import Store

struct CrashTests {
    @Test func `a process killed while it writes loses nothing that it was told is kept`() async throws {
        for _ in 0..<6 {
            let result = await #expect(
                processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]
            ) { try writeUntilKilled() }
            let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
            let lines = output.split(separator: "\n")
            let path = try #require(lines.first { $0.hasPrefix("folder ") }).dropFirst("folder ".count)
            let folder = URL(filePath: String(path))
            defer { try? FileManager.default.removeItem(at: folder) }
            let told = lines.compactMap { $0.hasPrefix("kept ") ? Int($0.dropFirst("kept ".count)) : nil }
                .max()
            // It may be killed before it has told anything.
            try expectPrefix(in: folder, told: told ?? 0)
        }
    }

    /// All that was told, at most one transaction more, and each whole.
    private func expectPrefix(in folder: URL, told: Int) throws {
        let store = try Store.open(
            directory: folder, key: try .file(folder.appending(path: "key"), mayCreate: false),
            holder: Workplace.holder)
        defer { store.close() }
        let ledger = try store.ledger()
        let kept = ledger.nextIntent - 1
        #expect(kept == told || kept == told + 1)
        #expect(ledger.records.count == kept && ledger.unanswered.count == kept)
        #expect(try store.history(limit: 1000).count == min(kept, 1000))
        #expect(try store.outboxDepth().waiting == kept)
        try store.check()
    }
}

/// Runs in a child process: says where it writes, and the number of each transaction once it is kept.
private func writeUntilKilled() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-crash-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
    say("folder \(folder.path(percentEncoded: false))")
    let store = try Store.open(
        directory: folder, key: try .file(folder.appending(path: "key")), holder: Workplace.holder)
    let term = try store.takeOver()
    let last = Int.random(in: 1...40)
    for number in 1...100_000 {
        if number == last {
            // At any moment of the transactions that follow.
            let wait = UInt32.random(in: 0...4000)
            Thread.detachNewThread {
                usleep(wait)
                kill(getpid(), SIGKILL)
            }
        }
        try store.append(
            [
                .intent(.sample(number, "step\(number)", payload: [1])),
                .outcome(.file("file\(number)"), closes: nil, .sample(state: [2])),
            ], history: [HistoryEvent(.created, time: number, source: "shop")],
            outbox: [.sample("msg_\(number)")], term: term)
        say("kept \(number)")
    }
}
