import Foundation
import GRDB
import Model
import Testing

@testable import Store

struct OpeningTests {
    /// Bytes before and after an attempt that is refused.
    private func expectRefused(_ place: Workplace, _ reason: String) throws {
        let before = try place.bytes
        #expect(throws: StoreError.corrupt(database: place.databasePath, reason: reason)) { try place.open() }
        #expect(try place.bytes == before)
    }

    private func filled() throws -> Workplace {
        let place = try Workplace()
        try place.write((0..<300).map { .outcome(.file("file\($0)"), closes: nil, .sample("text \($0)")) })
        return place
    }

    @Test func `what is no database is refused and stays`() throws {
        let place = try filled()
        try Data("apiVersion: martlet/v1\n".utf8).write(to: place.database)
        try expectRefused(place, "it is no SQLite database")
        try Data(repeating: 0x41, count: 8192).write(to: place.database)
        try expectRefused(place, "it is no SQLite database")
        try Data().write(to: place.database)
        try expectRefused(place, "it is no SQLite database")
    }

    @Test func `a database that was cut off is refused and stays`() throws {
        let place = try filled()
        let whole = try place.bytes
        try whole.prefix(50).write(to: place.database)
        try expectRefused(place, "it is no SQLite database")
        try whole.dropLast(1).write(to: place.database)
        try expectRefused(place, "its end is missing")
        try whole.prefix(4096).write(to: place.database)
        try expectRefused(place, "its end is missing")
        try whole.write(to: place.database)
        #expect(try place.ledger().records.count == 300)
    }

    @Test func `a database of another program is refused and stays`() throws {
        let place = try filled()
        try FileManager.default.removeItem(at: place.database)
        let queue = try DatabaseQueue(path: place.databasePath)
        try queue.write { try $0.execute(sql: "CREATE TABLE user (name TEXT)") }
        try queue.close()
        try expectRefused(place, "it is a database of another program")
    }

    @Test func `a journal whose database is missing is refused`() throws {
        let place = try filled()
        try FileManager.default.removeItem(at: place.database)
        let journal = place.databasePath + "-wal"
        try Data(repeating: 1, count: 100).write(to: URL(filePath: journal))
        let reason = "the file is missing, but its journal '\(journal)' is there"
        #expect(throws: StoreError.corrupt(database: place.databasePath, reason: reason)) { try place.open() }
        #expect(!FileManager.default.fileExists(atPath: place.databasePath))
    }

    @Test func `damaged pages are found, by reading or when asked, and stay`() throws {
        let place = try filled()
        var bytes = try place.bytes
        // Behind the tables' own descriptions: what was written last stands last.
        for page in stride(from: bytes.count / 4096 * 3 / 4 * 4096, to: bytes.count - 4096, by: 4096 * 2) {
            bytes.replaceSubrange(page..<(page + 512), with: repeatElement(0xff, count: 512))
        }
        try bytes.write(to: place.database)
        let store = try place.open()
        #expect { try store.check() } throws: { error in
            if case .corrupt(place.databasePath, _)? = error as? StoreError { true } else { false }
        }
        #expect(throws: StoreError.self) { try store.ledger() }
        store.close()
        #expect(try place.bytes == bytes)
    }

    @Test func `a sound database is found sound`() throws {
        let store = try filled().open()
        try store.check()
    }

    @Test func `a database of a newer version is refused and stays`() throws {
        let place = try filled()
        let queue = try DatabaseQueue(path: place.databasePath)
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 something new')") }
        let journal = URL(filePath: place.databasePath + "-wal")
        let (before, journalBefore) = (try place.bytes, try Data(contentsOf: journal))
        #expect(!journalBefore.isEmpty)
        let error = StoreError.newer(database: place.databasePath)
        #expect(throws: error) { try place.open() }
        #expect(try place.bytes == before)
        #expect(try Data(contentsOf: journal) == journalBefore)
        try queue.close()

        let after = try place.bytes
        #expect(throws: error) { try place.open() }
        #expect(try place.bytes == after)
        #expect(
            error.description
                == "database '\(place.databasePath)' was written by a newer version of martlet")
    }

    @Test func `another key is refused, and the database stays`() throws {
        let place = try filled()
        let before = try place.bytes
        let error = StoreError.wrongKey(database: place.databasePath)
        #expect(throws: error) {
            try Store.open(directory: place.directory, key: .random(), holder: Workplace.holder)
        }
        #expect(try place.bytes == before)
        #expect(try place.ledger().records.count == 300)
        #expect(error.description == "database '\(place.databasePath)' was sealed with another key")
        #expect(
            error.hint == "put the key back that it was made with; without it, the database can't be read")
    }

    @Test func `a creation that was cut short is begun again`() throws {
        let place = try Workplace()
        try FileManager.default.createDirectory(at: place.directory, withIntermediateDirectories: true)
        try Data("half".utf8).write(to: place.directory.appending(path: "state.db.new"))
        try place.write([.intent(.sample(1))])
        #expect(try place.ledger().unanswered.count == 1)
        #expect(Store.exists(in: place.directory))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.directoryPath).sorted() == [
                "lock", "state.db",
            ])
    }

    @Test func `a directory that is a file is named`() throws {
        let place = try Workplace()
        try Data().write(to: place.directory)
        #expect { try place.open() } throws: { ($0 as? StoreError)?.description.contains("/state'") ?? false }
    }
}
