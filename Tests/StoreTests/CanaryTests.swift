import Foundation
import GRDB
import Model
import Testing

@testable import Store

struct CanaryTests {
    @Test func `no engine's own bytes stand in the files in clear`() throws {
        let place = try Workplace()
        let canaries = ["state", "deposed", "payload", "step", "deposes"].map { "canary-\($0)-4711-0815" }
        func bytes(_ index: Int) -> [UInt8] { Array(canaries[index].utf8) }
        var record = Recorded.sample("visible-4711", state: bytes(0))
        record.deposed = [Observation(.ours, state: bytes(1))]
        var step = Step.sample(1, payload: bytes(2))
        step.observation.state = bytes(3)
        step.deposes = Observation(.ours, state: bytes(4))

        let store = try place.open()
        let term = try store.takeOver()
        try store.append([.intent(step), .outcome(.file("web"), closes: nil, record)], term: term)
        #expect(try store.ledger().records == [.file("web"): record])
        #expect(try store.ledger().unanswered == [.file("web"): step])
        try expect(canaries, absentIn: place, shown: "visible-4711")
        try store.append([.outcome(.file("web"), closes: 1, nil)], term: term)
        try expect(canaries, absentIn: place, shown: "visible-4711")
        store.close()
        try expect(canaries, absentIn: place, shown: nil)
    }

    /// `shown` stands in clear, and so proves that the search can find.
    private func expect(_ canaries: [String], absentIn place: Workplace, shown: String?) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: place.directoryPath)
        var all = Data()
        for name in names { all += try Data(contentsOf: place.directory.appending(path: name)) }
        if let shown {
            #expect(names.contains("state.db-wal") && names.contains("state.db-shm"))
            #expect(all.range(of: Data(shown.utf8)) != nil)
        }
        for canary in canaries { #expect(all.range(of: Data(canary.utf8)) == nil, "\(canary)") }
        let key = place.key.text
        #expect(all.range(of: Data(key.utf8)) == nil)
        #expect(all.range(of: try #require(Data(base64Encoded: key))) == nil)
    }

    @Test func `an error of the database shows nothing of what was written`() throws {
        let store = try Store.inMemory()
        let term = try store.takeOver()
        try store.write { try $0.execute(sql: "DROP TABLE source") }
        #expect {
            try store.append([.source(SourceRecord("canary-4711", repository: "canary-4711"))], term: term)
        } throws: { error in
            "\(error)" == "'in memory' cannot be used: SQLite error 1 (SQL logic error)"
                && (error as? StoreError)?.hint == nil
        }
    }
}
